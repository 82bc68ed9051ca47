"""Reads the settings from config.toml; WEBNET_BOT_<SECTION>__<KEY> overrides it, and …_FILE reads a secret from a file."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any

from bot.core.pasted import odd, secret, trimmed, unquoted
from bot.core.text import cut, nearest
from bot.redaction.redactor import redact
from bot.settings.files import secret_of, text_of, toml_of
from bot.settings.table import FILE_SUFFIX, PREFIX, ROWS, SECTIONS, SUBCOMMAND, Setting, Settings
from bot.show.allow import Allow

__all__ = ["DEFAULT_FILE", "ConfigError", "Settings", "load"]

_OF_A_SERVICE = re.compile(
    r"WEBNET_BOT(_[A-Z0-9]+)*_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
_ADDRESS_OF_A_SERVICE = re.compile(r"WEBNET_BOT(_[A-Z0-9]+)*_PORT")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
DEFAULT_FILE = Path("config.toml")
_SHOWN = 60  # characters of a wrong value in a message


class ConfigError(Exception):
    """Holds everything that is wrong with the settings; each problem is a sentence with its place and the remedy."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class _Given:
    """A value as it was found; `place` is what a message calls the place where it was found."""

    place: str
    value: Any


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """Reads a file and the environment, which wins; an empty variable counts as not set.

    Raises ConfigError with every problem there is.
    """
    problems: list[str] = []
    known = subcommands()
    given = _from_file(path, known, problems) | _from_environment(environ, known, problems)
    values: dict[str, Any] = {}
    for name, found in given.items():
        try:
            values[name] = _read(_row_of(name), found)
        except ValueError as problem:
            problems.append(str(problem))
    if values.get("slack.socket_mode") is False and not values.get("http.enabled"):
        problems.append(
            f"{given['slack.socket_mode'].place}: this and http.enabled are both off, so nothing could reach the bot; "
            "switch one of them on"
        )
    if values.get("teams.enabled") and not values.get("http.enabled"):
        problems.append(
            f"{given['teams.enabled'].place}: Microsoft Teams reaches the bot by HTTP alone; switch http.enabled on, too"
        )
    problems += _never_sent(values, given)
    if problems:
        raise ConfigError(problems)
    return _settings(values)


def subcommands() -> frozenset[str]:
    """The names that may stand below `commands.roles` and `commands.visibility_of`: those of the files in `handlers`.

    The folder is listed and nothing in it is imported, because every command line reads the settings and must be quick.
    """
    spec = find_spec("handlers")
    files = iter_modules(spec.submodule_search_locations if spec else [])
    return frozenset(file.name for file in files if not file.ispkg and not file.name.startswith("_"))


def _never_sent(values: Mapping[str, Any], given: Mapping[str, _Given]) -> Iterator[str]:
    """Finds the saved commands that would be refused whenever somebody asks for them."""
    saved = {name: value for name, value in values.items() if name.startswith("show.saved.")}
    allow = Allow(_merged(ROWS["show.allow"], values)) if saved else None
    for name, words in saved.items():
        for platform, command in words.items():
            if allow and (refusal := allow.refusal(command, platform)):
                yield f"{given[name].place}: {refusal}"


def _row_of(name: str) -> Setting:
    """Finds the row of a name, which goes on after the setting's own where that has a value for each of its keys."""
    return ROWS.get(name) or ROWS[name.rpartition(".")[0]]


def _read(row: Setting, found: _Given) -> Any:
    one = row.secret and not row.kind.many and isinstance(found.value, str)
    if one and (pasted := odd(found.value)):
        raise ValueError(f"{found.place}: {pasted}")
    try:
        return row.kind.read(found.value)
    except (ValueError, OverflowError):
        raise ValueError(_wrong(row, found)) from None


def _wrong(row: Setting, found: _Given) -> str:
    shown = (
        "" if row.secret else f", not {cut(redact(json.dumps(found.value, ensure_ascii=False, default=str)), _SHOWN)}"
    )
    pasted = odd(found.value) if isinstance(found.value, str) else ""
    return f"{found.place} must be {row.values}{shown}" + (f"; {pasted}" if pasted else "")


def _settings(values: Mapping[str, Any]) -> Settings:
    sections: dict[str, Any] = {}
    for section, kind in SECTIONS.items():
        rows = [row for row in ROWS.values() if row.section == section]
        plain = {row.key: values[row.name] for row in rows if row.name in values}
        sections[section] = kind(**plain, **{row.key: _merged(row, values) for row in rows if row.keys})
    return Settings(**sections)


def _merged(row: Setting, values: Mapping[str, Any]) -> Mapping[str, Any]:
    given = {name.removeprefix(f"{row.name}."): value for name, value in values.items() if _row_of(name) is row}
    return MappingProxyType(given)


