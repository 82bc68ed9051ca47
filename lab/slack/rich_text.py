"""Rich text: its parts, and what stands in a line."""

from __future__ import annotations

from lab.slack.shapes import (
    LINK_URL,
    Check,
    Fields,
    array,
    block,
    boolean,
    enum,
    integer,
    matching,
    one_of,
    shape,
    string,
)

ID = string(least=1)
WORDS = string(least=1, counted=True)
STYLE = shape(optional=dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight", "unlink"), boolean))
_STYLED: Fields = {"style": STYLE}
RICH_INLINE: dict[str, Check] = {
    "text": shape({"text": WORDS}, _STYLED),
    "link": shape({"url": LINK_URL}, {"text": WORDS, "unsafe": boolean, **_STYLED}),
    "emoji": shape({"name": ID}, {"unicode": ID, **_STYLED}),
    "user": shape({"user_id": ID}, _STYLED),
    "usergroup": shape({"usergroup_id": ID}, _STYLED),
    "team": shape({"team_id": ID}, _STYLED),
    "channel": shape({"channel_id": ID}, _STYLED),
    "broadcast": shape({"range": enum("here", "channel", "everyone")}, _STYLED),
    "color": shape({"value": matching(r"#[0-9a-fA-F]{6}", "a colour like #ff0000")}, _STYLED),
    "date": shape({"timestamp": integer(0, 10**11), "format": ID}, {"url": LINK_URL, "fallback": WORDS, **_STYLED}),
}
_ANY_INLINE = array(one_of(RICH_INLINE), 1000)
_BORDER: Fields = {"border": integer(0, 1)}
_RICH_SECTION = shape({"elements": _ANY_INLINE})
RICH_PARTS: dict[str, Check] = {
    "rich_text_section": _RICH_SECTION,
    "rich_text_preformatted": shape(
        {"elements": array(one_of(RICH_INLINE, ("text", "link")), 1000)}, {**_BORDER, "language": ID}
    ),
    "rich_text_quote": shape({"elements": _ANY_INLINE}, _BORDER),
    "rich_text_list": shape(
        {"style": enum("bullet", "ordered"), "elements": array(one_of({"rich_text_section": _RICH_SECTION}), 1000)},
        {"indent": integer(0, 8), "offset": integer(0, 10_000), **_BORDER},
    ),
}
RICH_ELEMENTS = array(one_of(RICH_PARTS), 1000)
RICH_TEXT = block({"elements": RICH_ELEMENTS})
RICH_VALUE = one_of({"rich_text": RICH_TEXT})
