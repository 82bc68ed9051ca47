"""`diff <device> [n]` shows the last change of a device's config, or the n-th last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.configs import sections
from bot.configs.access import Change
from bot.configs.diff import Diff, Line, diff
from bot.context import Context
from bot.core.arguments import DEVICE, Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.core.message import Bold, Button, Buttons, Code, Detail, Message, Mono, Note, Part, When, text
from bot.core.text import count

INLINE_LINES = 30
PAGE_LINES = 50
WIDTH, ROW = 400, 100  # characters of a line that are shown, and of one row on the screen
LEAST_LINES = 4  # of a hunk that begins at the end of a page


@dataclass(frozen=True, slots=True)
class Shown:
    """Holds one change; `n` is 1 for the last one. `diff` is None where there is nothing to compare with. `every` shows
    volatile lines, too."""

    change: Change
    n: int
    diff: Diff | None
    every: bool = False


def run(ctx: Context, values: Values) -> Shown:
    target, n = ctx.devices.find(values["device"], exact=False), values.get("n", 1)
    ctx.audit.concerns(target)
    change = ctx.configs.change(target, n)
    if change.before is None:
        return Shown(change, n, None)
    every = "lines" in values
    texts = sections.lines_of(change.before.text), sections.lines_of(change.after.text)
    return Shown(change, n, diff(*texts, None if every else change.volatile), every)


def view(shown: Shown) -> Message:
    name, after, found = shown.change.target.hostname, shown.change.after, shown.diff
    if found is None or shown.change.before is None:
        words = f"There is only one config of {name}, so there is nothing to compare it with."
        return Message(summary=words, parts=(text(words), Note(("It is from ", When(after.created_at), "."))))
    before = shown.change.before
    title = f"What changed on {name}"
    span = text(
        f"Snapshot #{before.snapshot} of ", When(before.created_at), f" → #{after.snapshot} of ", When(after.created_at)
    )
    if not found.hunks:
        beside = bool(found.left_out or found.salted)
        words = f"Only volatile lines differ on {name}." if beside else f"Nothing changed on {name} between the two."
        return Message(
            summary=words, title=title, parts=(text(words), span, *_left_out(found), *_navigation(shown, []))
        )
    amount = f"+{found.added:,} −{found.removed:,} {'line' if found.added + found.removed == 1 else 'lines'}"
    pages = tuple(_pages(found, PAGE_LINES))
    inline = next(_pages(found, INLINE_LINES))
    more = [] if pages == (inline,) else [Button("Show all", command=_again(shown, shown.n), modal=True)]
    return Message(
        summary=f"{title}: {amount}",
        title=title,
        parts=(
            text(Bold(amount), f" in {count(len(found.hunks), 'place')}"),
            span,
            *inline,
            *_left_out(found),
            *_navigation(shown, more),
        ),
        detail=Detail(title, pages),
    )


def _navigation(shown: Shown, first: list[Button]) -> tuple[Part, ...]:
    newer = [Button("Newer change", command=_again(shown, shown.n - 1), replace=True)] if shown.n > 1 else []
    older = Button("Older change", command=_again(shown, shown.n + 1), replace=True)
    hidden = shown.diff is not None and (shown.diff.left_out or shown.diff.salted)
    every = [Button("Show volatile lines", command=_again(shown, shown.n, every=True), replace=True)] if hidden else []
    return (Buttons((*first, *every, *newer, older)),)


def _left_out(found: Diff) -> Iterator[Part]:
    if found.left_out:
        yield Note((f"{count(found.left_out, 'volatile line')} left out.",))
    if found.salted:
        verb = "was" if found.salted == 1 else "were"
        yield Note((f"{count(found.salted, 'secret')} {verb} salted again and may have changed.",))


def _again(shown: Shown, n: int, *, every: bool = False) -> str:
    lines = "all" if every or (shown.every and n == shown.n) else None
    return COMMAND.write({"device": f"#{shown.change.target.id}", "n": n, "lines": lines})


def _pages(found: Diff, most: int) -> Iterator[tuple[Part, ...]]:
    """Yields pages of about `most` rows: each hunk below the line where it begins, a long one goes on at the next page."""
    page: list[Part] = []
    space = most
    for hunk in found.hunks:
        at, left = hunk.new, list(hunk.lines)
        while left:
            if space < LEAST_LINES and page:
                yield tuple(page)
                page, space = [], most
            taken = _fitting(left, space)
            page += (_heading(at, hunk.section), _code(left[:taken]))
            at += sum(line.sign != "-" for line in left[:taken])
            space, left = space - sum(map(_rows, left[:taken])) - 1, left[taken:]
    yield tuple(page)


def _fitting(lines: Sequence[Line], space: int) -> int:
    """Returns how many of the lines fit into `space` rows, but at least one."""
    for number, line in enumerate(lines):
        space -= _rows(line)
        if space < 0:
            return max(1, number)
    return len(lines)


def _rows(line: Line) -> int:
    return 1 + min(len(line.text), WIDTH) // ROW


def _heading(line: int, section: str) -> Part:
    where = f"From line {line:,}"
    return text(where, ", in ", Mono(section)) if section else text(where)


def _code(lines: Iterable[Line]) -> Code:
    pieces: list[str] = []
    marks: list[tuple[int, int]] = []
    end = 0
    for line in lines:
        pieces.append(f"{line.sign} {sections.one_line(line.text, WIDTH)}\n")
        if line.sign != " ":
            marks.append((end, end + len(pieces[-1]) - 1))
        end += len(pieces[-1])
    return Code("".join(pieces), tuple(marks))


COMMAND = Command(
    name="diff",
    summary="Show the last change of a device's config, or the n-th last",
    arguments=(
        DEVICE,
        Argument("n", Kind.number, "`diff <device> 2` shows the change before the last one", most=999),
        Argument("lines", Kind.choice, "volatile lines, too", named=True, hidden=True, choices=("all",)),
    ),
    example="diff rtr-fra1-001",
    role=Role.viewer,
    visibility="ephemeral",
    run=run,
    view=view,
    details="Two configs are compared that follow each other, both read from WebNet and without their secrets. A secret that "
    "changed reads `<redacted: changed>`. Lines that change by themselves, such as the time of the last change, are left out.",
)
