"""Shows a config that changed, and what WebNet's alert says about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.core.arguments import write_for_alert
from bot.core.events import Event
from bot.core.message import Bold, Button, Buttons, Code, Line, Message, Mono, Note, Part, Text, When, line_text
from bot.core.notice_kinds import DRIFT
from bot.core.notices import Notice, Words
from bot.core.text import count
from handlers import _deploy_card, _folds, _snooze, _views


def view(event: Event, _: Words) -> Message:
    values = event.data
    lines: list[Line] = [("⚠️ ", *_sentence(event))]
    if deploy := values.get("deploy"):
        lines.append((f"It changed by deploy #{deploy['id']} of the bot, approved by {deploy['approver']}.",))
    if alert := values["alert"]:
        lines.append(("🚨 ", Bold(f"Drift alert #{alert['id']}"), f" ({_severity(event)}): {alert['message']}"))
    parts: list[Part] = [Text(tuple(lines))]
    if values["lines"]:
        parts += _folds.folded("What changed", [Code("\n".join(values["lines"]))])
    parts.append(
        Note((f"Snapshot #{values['before']} → #{values['snapshot']}, ", When(event.happened_at), *_beside(event)))
    )
    parts.append(Buttons(tuple(_buttons(event))))
    return Message(summary=line_text(_sentence(event)), parts=tuple(parts))


def line(event: Event) -> Line:
    """Begins with the alert's number, since a digest of many lines cuts each of them."""
    alert = event.data["alert"]
    return (f"Alert #{alert['id']} ({_severity(event)}): ", *_sentence(event)) if alert else _sentence(event)


def group(event: Event) -> str:
    return "Drift alert" if event.data["alert"] else "Config changed"


def _sentence(event: Event) -> Line:
    values = event.data
    changed = values["added"] + values["removed"]
    amount = f"+{values['added']:,} −{values['removed']:,} lines"
    if not changed and values.get("left_out"):
        return ("Only volatile lines of the config of ", Mono(values["hostname"]), " differ")
    if not changed:
        return ("The config of ", Mono(values["hostname"]), " changed, but in no line that can be shown")
    return ("The config of ", Mono(values["hostname"]), f" changed: {amount} ({values['magnitude'].lower()})")


def _beside(event: Event) -> Iterator[str]:
    """What is not counted; a notice that was made by an older bot does not say it."""
    if left_out := event.data.get("left_out", 0):
        yield f" · {count(left_out, 'volatile line')} left out"
    if salted := event.data.get("salted", 0):
        yield f" · {count(salted, 'secret')} {'was' if salted == 1 else 'were'} salted again and may have changed"


def _severity(event: Event) -> str:
    return event.data["alert"]["severity"] or "no severity"


def _buttons(event: Event) -> Iterator[Button]:
    values = event.data
    yield Button("Show diff", command=_views.diff_of(values["device"], values["before"], values["snapshot"]))
    if deploy := values.get("deploy"):
        yield _deploy_card.button(deploy["id"])
    alert = event.data["alert"]
    if alert and alert["open"]:
        yield Button("Acknowledge", command=write_for_alert("ack", alert["id"]))
        yield Button("Resolve", command=write_for_alert("resolve", alert["id"]), form=True)
    yield _snooze.button(event)


def sample(now: datetime) -> Event:
    values = {
        "device": 1,
        "hostname": "rtr-fra1-001",
        "before": 41,
        "snapshot": 59,
        "added": 1,
        "removed": 1,
        "magnitude": "Minor changes",
        "lines": ["@@ interface Gi0/1", "  interface Gi0/1", "-  mtu 1500", "+  mtu 9000", "   no shutdown"],
        "alert": {"id": 3, "severity": "warning", "open": True, "message": "Configuration drift detected"},
        "deploy": None,
    }
    return Event("sample:drift", "drift", DRIFT.flag, 0, now, values)


NOTICE = Notice("drift", view, line, group, sample, fault=lambda _: True)
