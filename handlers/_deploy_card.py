"""Shows a deploy: what goes where, how far each step came, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.core.arguments import Argument, Kind, write
from bot.core.message import (
    Bold,
    Button,
    Buttons,
    Code,
    DeployCard,
    Line,
    Message,
    Note,
    Part,
    Span,
    Text,
    When,
    line_text,
    text,
)
from bot.core.text import and_more, count
from bot.deploys.changes import Changed
from bot.deploys.deploy import Deploy
from bot.deploys.steps import LEFT_ALONE, STEPS, Host, State
from handlers import _hunks, _many, _request_card, _views

DEPLOY = Argument("deploy", Kind.number, "the number of a deploy", required=True)
ON = Argument("on", Kind.text, named=True, hidden=True)  # the ids of devices, which buttons carry
MOST_NAMED = 5  # devices of one kind in a sentence
MOST_LINES = 30  # of one diff in a message
MOST_DIFFS = 3

SIGNS: Mapping[State, str] = {"done": "✅", "failed": "❌", "void": "⚠️", "unclear": "❓"}
STANDS: Mapping[State, str] = {
    "requested": "is being previewed. Nothing was changed yet.",
    "previewing": "is being previewed. Nothing was changed yet.",
    "waiting": "waits for a second person. Nothing was changed yet.",
    "checking": "is approved and is being started.",
    "committing_first": "is being committed on one device first.",
    "backing_up_first": "was committed on one device, which is looked at first.",
    "committing": "is being committed.",
    "backing_up": "was committed. A backup shows what has changed.",
    "comparing": "has ended; what has changed is being compared.",
    "done": "is done.",
    "failed": "failed.",
    "void": "was not done",
    "unclear": "has no clear outcome",
}
WORDS: Mapping[State, tuple[str, str]] = {  # of a step, and of the device or devices
    "previewing": ("Preview", "takes the lines"),
    "committing_first": ("Commit on the first device", "took the lines"),
    "backing_up_first": ("Backup of the first device", "answers"),
    "committing": ("Commit", "took the lines"),
    "backing_up": ("Backup", "answers"),
}
NOTES: Mapping[str, str] = {  # what is wrong with the step that goes on, and the one safe thing to do next
    "lost": "WebNet seems to have lost job {job} in its queue, but may be running it: it shows a deploy that runs as queued, too. It is not "
    "started again. Look at the device itself and cancel the job in WebNet before you give this deploy up.",
    "long": "Job {job} has been running for long, and writes its log only at its end. Look at the device itself before you give this "
    "deploy up.",
    "looking": "It is not clear yet whether the {kind} was started: WebNet's answer was lost. The bot looks for the job, and starts "
    "none again.",
    "cancelled": "Job {job} was cancelled in WebNet, but a worker may still run it. The bot waits for that for an hour; do not commit there "
    "meanwhile.",
}
UNCLEAR = "Nothing is repeated. Make a backup of these devices and look at `diff` before you ask again."


def card(deploy: Deploy) -> Message:
    """Shows a deploy as it is; the message follows its steps."""
    head = _headline(deploy)
    parts: list[Part] = [text(*head), *_wish(deploy), Text(tuple(_steps(deploy))), *_troubles(deploy)]
    if note := NOTES.get(deploy.row.note):
        job = deploy.course.jobs.get(deploy.state)
        kind = STEPS[deploy.state].kind if deploy.state in STEPS else "job"
        parts.append(text("⚠️ ", note.format(job=f"#{job}" if job else "", kind=kind)))
    parts += _many.left_out([" ".join(each) for each in deploy.payload.left_out])
    parts.append(Note(_small(deploy)))
    if buttons := tuple(_buttons(deploy)):
        parts.append(Buttons(buttons))
    return Message(line_text(head), parts=tuple(parts), card=DeployCard(deploy.number, deploy.row.revision))


def end(deploy: Deploy, requester: Span, changes: Sequence[Changed]) -> Message:
    """Notifies the requester of how a deploy ended, and shows what it changed."""
    line: Line = (requester, " ", *_headline(deploy))
    parts: list[Part] = [text(*line), *_troubles(deploy), *_differences(deploy), *_diffs(changes)]
    if deploy.state == "unclear":
        parts.append(text(UNCLEAR))
    if buttons := tuple(_afterwards(deploy, changes)):
        parts.append(Buttons(buttons))
    return Message(line_text(line), parts=tuple(parts))


def headline(deploy: Deploy) -> Line:
    """Returns the sentence about what was asked for, by whom, and how it stands."""
    return _headline(deploy)


def button(deploy: int) -> Button:
    """Makes the button that shows a deploy."""
    return Button(f"Show deploy #{deploy}", command=write("deploys", (DEPLOY,), {DEPLOY.name: deploy}))


def _headline(deploy: Deploy) -> Line:
    payload, state = deploy.payload, deploy.state
    lines, outcome = count(payload.values["lines"], "line"), deploy.row.outcome
    sign = SIGNS.get(state, "🕓" if state == "waiting" else "🔄")
    stands = STANDS[state]
    if state == "void":
        stands = f"{stands}: {_sentence(outcome)} Nothing was changed."
    if state == "unclear":
        stands = f"{stands}: {_sentence(outcome)}"
    who = f" of {payload.username}: {lines} on "
    return (f"{sign} Deploy ", Bold(f"#{deploy.number}"), who, Bold(_where(deploy)), f" {stands}")


def _sentence(outcome: str) -> str:
    return outcome if outcome.endswith(".") else f"{outcome}."


def _where(deploy: Deploy) -> str:
    names = list(deploy.names.values())
    return names[0] if len(names) == 1 else count(len(names), "device")


def _wish(deploy: Deploy) -> Iterator[Part]:
    values, names = deploy.payload.values, list(deploy.names.values())
    change: Line = (f", change {values['change']}",) if values["change"] else ()
    yield text("Reason: ", values["reason"], *change)
    if len(names) > 1:
        order = "all at once" if deploy.course.all_at_once else f"{names[0]} first, then the others"
        yield text(f"{_named(names, _request_card.MOST_NAMED)}; {order}")
    yield Code(deploy.payload.text)  # all of it: it is what somebody approves


def _steps(deploy: Deploy) -> Iterator[Line]:
    course = deploy.course
    first: tuple[State, ...] = ("committing_first", "backing_up_first") if course.tries_first else ()
    yield _step(deploy, "previewing")
    yield _approval(deploy)
    for state in (*first, "committing", "backing_up"):
        yield _step(deploy, state)


def _step(deploy: Deploy, state: State) -> Line:
    course, (what, well) = deploy.course, WORDS[state]
    job = f", job #{course.jobs[state]}" if state in course.jobs else ""
    devices = course.scope(state)
    said = course.said(STEPS[state].kind, devices)
    if None in said:
        current = deploy.state == state and deploy.open
        return (f"{'🔄' if current else '▫️'} {what}{job}",)
    failed = sum(bool(each) for each in said)
    if failed:
        return (f"❌ {what}{job}: failed on {failed:,} of {count(len(devices), 'device')}",)
    everybody = "it" if len(devices) == 1 else f"each of {count(len(devices), 'device')}"
    no_diff = ". That is no diff: WebNet shows none before the commit" if state == "previewing" else ""
    return (f"✅ {what}{job}: {everybody} {well}{no_diff}",)


def _approval(deploy: Deploy) -> Line:
    if deploy.row.approver:
        return (f"✅ Approved by {deploy.row.approver}",)
    if deploy.state == "waiting" and deploy.approval:
        return ("🕓 Approval by a second person, until ", When(deploy.approval.row.expires_at))
    return ("▫️ Approval by a second person",)


def _troubles(deploy: Deploy) -> Iterator[Part]:
    """Says why each device failed."""
    failed = [(name, deploy.course.host(device).trouble) for device, name in deploy.names.items()]
    failed = [(name, trouble) for name, trouble in failed if trouble]
    if failed:
        yield Text(tuple(("❌ ", Bold(name), f": {trouble}") for name, trouble in failed[:MOST_NAMED]))
    if len(failed) > MOST_NAMED:
        yield Note((and_more(len(failed) - MOST_NAMED, "device"),))


def _differences(deploy: Deploy) -> Iterator[Part]:
    """Says which devices have the lines and which do not, where that differs or is not known of all."""
    if deploy.state not in ("failed", "unclear"):
        return
    kinds: dict[str, list[str]] = {}
    for device, name in deploy.names.items():
        kinds.setdefault(_has(deploy.course.host(device)), []).append(name)
    yield Text(tuple((Bold(f"{kind}: "), _named(names)) for kind, names in kinds.items()))


def _has(host: Host) -> str:
    if host.commit == "":
        return "Have the lines"
    if host.commit is None or host.commit.startswith(LEFT_ALONE):
        return "Do not have the lines"
    return "May have a part of them"


def _named(names: Sequence[str], most: int = MOST_NAMED) -> str:
    more = f" {and_more(len(names) - most)}" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _diffs(changes: Sequence[Changed]) -> Iterator[Part]:
    for changed in changes[:MOST_DIFFS]:
        names = _named([name for _, name in changed.devices])
        if not changed.diff.hunks:
            yield text(Bold(names), ": no line changed that counts.")
            continue
        yield text(Bold(names), f": +{changed.diff.added:,} −{changed.diff.removed:,} lines")
        yield from next(_hunks.pages(changed.diff, MOST_LINES), ())
    if len(changes) > MOST_DIFFS:
        yield Note((and_more(len(changes) - MOST_DIFFS, "other change"),))


def _small(deploy: Deploy) -> Line:
    request = f"request #{deploy.approval.number} with the hash {deploy.approval.short} · " if deploy.approval else ""
    return (f"Lines with the hash {deploy.short} · {request}merge · asked ", When(deploy.row.created_at))


def _buttons(deploy: Deploy) -> Iterator[Button]:
    if deploy.state == "waiting" and deploy.approval and deploy.approval.row.state == "requested":
        lines = count(deploy.payload.values["lines"], "line")
        yield from _request_card.decisions(deploy.approval, f"commit {lines} on {_where(deploy)}")
        yield from _request_card.every_device(deploy.approval)
    if deploy.row.note in NOTES and deploy.open:
        line = write("abandon", (DEPLOY,), {DEPLOY.name: deploy.number})
        sure = "Give it up? Its job may still run in WebNet, and the bot will not look any more."
        yield Button("Give up", command=line, style="danger", confirm=sure)


def _afterwards(deploy: Deploy, changes: Sequence[Changed]) -> Iterator[Button]:
    for changed in changes[:MOST_DIFFS]:
        device, name = changed.devices[0]
        host = deploy.course.host(device)
        if changed.diff.hunks and host.before and host.after:
            yield Button(f"Diff of {name}", command=_views.diff_of(device, host.before, host.after), modal=True)
            ids = " ".join(str(each) for each, _ in changed.devices)
            line = write("rollback", (DEPLOY, ON), {DEPLOY.name: deploy.number, ON.name: ids})
            yield Button("Roll back" if len(changes) == 1 else f"Roll back {name}", command=line)
