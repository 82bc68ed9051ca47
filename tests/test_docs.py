"""The documentation is held against the code: what there is is documented, and what is documented is there."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest

import handlers
from bot.core import rule_text
from bot.core.arguments import Kind, placeholder
from bot.core.audit import ALREADY, Status
from bot.settings.table import reference
from lab.slack import plain
from store.audit import AuditRow
from tests.e2e.rig import rig
from tools import docs

ROOT = docs.ROOT
PAGES = {
    path.relative_to(ROOT).as_posix(): path
    for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", *docs.DOCS.glob("*.md")]
}
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
TYPED = [command.name for command in handlers.discover().values() if not command.hidden]
PROGRAM = r"(?:\.venv/bin/python main\.py|main\.py|(?:/opt/webnet-bot/bin/)?webnet-bot)"


# --- what there is is documented


def test_the_generated_parts_are_up_to_date() -> None:
    assert [path.name for path in docs.outdated()] == [], "run `.venv/bin/python -m tools.docs`"


@pytest.mark.parametrize("name", TYPED)
def test_every_subcommand_is_documented(name: str) -> None:
    assert f"| `/webnet {name}" in TEXTS["docs/commands.md"]


@pytest.mark.parametrize("name", TYPED)
def test_every_argument_of_a_subcommand_is_documented_with_its_meaning(name: str) -> None:
    section = TEXTS["docs/commands.md"].partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    for argument in handlers.discover()[name].arguments:
        if argument.hidden:
            assert not re.search(rf"\b{argument.name}:", section)
        else:
            assert argument.help
            spelling = placeholder(argument).replace("|", r"\|")
            assert re.search(
                rf"^\| `{re.escape(spelling)}` \| .+ \| {re.escape(argument.help)} \|$", section, re.MULTILINE
            )


def test_no_variable_is_named_as_one_that_slacks_library_reads_by_itself() -> None:
    shown = "".join([*TEXTS.values(), *(file.read_text(encoding="utf-8") for file in (ROOT / "deploy").rglob("*.*"))])
    assert not re.findall(r"\bSLACK_(?:BOT_TOKEN|SIGNING_SECRET|CLIENT_\w+|SCOPES)\b", shown)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_argument_can_be_documented(kind: Kind) -> None:
    assert kind in docs.TAKEN or kind is Kind.choice  # whose choices are shown


@pytest.mark.parametrize("row", reference(), ids=lambda row: row.name)
def test_every_setting_is_documented(row: Any) -> None:
    assert f"| `{row.name}` |" in TEXTS["docs/configuration.md"]
    assert f"`{row.variable}" in TEXTS["docs/configuration.md"]


@pytest.mark.parametrize("path", [" ".join(path) for path, _ in docs.leaves(docs.program())])
def test_every_command_of_the_command_line_is_documented_with_an_example(path: str) -> None:
    section = TEXTS["docs/command-line.md"].partition(f"\n### {path}\n")[2].partition("\n### ")[0]
    assert f"Example: webnet-bot {path}" in section


@pytest.mark.parametrize("status", get_args(Status))
def test_every_audit_status_is_documented(status: str) -> None:
    assert f"| `{status}` |" in TEXTS["docs/audit.md"].partition("## Statuses")[2].partition("## Codes")[0]


def error_codes() -> Iterator[str]:
    yield from (code for code in docs.error_codes() if code != "denied")
    yield from (ALREADY, "internal", "busy")
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    yield from re.findall(r'\breason="(\w+)"', sources)


@pytest.mark.parametrize("code", sorted(set(error_codes())))
def test_every_error_code_is_documented(code: str) -> None:
    assert f"| `{code}` |" in TEXTS["docs/audit.md"].partition("## Codes")[2]


@pytest.mark.parametrize("name", [field.name for field in fields(AuditRow) if field.name != "id"])
def test_every_field_of_an_audit_row_is_documented(name: str) -> None:
    assert f"`{name}`" in TEXTS["docs/audit.md"].partition("## Statuses")[0]


# --- what is documented is there


@pytest.mark.parametrize("name", PAGES)
def test_every_link_within_the_project_leads_somewhere(name: str) -> None:
    wrong = []
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[name]):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        file = (PAGES[name].parent / path) if path else PAGES[name]
        if not file.exists() or (anchor and anchor not in anchors(file)):
            wrong.append(target)
    assert wrong == []


def anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ +(.+?) *$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def shell_lines(name: str) -> list[str]:
    """The lines of bash blocks, and those that follow a `$ ` in a transcript."""
    blocks = re.findall(r"^ *```bash\n(.*?)^ *```", TEXTS[name], re.MULTILINE | re.DOTALL)
    typed = [line.strip() for block in blocks for line in block.splitlines()]
    return typed + re.findall(r"^\$ (.+)$", TEXTS[name], re.MULTILINE)


def invocations(line: str) -> Iterator[list[str]]:
    """The arguments of every webnet-bot in a line; of a container, those after the image's name."""
    if line.startswith("docker run"):
        words = shlex.split(line)
        yield words[len(words) - words[::-1].index("webnet-bot") :]
        return
    for part in re.split(r"[|;()]|&&", line):
        if found := re.match(rf"\s*{PROGRAM}(?=\s|$)", part):
            yield shlex.split(re.split(r"\s>", part[found.end() :])[0])


