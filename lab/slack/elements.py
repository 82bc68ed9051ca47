"""Block elements (buttons, menus, inputs) and the objects they are made of, with every limit."""

from __future__ import annotations

from datetime import date
from typing import Any

from lab.slack.shapes import (
    LINK_URL,
    WEB_URL,
    Check,
    Fields,
    Probe,
    array,
    boolean,
    enum,
    exactly_one,
    focus,
    in_order,
    integer,
    matching,
    one_of,
    plain,
    shape,
    string,
    text,
    unique_id,
)

ACTION_ID = unique_id("action_id")
STYLE = enum("primary", "danger")
CONFIRM = shape({"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)}, {"style": STYLE})
PLACEHOLDER = plain(150)
SLACK_FILE = shape(optional={"id": string(least=1), "url": WEB_URL}, also=exactly_one("id", "url"))
IMAGE_FIELDS: Fields = {"image_url": WEB_URL, "slack_file": SLACK_FILE}


def option(*kinds: str, url: bool = False) -> Check:
    optional: dict[str, Check] = {"description": text(75, *kinds)}
    if url:
        optional["url"] = LINK_URL
    return shape({"text": text(75, *kinds), "value": string(150, least=1)}, optional)


PLAIN_OPTION = option("plain_text")
MARKED_OPTION = option("plain_text", "mrkdwn")
OPTIONS = array(PLAIN_OPTION, 100)
OPTION_GROUP = shape({"label": plain(75), "options": OPTIONS})
OPTION_GROUPS = array(OPTION_GROUP, 100)


def _anything(_probe: Probe, _path: str, _value: Any) -> None:
    """Accepts any value, since `_initial` compares it with the options."""


def _initial(probe: Probe, path: str, value: Any) -> None:
    """Checks that the initial choice is one of the options, word for word."""
    groups = value.get("option_groups") or []
    offered = list(value.get("options") or [])
    offered += [o for g in groups if isinstance(g, dict) for o in g.get("options") or []]
    chosen = value.get("initial_options") or ([value["initial_option"]] if "initial_option" in value else [])
    if not all(one in offered for one in chosen):
        probe.wrong(path, "an initial option is not among the options")


def _menu(optional: Fields | None = None, required: Fields | None = None, also: Check | None = None) -> Check:
    fields: dict[str, Check] = {
        "action_id": ACTION_ID,
        "confirm": CONFIRM,
        "focus_on_load": focus,
        "placeholder": PLACEHOLDER,
    }
    return shape(required, fields | dict(optional or {}), also)


_STATIC: Fields = {"options": OPTIONS, "option_groups": OPTION_GROUPS}
_STATIC_RULES = in_order(exactly_one("options", "option_groups"), _initial)
_ONE: Fields = {"initial_option": _anything}
_MANY: Fields = {"initial_options": array(_anything, 100), "max_selected_items": integer(1, 100)}
_EXTERNAL: Fields = {"min_query_length": integer(0, 100)}
_CONVERSATIONS: Fields = {
    "default_to_current_conversation": boolean,
    "filter": shape(
        optional={
            "include": array(enum("im", "mpim", "private", "public"), 4),
            "exclude_external_shared_channels": boolean,
            "exclude_bot_users": boolean,
        }
    ),
}
_RESPONSE_URL: Fields = {"response_url_enabled": boolean}
_MOST_SELECTED: Fields = {"max_selected_items": integer(1, 100)}
_IDS = array(string(least=1), 100)

SELECTS: dict[str, Check] = {
    "static_select": _menu({**_STATIC, **_ONE}, also=_STATIC_RULES),
    "external_select": _menu({**_EXTERNAL, "initial_option": PLAIN_OPTION}),
    "users_select": _menu({"initial_user": string(least=1)}),
    "conversations_select": _menu({**_CONVERSATIONS, **_RESPONSE_URL, "initial_conversation": string(least=1)}),
    "channels_select": _menu({**_RESPONSE_URL, "initial_channel": string(least=1)}),
}
MULTI_SELECTS: dict[str, Check] = {
    "multi_static_select": _menu({**_STATIC, **_MANY}, also=_STATIC_RULES),
    "multi_external_select": _menu({**_EXTERNAL, **_MOST_SELECTED, "initial_options": OPTIONS}),
    "multi_users_select": _menu({**_MOST_SELECTED, "initial_users": _IDS}),
    "multi_conversations_select": _menu({**_MOST_SELECTED, **_CONVERSATIONS, "initial_conversations": _IDS}),
    "multi_channels_select": _menu({**_MOST_SELECTED, "initial_channels": _IDS}),
}

_INPUT: Fields = {"action_id": ACTION_ID, "placeholder": PLACEHOLDER, "focus_on_load": focus}
_DISPATCH: Fields = {
    "dispatch_action_config": shape(
        optional={"trigger_actions_on": array(enum("on_enter_pressed", "on_character_entered"), 2)}
    )
}
_NUMBER = matching(r"-?\d+(\.\d+)?", "a number")


def _between(least: str, most: str) -> Check:
    """Checks that the one bound is not above the other."""

    def check(probe: Probe, path: str, value: Any) -> None:
        try:
            low, high = float(value[least]), float(value[most])
        except (KeyError, TypeError, ValueError):
            return
        if low > high:
            probe.wrong(path, f"{least} is above {most}")

    return check


INPUTS: dict[str, Check] = {
    "plain_text_input": shape(
        optional={
            **_INPUT,
            **_DISPATCH,
            "initial_value": string(3000),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
        also=_between("min_length", "max_length"),
    ),
    "email_text_input": shape(optional={**_INPUT, **_DISPATCH, "initial_value": string(3000)}),
    "url_text_input": shape(optional={**_INPUT, **_DISPATCH, "initial_value": LINK_URL}),
    "number_input": shape(
        {"is_decimal_allowed": boolean},
        {**_INPUT, **_DISPATCH, "initial_value": _NUMBER, "min_value": _NUMBER, "max_value": _NUMBER},
        in_order(
            _between("min_value", "max_value"),
            _between("min_value", "initial_value"),
            _between("initial_value", "max_value"),
        ),
    ),
}

BUTTON = shape(
    {"text": plain(75)},
    {
        "action_id": ACTION_ID,
        "url": LINK_URL,
        "value": string(2000),
        "style": STYLE,
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
IMAGE = shape({"alt_text": string(2000, least=1)}, IMAGE_FIELDS, exactly_one("image_url", "slack_file"))


def _date(probe: Probe, path: str, value: Any) -> None:
    try:
        right = date.fromisoformat(value).isoformat() == value
    except (TypeError, ValueError):
        right = False
    if not right:
        probe.wrong(path, f"{value!r} is not a date like 2026-01-31")


PICKERS: dict[str, Check] = {
    "datepicker": _menu({"initial_date": _date}),
    "timepicker": _menu(
        {"initial_time": matching(r"([01]\d|2[0-3]):[0-5]\d", "a time like 09:30"), "timezone": string()}
    ),
    "datetimepicker": shape(
        optional={
            "action_id": ACTION_ID,
            "initial_date_time": integer(1_000_000_000, 9_999_999_999),
            "confirm": CONFIRM,
            "focus_on_load": focus,
        }
    ),
}
_TICKS: Fields = {"action_id": ACTION_ID, "confirm": CONFIRM, "focus_on_load": focus}
CHECKBOXES = shape(
    {"options": array(MARKED_OPTION, 10)}, {**_TICKS, "initial_options": array(_anything, 10)}, also=_initial
)
RADIO_BUTTONS = shape({"options": array(MARKED_OPTION, 10)}, {**_TICKS, **_ONE}, also=_initial)
OVERFLOW = shape({"options": array(option("plain_text", url=True), 5)}, {"action_id": ACTION_ID, "confirm": CONFIRM})

_FEEDBACK = shape({"text": plain(75), "value": string(2000, least=1)}, {"accessibility_label": string(75)})
FEEDBACK_BUTTONS = shape({"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, {"action_id": ACTION_ID})
ICON_BUTTON = shape(
    {"text": plain(75), "icon": string(least=1)},
    {
        "action_id": ACTION_ID,
        "value": string(2000),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
        "visible_to_user_ids": _IDS,
    },
)

ELEMENTS: dict[str, Check] = {
    "button": BUTTON,
    "checkboxes": CHECKBOXES,
    "image": IMAGE,
    "overflow": OVERFLOW,
    "radio_buttons": RADIO_BUTTONS,
    **SELECTS,
    **MULTI_SELECTS,
    **PICKERS,
    **INPUTS,
}
_TICKABLE = ("checkboxes", "radio_buttons")
ACCESSORY = one_of(
    ELEMENTS, ("button", "image", "overflow", *_TICKABLE, *SELECTS, *MULTI_SELECTS, "datepicker", "timepicker")
)
ACTION = one_of(ELEMENTS, ("button", "overflow", *_TICKABLE, *SELECTS, *PICKERS))
INPUT = one_of(ELEMENTS, (*_TICKABLE, *SELECTS, *MULTI_SELECTS, *PICKERS, *INPUTS))
CONTEXT_ACTION = one_of({"feedback_buttons": FEEDBACK_BUTTONS, "icon_button": ICON_BUTTON})
CONTEXT = one_of({"image": IMAGE, "plain_text": text(3000), "mrkdwn": text(3000)})
