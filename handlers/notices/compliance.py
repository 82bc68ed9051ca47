"""Shows that a device violates a policy or keeps it again, and how many devices still violate one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.core.arguments import write_for_device
from bot.core.events import Event
from bot.core.message import Bold, Button, Buttons, Line, Message, Mono, Note, Part, Text, When, line_text
from bot.core.notice_kinds import COMPLIANCE
from bot.core.notices import Notice, Words
from bot.core.text import and_more, count
from handlers import _snooze

GROUPS = {"violated": "Policy violated", "kept": "Policy kept again", "repeated": "Policy still violated"}
SIGNS = {"violated": "❌", "kept": "✅", "repeated": "⚠️"}


def view(event: Event, words: Words) -> Message:
    sentence = _sentence(event)
    parts: list[Part] = [Text(((f"{SIGNS[event.data['change']]} ", *sentence), *_rules(event)))]
    parts.append(Note(("Found ", When(event.happened_at))))
    if buttons := tuple(_buttons(event, words)):
        parts.append(Buttons(buttons))
    return Message(summary=line_text(sentence), parts=tuple(parts))


def line(event: Event) -> Line:
    return _sentence(event)


def group(event: Event) -> str:
    return GROUPS[event.data["change"]]


def _sentence(event: Event) -> Line:
    values = event.data
    match values["change"]:
        case "violated":
            return (Mono(values["hostname"]), " violates ", Bold(values["policy"]))
        case "kept":
            return (Mono(values["hostname"]), " keeps ", Bold(values["policy"]), " again")
        case _:
            many = values["devices"] != 1
            return (f"{count(values['devices'], 'device')} still violate{'' if many else 's'} ", Bold(values["policy"]))


def _rules(event: Event) -> Iterator[Line]:
    if event.data["change"] != "violated":
        return
    rules = event.data["rules"]
    for rule in rules:
        yield ("• ", rule)
    if (more := event.data["violations"] - len(rules)) > 0:
        yield (and_more(more, "rule"),)


def _buttons(event: Event, words: Words) -> Iterator[Button]:
    if (check := event.data["check"]) is not None:
        yield Button(f"Open job #{check}", url=words.job_page(check))
    if event.data["change"] == "violated":
        yield Button("Show config", command=write_for_device("config", event.data["device"]))
    if event.data["change"] != "kept":
        yield _snooze.button(event)


def sample(now: datetime) -> Event:
    values = {
        "change": "violated",
        "policy": "vty-ssh-only",
        "device": 1,
        "hostname": "rtr-fra1-001",
        "check": 92,
        "rules": ["vty-transport"],
        "violations": 1,
    }
    return Event("sample:compliance", "compliance", COMPLIANCE.flag, 0, now, values)


def fault(event: Event) -> bool:
    return bool(event.data.get("change") != "kept")


NOTICE = Notice("compliance", view, line, group, sample, fault=fault)
