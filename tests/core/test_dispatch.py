"""The corridor by itself: what comes before what, and what is left behind whatever happens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.core.commands import Caller, Command, CommandRequest, Registry, Role, Workspace
from bot.core.dispatch import Answer, Dispatcher, Record, Rules
from bot.core.errors import (
    BotError,
    ChatError,
    Conflict,
    NotFound,
    OutcomeUnknown,
    Refused,
    UsageError,
    WebNetTimeout,
)
from bot.core.message import Message, sentence
from bot.core.ratelimit import RateLimit
from bot.redaction.messages import redact_message
from bot.redaction.redactor import redact

ACME = Workspace(1, "T0ACME", "Acme", 1, enabled=True)
REQUEST = CommandRequest("T0ACME", "U0OSCAR", "C0NOC", "change it", "the-id", keys=("trigger:1",))


@dataclass
class Corridor:
    """A dispatcher whose neighbours note, in order, that they were asked. `raises` is what `run` raises."""

    steps: list[str] = field(default_factory=list)
    saved: list[Record] = field(default_factory=list)
    closed: list[Record] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    caller: Caller | BotError = field(
        default_factory=lambda: Caller("U0OSCAR", 3, "oscar", Role.operator, frozenset({1}))
    )
    workspace: Workspace | None = ACME
    raises: BaseException | None = None
    reply_raises: BaseException | None = None
    taken: set[str] = field(default_factory=set)
    per_minute: int = 100
    roles: dict[str, str] = field(default_factory=dict)
    visibility: str = "in_channel"
    seen: tuple[str, ...] = ()

    def take(self, keys: tuple[str, ...]) -> bool:
        self.steps.append("seen")
        new = not self.taken.intersection(keys)
        self.taken.update(keys)
        return new

    def save(self, record: Record) -> None:
        self.steps.append("row opened")
        self.saved.append(replace(record))

    def close(self, record: Record) -> None:
        self.steps.append("row closed")
        self.closed.append(replace(record))

    def handle(self, request: CommandRequest = REQUEST) -> Record:
        self.dispatcher.handle(request, self.reply)
        return self.closed[-1]

    def reply(self, answer: Answer) -> None:
        self.steps.append("reply")
        if self.reply_raises:
            raise self.reply_raises
        self.answers.append(answer)

    def run(self, _context: object, words: tuple[str, ...]) -> tuple[str, ...]:
        self.steps.append("run")
        self.seen = words
        if self.raises:
            raise self.raises
        return words

    def view(self, words: tuple[str, ...]) -> Message:
        self.steps.append("view")
        return sentence(f"done: {' '.join(words)}")

    def caller_of(self, _workspace: Workspace, _user: str, anew: bool) -> Caller:
        self.steps.append("caller anew" if anew else "caller")
        if isinstance(self.caller, BotError):
            raise self.caller
        return self.caller

    def workspace_of(self, _team: str) -> Workspace | None:
        self.steps.append("workspace")
        return self.workspace

    def context_for(self, *_: object) -> object:
        self.steps.append("context")
        return object()

    def __post_init__(self) -> None:
        def command(name: str, role: Role, *, changes: bool) -> Command[Any, Any]:
            return Command(name, name, "", "", role, self.run, self.view, changes=changes)

        self.dispatcher = Dispatcher(
            registry=Registry(
                [command("look", Role.viewer, changes=False), command("change", Role.operator, changes=True)]
            ),
            rules=Rules("/webnet", self.roles, self.visibility, {}),
            workspace_of=self.workspace_of,
            caller_of=self.caller_of,
            context_for=self.context_for,
            audit=self,
            rate_limit=RateLimit(self.per_minute, lambda: 0.0),
            redact=redact,
            redact_message=lambda message: redact_message(message, redact),
            known=lambda error: Conflict("known") if isinstance(error, OSError) else None,
            monotonic=lambda: 0.0,
        )


def say(text: str, **changes: Any) -> CommandRequest:
    return replace(REQUEST, **{"text": text, "keys": (), **changes})


def test_a_command_that_changes_something_opens_its_row_before_it_runs() -> None:
    corridor = Corridor()
    record = corridor.handle()
    assert corridor.steps == [
        "seen",
        "workspace",
        "caller anew",
        "row opened",
        "context",
        "run",
        "view",
        "reply",
        "row closed",
    ]
    assert corridor.saved[0].status == "running"
    assert (record.status, record.code, record.delivered, record.command) == ("success", "", True, "change")


def test_a_read_uses_a_copy_of_the_caller_and_opens_no_row() -> None:
    corridor = Corridor()
    corridor.handle(say("look at"))
    assert corridor.steps == ["seen", "workspace", "caller", "context", "run", "view", "reply", "row closed"]


@pytest.mark.parametrize(
    ("corridor", "text", "steps"),
    [
        (Corridor(workspace=None), "look", ["seen", "workspace"]),
        (Corridor(workspace=replace(ACME, enabled=False)), "look", ["seen", "workspace"]),
        (Corridor(), "look " + "x" * 3_000, ["seen", "workspace"]),
        (Corridor(caller=Refused("who?", reason="unmapped")), "look", ["seen", "workspace", "caller"]),
        (Corridor(caller=Caller("U", 1, "n", Role.none, frozenset({1}))), "look", ["seen", "workspace", "caller"]),
        (Corridor(caller=Caller("U", 1, "n", Role.operator, frozenset({2}))), "look", ["seen", "workspace", "caller"]),
        (
            Corridor(caller=Caller("U", 1, "n", Role.viewer, frozenset({1}))),
            "change",
            ["seen", "workspace", "caller anew"],
        ),
        (Corridor(roles={"look": "admin"}), "look", ["seen", "workspace", "caller"]),
        (Corridor(roles={"look": "no such role"}), "look", ["seen", "workspace", "caller"]),
        (Corridor(), "lok", ["seen", "workspace", "caller"]),
    ],
    ids=["unknown team", "disabled", "long", "unmapped", "no role", "foreign", "low", "set", "odd", "unknown"],
)
def test_who_is_refused_comes_no_further(corridor: Corridor, text: str, steps: list[str]) -> None:
    record = corridor.handle(say(text))
    assert corridor.steps == [*steps, "reply", "row closed"]
    assert record.status in {"denied", "rate_limited", "usage"}
    (answer,) = corridor.answers
    assert (answer.ephemeral, answer.ok) == (True, False)


def test_who_asks_too_often_comes_no_further() -> None:
    corridor = Corridor(per_minute=1)
    corridor.handle(say("look"))
    corridor.steps.clear()
    assert corridor.handle(say("look")).status == "rate_limited"
    assert corridor.steps == ["seen", "workspace", "reply", "row closed"]
    assert "Try again in 60 s" in corridor.answers[-1].message.summary
    assert corridor.handle(say("look", slack_user="U0OTHER")).status == "success"


def test_an_administrator_passes_everywhere() -> None:
    corridor = Corridor(caller=Caller("U", 1, "n", Role.admin, frozenset()))
    assert corridor.handle().status == "success"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (UsageError("words"), "usage", "usage"),
        (NotFound("words"), "failed", "not_found"),
        (Refused("words", reason="inactive"), "denied", "inactive"),
        (WebNetTimeout("words"), "failed", "webnet_timeout"),
        (OutcomeUnknown("words"), "unclear", "outcome_unknown"),
        (BotError("words"), "failed", "error"),
    ],
)
def test_a_known_error_becomes_its_sentence(error: BotError, status: str, code: str) -> None:
    corridor = Corridor(raises=error)
    record = corridor.handle()
    assert (record.status, record.code, record.delivered) == (status, code, True)
    assert corridor.answers == [Answer(sentence("words"), ephemeral=True, ok=False)]


def test_an_error_of_what_core_does_not_see_gets_the_words_it_is_given() -> None:
    corridor = Corridor(raises=OSError("the disk"))
    assert corridor.handle().code == "conflict"
    assert corridor.answers[0].message == sentence("known")


@pytest.mark.parametrize(
    "error", [ValueError("secret detail"), SystemExit("secret detail"), RecursionError("secret detail")]
)
def test_an_unexpected_error_shows_nothing_but_the_request(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    corridor = Corridor(raises=error)
    record = corridor.handle()
    assert (record.status, record.code) == ("failed", "internal")
    assert "the-id" in corridor.answers[0].message.summary
    assert "secret detail" not in str(corridor.answers)
    assert "secret detail" not in record.response
    assert "request the-id failed" in caplog.text


@pytest.mark.parametrize(
    "error", [ChatError("Slack is away.", error="no_connection"), ValueError("a view that cannot be rendered")]
)
def test_an_answer_that_is_not_taken_is_audited_as_not_delivered(error: Exception) -> None:
    corridor = Corridor(reply_raises=error)
    record = corridor.handle()
    assert (record.status, record.delivered) == ("success", False)
    assert record.response.startswith("done: it")


def test_what_was_delivered_again_is_neither_run_nor_answered_nor_audited() -> None:
    corridor = Corridor()
    corridor.handle()
    corridor.steps.clear()
    corridor.dispatcher.handle(replace(REQUEST, keys=("trigger:2", "trigger:1")), corridor.reply)
    assert corridor.steps == ["seen"]
    assert len(corridor.closed) == 1


def test_a_store_that_cannot_say_whether_it_was_seen_runs_nothing() -> None:
    class Away(Corridor):
        def take(self, keys: tuple[str, ...]) -> bool:
            raise OSError("away")

    corridor = Away()
    assert corridor.handle().code == "conflict"
    assert "run" not in corridor.steps


def test_a_row_that_cannot_be_opened_runs_nothing() -> None:
    class Away(Corridor):
        def save(self, record: Record) -> None:
            raise OSError("away")

    corridor = Away()
    assert corridor.handle().code == "conflict"
    assert "run" not in corridor.steps


def test_what_was_typed_is_redacted_before_anything_sees_it() -> None:
    corridor = Corridor()
    corridor.handle(say("look password=hunter2secret"))
    assert corridor.seen == ("password=<redacted>",)
    assert "hunter2secret" not in str(corridor.answers)


def test_what_is_shown_is_redacted_too() -> None:
    corridor = Corridor(raises=NotFound("it says: snmp-server community s3cretword RO"))
    record = corridor.handle()
    assert "s3cretword" not in str(corridor.answers)
    assert "s3cretword" not in record.response


@pytest.mark.parametrize(("visibility", "ephemeral"), [("in_channel", False), ("ephemeral", True)])
def test_an_answer_is_seen_by_whom_the_settings_say(visibility: str, ephemeral: bool) -> None:
    corridor = Corridor(visibility=visibility)
    corridor.handle()
    (answer,) = corridor.answers
    assert (answer.ephemeral, answer.ok) == (ephemeral, True)
    assert ("Asked by oscar" in str(answer.message)) is not ephemeral


def test_who_was_turned_away_has_a_row() -> None:
    corridor = Corridor()
    corridor.dispatcher.turned_away(REQUEST, "busy", delivered=True)
    (record,) = corridor.closed
    assert (record.status, record.code, record.response, record.delivered) == ("busy", "busy", "busy", True)
    assert record.workspace == ACME
