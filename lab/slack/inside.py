"""What stands inside blocks: blocks within blocks, and the elements that somebody can use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
NESTED = {"container": "child_blocks", "carousel": "elements", "plan": "tasks"}
_ELEMENTS = {"actions": "elements", "context_actions": "elements", "card": "actions"}
_ELEMENT = {"section": "accessory", "input": "element"}


def pointed(blocks: Any, pointer: str = "") -> Iterator[tuple[str, Json]]:
    """Returns every block with its JSON pointer, each followed by those within it; what is no block is left out."""
    for number, block in enumerate(blocks if isinstance(blocks, list) else []):
        if isinstance(block, dict):
            here = f"{pointer}/{number}"
            yield here, block
            within = NESTED.get(str(block.get("type")), "")
            yield from pointed(block.get(within), f"{here}/{within}")


def flat(blocks: list[Json]) -> Iterator[Json]:
    return (block for _, block in pointed(blocks))


def own_elements(block: Json) -> list[Json]:
    """Returns the buttons, menus and inputs of one block, without those of blocks within it."""
    kind = block["type"]
    if kind in _ELEMENTS:
        return list(block.get(_ELEMENTS[kind]) or [])
    element = block.get(_ELEMENT.get(kind, ""))
    return [element] if isinstance(element, dict) and element.get("type") != "image" else []


def interactive_elements(block: Json) -> list[Json]:
    """Returns the buttons, menus and inputs of one block and of those within it."""
    return [element for each in flat([block]) for element in own_elements(each)]
