"""Shows a request that waits for a decision, to whoever may decide and to whoever asked; several commands show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.approvals.requests import Kept
from bot.context import Context
from bot.core.arguments import Argument, Kind, Values, write
from bot.core.message import (
    Alert,
    Bold,
    Button,
    Buttons,
    Code,
    Detail,
    Line,
    Message,
    Mono,
    Note,
    Part,
    RequestCard,
    Span,
    Text,
    When,
    line_text,
    text,
)
from bot.core.text import and_more, count, cut
from handlers import _many

REQUEST = Argument("request", Kind.request, "the number of a request", required=True)
PROOF = Argument("proof", Kind.text, named=True, hidden=True, exact=True)  # which the buttons of a request carry
MOST_NAMED = 20  # devices in the message itself; a window shows all of them
ON_A_PAGE = 100
LONGEST_SURE = 100  # characters of a line in the question whether somebody is sure

SIGNS = {
    "requested": "🕓",
    "approved": "✅",
    "executing": "✅",
    "done": "✅",
    "denied": "🚫",
    "withdrawn": "↩️",
    "expired": "⌛",
    "failed": "❌",
    "void": "⚠️",
}

ENDS = {  # of the sentence about a request, by its state, with its purpose where that differs
    "requested confirmation": ". Nothing was started yet.",
    "requested": " waits for a second person. Nothing was started yet.",
    "approved": " was {verb} by {by} and is being started.",
    "executing": " was {verb} by {by} and is being started.",
    "done": " was {verb} by {by}. {outcome}",
    "failed": " was {verb} by {by}. {outcome}",
    "void": " was {verb} by {by}, but is void and was not started: {outcome}",
    "denied": " was denied by {by}: {reason}. Nothing was started.",
    "withdrawn": " was withdrawn by {by}. Nothing was started.",
    "expired confirmation": " has expired: it was not confirmed in time. Nothing was started.",
    "expired": " has expired: nobody decided in time. Nothing was started.",
}


def line_of(command: str, kept: Kept) -> str:
    """Writes the line that a button of this request carries, and no other."""
    return write(command, (REQUEST, PROOF), {"request": kept.number, "proof": kept.proof})


def decide(ctx: Context, values: Values, how: Callable[[int, str], Kept]) -> Kept:
    """Decides a request by `how`, which takes its number and the button's proof, if its button was pressed; else only reads it."""
    number, proof = values["request"], values.get("proof", "")
    return how(number, proof) if ctx.approvals.clicked(proof) else ctx.approvals.get(number)


def card(kept: Kept) -> Message:
    """Shows who asks for what on which devices and why a second person has to look, and how the request stands."""
    payload, names = kept.payload, tuple((name, address) for _, name, address, _ in kept.payload.devices)
    head = (f"{SIGNS[kept.row.state]} ", *headline(kept))
    parts: list[Part] = [text(*head), text("Asked as ", Mono(payload.request.text), *_hidden(kept))]
    if names:
        parts.append(Text(tuple(_device(*each) for each in names[:MOST_NAMED])))
    if len(names) > MOST_NAMED:
        parts.append(Note((and_more(len(names) - MOST_NAMED, "device"),)))
    parts += _many.left_out([" ".join(each) for each in payload.left_out])
    if payload.text:
        parts.append(Code(payload.text))
    if kept.row.state == "requested":
        parts.append(Alert("warning", (f"{payload.why}.",)))
    parts.append(Note(_small(kept)))
    if buttons := tuple(_buttons(kept)):
        parts.append(Buttons(buttons))
    shown = RequestCard(kept.number, kept.row.state)
    return Message(line_text(head), parts=tuple(parts), card=shown, detail=_detail(kept, names))


def answer(kept: Kept) -> Message:
    """Shows a request to whoever named or decided it. Of one that is decided the sentence and the hash are enough, because its
    card stands in the channel, and a window shows all of its devices."""
    shown = card(kept)
    if kept.row.state == "requested":
        return shown
    return Message(shown.summary, parts=(shown.parts[0], Note(_small(kept))), detail=shown.detail)


def ended(kept: Kept, requester: Span) -> Message:
    """Notifies the requester of how the request ended."""
    line: Line = (requester, " ", *headline(kept))
    return Message(line_text(line), parts=(text(*line),))


def headline(kept: Kept) -> Line:
    """Returns the sentence that says what was asked for, by whom, and how it stands."""
    payload, row = kept.payload, kept.row
    state, purpose = row.state, payload.purpose
    end = ENDS[f"{state} {purpose}"] if f"{state} {purpose}" in ENDS else ENDS[state]
    if state == "void" and not row.decided_name:
        end = " is void: {outcome}"
    words = end.format(
        by=row.decided_name or "the command line",
        reason=row.reason or "no reason was given",
        outcome=row.outcome,
        verb="approved" if purpose == "approval" else "confirmed",
    )
    return ("Request ", Bold(f"#{kept.number}"), " of ", *asked(kept), words)


def asked(kept: Kept) -> Line:
    """Returns who asked for what, on which device or how many."""
    payload = kept.payload
    where = f" of {payload.devices[0][1]}" if len(payload.devices) == 1 else ""
    where = f" of {count(len(payload.devices), 'device')}" if len(payload.devices) > 1 else where
    return (f"{payload.username}: {payload.what}{where}",)


def _hidden(kept: Kept) -> Line:
    number = kept.payload.hidden
    return (f"; {count(number, 'value')} of it {'is' if number == 1 else 'are'} hidden",) if number else ()


def _device(name: str, address: str) -> Line:
    return (Bold(name), f" ({address})") if address else (Bold(name),)


def _small(kept: Kept) -> Line:
    small: Line = (f"Hash {kept.short}",)
    if kept.row.state != "requested":
        return small
    return (*small, ", expires ", When(kept.row.expires_at))


def _buttons(kept: Kept) -> Iterator[Button]:
    payload = kept.payload
    many = len(payload.devices)
    if kept.row.state == "requested":
        on = count(many, "device") if many > 1 else payload.devices[0][1] if many else ""
        if payload.purpose == "confirmation":
            yield Button(f"Run on {on}" if on else "Confirm", command=line_of("confirm", kept), style="primary")
            yield _withdraw(kept)
        else:
            what = f"{payload.what} on {on}" if on else cut(payload.request.text, LONGEST_SURE)
            yield from decisions(kept, what)
    yield from every_device(kept)


def decisions(kept: Kept, what: str) -> Iterator[Button]:
    """Yields the buttons that decide on a request for approval of `what`."""
    sure = f"Approve request #{kept.number} of {kept.payload.username}: {what}?"
    yield Button("Approve", command=line_of("approve", kept), style="primary", confirm=sure)
    yield Button("Deny", command=line_of("deny", kept), style="danger", form=True)
    yield _withdraw(kept)


def every_device(kept: Kept) -> Iterator[Button]:
    """Yields the button that shows all devices of a request, if they are many."""
    if (many := len(kept.payload.devices)) > MOST_NAMED:
        command = write("approve", (REQUEST,), {"request": kept.number})
        yield Button(f"Show all {many} devices", command=command, modal=True)


def _withdraw(kept: Kept) -> Button:
    return Button("Withdraw", command=line_of("withdraw", kept))


def _detail(kept: Kept, names: tuple[tuple[str, str], ...]) -> Detail | None:
    if len(names) <= MOST_NAMED:
        return None
    pages = range(0, len(names), ON_A_PAGE)
    return Detail(
        f"Request #{kept.number}",
        tuple((Text(tuple(_device(*each) for each in names[at : at + ON_A_PAGE])),) for at in pages),
    )
