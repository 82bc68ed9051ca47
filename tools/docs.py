"""What docs/ says of commands, settings, the command line and errors is written from the code, between markers such as

    <!-- generated: settings -->
    <!-- end -->

`python -m tools.docs` writes it again, `--check` only compares.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from importlib import import_module
from pathlib import Path
from typing import Any

from typer.main import get_command

import handlers
from bot.cli import app
from bot.core import errors
from bot.core.arguments import Argument, Kind, placeholder
from bot.core.commands import Command
from bot.redaction.redactor import Redactor
from bot.settings.table import ROWS, SECTIONS, Setting, Settings, reference
from bot.show.allow import label
from bot.show.platforms import CALLED, CLEAR, NEVER, READING, UNKNOWN
from bot.show.saved import DEFAULT
from tools import corpus

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
WIDTH = 100  # characters of a help text

TAKEN: Mapping[Kind, str] = {
    Kind.device: "a device",
    Kind.targets: "devices or groups",
    Kind.group: "a group",
    Kind.user: "a user of WebNet",
    Kind.job: "a job",
    Kind.alert: "a drift alert",
    Kind.request: "a request",
    Kind.number: "a number",
    Kind.duration: "a duration, such as `90s` or `1d12h`",
    Kind.moment: "a time in ISO 8601, UTC where it names no zone",
    Kind.point: "a duration, for so long ago, a time of day, `today`, `yesterday`, a date, or a date and a time of day",
    Kind.window: "a duration, `today`, `yesterday`, a time of day, a date, or a date and a time of day, also behind `since`",
    Kind.span: "a duration, or `until` and a time of day, a time in ISO 8601 or `resolved`",
    Kind.words: "words, or phrases in quotes",
    Kind.text: "a word, or a phrase in quotes",
    Kind.rest: "the rest of the line",
    Kind.sealed: "a text that is kept sealed",
}
_BLOCK = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def code(text: str) -> str:
    return f"`{text}`" if text else ""


# --- /webnet


def commands() -> str:
    found = [command for command in handlers.discover().values() if not command.hidden]
    everywhere = Settings().commands.visibility
    seen_by = {"in_channel": "the channel", "ephemeral": "the caller"}
    rows = [
        [
            code(f"/webnet {command.usage}"),
            command.summary,
            code(f"/webnet {command.example}"),
            command.role.name,
            seen_by[command.visibility or everywhere],
        ]
        for command in found
    ]
    headings = ("Command", "What it does", "Example", "Least role", "Answer seen by")
    return table(headings, rows) + "".join(map(_details, found))


def _details(command: Command[Any, Any]) -> str:
    """What a command says of itself, and its arguments but for those that only buttons carry."""
    rows = [
        [code(placeholder(argument)), _taken(argument), argument.help]
        for argument in command.arguments
        if not argument.hidden
    ]
    arguments = f"\n{table(('Argument', 'Takes', 'Meaning'), rows)}" if rows else ""
    return f"\n### {command.name}\n\n{command.details or command.summary}\n{arguments}"


def _taken(argument: Argument) -> str:
    if argument.kind is not Kind.choice:
        return TAKEN[argument.kind]
    choices = ", ".join(map(code, argument.choices))
    return f"one of {choices}" if len(argument.choices) > 1 else choices


# --- settings


def of_subcommands() -> Mapping[str, Mapping[str, str]]:
    """What each subcommand says itself, by the setting that overrides it."""
    shown = (command for command in handlers.discover().values() if not (command.hidden or command.unmapped))
    found = sorted(shown, key=lambda command: command.role)
    return {
        "commands.visibility_of": {command.name: command.visibility for command in found if command.visibility},
        "commands.roles": {command.name: command.role.name for command in found},
    }


def settings() -> str:
    rows = reference()
    return "\n".join(_section(name, [row for row in rows if row.section == name]) for name in SECTIONS)


def _section(name: str, rows: Sequence[Setting]) -> str:
    return f"### [{name}]\n\n" + table(("Setting", "Default", "Meaning", "Variable"), map(_setting, rows))


def _setting(row: Setting) -> list[str]:
    meaning = f"{row.meaning}. Must be {row.values}." + (" **Secret.**" if row.secret else "")
    own = ", ".join(f'{name} = "{value}"' for name, value in of_subcommands().get(row.name, {}).items())
    shown = f"{{ {own} }}" if own else row.default
    default = f"as {code(row.instead)}" if row.instead in ROWS else row.instead or code(shown) or "none"
    variables = [f"{row.variable}__<{row.keys.upper().replace(' ', '_')}>" if row.keys else row.variable]
    if row.secret:
        variables.append(f"{row.variable}_FILE")
    return [code(row.name), default, meaning[0].upper() + meaning[1:], "<br>".join(map(code, variables))]


# --- what `show` sends


def what_show_may_send() -> str:
    rows = [
        [
            ", ".join((name, *(also for also, other in CALLED.items() if other == name))),
            _either(map(label, reading.begins)),
            _either(map(code, reading.filters)),
        ]
        for name, reading in [*READING.items(), ("any other, or none", UNKNOWN)]
    ]
    never = [[platforms, code(" ".join(words)), does] for platforms, words, does in NEVER]
    never.append(["IOS-XE", f"`show … {CLEAR}`", "clears what it shows"])
    never.append(["RouterOS", "`file=`", "writes a file"])
    headings = ("Platform", "Begins with", "Behind a pipe")
    return f"{table(headings, rows)}\n{table(('Never sent', 'Command', 'It'), never)}"


def _either(words: Iterable[str]) -> str:
    return ", ".join(words) or "nothing"


def saved_commands() -> str:
    rows = []
    for name, words in DEFAULT.items():
        of_platforms: dict[str, list[str]] = {}
        for platform, command in words.items():
            of_platforms.setdefault(command, []).append(platform)
        rows.append(
            [code(name), "<br>".join(f"{', '.join(who)}: {code(command)}" for command, who in of_platforms.items())]
        )
    return table(("Name", "What is sent"), rows)


# --- the command line


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, with the words that name it."""
    below: Mapping[str, Any] | None = getattr(command, "commands", None)
    if below is None:
        yield path, command
    else:
        for name, found in below.items():
            yield from leaves(found, (*path, name))


