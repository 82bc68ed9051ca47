"""What the bot makes against Microsoft's published JSON schemas, which stand in tests/fixtures/teams with their sources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from lab.teams.cards import nodes

FOLDER = Path(__file__).parents[1] / "fixtures" / "teams"
OF_TEAMS = {"msteams", "choices.data"}  # what Teams reads beside what Adaptive Cards 1.5 have


def card_problems(card: Mapping[str, Any]) -> list[str]:
    """Holds a card, and each of its elements by itself: of a whole card the schema does not say where it is wrong."""
    return [f"{node['type']}: {json.dumps(node)[:300]}" for node in nodes(_bare(card)) if not _fits(node)]


def manifest_problems(manifest: Mapping[str, Any]) -> list[str]:
    schema = _read("app-manifest-1.17.json")
    return [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(manifest)]


def _fits(node: Mapping[str, Any]) -> bool:
    return _of(str(node["type"])).is_valid(node)


@cache
def _of(kind: str) -> Any:
    schema = _read("adaptive-card-1.5.json")
    own = {"$schema": schema["$schema"], "definitions": schema["definitions"], "$ref": f"#/definitions/{kind}"}
    return jsonschema_rs.validator_for(own, validate_formats=True)


@cache
def _read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8-sig"))


def _bare(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _bare(value) for key, value in node.items() if key not in OF_TEAMS}
    return [_bare(each) for each in node] if isinstance(node, list | tuple) else node
