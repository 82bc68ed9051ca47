"""`/_lab/`: what tests do in Python, for a browser, in JSON without credentials. Loopback only, as is the server.

GET    /_lab/                     settings, faults, broken devices, counts
PATCH  /_lab/                     {job_seconds, failure_share, backups, cancelled_jobs_run, hold, lost_share, broker_away,
                                   date_header, nulls_first}
POST   /_lab/reset                back to the start
GET    /_lab/record               the last 200 requests; DELETE empties it
GET    /_lab/violations           how the rule for starting jobs was broken
POST   /_lab/faults               {kind, prefix, method, times, for_s, delay_s, retry_after_s, perform}; DELETE
POST   /_lab/broken/{device}      {reason}; DELETE mends it
POST   /_lab/refusing/{device}    {reason}: no preview is taken there; DELETE
POST   /_lab/silent-after-commit/{device}  it answers no more once a commit has changed it; DELETE
POST   /_lab/fail-next/{type}     {error}: the next job of the type fails
POST   /_lab/kill-workers         jobs that run stay `running` for ever
POST   /_lab/jobs/{id}/finish     brings a job to its end
PUT    /_lab/configs/{device}     {text}: what the next backup will find
GET    /_lab/panel/{customer}     what the page's panel shows
POST   /_lab/drift/{device}       somebody changes its config by hand: snapshot, drift and alert
POST   /_lab/compliance/{device}  {policy, status}: a result, pass or fail
POST   /_lab/backup/{device}      somebody starts a backup
POST   /_lab/play/{device}        somebody starts a playbook, which reports as it goes, for a minute
POST   /_lab/away                 {for_s}: nothing is answered; DELETE
POST   /_lab/slow                 {delay_s}: every response is delayed by so much; DELETE
GET PATCH DELETE /_lab/rows/{table}/{id}, POST /_lab/rows/{table}
"""

import ipaddress
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lab.webnet import panel
from lab.webnet.faults import Fault
from lab.webnet.responses import Response, json_response

if TYPE_CHECKING:
    from lab.webnet.lab import WebNetLab

PREFIX = "/_lab/"
_SETTINGS = ("job_seconds", "failure_share", "backups", "cancelled_jobs_run", "hold", "lost_share", "broker_away")
_OF_ALL = ("date_header", "nulls_first")  # settings that have nothing to do with jobs
_SHOWN = 200


def _overview(lab: "WebNetLab") -> dict[str, Any]:
    return {
        "url": lab.url,
        "settings": {name: getattr(_owner(lab, name), name) for name in (*_SETTINGS, *_OF_ALL)},
        "faults": [_fault(fault) for fault in lab.faults.active if not fault.spent()],
        "broken": lab.runner.broken,
        "refusing": lab.runner.refusing,
        "silent_after_commit": sorted(lab.runner.silent_after_commit),
        "rows": {name: len(table) for name, table in lab.state.tables.items()},
        "requests": lab.request_count,
        "unfinished": sorted(lab.runner.plans),
    }


def _owner(lab: "WebNetLab", setting: str) -> Any:
    return lab if setting in _OF_ALL else lab.runner


def _settings(lab: "WebNetLab", data: dict[str, Any]) -> dict[str, Any]:
    known = (*_SETTINGS, *_OF_ALL)
    if unknown := set(data) - set(known):
        raise ValueError(f"unknown setting {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    for name, value in data.items():
        setattr(_owner(lab, name), name, value)
    return _overview(lab)


def _fault(fault: Fault) -> dict[str, Any]:
    """Without the function of an `alter`, which is for tests in Python."""
    return {name: value for name, value in asdict(fault).items() if name != "alter"}


def _record(lab: "WebNetLab") -> list[dict[str, Any]]:
    return [asdict(entry) for entry in lab.record[-_SHOWN:]]


def _rows(lab: "WebNetLab", method: str, table: str, key: str | None, data: dict[str, Any]) -> Any:
    match method, key:
        case "GET", str():
            return lab.row(table, int(key))
        case "PATCH", str():
            return lab.change(table, int(key), **data)
        case "DELETE", str():
            return lab.delete(table, int(key))
        case "POST", None:
            return lab.add(table, **data)
    raise LookupError(method)


def _act(lab: "WebNetLab", method: str, parts: list[str], data: dict[str, Any]) -> Any:
    match method, *parts:
        case "GET", "":
            return _overview(lab)
        case "PATCH", "":
            return _settings(lab, data)
        case "POST", "reset":
            return lab.reset()
        case "GET", "record":
            return _record(lab)
        case "DELETE", "record":
            return lab.clear_record()
        case "GET", "violations":
            return lab.gate_violations()
        case "POST", "faults":
            return _fault(lab.fault(**data))
        case "DELETE", "faults":
            return lab.clear_faults()
        case _, "rows", table, *key:
            return _rows(lab, method, table, key[0] if key else None, data)
    return _jobs_and_devices(lab, method, parts, data)


def _jobs_and_devices(lab: "WebNetLab", method: str, parts: list[str], data: dict[str, Any]) -> Any:
    match method, *parts:
        case "POST", "broken", device:
            return lab.break_device(int(device), **data)
        case "DELETE", "broken", device:
            return lab.mend_device(int(device))
        case "POST", "refusing", device:
            return lab.refuse_lines(int(device), **data)
        case "DELETE", "refusing", device:
            return lab.accept_lines(int(device))
        case "POST" | "DELETE", "silent-after-commit", device:
            return lab.silence_after_commit(int(device), silent=method == "POST")
        case "POST", "fail-next", kind:
            return lab.fail_next(kind, **data)
        case "POST", "kill-workers":
            return lab.kill_workers()
        case "POST", "jobs", job, "finish":
            return lab.finish(int(job))
        case "PUT", "configs", device:
            return lab.set_config(int(device), **data)
    return _panel(lab, method, parts, data)


def _panel(lab: "WebNetLab", method: str, parts: list[str], data: dict[str, Any]) -> Any:
    match method, *parts:
        case "GET", "panel", *customer:
            return panel.overview(lab, int(customer[0]) if customer else None)
        case "POST", "drift", device:
            return panel.change_config(lab, int(device))
        case "POST", "compliance", device:
            return panel.judge(lab, int(device), int(data["policy"]), str(data["status"]))
        case "POST", "backup", device:
            return panel.backup(lab, int(device))
        case "POST", "play", device:
            return panel.play(lab, int(device))
        case "POST", "away":
            return panel.away(lab, float(data["for_s"]))
        case "DELETE", "away":
            return panel.over(lab, "away")
        case "POST", "slow":
            return panel.slow(lab, float(data["delay_s"]))
        case "DELETE", "slow":
            return panel.over(lab, "delay")
    raise LookupError(f"no {method} {PREFIX}{'/'.join(parts)}")


def respond(lab: "WebNetLab", method: str, path: str, address: str, body: bytes) -> Response:
    if not ipaddress.ip_address(address).is_loopback:
        return json_response({"detail": "loopback only"}, 403)
    parts = path.removeprefix(PREFIX).rstrip("/").split("/")
    try:
        return json_response(_act(lab, method, parts, json.loads(body) if body else {}))
    except LookupError as error:
        return json_response({"detail": f"not found: {error}"}, 404)
    except (TypeError, ValueError) as error:
        return json_response({"detail": str(error)}, 400)
