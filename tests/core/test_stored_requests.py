"""A command that was stored is performed later: its caller is checked again, and nothing is parsed again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from bot.audit_log import AuditLog
from bot.callers import Callers
from bot.core.arguments import Argument, Kind, Values
from bot.core.chat import Place
from bot.core.commands import Command, CommandRequest, Registry, Role, Workspace
from bot.core.dispatch import Dispatcher
from bot.core.errors import ChatError
from bot.core.message import Message, sentence
from bot.core.pipeline import Admitted, Answer, Rules, StoredRequest
from bot.core.ratelimit import RateLimit
from bot.redaction.redactor import Redactor
from bot.webnet.client import WebNet
from lab.webnet import WebNetLab
from store.audit import AuditRow
from store.database import Store

ARGUMENTS = (Argument("words", Kind.words),)
OSCAR = 3  # an operator of customer 1
DEVICES = ((41, "rtr-a", "10.0.0.41", "ios"), (43, "rtr-b", "10.0.0.43", "junos"))
REQUEST = CommandRequest(Place("T0ACME", "C0NOC"), "U0OSCAR", "change site:berlin", "first", keys=("trigger:1",))


@dataclass
class Performed:
    """Runs the command `change` for real callers, workspaces and audit rows, and keeps what it was given in `admitted`."""

    store: Store
    webnet: WebNet
    visibility: str = "in_channel"
    admitted: list[Admitted] = field(default_factory=list)
    values: list[Values] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.store.workspaces.list():
            row = self.store.workspaces.add(
                customer=1,
                team_id="T0ACME",
                team_name="Acme",
                bot_user_id="U0BOT",
                bot_token="xoxb-of-acme",
                signing_secret="secret-of-acme",
            )
            self.store.users.add(workspace=row.id, slack_user_id="U0OSCAR", user=OSCAR, username="oscar-operator")
        redactor = Redactor(())
        self.dispatcher = Dispatcher(
            chat="Slack",
            registry=Registry(
                [Command("change", "", "", Role.operator, self._run, self._view, ARGUMENTS, changes=True)]
            ),
            rules=Rules("/webnet", {}, self.visibility, {}),
            workspace_of=self._workspace_of,
            caller_of=Callers(self.webnet, self._mapped).caller,
            context_for=lambda admitted, _save: self.admitted.append(admitted),
            audit=AuditLog(self.store.audit, self.store.seen, redactor, "this-process", {"change"}),
            user_limit=RateLimit(1, lambda: 0.0),
            workspace_limit=RateLimit(100, lambda: 0.0),
            redact=redactor,
            redact_message=lambda message: message,
            known=lambda _error: None,
            monotonic=lambda: 0.0,
        )

    def _workspace_of(self, chat_id: str) -> Workspace | None:
        rows = (row for row in self.store.workspaces.list() if row.team_id == chat_id)
        return next((Workspace(r.id, r.team_id, r.team_name, r.customer, r.enabled) for r in rows), None)

    def _mapped(self, workspace: int, chat_user: str) -> int | None:
        mapping = self.store.users.find(workspace, chat_user)
        return mapping.user if mapping else None

    def _run(self, _context: object, values: Values) -> None:
        self.values.append(values)

    @staticmethod
    def _view(_result: object) -> Message:
        return sentence("changed")

    def first(self) -> StoredRequest:
        """Admits and runs the command as it was typed; gives what a second performing would have stored."""
        self.dispatcher.handle(REQUEST, self.answers.append)
        (row,) = self.store.audit.list()
        return StoredRequest(REQUEST, "change", {"words": ('as "stored"',)}, DEVICES, row.id)

    def again(self, stored: StoredRequest) -> AuditRow:
        self.dispatcher.handle_stored(stored, self.answers.append)
        return self.store.audit.list()[0]


@pytest.fixture
def performed(store: Store, webnet: WebNet) -> Performed:
    return Performed(store, webnet)


def test_stored_values_and_devices_are_taken_as_they_are(performed: Performed) -> None:
    stored = performed.first()
    assert performed.again(stored).status == "success"
    assert performed.values == [{"words": ("site:berlin",)}, {"words": ('as "stored"',)}]
    assert [admitted.devices for admitted in performed.admitted] == [None, DEVICES]


def test_each_performing_has_a_row_of_its_own_that_names_the_first(performed: Performed) -> None:
    stored = performed.first()
    performed.again(stored)
    performed.again(stored)
    rows = performed.store.audit.list()
    assert [(row.first_id, row.text) for row in rows] == [
        (stored.first_id, "change site:berlin"),
        (stored.first_id, "change site:berlin"),
        (None, "change site:berlin"),
    ]
    assert len({row.id for row in rows}) == 3
    assert {(row.user, row.customer, row.delivered) for row in rows} == {(OSCAR, 1, True)}


def test_neither_the_keys_nor_the_rate_count_again(performed: Performed) -> None:
    stored = performed.first()  # one command a minute is allowed, and its keys are claimed
    assert performed.again(stored).status == "success"
    assert performed.again(stored).status == "success"
    performed.dispatcher.handle(
        CommandRequest(Place("T0ACME", "C0NOC"), "U0OSCAR", "change", "another"), lambda _: None
    )
    assert performed.store.audit.list()[0].status == "rate_limited"


def _lower_role(_store: Store, lab: WebNetLab) -> None:
    lab.change("users", OSCAR, role="viewer")


def _deactivate(_store: Store, lab: WebNetLab) -> None:
    lab.change("users", OSCAR, is_active=False)


def _change_customer(_store: Store, lab: WebNetLab) -> None:
    lab.change("users", OSCAR, customers=[2])


def _unmap(store: Store, _lab: WebNetLab) -> None:
    store.users.remove(store.users.list()[0].id)


def _disable_workspace(store: Store, _lab: WebNetLab) -> None:
    store.workspaces.update(store.workspaces.list()[0].id, enabled=False)


def _remove_workspace(store: Store, _lab: WebNetLab) -> None:
    store.workspaces.remove(store.workspaces.list()[0].id)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_lower_role, "role"),
        (_deactivate, "inactive"),
        (_change_customer, "foreign"),
        (_unmap, "unmapped"),
        (_disable_workspace, "disabled_workspace"),
        (_remove_workspace, "unknown_team"),
    ],
)
def test_who_may_no_longer_is_denied(
    performed: Performed, lab: WebNetLab, change: Callable[[Store, WebNetLab], None], code: str
) -> None:
    stored = performed.first()
    change(performed.store, lab)
    row = performed.again(stored)
    assert (row.status, row.code, row.first_id) == ("denied", code, stored.first_id)
    assert len(performed.values) == 1
    assert (performed.answers[-1].ephemeral, performed.answers[-1].ok) == (True, False)


def test_a_command_that_is_gone_by_then_is_not_run(performed: Performed) -> None:
    stored = performed.first()
    gone = StoredRequest(stored.request, "gone", {}, (), stored.first_id)
    assert performed.again(gone).status == "usage"
    assert len(performed.values) == 1


def test_an_answer_that_the_chat_does_not_take_is_in_the_row(performed: Performed) -> None:
    def refuse(_answer: Answer) -> None:
        raise ChatError("Slack is away.", kind="passing", reason="no_connection")

    stored = performed.first()
    performed.dispatcher.handle_stored(stored, refuse)
    row = performed.store.audit.list()[0]
    assert (row.status, row.delivered) == ("success", False)


@pytest.mark.parametrize(("visibility", "ephemeral"), [("in_channel", False), ("ephemeral", True)])
def test_who_may_see_the_answer_belongs_to_what_was_admitted(
    store: Store, webnet: WebNet, visibility: str, ephemeral: bool
) -> None:
    performed = Performed(store, webnet, visibility=visibility)
    performed.again(performed.first())
    assert {admitted.ephemeral for admitted in performed.admitted} == {ephemeral}
    assert {answer.ephemeral for answer in performed.answers} == {ephemeral}
