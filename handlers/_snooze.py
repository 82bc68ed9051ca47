"""Shows snoozes, and the buttons that start and end one."""

from __future__ import annotations

from bot.core.arguments import Argument, Kind, write
from bot.core.events import Event
from bot.core.message import Button, Line, Mono
from bot.core.snoozes import word_for
from bot.core.text import count, ended
from bot.snoozes.access import Shown

EVERYWHERE = "everywhere"
WHAT = Argument(
    "what",
    Kind.text,
    "a device, a policy, or the number of a drift alert; `policy:…` and `alert:…` leave no doubt",
    required=True,
    placeholder="<device|policy|alert>",
)
SPAN = Argument(
    "how_long",
    Kind.span,
    "`1h`, `until 08:00` or `until resolved`, 7 days at most",
    required=True,
    placeholder="<1h|until 08:00|until resolved>",
)
WHERE = Argument(
    "where",
    Kind.choice,
    "every channel of the customer instead of this one, which only an administrator may snooze",
    choices=(EVERYWHERE,),
    placeholder=f"[{EVERYWHERE}]",
)
REASON = Argument("reason", Kind.rest, "why, for everybody to read", required=True, placeholder="<reason>")


def button(event: Event) -> Button:
    """Opens the form that snoozes what a notice is about."""
    return Button("Snooze", command=write("snooze", (WHAT,), {"what": word_for(event)}), form=True)


def unsnooze(shown: Shown) -> Button:
    values = {"what": shown.word, "where": EVERYWHERE if shown.everywhere else None}
    return Button("Unsnooze", command=write("unsnooze", (WHAT, WHERE), values))


def place(shown: Shown) -> str:
    return EVERYWHERE if shown.everywhere else "in this channel"


def until(shown: Shown) -> str:
    """Returns until when, such as `until 2026-11-30 08:00 Europe/Berlin`."""
    latest = f"{shown.until:%Y-%m-%d %H:%M} {shown.until.tzinfo}"
    return f"until all is resolved, {latest} at the latest" if shown.until_resolved else f"until {latest}"


def line(shown: Shown) -> Line:
    held = f" {count(shown.held, 'notice')} held." if shown.held else ""
    return (
        Mono(shown.name),
        f" {place(shown)} {until(shown)}, by {shown.by}: {ended(shown.reason)}",
        held,
    )
