"""`diff <device>` shows the last change of a device's config, the n-th last, what changed since a point in time or between two, or what
another device has otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.configs import sections
from bot.configs.access import Change
from bot.configs.diff import Diff, diff
from bot.context import Context
from bot.core.arguments import DEVICE, MOST_DIGITS, Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.core.errors import NotFound, UsageError
from bot.core.line import straight
from bot.core.message import Bold, Button, Buttons, Detail, Message, Note, Part, When, text
from bot.core.parsing import LONGEST_SHOWN
from bot.core.points import joined
from bot.core.text import count, cut
from bot.core.values import is_point
from bot.devices.access import SeveralFit
from bot.webnet.target import Target
from handlers import _folds, _hunks, _views

INLINE_LINES = 30
PAGE_LINES = 50
MOST_CHANGES = 999
BETWEEN = frozenset({"vs", "vs.", "and", "with", "to", "-"})  # words that say nothing
ACCEPTED = "`2` is the change before the last one, `3d`, `yesterday`, `08:00` or `2026-11-20 14:00` a point in time, and a name another device"


@dataclass(frozen=True, slots=True)
class Shown:
    """Holds two configs. `diff` is None where there is nothing to compare with. `every` shows volatile lines, too. `asked` names the
    points in time that were asked for, with their zone."""

    change: Change
    diff: Diff | None
    every: bool = False
    asked: str = ""

    @property
    def of_two(self) -> bool:
        """Whether the configs are those of two devices."""
        return self.change.before is not None and self.change.before.target != self.change.after.target


def run(ctx: Context, values: Values) -> Shown:
    target = ctx.devices.find(values["device"], exact=False)
    ctx.audit.concerns(target)
    change, asked = _change(ctx, target, values)
    if change.before is None:
        return Shown(change, None)
    every = "lines" in values
    texts = sections.lines_of(change.before.text), sections.lines_of(change.after.text)
    return Shown(change, diff(*texts, None if every else change.volatile), every, asked)


def _change(ctx: Context, target: Target, values: Values) -> tuple[Change, str]:
    """Reads the two configs, and names the points in time that were asked for. A word is a device if one has that name."""
    words = joined(tuple(word for word in map(straight, values.get("with", ())) if word.lower() not in BETWEEN))
    if "before" in values and "after" in values:
        return ctx.configs.between(target, (values["before"], values["after"])), ""
    if not words:
        return ctx.configs.change(target, values.get("n", 1)), ""
    if len(words) == 1:
        if other := ctx.devices.named(words[0]):
            return _two(ctx, target, other), ""
        if words[0].isdecimal() and words[0].isascii() and 1 <= int(words[0][:MOST_DIGITS]) <= MOST_CHANGES:
            return ctx.configs.change(target, int(words[0][:MOST_DIGITS])), ""
    if len(words) > 2 or not all(map(is_point, words)):
        return _against(ctx, target, words), ""
    moments = sorted(map(ctx.point, words))
    asked = " and ".join((*map(ctx.named, moments), *(("now",) if len(moments) == 1 else ())))
    return ctx.configs.at_points(target, moments[0], *moments[1:]), asked


def _against(ctx: Context, target: Target, words: Sequence[str]) -> Change:
    """Takes a word for the beginning of a device's name. Raises SeveralFit, and UsageError for what means nothing."""
    if len(words) == 1 and (other := _begins_with(ctx, target, words[0])):
        return _two(ctx, target, other)
    wrong = next((word for word in words if not is_point(word)), words[-1])
    raise UsageError(f"`{cut(wrong, LONGEST_SHOWN)}` is not understood: {ACCEPTED}.")


def _begins_with(ctx: Context, target: Target, word: str) -> Target | None:
    def with_other(device: int) -> str:
        return COMMAND.write({"device": f"#{target.id}", "with": (f"#{device}",)})

    try:
        return ctx.devices.find(word, exact=False, again=with_other)
    except SeveralFit:
        raise
    except NotFound:
        return None


def _two(ctx: Context, target: Target, other: Target) -> Change:
    if other.id == target.id:
        raise UsageError(f"{target.hostname} is the device itself: name another one to compare it with.")
    ctx.audit.concerns(target, other)
    return ctx.configs.against(target, other)


