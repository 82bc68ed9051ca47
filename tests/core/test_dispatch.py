"""The steps of the pipeline of a command keep their order, and every request leaves a row behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pytest

from bot.core.arguments import Argument, Kind
from bot.core.audit import Record, RequestAudit
from bot.core.chat import Place
from bot.core.commands import Caller, Command, CommandRequest, Registry, Role, Workspace
from bot.core.dispatch import Dispatcher
from bot.core.errors import (
    BotError,
    ChatError,
    Conflict,
    NotFound,
    OutcomeUnknown,
    Refused,
    StoreAway,
    UsageError,
    WebNetTimeout,
    WebNetUnreachable,
)
from bot.core.message import Button, Buttons, Message, sentence
from bot.core.pipeline import Admitted, Answer, Deferred, Rules
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
    """Runs a dispatcher whose neighbours note, in order, that they were asked. `raises` is what `run` raises, after it has
    changed in WebNet what `did` says."""

    steps: list[str] = field(default_factory=list)
    saved: list[Record] = field(default_factory=list)
    closed: list[Record] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    caller: Caller | BotError = field(
        default_factory=lambda: Caller("U0OSCAR", 3, "oscar", Role.operator, frozenset({1}))
    )
    workspace: Workspace | None = ACME
    raises: BaseException | None = None
    did: str = ""
    reply_raises: BaseException | None = None
    claimed: set[str] = field(default_factory=set)
    per_minute: int = 100
    roles: dict[str, str] = field(default_factory=dict)
    visibility: str = "in_channel"
    values: Mapping[str, Any] = field(default_factory=dict)
    admitted: list[Admitted] = field(default_factory=list)

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

    def run(self, audit: RequestAudit, values: Mapping[str, Any]) -> tuple[str, ...]:
        self.steps.append("run")
        if self.did:
            audit.did(self.did)
        self.values = values
        if self.raises:
            raise self.raises
        return values.get("words", ())

    def view(self, words: tuple[str, ...]) -> Message:
        self.steps.append("view")
        return sentence(f"done: {' '.join(words)}")

    def caller_of(self, _workspace: Workspace, _user: str, fresh: bool, _while_away: bool) -> Caller:
        self.steps.append("caller again" if fresh else "caller")
        if isinstance(self.caller, BotError):
            raise self.caller
        return self.caller

    def workspace_of(self, _chat_id: str) -> Workspace | None:
        self.steps.append("workspace")
        return self.workspace

    def context_for(self, admitted: Admitted, save: Callable[[], None]) -> RequestAudit:
        self.steps.append("context")
        self.admitted.append(admitted)
        return RequestAudit(admitted.record, save)

    def __post_init__(self) -> None:
        def command(name: str, role: Role, *, changes: bool) -> Command[Any, Any]:
            return Command(name, "", "", role, self.run, self.view, ARGUMENTS, changes=changes)

        self.dispatcher = Dispatcher(
            chat="Slack",
            registry=Registry(
                [
                    command("look", Role.viewer, changes=False),
                    command("change", Role.operator, changes=True),
                    replace(command("enrol", Role.none, changes=False), summary="Let me in", unmapped=True),
                ]
            ),
            rules=Rules("/webnet", self.roles, self.visibility, {}),
            workspace_of=self.workspace_of,
            caller_of=self.caller_of,
            context_for=self.context_for,
            audit=self,
            user_limit=RateLimit(self.per_minute, lambda: 0.0),
            workspace_limit=RateLimit(3, lambda: 0.0),
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


UNMAPPED = Refused("who?", reason="unmapped")


def test_what_is_for_the_unmapped_runs_without_a_caller_and_is_seen_by_its_requester_alone() -> None:
    pipeline = Pipeline(caller=UNMAPPED)
    record = pipeline.handle(say("enrol"))
    assert pipeline.steps == ["seen", "workspace", "context", "run", "view", "reply", "row closed"]
    assert (record.status, record.caller, record.workspace) == ("success", None, ACME)
    assert pipeline.admitted[0].caller == Caller("U0OSCAR", 0, "", Role.none, frozenset())
    assert pipeline.answers[0].ephemeral


@pytest.mark.parametrize(
    ("pipeline", "request_", "code"),
    [
        (Pipeline(workspace=None), say("enrol"), "unknown_team"),
        (Pipeline(workspace=replace(ACME, enabled=False)), say("enrol"), "disabled_workspace"),
        (Pipeline(), say("enrol", guest=True), "guest"),
        (Pipeline(), say("enrol", foreign=True), "guest"),
        (Pipeline(roles={"enrol": "admin"}), say("enrol"), "role"),
    ],
)
def test_who_may_not_even_ask_comes_no_further(pipeline: Pipeline, request_: CommandRequest, code: str) -> None:
    record = pipeline.handle(request_)
    assert record.code == code
    assert "run" not in pipeline.steps


@pytest.mark.parametrize(
    ("roles", "changes", "labels"),
    [({}, {}, ["Let me in"]), ({"enrol": "admin"}, {}, []), ({}, {"foreign": True}, [])],
    ids=["open to all", "kept for a role", "of another workspace"],
)
def test_who_is_not_mapped_is_shown_the_way_in(
    roles: dict[str, str], changes: dict[str, Any], labels: list[str]
) -> None:
    pipeline = Pipeline(caller=UNMAPPED, roles=roles)
    record = pipeline.handle(say("look", **changes))
    assert (record.status, record.code) == ("denied", "unmapped")
    rows = [part for part in pipeline.answers[0].message.parts if isinstance(part, Buttons)]
    assert [button.label for row in rows for button in row.buttons] == labels


def test_who_asks_too_often_comes_no_further() -> None:
    pipeline = Pipeline(per_minute=1)
    pipeline.handle(say("look"))
    pipeline.steps.clear()
    assert pipeline.handle(say("look")).status == "rate_limited"
    assert pipeline.steps == ["seen", "workspace", "reply", "row closed"]
    assert "Try again in 60 s" in pipeline.answers[-1].message.summary
    assert pipeline.handle(say("look", chat_user="U0OTHER")).status == "success"


def test_all_users_of_a_workspace_together_are_limited_and_no_other_workspace() -> None:
    pipeline = Pipeline(per_minute=1)
    statuses = [pipeline.handle(say("look", chat_user=f"U0{number % 4}")).status for number in range(5)]
    assert statuses == ["success", "success", "success", "rate_limited", "rate_limited"]
    assert "This workspace has run a lot of commands" in pipeline.answers[-2].message.summary
    elsewhere = replace(say("look"), place=Place("T0OTHER", "C0NOC"))
    assert pipeline.handle(elsewhere).status == "success"


def test_who_is_refused_alone_takes_nothing_from_the_workspace() -> None:
    pipeline = Pipeline(per_minute=1)
    users = ["U0LOUD"] * 5 + ["U0ONE", "U0TWO"]
    assert [pipeline.handle(say("look", chat_user=user)).status for user in users][-2:] == ["success", "success"]


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
    record = pipeline.handle(say("look"))
    assert (record.status, record.code, record.delivered) == (status, code, True)
    (answer,) = pipeline.answers
    assert (answer.message.summary, answer.ephemeral, answer.ok, answer.form) == ("words", True, False, None)
    assert answer.refused == isinstance(error, Refused)


FORM = UsageError("words", form=True)


def test_a_usage_error_offers_the_form_with_what_was_typed() -> None:
    pipeline = Pipeline(raises=FORM)
    pipeline.handle(say("look a 'b c' n:7"))
    pipeline.handle(say("look a n:x"))
    first, second = pipeline.answers
    assert first.form is not None
    assert first.form.line == 'look a "b c" n:7'
    assert second.form is None
    buttons = [answer.message.parts[-1] for answer in pipeline.answers]
    assert buttons == [
        Buttons((Button("Fill in", command='look a "b c" n:7', form=True),)),
        Buttons((Button("Fill in", command="look a", form=True),)),
    ]


def test_only_who_may_run_a_command_gets_its_form() -> None:
    for text in ("change", "unknown"):
        for form in (True, False):
            pipeline = Pipeline(raises=FORM, caller=Caller("U0VERA", 4, "vera", Role.viewer, frozenset({1})))
            pipeline.handle(say(text, form=form))
            assert (pipeline.answers[0].form, "Fill in" in str(pipeline.answers)) == (None, False)


def test_a_form_that_is_asked_for_runs_nothing() -> None:
    pipeline = Pipeline()
    record = pipeline.handle(say("change a n:x", form=True, way="button"))
    assert pipeline.steps == ["seen", "workspace", "caller again", "reply", "row closed"]
    assert (record.status, record.code) == ("success", "form")
    (answer,) = pipeline.answers
    assert answer.form is not None
    assert answer.form.line == "change a"


def test_a_request_that_its_edge_cannot_read_is_answered_and_audited_once() -> None:
    pipeline = Pipeline()
    for error in (Refused("Not yours.", reason="form"), OSError("the disk"), ValueError("odd")):
        pipeline.dispatcher.refuse(say("look", way="form"), error, pipeline.reply)
    assert [(row.command, row.status, row.code) for row in pipeline.closed] == [
        ("look", "denied", "form"),
        ("look", "failed", "conflict"),
        ("look", "failed", "internal"),
    ]
    pipeline.dispatcher.refuse(say("any word", keys=("x",)), FORM, pipeline.reply)
    pipeline.dispatcher.refuse(say("any word", keys=("x",)), FORM, pipeline.reply)
    assert (len(pipeline.closed), pipeline.closed[-1].command, pipeline.answers[-1].form) == (4, "", None)


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


@pytest.mark.parametrize(
    ("line", "error", "words"),
    [
        ("change", WebNetUnreachable("WebNet cannot be reached."), "Nothing was done: WebNet cannot be reached."),
        ("change", OutcomeUnknown("It is unclear."), "It is unclear."),
        ("change", Conflict("Nothing was started."), "Nothing was started."),
        ("look", WebNetUnreachable("WebNet cannot be reached."), "WebNet cannot be reached."),
        ("change", StoreAway("The store is away."), "Nothing was done: The store is away. Try again in a minute."),
    ],
)
def test_what_was_to_change_something_says_whether_anything_was_done(line: str, error: BotError, words: str) -> None:
    pipeline = Pipeline(raises=error)
    pipeline.handle(say(line))
    assert pipeline.answers[-1].message.summary == words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (StoreAway("The store is away."), "Job #5 was cancelled. Nothing more was done: The store is away."),
        (WebNetTimeout("WebNet is slow."), "Job #5 was cancelled. Nothing more was done: WebNet is slow."),
        (Conflict("It is disabled."), "Job #5 was cancelled. Nothing more was done: It is disabled."),
        (OutcomeUnknown("It is unclear."), "Job #5 was cancelled. It is unclear."),
        (ValueError("odd"), "Job #5 was cancelled. Then something went wrong inside the bot; it has been logged."),
    ],
)
def test_an_error_after_a_change_says_what_was_changed(error: BaseException, words: str) -> None:
    pipeline = Pipeline(raises=error, did="Job #5 was cancelled.")
    pipeline.handle()
    assert pipeline.answers[-1].message.summary.startswith(words)
    assert pipeline.closed[-1].response.startswith(words)


def test_a_job_that_was_started_is_named_whatever_fails_after_that() -> None:
    record = Record(REQUEST, 0.0)

    def away() -> None:
        raise OSError("away")

    audit = RequestAudit(record, away)
    audit.did("Job #5 was cancelled.")
    audit.started(6, "config_backup")
    assert record.done == "Job #5 was cancelled. Job #6 was started."


@pytest.mark.parametrize("ephemeral", [False, True])
def test_a_command_that_waits_for_a_decision_is_answered_and_no_failure(ephemeral: bool) -> None:
    pipeline = Pipeline(raises=Deferred(sentence("Request #17 waits."), code="approval_requested", ephemeral=ephemeral))
    row = pipeline.handle()
    assert (row.status, row.code, row.response) == ("success", "approval_requested", "Request #17 waits.")
    assert "view" not in pipeline.steps
    (answer,) = pipeline.answers
    assert (answer.ok, answer.ephemeral, answer.spent) == (True, ephemeral, False)
