"""The steps of the pipeline of a command keep their order, and every request leaves a row behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pytest

from bot.core.arguments import Argument, Kind
from bot.core.audit import Record
from bot.core.chat import Place
from bot.core.commands import Caller, Command, CommandRequest, Registry, Role, Workspace
from bot.core.dispatch import Answer, Dispatcher, Rules
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

ARGUMENTS = (
    Argument("words", Kind.words),
    Argument("n", Kind.number, named=True),
    Argument("snippet", Kind.text, named=True, exact=True),
)
ACME = Workspace(1, "T0ACME", "Acme", 1, enabled=True)
REQUEST = CommandRequest(Place("T0ACME", "C0NOC"), "U0OSCAR", "change it", "the-id", keys=("trigger:1",))


@dataclass
class Pipeline:
    """Runs a dispatcher whose neighbours note, in order, that they were asked. `raises` is what `run` raises."""

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
    claimed: set[str] = field(default_factory=set)
    per_minute: int = 100
    roles: dict[str, str] = field(default_factory=dict)
    visibility: str = "in_channel"
    values: Mapping[str, Any] = field(default_factory=dict)

    def claim(self, keys: tuple[str, ...]) -> bool:
        self.steps.append("seen")
        new = not self.claimed.intersection(keys)
        self.claimed.update(keys)
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

    def run(self, _context: object, values: Mapping[str, Any]) -> tuple[str, ...]:
        self.steps.append("run")
        self.values = values
        if self.raises:
            raise self.raises
        return values.get("words", ())

    def view(self, words: tuple[str, ...]) -> Message:
        self.steps.append("view")
        return sentence(f"done: {' '.join(words)}")

    def caller_of(self, _workspace: Workspace, _user: str, fresh: bool) -> Caller:
        self.steps.append("caller again" if fresh else "caller")
        if isinstance(self.caller, BotError):
            raise self.caller
        return self.caller

    def workspace_of(self, _chat_id: str) -> Workspace | None:
        self.steps.append("workspace")
        return self.workspace

    def context_for(self, *_: object) -> object:
        self.steps.append("context")
        return object()

    def __post_init__(self) -> None:
        def command(name: str, role: Role, *, changes: bool) -> Command[Any, Any]:
            return Command(name, "", "", role, self.run, self.view, ARGUMENTS, changes=changes)

        self.dispatcher = Dispatcher(
            chat="Slack",
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
    pipeline = Pipeline()
    record = pipeline.handle()
    assert pipeline.steps == [
        "seen",
        "workspace",
        "caller again",
        "row opened",
        "context",
        "run",
        "view",
        "reply",
        "row closed",
    ]
    assert pipeline.saved[0].status == "running"
    assert (record.status, record.code, record.delivered, record.command) == ("success", "", True, "change")


def test_a_read_uses_a_copy_of_the_caller_and_opens_no_row() -> None:
    pipeline = Pipeline()
    pipeline.handle(say("look at"))
    assert pipeline.steps == ["seen", "workspace", "caller", "context", "run", "view", "reply", "row closed"]


@pytest.mark.parametrize(
    ("pipeline", "text", "steps"),
    [
        (Pipeline(workspace=None), "look", ["seen", "workspace"]),
        (Pipeline(workspace=replace(ACME, enabled=False)), "look", ["seen", "workspace"]),
        (Pipeline(), "look " + "x" * 3_000, ["seen", "workspace"]),
        (Pipeline(caller=Refused("who?", reason="unmapped")), "look", ["seen", "workspace", "caller"]),
        (Pipeline(caller=Caller("U", 1, "n", Role.none, frozenset({1}))), "look", ["seen", "workspace", "caller"]),
        (Pipeline(caller=Caller("U", 1, "n", Role.operator, frozenset({2}))), "look", ["seen", "workspace", "caller"]),
        (
            Pipeline(caller=Caller("U", 1, "n", Role.viewer, frozenset({1}))),
            "change",
            ["seen", "workspace", "caller again"],
        ),
        (Pipeline(roles={"look": "admin"}), "look", ["seen", "workspace", "caller"]),
        (Pipeline(roles={"look": "no such role"}), "look", ["seen", "workspace", "caller"]),
        (Pipeline(), "lok", ["seen", "workspace", "caller"]),
    ],
    ids=["unknown team", "disabled", "long", "unmapped", "no role", "foreign", "low", "set", "odd", "unknown"],
)
def test_who_is_refused_comes_no_further(pipeline: Pipeline, text: str, steps: list[str]) -> None:
    record = pipeline.handle(say(text))
    assert pipeline.steps == [*steps, "reply", "row closed"]
    assert record.status in {"denied", "rate_limited", "usage"}
    (answer,) = pipeline.answers
    assert (answer.ephemeral, answer.ok) == (True, False)


def test_who_asks_too_often_comes_no_further() -> None:
    pipeline = Pipeline(per_minute=1)
    pipeline.handle(say("look"))
    pipeline.steps.clear()
    assert pipeline.handle(say("look")).status == "rate_limited"
    assert pipeline.steps == ["seen", "workspace", "reply", "row closed"]
    assert "Try again in 60 s" in pipeline.answers[-1].message.summary
    assert pipeline.handle(say("look", chat_user="U0OTHER")).status == "success"


def test_an_administrator_passes_everywhere() -> None:
    pipeline = Pipeline(caller=Caller("U", 1, "n", Role.admin, frozenset()))
    assert pipeline.handle().status == "success"


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
    pipeline = Pipeline(raises=error)
    record = pipeline.handle()
    assert (record.status, record.code, record.delivered) == (status, code, True)
    assert pipeline.answers == [Answer(sentence("words"), ephemeral=True, ok=False)]


def test_an_error_of_what_core_does_not_see_gets_the_words_it_is_given() -> None:
    pipeline = Pipeline(raises=OSError("the disk"))
    assert pipeline.handle().code == "conflict"
    assert pipeline.answers[0].message == sentence("known")


@pytest.mark.parametrize(
    "error", [ValueError("secret detail"), SystemExit("secret detail"), RecursionError("secret detail")]
)
def test_an_unexpected_error_shows_nothing_but_the_request(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = Pipeline(raises=error)
    record = pipeline.handle()
    assert (record.status, record.code) == ("failed", "internal")
    assert "the-id" in pipeline.answers[0].message.summary
    assert "secret detail" not in str(pipeline.answers)
    assert "secret detail" not in record.response
    assert "request the-id failed" in caplog.text


@pytest.mark.parametrize(
    "error",
    [ChatError("Slack is away.", kind="passing", reason="no_connection"), ValueError("a view that cannot be rendered")],
)
def test_an_answer_that_is_not_taken_is_audited_as_not_delivered(error: Exception) -> None:
    pipeline = Pipeline(reply_raises=error)
    record = pipeline.handle()
    assert (record.status, record.delivered) == ("success", False)
    assert record.response.startswith("done: it")


def test_what_was_delivered_again_is_neither_run_nor_answered_nor_audited() -> None:
    pipeline = Pipeline()
    pipeline.handle()
    pipeline.steps.clear()
    pipeline.dispatcher.handle(replace(REQUEST, keys=("trigger:2", "trigger:1")), pipeline.reply)
    assert pipeline.steps == ["seen"]
    assert len(pipeline.closed) == 1


def test_a_store_that_cannot_say_whether_it_was_seen_runs_nothing() -> None:
    class Away(Pipeline):
        def claim(self, keys: tuple[str, ...]) -> bool:
            raise OSError("away")

    pipeline = Away()
    assert pipeline.handle().code == "conflict"
    assert "run" not in pipeline.steps


def test_a_row_that_cannot_be_opened_runs_nothing() -> None:
    class Away(Pipeline):
        def save(self, record: Record) -> None:
            raise OSError("away")

    pipeline = Away()
    assert pipeline.handle().code == "conflict"
    assert "run" not in pipeline.steps


def test_only_an_exact_argument_is_given_a_secret_as_it_was_typed() -> None:
    pipeline = Pipeline()
    pipeline.handle(say("look 'snippet:username admin secret hunter2secret' snippet:'enable secret hunter3secret'"))
    assert pipeline.values == {
        "words": ("snippet:username admin secret <redacted>",),
        "snippet": "enable secret hunter3secret",
    }
    assert "hunter2secret" not in str(pipeline.answers)


@pytest.mark.parametrize("text", ["look n:1 enable secret hunter2secret n:2", "look n:password=hunter2secret"])
def test_an_error_of_the_line_repeats_no_secret(text: str) -> None:
    pipeline = Pipeline()
    record = pipeline.handle(say(text))
    assert record.status == "usage"
    assert "hunter2secret" not in str(pipeline.answers)


def test_what_is_shown_is_redacted_too() -> None:
    pipeline = Pipeline(raises=NotFound("it says: snmp-server community s3cretword RO"))
    record = pipeline.handle()
    assert "s3cretword" not in str(pipeline.answers)
    assert "s3cretword" not in record.response


@pytest.mark.parametrize(("visibility", "ephemeral"), [("in_channel", False), ("ephemeral", True)])
def test_an_answer_is_seen_by_whom_the_settings_say(visibility: str, ephemeral: bool) -> None:
    pipeline = Pipeline(visibility=visibility)
    pipeline.handle()
    (answer,) = pipeline.answers
    assert (answer.ephemeral, answer.ok) == (ephemeral, True)
    assert ("Asked by oscar" in str(answer.message)) is not ephemeral


@pytest.mark.parametrize(
    ("of_one", "own", "of_all", "ephemeral"),
    [
        ({}, None, "in_channel", False),
        ({}, "ephemeral", "in_channel", True),
        ({}, "in_channel", "ephemeral", False),
        ({"look": "in_channel"}, "ephemeral", "ephemeral", False),
    ],
)
def test_a_setting_for_one_command_wins_over_its_own_word_and_that_over_all(
    of_one: dict[str, str], own: Literal["in_channel", "ephemeral"] | None, of_all: str, ephemeral: bool
) -> None:
    command: Command[Any, Any] = Command("look", "", "", Role.viewer, str, str, visibility=own)  # type: ignore[arg-type]
    assert Rules("/webnet", {}, of_all, of_one).ephemeral(command) is ephemeral


def test_who_was_turned_away_has_a_row() -> None:
    pipeline = Pipeline()
    pipeline.dispatcher.record_busy(REQUEST, "busy", delivered=True)
    (record,) = pipeline.closed
    assert (record.status, record.code, record.response, record.delivered) == ("busy", "busy", "busy", True)
    assert record.workspace == ACME