def view(shown: Shown) -> Message:
    name, found = shown.change.target.hostname, shown.diff
    if found is None or shown.change.before is None:
        return _never_changed(shown.change)
    before, after = shown.change.before, shown.change.after
    when, then = When(before.created_at), When(after.created_at)
    if shown.of_two:
        title = f"{before.target.hostname} and {name}"
        span = text("− ", Bold(before.target.hostname), ", of ", when, "; + ", Bold(name), ", of ", then)
    else:
        title = f"What changed on {name}"
        span = text(f"Snapshot #{before.snapshot} of ", when, f" → #{after.snapshot} of ", then)
        if before.snapshot == after.snapshot:
            span = text(f"Snapshot #{before.snapshot} of ", when, " stood at both.")
    if not found.hunks:
        words = _alike(shown, title, found)
        return Message(
            summary=words, title=title, parts=(text(words), span, *_left_out(found), *_navigation(shown, []))
        )
    amount = f"+{found.added:,} −{found.removed:,} lines"
    pages = tuple(_hunks.pages(found, PAGE_LINES))
    inline = next(_hunks.pages(found, INLINE_LINES))
    more = [] if pages == (inline,) else [Button("Show all", command=_again(shown), modal=True)]
    return Message(
        summary=f"{title}: {amount}",
        title=title,
        parts=(
            text(Bold(amount), f" in {count(len(found.hunks), 'place')}"),
            span,
            *_folds.folded("The changed lines", inline),
            *_left_out(found),
            *_navigation(shown, more),
        ),
        detail=Detail(title, pages),
    )


def _alike(shown: Shown, title: str, found: Diff) -> str:
    """Says that two configs differ in nothing that is shown."""
    name = shown.change.target.hostname
    if found.left_out or found.salted:
        return f"Only volatile lines differ {f'between {title}' if shown.of_two else f'on {name}'}."
    return f"{title} read alike." if shown.of_two else f"Nothing changed on {name} between the two."


def _never_changed(change: Change) -> Message:
    name = change.target.hostname
    if change.configs == 1:
        words = f"There is only one config of {name}, so there is nothing to compare it with."
    else:
        words = f"No change of the config of {name} is known: the {change.configs:,} that WebNet has differ in no line that counts."
    return Message(
        summary=words, parts=(text(words), Note(("The last one is from ", When(change.after.created_at), ".")))
    )


def _navigation(shown: Shown, first: list[Button]) -> tuple[Part, ...]:
    change, buttons = shown.change, list(first)
    pages = change.newer or change.older or not (shown.asked or shown.of_two)
    if shown.diff is not None and (shown.diff.left_out or shown.diff.salted):
        buttons.append(Button("Show volatile lines", command=_again(shown, every=True), replace=True))
    for label, n in (("Newer change", change.newer), ("Older change", change.older)):
        if n:
            buttons.append(
                Button(label, command=COMMAND.write({"device": f"#{change.target.id}", "n": n}), replace=True)
            )
    end = () if change.older or not pages else (Note(("WebNet knows no older change of this config.",)),)
    if shown.asked:
        end = (Note((f"Between {shown.asked}.",)),)
    if shown.of_two:
        end = (Note(("Secrets are not compared: whether the two share one is not shown.",)),)
    return (*end, *((Buttons(tuple(buttons)),) if buttons else ()))


def _left_out(found: Diff) -> Iterator[Part]:
    if found.left_out:
        yield Note((f"{count(found.left_out, 'volatile line')} left out.",))
    if found.salted:
        verb = "was" if found.salted == 1 else "were"
        yield Note((f"{count(found.salted, 'secret')} {verb} salted again and may have changed.",))


def _again(shown: Shown, *, every: bool = False) -> str:
    """Writes the command line that shows the two configs once more, whatever changed since."""
    before, after = shown.change.before, shown.change.after
    lines = "all" if every or shown.every else None
    if shown.of_two and before:
        return COMMAND.write({"device": f"#{before.target.id}", "with": (f"#{after.target.id}",), "lines": lines})
    return COMMAND.write(
        {
            "device": f"#{after.target.id}",
            "before": before.snapshot if before else None,
            "after": after.snapshot,
            "lines": lines,
        }
    )


COMMAND = Command(
    name="diff",
    summary="Show the last change of a device's config, what changed since a point in time, or what differs from another device",
    arguments=(
        DEVICE,
        Argument("n", Kind.number, named=True, hidden=True, most=MOST_CHANGES),
        Argument("with", Kind.words, ACCEPTED, placeholder="[n|since when|device]"),
        _views.BEFORE,
        _views.AFTER,
        Argument("lines", Kind.choice, "volatile lines, too", named=True, hidden=True, choices=("all",)),
    ),
    example="diff rtr-fra1-001",
    role=Role.viewer,
    visibility="ephemeral",
    run=run,
    view=view,
    details="The two configs before and after the change are compared, both read from WebNet and without their secrets. A secret that "
    "changed reads `<redacted: changed>`. Lines that change by themselves, such as the time of the last change, are left out. "
    "`diff rtr-fra1-001 yesterday` compares what the config was then with what it is, `diff rtr-fra1-001 2026-11-20 2026-11-28` what it was "
    "at two points in time, as far as `configs.history_days` goes: a day means its beginning, and times are in `commands.time_zone`. "
    "`diff rtr-fra1-001 rtr-fra1-002` compares two devices, whose secrets all read `<redacted>`: whether they share one is not shown.",
)