def program() -> Any:
    """The whole command line, as Click sees it."""
    import_module("main")  # adds the commands that join the parts
    return get_command(app)


def command_line() -> str:
    whole = program()
    found = list(leaves(whole))
    rows = [[f"[{' '.join(path)}](#{'-'.join(path)})", _first_sentence(command.help)] for path, command in found]
    return table(("Command", "What it does"), rows) + "".join(
        f"\n{_help(whole, path, command)}" for path, command in found
    )


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.:])\s", text.strip(), maxsplit=1)[0].rstrip(".:") + "."


def _help(whole: Any, path: tuple[str, ...], command: Any) -> str:
    context = whole.context_class(whole, info_name="webnet-bot")
    for number, name in enumerate(path[:-1]):
        group = dict(_groups(whole))[path[: number + 1]]
        context = whole.context_class(group, parent=context, info_name=name)
    context = whole.context_class(
        command, parent=context, info_name=path[-1], max_content_width=WIDTH, terminal_width=WIDTH
    )
    text = "\n".join(line.rstrip() for line in command.get_help(context).strip().splitlines())
    return f"### {' '.join(path)}\n\n```text\n{text}\n```\n"


def _groups(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, found in getattr(command, "commands", {}).items():
        yield (*path, name), found
        yield from _groups(found, (*path, name))


# --- errors


def error_codes() -> dict[str, str]:
    """Code -> meaning, of every error that a caller can get; the meanings stand in the tree of `bot.core.errors`."""
    meanings = dict(re.findall(r"^[│├└─ ]*── (\w+) +(\S.*)$", errors.__doc__ or "", re.MULTILINE))
    return {kind.code: meanings[kind.__name__] for kind in _kinds(errors.BotError) if kind is not errors.BotError}


def _kinds(kind: type[errors.BotError]) -> Iterator[type[errors.BotError]]:
    """Those of `bot.core.errors`, and no private ones made from them elsewhere."""
    yield kind
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from _kinds(below)


def codes() -> str:
    shown = {name: words for name, words in error_codes().items() if name != errors.Refused.code}
    return table(
        ("Code", "What happened"), [[code(name), f"{words[0].upper()}{words[1:]}"] for name, words in shown.items()]
    )


# --- redaction


def redaction() -> str:
    """How many secrets of the corpus survive and how many look-alikes are touched, by platform, beside netconan."""
    rows, hide, (version, others) = [], Redactor(), corpus.of_netconan()
    for name, title in corpus.TITLES.items():
        counts = astuple(corpus.with_marks(hide.config, corpus.marked(name)))
        rows.append([title, *map(str, (*counts, *others[name]))])
    rows.append(["all", *(str(sum(map(int, column))) for column in list(zip(*rows, strict=True))[1:])])
    other = f"netconan {version}"
    headings = ("Platform", "Secrets", "Survived", "Look-alikes", "Touched", f"{other}: survived", "touched")
    return table(headings, rows)


BLOCKS: Mapping[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
    "what-show-may-send": what_show_may_send,
    "saved-commands": saved_commands,
    "command-line": command_line,
    "codes": codes,
    "redaction": redaction,
}


def generated(text: str) -> str:
    """The text with everything between its markers written again. Raises KeyError for a marker that is not known."""
    return _BLOCK.sub(lambda match: f"{match[1]}\n{BLOCKS[match[2]]()}\n{match[3]}", text)


def outdated() -> dict[Path, str]:
    """The files that are not as they would be written, and how they would be."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))}
    written = {path: generated(text) for path, text in texts.items()}
    return {path: text for path, text in written.items() if text != texts[path]}


def main(arguments: Sequence[str]) -> int:
    wrong = outdated()
    if arguments == ["--check"]:
        for path in wrong:
            print(f"{path.relative_to(ROOT)} is out of date: run `.venv/bin/python -m tools.docs`", file=sys.stderr)
        return 1 if wrong else 0
    for path, text in wrong.items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
