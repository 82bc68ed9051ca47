"""Gathers what rules ask of an event. What is asked of devices stands in the copy of WebNet's devices: no request is made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from bot.core.events import DeviceFacts, Facts
from bot.core.notice_kinds import COMPLIANCE, DRIFT, JOB_COMPLETION
from bot.jobs import fault_keys
from bot.jobs.outcome import Outcome
from bot.webnet.models import Alert, Job
from store.database import Store
from store.directory import Outline

MOST_DEVICES = 1_000  # of one event
RESOLVED = "resolved"  # WebNet's status of an alert
ALERT = "drift:alert"  # what the keys of their faults begin with


class KnownDevices:
    """Reads the copy of devices. May be shared between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, customer: int, ids: Collection[int] | None) -> tuple[DeviceFacts, ...]:
        """Returns these devices of a customer, or all of them for None. Of more than MOST_DEVICES it returns one for each site,
        vendor, role and set of groups, and then those with the lowest ids."""
        outlines = self._store.directory.outlines_of(customer, ids)
        groups = self._store.device_groups.of(customer, [each.id for each in outlines])
        return _bounded([_device(each, groups.get(each.id, ())) for each in outlines])

    def one(self, customer: int, id: int, name: str) -> tuple[DeviceFacts]:
        """Returns this device of a customer, of which no more than the name is known if the copy does not hold it yet."""
        found = self.of(customer, [id])
        return (found[0] if found else DeviceFacts(id, name),)


def _device(outline: Outline, groups: tuple[str, ...]) -> DeviceFacts:
    return DeviceFacts(outline.id, outline.hostname, outline.site or "", outline.vendor, outline.role or "", groups)


def _bounded(devices: list[DeviceFacts]) -> tuple[DeviceFacts, ...]:
    if len(devices) <= MOST_DEVICES:
        return tuple(devices)
    alike = {(each.site, each.vendor, each.role, each.groups): each for each in reversed(devices)}
    first = {each.id: each for each in (*alike.values(), *devices)}
    return tuple(first.values())[:MOST_DEVICES]


def of_job(
    job: Job,
    outcome: Outcome,
    requester: tuple[int | None, str],
    devices: Iterable[DeviceFacts],
    failed: Mapping[str, int],
    every: Collection[int],
) -> Facts:
    """`requester` is WebNet's id and the name of who asked for the job, `failed` the devices that failed, by host name, and `every`
    are those on which it worked, as far as they are known."""
    user, name = requester
    return Facts(
        kind=JOB_COMPLETION.about,
        outcome=outcome.result,
        job_type=job.type,
        requester=user,
        requester_name=name,
        devices=tuple(devices),
        opens=fault_keys.opened(job, outcome, failed, every),
        ends=fault_keys.ended(job, outcome, failed, every),
    )


def of_commit(job: Job, name: str, devices: Iterable[DeviceFacts]) -> Facts:
    """A commit that nobody approved here waits for no hour of the day."""
    return Facts(
        kind=JOB_COMPLETION.about,
        outcome="started",
        job_type=job.type,
        requester=job.user,
        requester_name=name,
        devices=tuple(devices),
        pressing=True,
    )


def of_result(policy: int, device: int, *, kept: bool, devices: Iterable[DeviceFacts]) -> Facts:
    fault = (f"compliance:{policy}:{device}",)
    facts = Facts(kind=COMPLIANCE.key, devices=tuple(devices))
    return replace(facts, outcome="kept", ends=fault) if kept else replace(facts, outcome="violated", opens=fault)


def of_repeats() -> Facts:
    """Many devices violate a policy still; which these are is not kept."""
    return Facts(kind=COMPLIANCE.key, outcome="violated")


def of_change(devices: Iterable[DeviceFacts]) -> Facts:
    return Facts(kind=DRIFT.key, outcome="changed", devices=tuple(devices))


def of_alert(change: Facts, alert: Alert) -> Facts:
    """Adds to the facts of a change those of the alert that WebNet raised about it."""
    opens = () if alert.status == RESOLVED else (fault_of_alert(alert.id),)
    return replace(change, severity=alert.severity, opens=opens)


def of_resolved(alert: Alert, devices: Iterable[DeviceFacts]) -> Facts:
    return Facts(
        kind=DRIFT.key,
        outcome="resolved",
        severity=alert.severity,
        devices=tuple(devices),
        ends=(fault_of_alert(alert.id),),
    )


def fault_of_alert(alert: int) -> str:
    return f"{ALERT}:{alert}"
