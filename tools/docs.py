"""What docs/ says of commands, settings, the command line and errors is written from the code, between markers such as

    <!-- generated: settings -->
    <!-- end -->

`python -m tools.docs` writes it again, `--check` only compares.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from typer.main import get_command

import handlers
from bot.cli import app
from bot.core import errors
from bot.core.arguments import Argument, Kind, placeholder
from bot.core.commands import Command
from bot.redaction.platforms import PLATFORMS
from bot.redaction.redactor import MARK, Redactor
from bot.settings.table import SECTIONS, Setting, Settings, reference

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
CORPUS = ROOT / "tests" / "fixtures" / "redaction"
WIDTH = 100  # characters of a help text

TAKEN: Mapping[Kind, str] = {
    Kind.device: "a device",
    Kind.targets: "devices or groups",
    Kind.group: "a group",
    Kind.user: "a user of WebNet",
    Kind.job: "a job",
    Kind.alert: "a drift alert",
    Kind.duration: "a duration, such as `90s` or `1d12h`",
    Kind.moment: "a time in ISO 8601, UTC where it names no zone",
    Kind.words: "words, or phrases in quotes",
    Kind.text: "a word, or a phrase in quotes",
    Kind.rest: "the rest of the line",
    Kind.sealed: "a text that is kept sealed",
}
_SECRET = re.compile("⟦([^⟧]*)⟧")
_LIKE = re.compile(r"pass|secret|key|commun|auth|token|psk|priv|cert|cred|hash|encr|md5|sha", re.IGNORECASE)
_BLOCK = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def code(text: str) -> str:
    return f"`{text}`" if text else ""


# --- /webnet


def commands() -> str:
    found = handlers.discover().values()
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
    match argument.kind:
        case Kind.number:
            return f"a number from 1 to {argument.most:,}"
        case Kind.choice:
            return f"one of {', '.join(map(code, argument.choices))}"
        case _:
            return TAKEN[argument.kind]


# --- settings


def of_subcommands() -> Mapping[str, Mapping[str, str]]:
    """What each subcommand says itself, by the setting that overrides it."""
    found = sorted(handlers.discover().values(), key=lambda command: command.role)
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
    default = f"as {code(row.instead)}" if "." in row.instead else row.instead or code(shown) or "none"
    variables = [f"{row.variable}__<SUBCOMMAND>" if row.per_subcommand else row.variable]
    if row.secret:
        variables.append(f"{row.variable}_FILE")
    return [code(row.name), default, meaning[0].upper() + meaning[1:], "<br>".join(map(code, variables))]


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
    """How many secrets of the corpus survive and how many look-alikes are touched, by platform."""
    rows, hide = [], Redactor()
    for name, title in (*PLATFORMS.items(), ("logs", "job logs")):
        counts = _held_against(hide, (CORPUS / f"{name}.txt").read_text(encoding="utf-8"))
        rows.append([title, *map(str, counts)])
    return table(("Platform", "Secrets", "Survived", "Look-alikes", "Touched"), rows)


def _held_against(hide: Redactor, marked: str) -> tuple[int, int, int, int]:
    """Line by line, as no secret of the corpus goes over a line without a key block around it."""
    shown = _SECRET.sub(MARK, marked).split("\n")
    got = hide.config(marked.replace("⟦", "").replace("⟧", "")).split("\n")
    pairs = list(zip(shown, got, strict=True))
    alike = [(line, found) for line, found in pairs if MARK not in line and _LIKE.search(line)]
    return (
        len(_SECRET.findall(marked)),
        sum(max(0, line.count(MARK) - found.count(MARK)) for line, found in pairs),
        len(alike),
        sum(line != found for line, found in alike),
    )


BLOCKS: Mapping[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
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
