"""Runs the jobs it is given to their end, as WebNet's worker does.

Nothing runs in the background: `advance` brings every job to where it stands at the clock's time, and is called before
anybody looks. Seeded jobs have no plan and stay as they are.
"""

from collections.abc import Sized
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest
from random import Random
from typing import Any, Literal

from lab.webnet.clock import stamp
from lab.webnet.merging import merged
from lab.webnet.outputs import AUTHENTICATION_FAILED, NO_CONNECTION, outputs, playbook
from lab.webnet.seed.configs import digest
from lab.webnet.seed.texts import config_text
from lab.webnet.state import State
from lab.webnet.tables import Row

Backups = Literal["healthy", "revision"]
Hold = Literal["queued", "running"]

KNOWN_TYPES = {
    "run_commands",
    "config_backup",
    "config_deploy_preview",
    "config_deploy_commit",
    "compliance_check",
    "topology_discovery",
    "ansible_playbook",
    "check_reachability",
    "ip_range_scan",
    "credential_test",
    "auto_remediation",
}
"""Any other type is accepted and stays queued for ever."""

_ON_DEVICES = {
    "check_reachability",
    "run_commands",
    "config_backup",
    "config_deploy_preview",
    "config_deploy_commit",
    "topology_discovery",
}
"""These leave a line for each host and end `success` whatever the hosts did."""
_REVISION_ERROR = "'ConfigSnapshot' object has no attribute 'has_changed'"


@dataclass
class Plan:
    start_at: datetime
    end_at: datetime
    error: str | None = None
    """Makes the whole job fail."""
    targets: list[int] | None = None
    """The devices found when the job started."""
    written: int = 0
    """Lines of a playbook that are in its log already."""


