"""Shows a request to be mapped: to the administrators, with the user that one of them picked, and its end to whoever asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.approvals.mapping import Choice
from bot.approvals.requests import Kept
from bot.core.arguments import Argument, Kind, write
from bot.core.message import (
    Bold,
    Button,
    Buttons,
    Line,
    Mention,
    Message,
    Mono,
    Note,
    Part,
    RequestCard,
    Span,
    When,
    line_text,
    sentence,
    text,
)
from bot.core.text import count
from handlers import _request_card

REQUEST = replace(_request_card.REQUEST, required=False)
USER = Argument("user", Kind.user, "a user of WebNet, by name, or by `#` and its number")
DECISION = Argument("decision", Kind.choice, named=True, hidden=True, choices=("map", "deny"))
SEEN = Argument("seen", Kind.text, named=True, hidden=True, exact=True)  # which user a button showed, and how
ARGUMENTS = (REQUEST, USER, _request_card.PROOF, DECISION, SEEN)
CARE = "The name alone proves nothing: make sure who it is before you map."

ENDS = {  # of the sentence about a request, by its state
    "requested": " waits for an administrator.",
    "done": " was granted by {by}: {outcome}.",
    "denied": " was denied by {by}.",
    "expired": " has expired: nobody decided in time.",
    "void": " is void: {outcome}",
}
NEXT: Mapping[str, Line] = {  # what whoever asked can do then
    "done": (" ", Mono("help"), " shows what you can run."),
    "denied": (" Ask a WebNet administrator if you need it.",),
    "expired": (" Ask a WebNet administrator yourself, or ask again.",),
}


def card(kept: Kept) -> Message:
    """Shows whose request it is and how it stands."""
    head: Line = (f"{_request_card.SIGNS[kept.row.state]} ", *_subject(kept), _end(kept))
    parts: list[Part] = [text(*head)]
    if kept.row.state == "requested":
        parts.append(Note((f"{CARE} Expires ", When(kept.row.expires_at))))
        parts.append(Buttons((replace(_pick("Pick a user", kept), style="primary"), _deny(kept))))
    return Message(line_text(head), parts=tuple(parts), card=RequestCard(kept.number, kept.row.state))


def answer(found: Kept | Choice | tuple[Kept, ...]) -> Message:
    """Shows an administrator the requests that wait, or one, which does not change any more once it is decided, or the user who was
    picked for it."""
    match found:
        case tuple():
            return _waiting(found)
        case Choice():
            return _choice(found)
        case _:
            return card(found) if found.row.state == "requested" else replace(card(found), card=None)


def ended(kept: Kept) -> Message:
    """Notifies whoever asked of how the request ended."""
    line: Line = ("Your request ", Bold(f"#{kept.number}"), " to be mapped", _end(kept), *NEXT.get(kept.row.state, ()))
    return Message(line_text(line), parts=(text(*line),))


def _waiting(requests: tuple[Kept, ...]) -> Message:
    if not requests:
        return sentence("Nobody waits to be mapped.")
    parts: list[Part] = []
    for kept in requests:
        command = write("map", ARGUMENTS, {"request": kept.number})
        parts += [text(*_subject(kept), _end(kept)), Buttons((Button(f"Show #{kept.number}", command=command),))]
    return Message(f"{count(len(requests), 'request')} to be mapped.", title="Waiting to be mapped", parts=tuple(parts))


def _choice(found: Choice) -> Message:
    kept = found.kept
    who: Line = (Bold(found.username), f" — {found.role}, active")
    head: Line = (*_subject(kept), ": ", *who, f" (WebNet user {found.user}). Nothing is mapped yet.")
    parts: list[Part] = [text(*head)]
    if found.role == "admin":
        parts.append(text("⚠️ An administrator may do everything in WebNet, for every customer."))
    if found.also:
        parts.append(text(f"⚠️ Somebody else is mapped to {found.username} here: ", *_mentions(found.also), "."))
    parts.append(Note((CARE,)))
    map_ = Button(f"Map to {found.username}", command=_line(kept, found), style="primary", replace=True)
    parts.append(Buttons((map_, _pick("Choose again", kept), replace(_deny(kept), replace=True))))
    return Message(line_text(head), parts=tuple(parts))


def _subject(kept: Kept) -> Line:
    request = kept.payload.request
    asked_by = Mention(request.chat_user, kept.payload.username)
    return ("Request ", Bold(f"#{kept.number}"), " of ", asked_by, f" ({request.chat_user}) to be mapped")


def _end(kept: Kept) -> str:
    return ENDS[kept.row.state].format(by=kept.row.decided_name, outcome=kept.row.outcome)


def _mentions(chat_users: tuple[str, ...]) -> list[Span]:
    spans: list[Span] = []
    for chat_user in chat_users:
        spans += [", "] if spans else []
        spans.append(Mention(chat_user, chat_user))
    return spans


def _line(kept: Kept, found: Choice | None = None) -> str:
    """Writes the line of the button that maps to this user, or that denies."""
    decision = (
        {"decision": "deny"} if found is None else {"decision": "map", "user": f"#{found.user}", "seen": found.seen}
    )
    return write("map", ARGUMENTS, {"request": kept.number, "proof": kept.proof, **decision})


def _pick(label: str, kept: Kept) -> Button:
    return Button(label, command=write("map", ARGUMENTS, {"request": kept.number}), form=True)


def _deny(kept: Kept) -> Button:
    sure = f"Deny request #{kept.number} of {kept.payload.username}?"
    return Button("Deny", command=_line(kept), style="danger", confirm=sure)
