"""`deploy <devices> reason:… <lines>` brings config lines onto devices: preview, approval, commit, backup, and what has changed."""

from __future__ import annotations

from bot.context import Context
from bot.core.arguments import DEVICES, Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.core.errors import NotFound, UsageError
from bot.core.message import Message, sentence
from bot.core.text import count
from bot.deploys.access import GO_ON, Started, Wish
from bot.deploys.danger import dangers
from bot.deploys.deploy import ALL_AT_ONCE
from bot.deploys.snippet import read_snippet, typed_lines
from bot.devices.selection import Selection

EXAMPLE = 'rtr-fra1-001 reason:"new NTP server" "ntp server 10.0.0.1; ntp source Loopback0"'
NEVER = "(?!)"  # no word begins the lines: they are the last phrase
LINES = Argument(
    "lines", Kind.rest, "config lines, with `;` between them", exact=True, placeholder="<lines>", begins=NEVER
)
SNIPPET = Argument("snippet", Kind.sealed, "config lines, up to 3,000 characters", named=True, placeholder="<snippet>")
REASON = Argument("reason", Kind.text, "why", required=True, named=True)
CHANGE = Argument("change", Kind.text, "the number of a change or ticket", named=True)
AT = Argument("at", Kind.choice, "`once` for all devices at the same time", named=True, choices=("once",))
SURE = Argument("sure", Kind.text, "the name of the device, where a line can cut it off", named=True)


def run(ctx: Context, values: Values) -> Started:
    if GO_ON in values:
        return ctx.deploys.start_next(values[GO_ON])
    snippet = _snippet(ctx, values)
    selection = _selection(ctx, values)
    ctx.audit.concerns(*selection.targets)
    _must_be_sure(selection, snippet, values.get("sure", ""))
    at = ALL_AT_ONCE if values.get("at") else ""
    raise ctx.deploys.ask(selection, Wish(snippet, values["reason"], values.get("change", ""), at))


def _selection(ctx: Context, values: Values) -> Selection:
    """Returns the devices. Raises NotFound, which says so where words that were meant as lines may have been taken for devices."""
    try:
        return ctx.devices.select(values["devices"])
    except NotFound as error:
        if len(values["devices"]) == 1 or SNIPPET.name in values:
            raise
        raise NotFound(f"{error.words} Lines of several words stand in quotes.") from None


def _snippet(ctx: Context, values: Values) -> str:
    """Returns the lines that were filled in, or typed where there is no secret among them. Raises UsageError."""
    if SNIPPET.name in values:
        return read_snippet(ctx.unsealed(values[SNIPPET.name]))
    if ctx.deploys.hides(values[LINES.name]):
        raise UsageError(
            "A secret was found in these lines, and what is typed stays in the chat, so nothing was done. Fill in the form, which keeps them sealed."
        )
    return read_snippet(typed_lines(values[LINES.name]))


def _must_be_sure(selection: Selection, snippet: str, typed: str) -> None:
    """Raises UsageError for lines that can cut devices off, unless the name of the first device was typed for them."""
    first = selection.targets[0]
    found = list(dangers(snippet, {target.platform for target in selection.targets}))
    if found and typed.strip().casefold() != first.hostname.casefold():
        more = f" So do {count(len(found) - 1, 'further line')}." if len(found) > 1 else ""
        raise UsageError(
            f"{found[0].words}.{more} Nothing was done. If you mean that, type the name of the device as well: `sure:{first.hostname}`."
        )


def view(started: Started) -> Message:
    where = started.targets[0].hostname if len(started.targets) == 1 else count(len(started.targets), "device")
    return sentence(f"Deploy #{started.deploy.number}: {started.what} of {where} started, job #{started.job}.")


COMMAND = Command(
    name="deploy",
    summary="Change the config of devices: preview, approval by a second person, commit, and the diff",
    arguments=(DEVICES, SNIPPET, REASON, CHANGE, AT, SURE, LINES),
    example=f"deploy {EXAMPLE}",
    role=Role.operator,
    changes=True,
    run=run,
    view=view,
    details="`deploy` alone opens a form for the lines. They are typed with `;` between them, if there is no secret among them. WebNet previews them on these devices, "
    "which is no diff: it says only whether each device takes them. Then a second person decides, always. After that everything is read "
    "again: a newer config, or a commit since, voids the deploy. One device is tried first, then the others if it answers. A backup and "
    "the real diff follow, in the thread. Nothing is repeated by itself. A line that can cut a device off needs the name of the device, "
    "as `sure:`.",
)
