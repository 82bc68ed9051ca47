"""Reads the settings from config.toml; WEBNET_BOT_<SECTION>__<KEY> overrides it, and …_FILE reads a secret from a file."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any

from bot.core.text import cut, nearest
from bot.redaction.redactor import redact
from bot.settings.table import FILE_SUFFIX, PREFIX, ROWS, SECTIONS, Setting, Settings

__all__ = ["ConfigError", "Settings", "load"]

_OF_A_SERVICE = re.compile(
    r"WEBNET_BOT(_[A-Z0-9]+)*_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
_ADDRESS_OF_A_SERVICE = re.compile(r"WEBNET_BOT(_[A-Z0-9]+)*_PORT")
_QUOTES = ('"', "'", "`", "\u201c", "\u2018")  # that editors and wikis put around what is copied
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


def _row_of(name: str) -> Setting:
    """Finds the row of a name, which goes on after the setting's own where that has a value per subcommand."""
    return ROWS.get(name) or ROWS[name.rpartition(".")[0]]


def _read(row: Setting, found: _Given) -> Any:
    try:
        return row.kind.read(found.value)
    except (ValueError, OverflowError):
        raise ValueError(_wrong(row, found)) from None


def _wrong(row: Setting, found: _Given) -> str:
    shown = (
        "" if row.secret else f", not {cut(redact(json.dumps(found.value, ensure_ascii=False, default=str)), _SHOWN)}"
    )
    return f"{found.place} must be {row.values}{shown}"


def _settings(values: Mapping[str, Any]) -> Settings:
    sections: dict[str, Any] = {}
    for section, kind in SECTIONS.items():
        rows = [row for row in ROWS.values() if row.section == section]
        plain = {row.key: values[row.name] for row in rows if row.name in values}
        sections[section] = kind(**plain, **{row.key: _merged(row, values) for row in rows if row.per_subcommand})
    return Settings(**sections)


def _merged(row: Setting, values: Mapping[str, Any]) -> Mapping[str, str]:
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
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        problems.append(f"{path}: there is no such file; copy the config.toml that comes with the bot, or name yours")
    except OSError as error:
        problems.append(f"{path} cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        problems.append(f"{path} is not UTF-8 text; save it as such")
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{path} is not valid TOML: {error}")
    return {}


def _from_key(path: Path, name: str, value: Any, known: Collection[str], problems: list[str]) -> dict[str, _Given]:
    place = f"{path}: {name}"
    row = ROWS.get(name)
    if row is None:
        problems.append(_unknown(place, "setting", name, ROWS))
    elif not row.per_subcommand:
        return {} if value == "" and not row.default else {name: _Given(place, value)}
    elif not isinstance(value, dict):
        problems.append(f"{place} must be a section: write [{name}] and a line for each subcommand below")
    else:
        problems += [_unknown(f"{place}.{sub}", "subcommand", sub, known) for sub in value if sub not in known]
        return {f"{name}.{sub}": _Given(f"{place}.{sub}", entry) for sub, entry in value.items() if sub in known}
    return {}


def _from_environment(environ: Mapping[str, str], known: Collection[str], problems: list[str]) -> dict[str, _Given]:
    names = _variables(known)
    given: dict[str, _Given] = {}
    for variable in sorted(name for name in environ if name.startswith(PREFIX)):
        if variable not in names:
            if _is_of_a_service(variable, environ[variable]):
                continue
            problems.append(_unknown(variable, "setting", variable, names))
            continue
        text = environ[variable].strip()
        name = names[variable]
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
        if row.per_subcommand:
            variables |= {f"{row.variable}__{sub.upper()}": f"{row.name}.{sub}" for sub in known}
        else:
            variables[row.variable] = row.name
        if row.secret:
            variables[row.variable + FILE_SUFFIX] = row.name
    return variables


def _parsed(row: Setting, variable: str, text: str) -> Any:
    if variable == row.variable + FILE_SUFFIX:
        text = _contents(variable, Path(text))
    if row.secret and text.startswith(_QUOTES):
        raise ValueError(f"{variable}: the value begins with a quotation mark; write it without")
    try:
        return row.kind.parse(text)
    except ValueError:
        raise ValueError(_wrong(row, _Given(variable, text))) from None


def _contents(variable: str, path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig").strip()
    except OSError as error:
        raise ValueError(f"{variable}: {path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise ValueError(f"{variable}: {path} is not UTF-8 text") from None
    if not text:
        raise ValueError(f"{variable}: {path} is empty; write the secret into it, or unset the variable")
    return text


def _unknown(place: str, what: str, name: str, candidates: Iterable[str]) -> str:
    candidates = list(candidates)
    key = name.rpartition(".")[2]
    guesses = [other for other in candidates if other.endswith(f".{key}")] or nearest(name, candidates, limit=1)
    meant = f"; did you mean {guesses[0]}?" if guesses else "; remove it, or see docs/configuration.md for the names"
    return f"{place}: there is no such {what}{meant}"
