"""The page's panel of the simulated WebNet: what it shows, and what it makes happen there as if somebody else had done it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from lab.webnet.faults import Fault
from lab.webnet.seed.configs import digest, make_drift
from lab.webnet.seed.texts import config_text
from lab.webnet.tables import Row

if TYPE_CHECKING:
    from lab.webnet.lab import WebNetLab

JOBS = 8
SOMEBODY = 3  # oscar-operator, who works in WebNet itself
GINA = 5  # the same for the second customer
BY_HAND = ("ntp server 10.99.0.{n}", "logging host 10.98.0.{n}")
CRITICAL_LINES = 40
PLAYED_ON, PLAY_S = 8, 60  # devices of a playbook, and how long it lasts


def overview(lab: "WebNetLab", customer: int | None) -> dict[str, Any]:
    devices = [row for row in lab.rows("devices") if customer in (None, row["customer"])]
    names = {row["id"]: row["hostname"] for row in devices}
    broken = lab.runner.broken
    shown = ("id", "hostname", "enabled")
    active = [fault for fault in lab.faults.active if not fault.spent()]
    return {
        "devices": [{name: row[name] for name in shown} | {"broken": broken.get(row["id"])} for row in devices],
        "policies": [
            {"id": row["id"], "name": row["name"]}
            for row in lab.rows("policies")
            if customer in (None, row["customer"])
        ],
        "verdicts": _newest_results(lab, names),
        "jobs": [_job(row, names) for row in _newest_jobs(lab, customer)],
        "away": any(fault.kind == "away" for fault in active),
        "held": lab.hold is not None,
        "slow": any(fault.kind == "delay" for fault in active),
    }


def _newest_results(lab: "WebNetLab", names: dict[int, str]) -> dict[str, str]:
    """Returns what the newest result says, by `device/policy`."""
    results = lab.state.results
    return {f"{row['device']}/{row['policy']}": row["status"] for row in results.values() if row["device"] in names}


def _newest_jobs(lab: "WebNetLab", customer: int | None) -> list[Row]:
    lab.runner.advance()
    jobs = lab.state.jobs
    found: list[Row] = []
    for key in reversed(jobs.ids):
        if len(found) == JOBS:
            break
        if customer in (None, jobs[key]["customer"]):
            found.append(jobs[key])
    return found


def _job(row: Row, names: dict[int, str]) -> dict[str, Any]:
    filters = (row["target_summary_json"] or {}).get("filters") or {}
    ids = filters.get("device_ids") or []
    on = [names.get(key, f"device {key}") for key in ids if isinstance(key, int)]
    return {
        **{name: row[name] for name in ("id", "type", "status")},
        "on": f"on {', '.join(on[:3])}{' …' if len(on) > 3 else ''}" if on else "",
    }


def change_config(lab: "WebNetLab", device: int) -> dict[str, Any]:
    """Adds a snapshot that differs from the one before, the drift between the two, and an open alert for it."""
    row = lab.row("devices", device)
    snapshots = list(lab.state.snapshots_of(device))
    older = snapshots[0] if snapshots else _snapshot(lab, device, config_text(row, 0))
    line = BY_HAND[len(snapshots) % len(BY_HAND)].format(n=100 + len(snapshots))
    body = older["config_text"].rstrip("\n").removesuffix("\nend")
    text = f"{body}\n{line if row['platform'] != 'junos' else f'/* {line} */'}\nend\n"
    newer = _snapshot(lab, device, text)
    drifts = lab.state.drifts
    drift = drifts.add(make_drift(drifts.next_id, row, older, newer, None, lab.state.now()))
    alert = _alert(lab, drift)
    return {"snapshot": newer["id"], "changes": drift["changes"], "alert": alert["id"]}


def _snapshot(lab: "WebNetLab", device: int, text: str) -> Row:
    lab.state.running_configs[device] = text
    return lab.state.snapshots.add(
        {
            "id": None,
            "device": device,
            "job": None,
            "created_at": lab.state.now(),
            "source": "scheduled",
            "hash": digest(text),
            "config_text": text,
            "custom_fields": {},
        }
    )


def _alert(lab: "WebNetLab", drift: Row) -> Row:
    critical = drift["changes"] >= CRITICAL_LINES
    word, host = "Critical" if critical else "Significant", drift["device_hostname"]
    return lab.add(
        "alerts",
        drift=drift["id"],
        drift_device_hostname=host,
        severity="critical" if critical else "warning",
        status="open",
        message=f"{word} configuration drift detected on {host}: {drift['changes']} lines changed",
        acknowledged_by=None,
        acknowledged_by_username=None,
        acknowledged_at=None,
        resolution_notes="",
    )


def judge(lab: "WebNetLab", device: int, policy: int, status: str) -> Row:
    """Adds a policy's newest result for a device; `status` is pass or fail."""
    if status not in ("pass", "fail"):
        raise ValueError(f"status is pass or fail, not {status!r}")
    customer = lab.row("devices", device)["customer"]
    lab.row("policies", policy)
    job = lab.start_job("compliance_check", [device], customer=customer, user=_somebody(customer), policy_id=policy)
    violation = {"rule": "vty-transport", "expected": "ssh", "found": "telnet ssh"}
    details: dict[str, Any] = {"violations": [violation], "line": "line vty 0 4"}
    return lab.add(
        "results",
        policy=policy,
        device=device,
        job=job,
        status=status,
        details_json=details if status == "fail" else {"violations": []},
    )


def backup(lab: "WebNetLab", device: int) -> dict[str, int]:
    customer = lab.row("devices", device)["customer"]
    return {"job": lab.start_job("config_backup", [device], customer=customer, user=_somebody(customer))}


def play(lab: "WebNetLab", device: int) -> dict[str, int]:
    """Starts a playbook on the device and those after it, which reports as it goes, for a minute."""
    customer = lab.row("devices", device)["customer"]
    theirs = [row["id"] for row in lab.rows("devices") if row["customer"] == customer and row["id"] >= device]
    job = lab.start_job(
        "ansible_playbook", theirs[:PLAYED_ON], customer=customer, user=_somebody(customer), playbook="base.yml"
    )
    with lab.lock:
        lab.runner.plans[job].end_at += timedelta(seconds=PLAY_S)
    return {"job": job}


def _somebody(customer: int) -> int:
    return SOMEBODY if customer == 1 else GINA


def away(lab: "WebNetLab", for_s: float) -> None:
    lab.fault("away", for_s=for_s)


def slow(lab: "WebNetLab", delay_s: float) -> None:
    lab.fault("delay", delay_s=delay_s)


def over(lab: "WebNetLab", kind: str) -> None:
    """Lifts all faults of a kind; others stay."""
    kept: list[Fault] = [fault for fault in lab.faults.active if fault.kind != kind]
    lab.faults.active = kept