@dataclass
class Runner:
    state: State
    job_seconds: float
    failure_share: float
    seed: int
    backups: Backups
    cancelled_jobs_run: bool
    """WebNet's worker does not look at the status: a job cancelled in the queue is executed all the same."""
    lost_share: float = 0.0
    """The share of new jobs that the queue loses: they stay `queued`, since the task came before the row was committed."""
    broker_away: bool = False
    """The queue does not answer: jobs are created and wait for it."""
    hold: Hold | None = None
    broken: dict[int, str] = field(default_factory=dict)
    """Devices that fail, with the text of the exception."""
    refusing: dict[int, str] = field(default_factory=dict)
    """Devices that do not take the candidate of a preview, with what they say."""
    silent_after_commit: set[int] = field(default_factory=set)
    """Devices that answer no more once a commit has changed them."""
    next_errors: dict[str, list[str]] = field(default_factory=dict)
    """By job type, the errors that the next jobs of it end with."""
    plans: dict[int, Plan] = field(default_factory=dict)

    def create(self, kind: str, customer: int, user: int, summary: Any, payload: Any) -> int:
        now = self.state.clock()
        row = self.state.jobs.add(
            {
                "id": None,
                "customer": customer,
                "type": kind,
                "status": "queued",
                "user": user,
                "region": None,
                "requested_at": stamp(now),
                "scheduled_for": None,
                "started_at": None,
                "finished_at": None,
                "target_summary_json": summary,
                "result_summary_json": None,
                "payload_json": payload,
                "custom_fields": {},
            }
        )
        lost = Random(f"lost:{self.seed}:{row['id']}").random() < self.lost_share
        if kind in KNOWN_TYPES and not lost:
            queue = self.next_errors.get(kind, [])
            wait = timedelta(seconds=min(0.5, self.job_seconds / 4))
            end = now + timedelta(seconds=self.job_seconds)
            self.plans[row["id"]] = Plan(now + wait, end, queue.pop(0) if queue else None)
        return int(row["id"])

    def advance(self) -> None:
        now = self.state.clock()
        for key, plan in list(self.plans.items()):
            self._step(key, plan, now)

    def kill_workers(self) -> list[int]:
        """Ends the workers in the middle of their jobs, which stay `running` for ever; returns the ids."""
        killed = [key for key, plan in self.plans.items() if plan.targets is not None]
        for key in killed:
            del self.plans[key]
        return killed

    def finish(self, key: int) -> None:
        """Brings one job to its end at once, whatever holds it."""
        plan = self.plans.pop(key)
        now = self.state.clock()
        plan.start_at, plan.end_at = min(plan.start_at, now), min(plan.end_at, now)
        if plan.targets is None:
            self._start(self.state.jobs[key], plan)
        self._end(self.state.jobs[key], plan)

    def _step(self, key: int, plan: Plan, now: datetime) -> None:
        row = self.state.jobs.get(key)
        if row is None or (row["status"] == "cancelled" and not self.cancelled_jobs_run):
            del self.plans[key]
            return
        if plan.targets is None:
            if self.hold == "queued" or self.broker_away:
                plan.start_at, plan.end_at = max(plan.start_at, now), max(plan.end_at, now)
            elif now >= plan.start_at:
                self._start(row, plan)
        if plan.targets is not None:
            if row["type"] == "ansible_playbook":
                self._play(row, plan, now)
            if self.hold == "running":
                plan.end_at = max(plan.end_at, now)
            elif now >= plan.end_at:
                del self.plans[key]
                self._end(row, plan)

    def _filters(self, row: Row) -> dict[str, Any]:
        """Returns the filters that restrict a job; a summary without `filters` restricts nothing, and neither does a group."""
        return (row["target_summary_json"] or {}).get("filters") or {}

    def _targets(self, row: Row) -> list[int]:
        """Returns the enabled devices of the customer that the filters WebNet understands leave over: an empty list of
        `device_ids`, a `hostname` and a `role` restrict nothing."""
        filters = self._filters(row)
        wanted = {str(key) for key in filters.get("device_ids") or ()}
        fields = {name: filters[name] for name in ("site", "vendor") if filters.get(name)}
        return [
            key
            for key, device in self.state.devices.items()
            if device["customer"] == row["customer"]
            and device["enabled"]
            and (not wanted or str(key) in wanted)
            and all(device[name] == value for name, value in fields.items())
        ]

    def _start(self, row: Row, plan: Plan) -> None:
        plan.targets = []
        try:
            plan.targets = self._targets(row) if row["type"] in {*_ON_DEVICES, "ansible_playbook"} else []
        except TypeError as error:  # nothing is validated when a job is accepted, so the worker stumbles over it
            plan.error = str(error)
        if not row["type"].startswith("config_deploy"):  # seen: these go from queued to their end
            row.update(status="running", started_at=stamp(plan.start_at), finished_at=None)

    def _end(self, row: Row, plan: Plan) -> None:
        if row["type"] == "ansible_playbook":
            self._play(row, plan, plan.end_at)
        error = plan.error or self._run(row, plan)
        result: Any = {"targets": self._filters(row)}
        if row["type"] == "run_commands":
            commands = (row["payload_json"] or {}).get("commands") or ()
            result = {"commands": len(commands) if isinstance(commands, Sized) else 0, **result}
        elif row["type"] == "compliance_check":
            result = row["payload_json"] or {}
        row.update(
            status="failed" if error else "success",
            finished_at=stamp(plan.end_at),
            result_summary_json={"error": error} if error else result,
        )

    def _play(self, row: Row, plan: Plan, now: datetime) -> None:
        """Writes what a playbook has reported by now: it does so as it goes, evenly until its end."""
        lines = playbook(
            [self.state.devices[key]["hostname"] for key in plan.targets or () if key in self.state.devices]
        )
        share = (now - plan.start_at) / max(plan.end_at - plan.start_at, timedelta(microseconds=1))
        for host, text in lines[plan.written : int(len(lines) * min(1.0, share))]:
            self.state.add_log(row["id"], stamp(now), "INFO", host, text)
            plan.written += 1

    def _run(self, row: Row, plan: Plan) -> str | None:
        """Writes what each host says; the error that ends the job, if one does."""
        if row["type"] not in _ON_DEVICES:
            return None
        targets = plan.targets or []
        if not targets:
            self.state.add_log(row["id"], stamp(plan.start_at), "ERROR", None, "No devices matched targets")
            return "no devices"
        random = Random(f"{self.seed}:{row['id']}")
        unlucky = random.choice(targets) if random.random() < self.failure_share else None
        step = (plan.end_at - plan.start_at) / (len(targets) + 1)
        rounds: list[list[tuple[str, str]]] = []
        for number, key in enumerate(targets, 1):
            device, at = self.state.devices.get(key), stamp(plan.start_at + step * number)
            if device is None:  # deleted meanwhile: skipped without a line
                continue
            reason = self.broken.get(key) or (AUTHENTICATION_FAILED if key == unlucky else None)
            if row["type"] == "config_deploy_preview":
                reason = reason or self.refusing.get(key)
            if reason:
                text = (
                    f"{reason}\n\nDevice settings: {device['vendor']}_{device['platform']} {device['mgmt_ip']}:22\n\n"
                )
                self.state.add_log(row["id"], at, "ERROR", device["hostname"], text)
                if key == unlucky and row["type"] == "config_backup":
                    return reason
                continue
            if row["type"] == "config_backup":
                self._store_config(row, device, at)
                if self.backups == "revision":
                    return _REVISION_ERROR
            if row["type"] == "config_deploy_commit":
                self._commit(row, device)
            first, *later = outputs(row, device, plan.end_at)
            self.state.add_log(row["id"], at, "INFO", device["hostname"], first)
            rounds.append([(device["hostname"], text) for text in later])
        for said in zip_longest(*rounds):
            for host, text in filter(None, said):
                self.state.add_log(row["id"], stamp(plan.end_at), "INFO", host, text)
        return None

    def _commit(self, row: Row, device: Row) -> None:
        """Merges the lines, whatever the mode is called, and makes no snapshot."""
        snippet = str((row["payload_json"] or {}).get("snippet") or "")
        self.state.running_configs[device["id"]] = merged(self._running(device), snippet)
        if device["id"] in self.silent_after_commit:
            self.broken[device["id"]] = NO_CONNECTION

    def _running(self, device: Row) -> str:
        """Returns the config that runs on the device: what a test or a commit has put there, or the same as the last time."""
        text = self.state.running_configs.get(device["id"])
        if text is None:
            last = next(self.state.snapshots_of(device["id"]), None)
            text = last["config_text"] if last else config_text(device, 0)
        return text

    def _store_config(self, row: Row, device: Row, at: str) -> None:
        text = self._running(device)
        self.state.snapshots.add(
            {
                "id": None,
                "device": device["id"],
                "job": row["id"],
                "created_at": at,
                "source": (row["payload_json"] or {}).get("source_label", "manual"),
                "hash": digest(text),
                "config_text": text,
                "custom_fields": {},
            }
        )
