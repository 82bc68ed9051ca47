"""Jobs 1 to 162 and their log lines; beyond them as many finished ones as are asked for."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from lab.webnet.clock import SEEDED_AT, parse, stamp
from lab.webnet.seed.devices import ACME, ACME_DEVICES, GLOBEX, RECORDED_DEVICES, hostname
from lab.webnet.tables import Row

RECORDED_JOBS = 162
LAST_LOG_ID = 1278

_TYPES = (
    "config_backup",
    "run_commands",
    "check_reachability",
    "compliance_check",
    "config_deploy_preview",
    "config_deploy_commit",
    "topology_discovery",
    "ansible_playbook",
    "auto_remediation",
    "ip_range_scan",
    "credential_test",
)
_STATUSES = (
    *("success",) * 6,
    *("failed", "failed"),
    *("partial", "partial"),
    *("cancelled", "cancelled"),
    *("running", "running"),
    *("queued", "queued"),
    *("scheduled", "scheduled"),
)
_FINISHED = 10
"""So many of `_STATUSES` ended by running."""

_PAYLOADS: dict[str, Row] = {
    "config_backup": {"source_label": "manual"},
    "run_commands": {"commands": ["show version", "show ip int brief"], "timeout": 30},
    "compliance_check": {"policy_id": 1},
    "config_deploy_preview": {"mode": "merge", "snippet": "ntp server 10.99.0.31\n"},
    "config_deploy_commit": {"mode": "merge", "snippet": "snmp-server community S3cr3tRO RO\n"},
}
_ERRORS = (
    "no devices",
    "Authentication to device failed.\n\nCommon causes of this problem are:\n1. Invalid username and password",
)
_OUTPUT = "Interface IP-Address OK? Method Status Protocol\nGi0/0/1 10.0.0.1 YES NVRAM up up"


def _summary(job_id: int, customer: int, random: Random) -> Row:
    own = (1, ACME_DEVICES) if customer == ACME else (ACME_DEVICES + 1, RECORDED_DEVICES)
    device = random.randint(*own)
    match job_id % 7:
        case 0:
            return {"device_id": device}
        case 1:
            return {"filters": {"device_ids": [device]}}
        case 2:
            return {"filters": {}}
        case 3:
            return {"filters": {"site": "ams2"}}
        case 4:
            return {"filters": {"vendor": random.choice(("cisco", "arista", "paloalto"))}}
        case 5 if customer == ACME:
            return {"group_id": 1, "group_name": "core-routers"}
        case _:
            return {"devices": [hostname(device)]}


def _result(status: str, kind: str, payload: Row | None, summary: Row, random: Random) -> Row | None:
    targets: Any = summary.get("filters", {})
    if status == "failed":
        return {"error": random.choice(_ERRORS)}
    if status == "partial":
        host = hostname(random.randint(1, ACME_DEVICES))
        return {"failed": 1, "failed_hosts": [host], "succeeded": 3, "targets": targets}
    if status != "success":
        return None
    if kind == "compliance_check":
        return {"policy_id": 1}
    return {"commands": 2, "targets": targets} if payload and "commands" in payload else {"targets": targets}


class JobMaker:
    """Makes the jobs the recordings do not hold; their times lie between those of the recorded neighbours."""

    def __init__(self, recorded: dict[int, Row], last: int, unfinished: int = 0) -> None:
        """Jobs after the recorded ones, up to id `last`, ended in the order of their ids, before the copy was filled;
        `unfinished` of them, spread evenly, never did."""
        self._requested = sorted((key, parse(row["requested_at"])) for key, row in recorded.items())
        self._last = last
        step = (last - RECORDED_JOBS) / unfinished if unfinished else 0
        self.unfinished = frozenset(RECORDED_JOBS + 1 + int(step * number) for number in range(unfinished))

    def end_of(self, job_id: int) -> datetime:
        """When a job after the recorded ones ended."""
        return SEEDED_AT - timedelta(milliseconds=50 * (self._last - job_id) + 1)

    def _requested_at(self, job_id: int) -> datetime:
        after = next(index for index, (key, _) in enumerate(self._requested) if key > job_id)
        (low, start), (high, end) = self._requested[after - 1], self._requested[after]
        return start + (end - start) * ((job_id - low) / (high - low))

    def make(self, job_id: int) -> Row:
        random = Random(f"job:{job_id}")
        customer = GLOBEX if job_id % 4 == 1 else ACME
        kind = _TYPES[(job_id - 1) % len(_TYPES)]
        late = job_id > RECORDED_JOBS
        status = _STATUSES[(job_id - 1) % (_FINISHED if late else len(_STATUSES))]
        if job_id in self.unfinished:
            status = ("running", "queued", "scheduled")[job_id % 3]
        summary = _summary(job_id, customer, random)
        payload = {"targets": summary.get("filters", {})} if kind == "check_reachability" else _PAYLOADS.get(kind)
        if late:
            finished = self.end_of(job_id)
            started, requested = finished - timedelta(seconds=14), finished - timedelta(seconds=25)
        else:
            requested = self._requested_at(job_id)
            started = requested + timedelta(seconds=random.randint(8, 20))
            finished = started + timedelta(seconds=random.choice((3, 14, 61, 190)))
        if status == "cancelled" and not late:
            finished = requested + timedelta(seconds=30)
        return {
            "id": job_id,
            "customer": customer,
            "type": kind,
            "status": status,
            "user": random.choice((2, 3, 7, 9) if customer == ACME else (5, 7, 9)),
            "region": None,
            "requested_at": stamp(requested),
            "scheduled_for": stamp(requested + timedelta(hours=22)) if status == "scheduled" else None,
            "started_at": stamp(started) if status in {"success", "failed", "partial", "running"} else None,
            "finished_at": stamp(finished) if status in {"success", "failed", "partial", "cancelled"} else None,
            "target_summary_json": summary,
            "result_summary_json": _result(status, kind, payload, summary, random),
            "payload_json": payload,
            "custom_fields": {},
        }


def _line(log_id: int, job: Row, at: datetime, host: str | None, message: str, level: str = "INFO") -> Row:
    values = (log_id, job["id"], stamp(at), level, host, message, None)
    return dict(zip(("id", "job", "ts", "level", "host", "message", "extra_json"), values, strict=True))


def make_logs(job: Row) -> list[Row]:
    """The lines of a seeded job, oldest first; job 2 has more than the 500 WebNet shows by default."""
    if job["started_at"] is None or job["id"] > RECORDED_JOBS:
        return []
    random = Random(f"logs:{job['id']}")
    start = parse(job["started_at"])
    own = range(1, ACME_DEVICES + 1) if job["customer"] == ACME else range(ACME_DEVICES + 1, RECORDED_DEVICES + 1)
    first = 10 + 4 * (job["id"] - 2)
    lines = [_line(first, job, start, None, "Job picked up by worker")]
    for number in range(1, 4):
        at = start + timedelta(seconds=number)
        if number == 3 and job["status"] in {"failed", "partial"}:
            error = "Authentication to device failed.\n\nDevice settings: cisco_ios 10.10.0.7:22"
            lines.append(_line(first + number, job, at, hostname(random.choice(own)), error, "ERROR"))
        else:
            lines.append(_line(first + number, job, at, hostname(random.choice(own)), _OUTPUT))
    if job["id"] == 2:
        for number in range(620):
            at = start + timedelta(milliseconds=20 * number)
            host = hostname(number % ACME_DEVICES + 1)
            lines.append(_line(LAST_LOG_ID - 619 + number, job, at, host, f"output line {number}\n{_OUTPUT}"))
    return sorted(lines, key=lambda line: (line["ts"], line["id"]))
