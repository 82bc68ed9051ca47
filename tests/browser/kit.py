"""Messages with everything Block Kit has, a form, and words that would like to be markup."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, TypeVar

Json = dict[str, Any]
T = TypeVar("T")


def share(cases: Sequence[T], of: int) -> Sequence[T]:
    """Returns one case of so many, always the same ones; `make test-browser` tries them all."""
    return cases if "EVERY_LOOK" in os.environ else cases[::of]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(text: str, value: str, **more: Any) -> Json:
    return {"text": plain(text), "value": value, **more}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def words(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


OPTIONS = [option("One", "1"), option("Two", "2", description=plain("the second"))]
CONFIRM = {"title": plain("Are you sure?"), "text": mrkdwn("It *goes*."), "confirm": plain("Yes"), "deny": plain("No")}
SECTION = {"type": "rich_text_section", "elements": [words("an item")]}
PIXEL = "http://127.0.0.1:1/nothing.png"  # shown as its alternative text

MENUS = [
    {"type": "static_select", "action_id": "pick", "placeholder": plain("Pick one"), "options": OPTIONS},
    {"type": "external_select", "action_id": "e1", "placeholder": plain("Filter devices"), "min_query_length": 2},
    {"type": "users_select", "action_id": "e2", "initial_user": "U0OSCAR"},
    {"type": "conversations_select", "action_id": "e3"},
    {"type": "channels_select", "action_id": "e4", "initial_channel": "C0NOC"},
    {"type": "overflow", "action_id": "e5", "options": OPTIONS},
    {"type": "datepicker", "action_id": "e6", "initial_date": "2026-12-24"},
    {"type": "timepicker", "action_id": "e7", "initial_time": "09:30"},
    {"type": "datetimepicker", "action_id": "e8", "initial_date_time": 1_772_366_400},
    {"type": "checkboxes", "action_id": "e9", "options": OPTIONS, "initial_options": [OPTIONS[0]]},
    {"type": "radio_buttons", "action_id": "e10", "options": OPTIONS},
]
BUTTONS = [
    {"type": "button", "action_id": "b1", "text": plain("Plain :rocket:"), "value": "x"},
    {"type": "button", "action_id": "b2", "text": plain("Go"), "style": "primary"},
    {"type": "button", "action_id": "confirmed", "text": plain("Delete"), "style": "danger", "confirm": CONFIRM},
    {"type": "button", "action_id": "b4", "text": plain("Open"), "url": "https://example.net/"},
]
RICH = rich(
    {
        "type": "rich_text_section",
        "elements": [
            words("bold", bold=True),
            words(" and "),
            words("code", code=True),
            words(" italic", italic=True),
            words(" struck ", strike=True),
            {"type": "link", "url": "https://example.net/", "text": "a link"},
            words(" "),
            {"type": "user", "user_id": "U0ALICE"},
            {"type": "channel", "channel_id": "C0NOC"},
            {"type": "broadcast", "range": "here"},
            {"type": "usergroup", "usergroup_id": "S0NOC"},
            {"type": "emoji", "name": "tada"},
            {"type": "emoji", "name": "custom", "unicode": "1f680"},
            {"type": "date", "timestamp": 1_772_366_400, "format": "{date_short_pretty} {time}", "fallback": "then"},
            {"type": "color", "value": "#00aa66"},
        ],
    },
    {"type": "rich_text_list", "style": "bullet", "elements": [SECTION, SECTION]},
    {"type": "rich_text_list", "style": "ordered", "indent": 1, "offset": 3, "elements": [SECTION]},
    {"type": "rich_text_quote", "elements": [words("quoted")]},
    {"type": "rich_text_preformatted", "border": 0, "elements": [words("interface Gi0/1\n description <core> & more")]},
)
TABLE = {
    "type": "table",
    "column_settings": [{"align": "left"}, {"align": "right", "is_wrapped": True}],
    "rows": [
        [{"type": "raw_text", "text": "device"}, {"type": "raw_text", "text": "ms"}],
        [{"type": "raw_text", "text": "rtr-fra1-001"}, rich(SECTION)],
    ],
}
MARKDOWN = "# Title\n\nSome **bold**, *it*, ~~no~~, `code` and [a link](https://example.net).\n\n- a\n- b\n\n1. one\n2. two\n\n> said\n\n---\n\n```\ncode\n```\n"

HEAD = [{"type": "raw_text", "text": "device"}, {"type": "raw_text", "text": "ms"}]
DATA_TABLE = {
    "type": "data_table",
    "caption": "Answers of the routers",
    "rows": [
        HEAD,
        *(
            [{"type": "raw_text", "text": f"rtr-{n}"}, {"type": "raw_number", "value": 50 - n, "text": str(50 - n)}]
            for n in range(12)
        ),
    ],
}
LINES = "\n".join(f"interface Gi0/{n}" for n in range(20))
FOLD = {
    "type": "container",
    "title": plain("rtr-fra1-001, 20 lines"),
    "subtitle": mrkdwn("as of *today*"),
    "is_collapsible": True,
    "default_collapsed": True,
    "child_blocks": [
        rich({"type": "rich_text_preformatted", "elements": [words(LINES)]}),
        {"type": "actions", "elements": [{"type": "button", "action_id": "inside", "text": plain("Inside")}]},
    ],
}
BOX = {"type": "container", "title": plain("A box"), "has_header_divider": True, "child_blocks": [{"type": "divider"}]}
ALERTS = [
    {"type": "alert", "level": level, "text": mrkdwn(f"This is *{level}*.")}
    for level in ("default", "info", "warning", "error", "success")
]
STATUSES = ("pending", "in_progress", "complete", "error")
TASKS = [{"type": "task_card", "task_id": each, "title": f"Step {each}", "status": each} for each in STATUSES]
TASK = {
    **TASKS[2],
    "task_id": "alone",
    "details": rich(SECTION),
    "output": rich(SECTION),
    "sources": [{"type": "url", "url": "https://example.net/", "text": "a source"}],
}
CARD = {
    "type": "card",
    "title": mrkdwn("*rtr-fra1-001*"),
    "subtitle": mrkdwn("Frankfurt"),
    "body": mrkdwn("It answers."),
    "actions": [{"type": "button", "action_id": "card", "text": plain("Ping")}],
}
SIDES = {
    f"{side}_button": {"text": plain(text), "value": side} for side, text in (("positive", "Good"), ("negative", "Bad"))
}
FEEDBACK = {
    "type": "context_actions",
    "elements": [
        {"type": "feedback_buttons", "action_id": "feedback", **SIDES},
        {
            "type": "icon_button",
            "action_id": "trash",
            "icon": "trash",
            "text": plain("Delete"),
            "visible_to_user_ids": ["U0ALICE"],
        },
    ],
}
PLAN = "Backup of 4 devices: 1 of 4 devices failed: 1 reached, but the log-in was refused."
NEW: list[list[Json]] = [
    [DATA_TABLE],
    [*ALERTS, FOLD, BOX],
    [{**CARD, "actions": [{**CARD["actions"][0], "action_id": "alone"}]}, {"type": "carousel", "elements": [CARD, {"type": "card", "body": mrkdwn("Another one")}]}],
    [{"type": "plan", "title": PLAN, "tasks": TASKS}, TASK, FEEDBACK],
]  # fmt: skip
SHORTCUTS = [
    {"name": "WebNet command", "type": "global", "callback_id": "command", "description": "Runs a command"},
    {"name": "Search configs for this", "type": "message", "callback_id": "search", "description": "Looks for it"},
]
HOME: Json = {
    "type": "home",
    "blocks": [
        {"type": "header", "text": plain("Alice, admin")},
        {"type": "section", "text": mrkdwn("Nothing waits for you.")},
        {
            "type": "actions",
            "elements": [{"type": "button", "action_id": "home", "text": plain("Jobs"), "value": "jobs"}],
        },
    ],
}

GALLERY: list[list[Json]] = [
    [
        {"type": "header", "text": plain("A header :satellite:")},
        {
            "type": "section",
            "text": mrkdwn("*bold* _italic_ ~struck~ `code` <https://example.net|link> <@U0OSCAR> :zap:\n&gt; quoted"),
            "accessory": BUTTONS[0],
        },
        {"type": "section", "fields": [mrkdwn(f"*Field {n}*\nvalue") for n in range(10)]},
        {"type": "divider"},
        {
            "type": "context",
            "elements": [mrkdwn("small"), plain("print"), {"type": "image", "image_url": PIXEL, "alt_text": "dot"}],
        },
        {"type": "actions", "elements": BUTTONS[1:]},
    ],
    [{"type": "actions", "elements": MENUS}],
    [
        {
            "type": "section",
            "text": plain("Ticks"),
            "accessory": {"type": "multi_static_select", "action_id": "m1", "options": OPTIONS},
        }
    ],
    [RICH],
    [TABLE],
    [{"type": "markdown", "text": MARKDOWN}],
    [{"type": "image", "image_url": PIXEL, "alt_text": "a picture", "title": plain("Title")}],
    [
        {
            "type": "input",
            "label": plain("Why?"),
            "element": {"type": "plain_text_input", "action_id": "why", "multiline": True},
        }
    ],
    *NEW,
]
MODAL_BLOCKS = [{"type": "actions", "elements": [BUTTONS[2], MENUS[0]]}]


def field(name: str, label: str, element: Json, *, optional: bool = True) -> Json:
    whole = {**element, "action_id": name}
    return {"type": "input", "block_id": name, "label": plain(label), "element": whole, "optional": optional}


FORM: Json = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("A form"),
    "submit": plain("Save"),
    "close": plain("Leave"),
    "blocks": [
        {"type": "section", "text": mrkdwn("All *kinds* of inputs.")},
        field("name", "Name", {"type": "plain_text_input"}, optional=False),
        field("device", "Device", {**MENUS[1], "action_id": "device"}),
        field("ticks", "Ticks", {"type": "checkboxes", "options": [option("First", "1"), option("Second", "2")]}),
        field("radio", "Radio", {"type": "radio_buttons", "options": OPTIONS}),
        field("day", "Day", {"type": "datepicker"}),
        field("time", "Time", {"type": "timepicker"}),
        field("mail", "Mail", {"type": "email_text_input"}),
        field("url", "Address", {"type": "url_text_input"}),
        field("count", "Count", {"type": "number_input", "is_decimal_allowed": False, "min_value": "1"}),
        field("many", "Many", {"type": "multi_static_select", "options": OPTIONS}),
        field("who", "Who", {"type": "multi_users_select", "initial_users": ["U0BOB"]}),
        field("where", "Where", {"type": "multi_channels_select"}),
        field("talk", "Talk", {"type": "multi_conversations_select"}),
        field("seek", "Seek", {"type": "multi_external_select", "min_query_length": 1}),
        field(
            "choice",
            "Choice",
            {"type": "static_select", "option_groups": [{"label": plain("Numbers"), "options": OPTIONS}]},
        ),
        field("moment", "Moment", {"type": "datetimepicker"}),
        {
            **field("notes", "Notes", {"type": "plain_text_input", "multiline": True}),
            "hint": plain("Everybody sees it."),
        },
    ],
}

HOSTILE = [
    "<script>window.pwned = 1</script>",
    '<img src=x onerror="window.pwned=1">',
    "&lt;img src=x onerror=window.pwned=1&gt;",
    "<javascript:window.pwned=1|click me>",
    '<https://example.net/"onmouseover="window.pwned=1|x>',
    "```<script>window.pwned=1</script>```",
    "*_~`<@U0ALICE|<b>x</b>>`~_*",
    "\u202eevil\u2066 \u0000 \ufeff " + "a" * 100,
]
