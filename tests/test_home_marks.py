"""The marks of a home differ if and only if what it shows may have changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.audit_log import AuditLog
from bot.callers import Callers
from bot.configs.open_alerts import note_change
from bot.home_marks import HomeMarks
from bot.jobs.open_jobs import OpenJobs
from bot.webnet.client import WebNet
from lab.webnet import WebNetLab
from store.audit import AuditRow
from store.compliance import PolicyState
from store.database import Store
from store.directory import Device
from store.jobs import Job
from tests.requests import keep
from tests.store.test_workspaces import add

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
RUNNING = Job(7, 1, "config_backup", "running", 3, NOW, NOW, None)
ENDED = replace(RUNNING, status="success", finished_at=NOW, state="ended")


class Homes:
    """The homes of Oscar, who is WebNet's user 3, of Vera, who is 4, and of somebody who is not mapped."""

    def __init__(self, store: Store, lab: WebNetLab, webnet: WebNet) -> None:
        self.store, self.lab = store, lab
        self.acme = add(store)
        for chat_user, user in (("U0OSCAR", 3), ("U0VERA", 4)):
            store.users.add(workspace=self.acme.id, slack_user_id=chat_user, user=user, username="")
        for chat_user in ("U0OSCAR", "U0VERA", "U0MALLORY"):
            store.homes.opened(self.acme.id, chat_user, 1)
        store.directory.put([Device(id=1, customer=1, hostname="a", enabled=True)])
        store.directory.put([Device(id=2, customer=2, hostname="b", enabled=True)])
        self._elapsed_s = 0.0
        history = AuditLog(store.audit, store.seen, str, "here", ())
        callers = Callers(webnet, lambda *_: None, lambda: self._elapsed_s)
        self._marks = HomeMarks(store, OpenJobs(store.jobs, history), callers)

    def read(self) -> dict[str, str]:
        self._elapsed_s += 60.0
        due = self.store.homes.due()
        return dict(zip((home.chat_user for home in due), self._marks(due), strict=True))


@pytest.fixture
def homes(store: Store, lab: WebNetLab, webnet: WebNet) -> Homes:
    return Homes(store, lab, webnet)


def started_by_vera(homes: Homes) -> None:
    homes.store.jobs.put([replace(RUNNING, id=8, user=1)], NOW)  # for the service account, as far as WebNet knows
    row = AuditRow(status="success", customer=1, user=4, command="backup", job_id=8, job_type="config_backup")
    homes.store.audit.write(row)


def violate(homes: Homes, device: int) -> None:
    homes.store.compliance.put([PolicyState(1, device, True, 11, NOW)])


def add_channel(homes: Homes) -> None:
    homes.store.channels.add(workspace=homes.acme.id, channel_id="C0NOC", flags={"notify_drift_detected"})


BOTH = {"U0OSCAR", "U0VERA"}
CHANGES: dict[str, tuple[Callable[[Homes], object], set[str]]] = {
    "nothing": (lambda _: None, set()),
    "a job in WebNet": (lambda homes: homes.store.jobs.put([RUNNING], NOW), {"U0OSCAR"}),
    "a job by the bot": (started_by_vera, {"U0VERA"}),
    "a job of another customer": (lambda homes: homes.store.jobs.put([replace(RUNNING, id=9, customer=2)], NOW), set()),
    "a job that has ended": (lambda homes: homes.store.jobs.put([replace(ENDED, id=10)], NOW), set()),
    "the end of a job": (lambda homes: homes.store.jobs.put([ENDED], NOW), {"U0OSCAR"}),
    "a request": (lambda homes: keep(homes.store), BOTH),
    "a confirmation": (lambda homes: keep(homes.store, purpose="confirmation"), set()),
    "a violation": (lambda homes: violate(homes, 1), BOTH),
    "a violation elsewhere": (lambda homes: violate(homes, 2), set()),
    "an alert": (lambda homes: note_change(homes.store.cursors, 1, 3), BOTH),
    "an alert elsewhere": (lambda homes: note_change(homes.store.cursors, 2, 3), set()),
    "a channel": (add_channel, BOTH),
    "a role": (lambda homes: homes.lab.change("users", 3, role="viewer"), {"U0OSCAR"}),
    "an inactive account": (lambda homes: homes.lab.change("users", 4, is_active=False), {"U0VERA"}),
    "a mapping": (
        lambda homes: homes.store.users.add(
            workspace=homes.acme.id, slack_user_id="U0MALLORY", user=2, username="alice"
        ),
        {"U0MALLORY"},
    ),
    "a mapping that is gone": (lambda homes: homes.store.users.remove(homes.store.users.list()[0].id), {"U0OSCAR"}),
}


def test_each_change_marks_the_homes_that_it_concerns(homes: Homes) -> None:
    before = homes.read()
    for name, (change, concerned) in CHANGES.items():
        change(homes)
        after = homes.read()
        assert {user for user in before if before[user] != after[user]} == concerned, name
        before = after


def test_marks_cost_one_list_of_users_and_are_the_same_while_webnet_is_away(homes: Homes) -> None:
    before = homes.read()
    assert {entry.path for entry in homes.lab.record} == {"/api/v1/users/", "/api/v1/auth/me"}
    homes.lab.fault("error")
    assert homes.read() == before
