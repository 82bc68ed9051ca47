"""`when <device> <text>` shows since when lines stand in a device's config, and when others went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.configs import sections
from bot.configs.query import Query, query_of
from bot.configs.standing import Edge, Standing, Stay
from bot.context import Context
from bot.core.arguments import DEVICE, Argument, Kind, Values
from bot.core.commands import Command, Role
from bot.core.message import Button, Buttons, Line, Link, Message, Mono, Note, Part, line_text, text
from bot.core.text import and_more, count
from bot.jobs.origins import Between, Origin
from handlers import _searched, _views

MOST, LONGEST_SECTION = 5, 100  # lines that are shown, and characters


@dataclass(frozen=True, slots=True)
class Shown:
    """Holds what is known of the lines that hold a text, `shown`. By the number of a snapshot: when it was made, with the time zone, and
    the job behind it; `pages` are the addresses of these jobs. Of the `spelled` queries, which spell the text otherwise, something was found."""

    standing: Standing
    shown: str
    oldest: str
    times: Mapping[int, str]
    origins: Mapping[int, Origin]
    pages: Mapping[int, str]
    spelled: tuple[Query, ...] = ()
    words: tuple[str, ...] = ()


def run(ctx: Context, values: Values) -> Shown:
    query = query_of(values)
    target = ctx.devices.find(values["device"], exact=False)
    ctx.audit.concerns(target)
    found = ctx.configs.standing(target, query)
    spelled = _searched.spelled(query, lambda other: ctx.configs.standing(target, other).stays)
    edges = {edge.after: edge for stay in found.stays[:MOST] for edge in (stay.came, stay.went) if edge}
    between = [Between(target.id, edge.before_at, edge.at, edge.job) for edge in edges.values()]
    origins = {after: each for after, each in zip(edges, ctx.origins(between), strict=True) if each}
    times = {after: ctx.named(edge.at) for after, edge in edges.items()}
    pages = {each.job: ctx.job_page(each.job) for each in origins.values()}
    return Shown(found, query.shown, ctx.named(found.oldest), times, origins, pages, spelled, query.words)


def view(shown: Shown) -> Message:
    found, name = shown.standing, shown.standing.target.hostname
    known = Note((f"Looked through {count(found.snapshots, 'snapshot')}; the oldest is of {shown.oldest}.",))
    if not found.stays:
        line: Line = ("No line with ", Mono(shown.shown), f" stood in the config of {name}.")
        return Message(summary=line_text(line), parts=(text(*line), *_otherwise(shown), *_alone(shown), known))
    parts: list[Part] = []
    said = []
    for stay in found.stays[:MOST]:
        line = (*_came(stay, shown), *_went(stay, shown))
        stood = sections.one_line(stay.line).strip(), _sections(stay)
        said.append(f"{''.join(stood)}: {line_text(line)}")
        parts += (text(Mono(stood[0]), stood[1]), text(*line))
    if more := sum(len(stay.sections) for stay in found.stays[MOST:]):
        parts.append(Note((and_more(more, "line"),)))
    if buttons := tuple(_buttons(shown)):
        parts.append(Buttons(buttons))
    parts += _otherwise(shown)
    title = f"When on {name}"
    return Message(summary=f"{title}: {' '.join(said)}", title=title, parts=(*parts, known))


def _sections(stay: Stay) -> str:
    """Says in which sections a line stood; nothing where that is the top level alone."""
    named = [sections.one_line(section) or "the top level" for section in stay.sections]
    return f" in {_views.sections(named, LONGEST_SECTION)}" if any(stay.sections) else ""


def _came(stay: Stay, shown: Shown) -> Line:
    if stay.came is None:
        return (
            f"{'Stood' if stay.went else 'Stands'} there since before {shown.oldest}, the oldest config that is known.",
        )
    start = "Came by" if stay.went else "Stands there since"
    return (f"{start} {shown.times[stay.came.after]}, snapshot #{stay.came.after}", *_by(stay.came, shown), ".")


def _went(stay: Stay, shown: Shown) -> Line:
    if stay.went is None:
        return ()
    return (f" Gone by {shown.times[stay.went.after]}, snapshot #{stay.went.after}", *_by(stay.went, shown), ".")


def _by(edge: Edge, shown: Shown) -> Line:
    origin = shown.origins.get(edge.after)
    if origin is None:
        return ()
    kind = f" {_views.kind(origin.type)}" if origin.type else ""
    by = f" of {origin.by}" if origin.by else ""
    return (", job ", Link(f"#{origin.job}", shown.pages[origin.job]), f"{kind}{by}")


def _buttons(shown: Shown) -> Iterator[Button]:
    """Yields one button for each snapshot that brought or removed one of the lines."""
    edges = [edge for stay in shown.standing.stays[:MOST] for edge in (stay.came, stay.went) if edge]
    for edge in dict.fromkeys(edges):
        command = _views.diff_of(shown.standing.target.id, edge.before, edge.after)
        yield Button(f"Diff of #{edge.after}", command=command, modal=True)


def _alone(shown: Shown) -> Iterator[Part]:
    """Yields what to write instead of words that another command takes for a filter, a pattern or a time."""
    if words := _searched.meant_otherwise(shown.words):
        yield Note(
            (Mono(" ".join(words)), " was looked for as text: ", Mono("when"), " takes a device, words and phrases.")
        )


def _otherwise(shown: Shown) -> Iterator[Part]:
    device = f"#{shown.standing.target.id}"
    buttons = (
        Button(f"When {other.shown}", command=COMMAND.write({"device": device, "text": other.words}), replace=True)
        for other in shown.spelled
    )
    if every := tuple(buttons):
        yield Buttons(every)


COMMAND = Command(
    name="when",
    summary="Show since when a line stands in a device's config, or when it went",
    arguments=(
        DEVICE,
        Argument("text", Kind.words, "words that must all stand in the line; in quotes, a phrase", required=True),
    ),
    example='when rtr-fra1-001 "ntp server"',
    role=Role.viewer,
    visibility="ephemeral",
    run=run,
    view=view,
    details="Looks through the configs of a device that the bot has seen, as far as `configs.history_days` goes, for lines that hold every "
    "word, in any case: which snapshot brought each line and which one removed it, in which "
    "sections of the config, the last commit before that or else the job that made "
    "the snapshot, and who started it. A line whose secret changed counts as another one.",
)