def problem(arguments: list[str], *, whole: bool) -> str:
    """Why the command line would not take these; empty if it would. `whole`: nothing that is required is left out."""
    path: tuple[str, ...] = ()
    command = docs.program()
    while arguments and arguments[0] in getattr(command, "commands", {}):
        command, path, arguments = command.commands[arguments[0]], (*path, arguments[0]), arguments[1:]
    context = command.context_class(command, info_name="webnet-bot")
    if hasattr(command, "commands"):
        return "" if set(arguments) <= {"--help"} else f"there is no command {' '.join((*path, *arguments))}"
    try:
        given, left, _ = command.make_parser(context).parse_args(list(arguments))
    except Exception as error:  # Click's own, which Typer hides
        return f"{' '.join(path)}: {error}"
    if left:
        return f"{' '.join(path)} takes no {' '.join(left)}"
    missing = [parameter.name for parameter in command.params if parameter.required and not given.get(parameter.name)]
    return f"{' '.join(path)} lacks {missing}" if whole and missing else ""


@pytest.mark.parametrize("name", PAGES)
def test_every_command_line_that_is_shown_can_be_typed(name: str) -> None:
    lines = {line: [*invocations(line)] for line in shell_lines(name)}
    assert [wrong for found in lines.values() for each in found if (wrong := problem(each, whole=True))] == []
    inline = re.findall(rf"`{PROGRAM} ([^`]+)`", TEXTS[name])
    assert [wrong for line in inline if (wrong := problem(shlex.split(line), whole=False))] == []


def test_what_the_page_about_noise_shows_can_be_typed() -> None:
    registry, page = handlers.discover(), TEXTS["docs/less-noise.md"]
    typed = re.findall(r"`/webnet (\w+) ?([^`]*)`", page)
    assert len(typed) > 10
    for name, words in typed:
        registry[name].parse(words, words)
    written = re.findall(r'channel rules C0123456789 add "([^"]+)"', page)
    assert [rule_text.spell(rule_text.parse(text)) for text in written] == written


@pytest.mark.parametrize("name", PAGES)
def test_every_make_target_that_is_named_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^ *|`)make ([a-z-]+)", TEXTS[name], re.MULTILINE))
    assert named - targets == set()


def spoken(path: Path) -> Iterator[str]:
    """Every text in a file's code, with NUL where a value is filled in."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            yield "\0".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_sentence_that_troubleshooting_quotes_is_said_somewhere() -> None:
    said = "\n".join(
        text
        for folder in ("bot", "store", "handlers")
        for file in (ROOT / folder).rglob("*.py")
        for text in spoken(file)
    ).replace("`", "")
    quoted = re.findall(r'^\| "(.+?)" ?\|', TEXTS["docs/troubleshooting.md"].replace("`", ""), re.MULTILINE)
    pieces = [piece.strip(' ."(),') for quote in quoted for piece in re.split(r'…|U…|", "', quote)]
    assert len(quoted) > 10
    # The chat's name is filled in.
    assert [piece for piece in pieces if piece not in said and piece.replace("Slack", "\0") not in said] == []


def readme_transcript() -> list[tuple[str, str, str]]:
    """(who, what is typed, what appears) of the README."""
    block = TEXTS["README.md"].partition("## What you see")[2].partition("```text\n")[2].partition("```")[0]
    entries = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    found = []
    for entry in entries:
        typed, _, shown = entry.partition("\n")
        *_, who, text = shlex.split(typed)
        found.append((who, text, shown.strip()))
    return found


def test_the_readme_shows_what_a_newcomer_sees(tmp_path: Path) -> None:
    transcript = readme_transcript()
    assert len(transcript) == 4
    with rig(f"sqlite:///{tmp_path}/store.db") as running:
        for who, text, shown in transcript:
            message = running.ask(f"U0{who.upper()}", text.removeprefix("/webnet "))
            head = "U0BOT (Only visible to you)" if message.ephemeral_to else "U0BOT"
            lines = [head, *(f"  {line}" for line in plain(message).split("\n"))]
            assert [varying(line) for line in lines] == [varying(line) for line in shown.split("\n")]


def varying(line: str) -> str:
    """Ages, addresses and the numbers of jobs differ from run to run."""
    return re.sub(r"checked .+|#\d+|http\S+|\d+ (days|h) ago", "…", line).rstrip()