def _from_file(path: Path, known: Collection[str], problems: list[str]) -> dict[str, _Given]:
    given: dict[str, _Given] = {}
    for section, table in _document(path, problems).items():
        if section not in SECTIONS:
            problems.append(_unknown(f"{path}: [{section}]", "section", section, SECTIONS))
        elif not isinstance(table, dict):
            problems.append(f"{path}: {section} must be a section: write [{section}] and its settings below")
        else:
            for key, value in table.items():
                given |= _from_key(path, f"{section}.{key}", value, known, problems)
    return given


def _document(path: Path, problems: list[str]) -> dict[str, Any]:
    """All settings have defaults, so a default file that is not there is no mistake; one that was named is."""
    if path == DEFAULT_FILE and not path.exists():
        return {}
    try:
        return toml_of(path)
    except ValueError as problem:
        problems.append(str(problem))
    return {}


def _from_key(path: Path, name: str, value: Any, known: Collection[str], problems: list[str]) -> dict[str, _Given]:
    place = f"{path}: {name}"
    row = ROWS.get(name)
    if row is None:
        problems.append(_unknown(place, "setting", name, ROWS))
    elif not row.keys:
        return {} if value == "" and not row.default else {name: _Given(place, value)}
    elif not isinstance(value, dict):
        problems.append(f"{place} must be a section: write [{name}] and a line for each {row.keys} below")
    else:
        wrong = {key: problem for key in value if (problem := _wrong_key(row, f"{place}.{key}", key, known))}
        problems += wrong.values()
        right = {key: entry for key, entry in value.items() if key not in wrong}
        return {f"{name}.{key.lower()}": _Given(f"{place}.{key}", entry) for key, entry in right.items()}
    return {}


def _wrong_key(row: Setting, place: str, key: str, known: Collection[str]) -> str:
    """Returns what is wrong with the key of a value; empty for nothing. What platforms there are is WebNet's business."""
    if row.keys == SUBCOMMAND:
        return "" if key in known else _unknown(place, row.keys, key, known)
    return "" if _KEY.fullmatch(key) else f"{place}: the name of a {row.keys} is one word of letters, digits, _ and -"


def _from_environment(environ: Mapping[str, str], known: Collection[str], problems: list[str]) -> dict[str, _Given]:
    names = _variables(known)
    given: dict[str, _Given] = {}
    for variable in sorted(name for name in environ if name.startswith(PREFIX)):
        name = names.get(variable) or _name_of(variable)
        if not name:
            if _is_of_a_service(variable, environ[variable]):
                continue
            problems.append(_unknown(variable, "setting", variable, names))
            continue
        text = trimmed(environ[variable])
        if not text:
            continue
        if name in given:
            problems.append(f"{variable} and {given[name].place} are both set; unset one of them")
        try:
            value = _parsed(_row_of(name), variable, text)
        except ValueError as problem:
            problems.append(str(problem))
        else:
            given[name] = _Given(variable, value)
    return given


def _is_of_a_service(variable: str, value: str) -> bool:
    """Kubernetes, and Docker for a link, give containers variables of these shapes for a service whose name begins with
    webnet-bot; no setting has such a name. A bare `_PORT` must hold an
    address: somebody may have meant a setting."""
    if "__" in variable:
        return False
    return bool(_OF_A_SERVICE.fullmatch(variable) or (_ADDRESS_OF_A_SERVICE.fullmatch(variable) and "://" in value))


def _variables(known: Collection[str]) -> dict[str, str]:
    """Returns the names of all settings by their variables."""
    variables: dict[str, str] = {}
    for row in ROWS.values():
        if row.keys == SUBCOMMAND:
            variables |= {f"{row.variable}__{sub.upper()}": f"{row.name}.{sub}" for sub in known}
        elif not row.keys:
            variables[row.variable] = row.name
        if row.secret:
            variables[row.variable + FILE_SUFFIX] = row.name
    return variables


def _name_of(variable: str) -> str:
    """Returns the name of a setting whose keys nobody can list, such as those of platforms; empty if it is no variable of one."""
    for row in ROWS.values():
        key = variable.removeprefix(f"{row.variable}__")
        if row.keys and row.keys != SUBCOMMAND and key != variable and _KEY.fullmatch(key):
            return f"{row.name}.{key.lower()}"
    return ""


def _parsed(row: Setting, variable: str, text: str) -> Any:
    try:
        if variable == row.variable + FILE_SUFFIX:
            text = text_of(Path(text)) if row.kind.many else secret_of(Path(text))
        if row.secret:
            text = unquoted(trimmed(text)) if row.kind.many else secret(text)
    except ValueError as problem:
        raise ValueError(f"{variable}: {problem}") from None
    try:
        return row.kind.parse(text)
    except ValueError:
        raise ValueError(_wrong(row, _Given(variable, text))) from None


def _unknown(place: str, what: str, name: str, candidates: Iterable[str]) -> str:
    candidates = list(candidates)
    key = name.rpartition(".")[2]
    guesses = [other for other in candidates if other.endswith(f".{key}")] or nearest(name, candidates, limit=1)
    meant = f"; did you mean {guesses[0]}?" if guesses else "; remove it, or see docs/configuration.md for the names"
    return f"{place}: there is no such {what}{meant}"
