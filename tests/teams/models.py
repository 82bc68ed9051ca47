"""Cards against Microsoft's own models (microsoft-teams-cards, MIT, pinned in requirements/dev.txt) and the published schema, each element by
the model of its type.

The models take any further property, and a list of elements is a list of anything to them; so that every element is read by itself,
and must have no property that its model does not name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

from microsoft_teams.cards import core
from pydantic import BaseModel, ValidationError

from lab.teams.cards import nodes
from tests.teams import schemas


@cache
def _models() -> dict[str, type[BaseModel]]:
    found = {}
    for model in vars(core).values():
        if isinstance(model, type) and issubclass(model, BaseModel) and (field := model.model_fields.get("type")):
            found.update(dict.fromkeys(get_args(field.annotation), model))
    return found


def problems(card: Mapping[str, Any]) -> list[str]:
    return [*schemas.card_problems(card), *(each for node in nodes(card) for each in _of(node))]


def _of(node: Mapping[str, Any]) -> Iterator[str]:
    model = _models().get(str(node["type"]))
    if model is None:
        yield f"there is no model for {node['type']}"
        return
    try:
        read = model.model_validate(
            {key: value for key, value in node.items() if key != "$schema"}
        )  # its own is "schema"
    except ValidationError as error:
        yield str(error)
        return
    yield from (f"{node['type']} has no {name}" for name in read.model_extra or ())
