"""`audit` shows who ran what."""

from __future__ import annotations

import contextlib
import csv
import inspect
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from bot.cli.console import Console, JsonOption, command, iso, shaped
from bot.cli.failures import Failed
from bot.core.csv_cells import safe_cell
from bot.ids import chats

if TYPE_CHECKING:
    from store.audit import AuditFilter, AuditRow

audit = typer.Typer(name="audit", help="Who ran what.", no_args_is_help=True)

COLUMNS = {
    "id": "#",
    "created_at": "Time (UTC)",
    "team": "Workspace",
    "who": "Who",
    "text": "Command",
    "device": "Device",
    "status": "Status",
    "job_id": "Job",
    "response": "Answer",
}
# Those of bot.core.audit, whose import would hold `--help` up; a test compares the two.
STATUSES = ("success", "failed", "denied", "usage", "rate_limited", "busy", "running", "interrupted", "unclear")
_SHOWN = 80  # characters of an answer in a table
_AGE = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class Format(StrEnum):
    csv = "csv"
    jsonl = "jsonl"


def moment(text: str | None) -> datetime | None:
    """Reads `2026-11-23`, `2026-11-23T12:00` (UTC unless it says otherwise), or an age: 30m, 24h, 7d, 2w."""
    if text is None:
        return None
    age = _AGE.fullmatch(text)
    try:
        if age is not None:
            return datetime.now(UTC) - int(age[1]) * _UNITS[age[2]]
        when = datetime.fromisoformat(text)
        return when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} is neither a time such as 2026-11-23T12:00 nor an age such as 24h"
        ) from None


def _known_status(text: str | None) -> str | None:
    if text is not None and text not in STATUSES:
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(STATUSES)}")
    return text


def _filter(name: str, kind: Any, flag: str, help_: str, **more: Any) -> inspect.Parameter:
    annotation = Annotated[kind, typer.Option(flag, help=help_, show_default=False, **more)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


FILTERS = [
    _filter(
        "team_id",
        str | None,
        "--workspace",
        "Only this workspace, also one that was removed.",
        metavar="TEAM",
        callback=shaped(chats.team_id),
    ),
    _filter(
        "slack_user_id",
        str | None,
        "--user",
        "Only this Slack user.",
        metavar="SLACK_USER",
        callback=shaped(chats.user_id),
    ),
    _filter("command", str | None, "--command", "Only this subcommand, such as backup."),
    _filter("status", str | None, "--status", f"Only what is {', '.join(STATUSES)}.", callback=_known_status),
    _filter("device", int | None, "--device", "Only this WebNet device id."),
    _filter("job_id", int | None, "--job", "Only what started this job."),
    _filter("since", str | None, "--since", "From this time on: 2026-11-23, 2026-11-23T12:00, or an age such as 24h."),
    _filter("until", str | None, "--until", "Before this time."),
]


def filters(options: Mapping[str, Any]) -> AuditFilter:
    from store.audit import AuditFilter

    return AuditFilter(**{**options, "since": moment(options["since"]), "until": moment(options["until"])})


@command(audit, "list", example="audit list --since 24h --status denied", hidden_parameters=FILTERS)
def list_rows(
    console: Console,
    options: Mapping[str, Any],
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many rows.")] = 50,
    before: Annotated[int | None, typer.Option("--before", help="Older than this row, for the next page.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List commands, newest first."""
    with console.store() as store:
        rows = store.audit.list(filters(options), before_id=before, limit=limit)
    if not rows:
        _require_subcommand(options["command"])
    shown = [asdict(row) if as_json else _shown(row) for row in rows]
    console.table(shown, COLUMNS, as_json=as_json, empty="No command matches.")
    if not as_json and len(rows) == limit:
        typer.echo(f"Older ones: --before {rows[-1].id}", err=True)


@command(audit, "export", example="audit export --since 30d --output audit.csv", hidden_parameters=FILTERS)
def export(
    console: Console,
    options: Mapping[str, Any],
    format_: Annotated[Format, typer.Option("--format", help="CSV, or JSON Lines.")] = Format.csv,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="A new file; else standard output.")
    ] = None,
) -> None:
    """Write all that match, newest first. An apostrophe stands before what a spreadsheet would run as a formula."""
    from bot.core.text import count

    write = {Format.csv: _write_csv, Format.jsonl: _write_json_lines}[format_]
    with console.store() as store, _opened(output) as file:
        number = write(file, store.audit.each(filters(options)))
    if output is not None:
        console.say(f"Wrote {count(number, 'row')} to {output}.")


def _require_subcommand(name: str | None) -> None:
    """A command that the bot no longer has may still have rows; one that has none may be mistyped."""
    from bot.core.text import nearest
    from bot.settings.load import subcommands

    if name is not None and name not in subcommands():
        meant = nearest(name, subcommands(), limit=1)
        raise typer.BadParameter(f"there is no subcommand {name}" + (f"; did you mean {meant[0]}?" if meant else ""))


def _shown(row: AuditRow) -> dict[str, Any]:
    from bot.core.text import cut

    return asdict(row) | {
        "team": row.team_name or row.team_id,
        "who": row.username or row.slack_user_name or row.slack_user_id,
        "response": cut(" ".join(row.response.split()), _SHOWN),
        "text": cut(row.text, _SHOWN),
        "device": row.device_name or row.device or row.devices,
    }


@contextlib.contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Failed(f"{output} exists and is left alone: name a new file.") from None
    except OSError as error:
        raise Failed(f"{output} cannot be written: {error.strerror}.") from None
    with open(descriptor, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123  # made above, for the owner alone
        yield file


def _write_csv(file: TextIO, rows: Iterable[AuditRow]) -> int:
    from store.audit import AuditRow

    names = [field.name for field in fields(AuditRow)]
    writer = csv.writer(file)
    writer.writerow(names)
    number = 0
    for number, row in enumerate(rows, start=1):  # noqa: B007  # the last number is the count
        writer.writerow([safe_cell(getattr(row, name)) for name in names])
    return number


def _write_json_lines(file: TextIO, rows: Iterable[AuditRow]) -> int:
    number = 0
    for number, row in enumerate(rows, start=1):  # noqa: B007
        file.write(json.dumps(asdict(row), default=iso) + "\n")
    return number
