"""Deploys in every state, as commands and the runner show them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.configs.diff import diff
from bot.core.message import Mention, Message
from bot.deploys import steps
from bot.deploys.access import Started
from bot.deploys.changes import Changed
from bot.deploys.deploy import Deploy
from bot.deploys.steps import Course, Host
from handlers import _deploy_card, abandon, deploy, deploys, rollback
from store.deploys import Deploy as Row
from tests.handlers.requests import kept
from tests.requests import PAYLOAD

ASKED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NAMES = ("rtr-fra1-001", "rtr-fra1-002", "rtr-fra1-003")
PAYLOAD_OF = replace(
    PAYLOAD,
    command="deploy",
    what="deploy",
    values={"hash": "0123456789abcdef" * 4, "lines": 2, "reason": "new NTP server", "change": "CHG1", "at": ""},
    text="ntp server 10.0.0.9\nntp authentication-key 1 md5 <redacted>",
)
OSCAR = Mention("U0OSCAR", "oscar")
OLD = ["hostname rtr", "ntp server 10.0.0.1", "end"]
NEW = ["hostname rtr", "ntp server 10.0.0.9", "end"]
WELL = Host("", "", "", 7, 9)


def made(state: Any, *hosts: Host, jobs: dict[str, int] | None = None, **changes: Any) -> Deploy:
    """Makes a deploy on as many devices as there are hosts, or on one."""
    devices = tuple(
        (number, NAMES[number - 1], f"10.10.0.{number}", "ios") for number in range(1, max(2, len(hosts) + 1))
    )
    known = dict(enumerate(hosts, start=1))
    request = kept() if state == "waiting" else None
    row: dict[str, Any] = {
        **dict.fromkeys(("payload", "snippet", "note", "approver", "outcome", "ref"), ""),
        **dict.fromkeys(("ended_at", "notified_at")),
        "id": 12,
        "workspace": 1,
        "customer": 1,
        "state": state,
        "mac": PAYLOAD_OF.values["hash"],
        "shown": 1,
        "hosts": steps.written(known),
        "jobs": jobs or {},
        "request": 17 if request else None,
        "revision": 2,
        "channel_id": "C0NOC",
        "created_at": ASKED,
        "moved_at": ASKED,
    }
    course = Course(state, tuple(device for device, *_ in devices), hosts=known, jobs=jobs or {})  # type: ignore[arg-type]
    return Deploy(Row(**row | changes), replace(PAYLOAD_OF, devices=devices), course, request)


def changed(*names: str) -> Changed:
    return Changed(tuple(enumerate(names, start=1)), diff(OLD, NEW))


WAITING = made("waiting", Host("", before=7), jobs={"previewing": 171})
TOOK, SILENT = Host("", "", "", 7, 9), Host("", "", "TCP connection to device failed.", 7)
JOBS = {"previewing": 171, "committing_first": 172, "backing_up_first": 173}
STOPPED = made("failed", SILENT, Host("", before=3), Host("", before=4), jobs=JOBS, approver="alice-admin")
DONE = made("done", WELL, WELL, WELL, jobs={**JOBS, "committing": 174, "backing_up": 175}, approver="alice-admin")
CANCELLED = made("committing", Host("", before=7), jobs={"previewing": 171, "committing": 172}, note="cancelled")
VOID = made("void", Host("% Invalid input"), jobs={"previewing": 171}, outcome="The preview failed on rtr-fra1-001.")
NOT_CLEAR = "it is not clear whether the commit was started. It is not started again"
UNCLEAR = made("unclear", Host("", NOT_CLEAR, before=7), outcome=NOT_CLEAR)
VIEWS: dict[str, Message] = {
    "deploy-requested": _deploy_card.card(made("requested")),
    "deploy-waiting": _deploy_card.card(WAITING),
    "deploy-cancelled": _deploy_card.card(CANCELLED),
    "deploy-done": _deploy_card.card(DONE),
    "deploy-ended-done": _deploy_card.end(DONE, OSCAR, [changed(*NAMES)]),
    "deploy-ended-failed": _deploy_card.end(STOPPED, OSCAR, []),
    "deploy-ended-void": _deploy_card.end(VOID, OSCAR, []),
    "deploy-ended-unclear": _deploy_card.end(UNCLEAR, OSCAR, []),
    "deploy-started": deploy.COMMAND.view(Started(WAITING, "commit", 172, WAITING.targets((1,)))),
    "deploys-list": deploys.COMMAND.view([WAITING, DONE]),
    "deploys-none": deploys.COMMAND.view([]),
    "deploys-one": deploys.COMMAND.view(WAITING),
    "abandon-unclear": abandon.COMMAND.view(UNCLEAR),
    "rollback-form": rollback.COMMAND.view(None),
}
