"""Block types, rich text and tables, with every limit."""

from __future__ import annotations

from typing import Any

from lab.slack.elements import ACCESSORY, ACTION, CONTEXT, IMAGE_FIELDS, INPUT
from lab.slack.shapes import (
    LINK_URL,
    Check,
    Fields,
    Probe,
    array,
    at_least_one,
    boolean,
    enum,
    exactly_one,
    integer,
    matching,
    one_of,
    plain,
    shape,
    string,
    text,
    unique_id,
)

MARKDOWN_CHARS = 12_000
TABLE_CHARS = 10_000
MESSAGE_ONLY = ("markdown", "table")

# Rich text

_ID = string(least=1)
_WORDS = string(least=1, counted=True)
STYLE = shape(optional=dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight", "unlink"), boolean))
_STYLED: Fields = {"style": STYLE}
RICH_INLINE: dict[str, Check] = {
    "text": shape({"text": _WORDS}, _STYLED),
    "link": shape({"url": LINK_URL}, {"text": _WORDS, "unsafe": boolean, **_STYLED}),
    "emoji": shape({"name": _ID}, {"unicode": _ID, **_STYLED}),
    "user": shape({"user_id": _ID}, _STYLED),
    "usergroup": shape({"usergroup_id": _ID}, _STYLED),
    "team": shape({"team_id": _ID}, _STYLED),
    "channel": shape({"channel_id": _ID}, _STYLED),
    "broadcast": shape({"range": enum("here", "channel", "everyone")}, _STYLED),
    "color": shape({"value": matching(r"#[0-9a-fA-F]{6}", "a colour like #ff0000")}, _STYLED),
    "date": shape({"timestamp": integer(0, 10**11), "format": _ID}, {"url": LINK_URL, "fallback": _WORDS, **_STYLED}),
}
_ANY_INLINE = array(one_of(RICH_INLINE), 1000)
_BORDER: Fields = {"border": integer(0, 1)}
_RICH_SECTION = shape({"elements": _ANY_INLINE})
RICH_PARTS: dict[str, Check] = {
    "rich_text_section": _RICH_SECTION,
    "rich_text_preformatted": shape(
        {"elements": array(one_of(RICH_INLINE, ("text", "link")), 1000)}, {**_BORDER, "language": _ID}
    ),
    "rich_text_quote": shape({"elements": _ANY_INLINE}, _BORDER),
    "rich_text_list": shape(
        {"style": enum("bullet", "ordered"), "elements": array(one_of({"rich_text_section": _RICH_SECTION}), 1000)},
        {"indent": integer(0, 8), "offset": integer(0, 10_000), **_BORDER},
    ),
}
_RICH_ELEMENTS = array(one_of(RICH_PARTS), 1000)

# Tables


def _cells(probe: Probe, path: str, value: Any) -> None:
    """Counts what the cells of all tables hold together; a rich_text cell needs no block_id."""
    before = probe.text_chars
    _ROWS(probe, path, value)
    probe.table_chars += probe.text_chars - before
    if probe.table_chars > TABLE_CHARS:
        probe.wrong(path, f"{probe.table_chars} characters in the cells of all tables, at most {TABLE_CHARS}")


_CELL = one_of({"raw_text": shape({"text": _WORDS}), "rich_text": shape({"elements": _RICH_ELEMENTS})})
_ROWS = array(array(_CELL, 20), 100)
_COLUMN = shape(optional={"align": enum("left", "center", "right"), "is_wrapped": boolean})


def _one_table(probe: Probe, path: str, _: Any) -> None:
    probe.tables += 1
    if probe.tables > 1:
        probe.wrong(path, "only one table in a message")


def _markdown(probe: Probe, path: str, value: Any) -> None:
    string(least=1, counted=True)(probe, path, value)
    probe.markdown_chars += len(value) if isinstance(value, str) else 0
    if probe.markdown_chars > MARKDOWN_CHARS:
        probe.wrong(path, f"{probe.markdown_chars} characters in all markdown blocks, at most {MARKDOWN_CHARS}")


# Blocks

_BLOCK_ID: Fields = {"block_id": unique_id("block_id")}


def _block(required: Fields | None = None, optional: Fields | None = None, also: Check | None = None) -> Check:
    return shape(required, {**(optional or {}), **_BLOCK_ID}, also)


BLOCKS: dict[str, Check] = {
    "actions": _block({"elements": array(ACTION, 25)}),
    "context": _block({"elements": array(CONTEXT, 10)}),
    "divider": _block(),
    "header": _block({"text": plain(150)}),
    "image": _block(
        {"alt_text": string(2000, least=1)},
        {**IMAGE_FIELDS, "title": plain(2000)},
        exactly_one("image_url", "slack_file"),
    ),
    "input": _block(
        {"label": plain(2000), "element": INPUT}, {"hint": plain(2000), "optional": boolean, "dispatch_action": boolean}
    ),
    "markdown": _block({"text": _markdown}),
    "rich_text": _block({"elements": _RICH_ELEMENTS}),
    "section": _block(
        optional={"text": text(3000), "fields": array(text(2000), 10), "accessory": ACCESSORY, "expand": boolean},
        also=at_least_one("text", "fields"),
    ),
    "table": _block({"rows": _cells}, {"column_settings": array(_COLUMN, 20)}, _one_table),
}
MESSAGE_BLOCK = one_of(BLOCKS)
VIEW_BLOCK = one_of(BLOCKS, [kind for kind in BLOCKS if kind not in MESSAGE_ONLY])
