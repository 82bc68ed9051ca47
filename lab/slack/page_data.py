"""Data of the page as JSON: messages, modals, what went over the wire, and what went wrong."""

from __future__ import annotations

from lab.slack.interactions import Interaction
from lab.slack.traffic import Call, Refused
from lab.slack.view import View
from lab.slack.views import Views
from lab.slack.world import Channel, Json, Member, Message, Team

BOT_NAME = "WebNet Bot"


def member(who: Member) -> Json:
    return {"id": who.id, "name": who.name, "real_name": who.real_name, "title": who.title}


def team(where: Team) -> Json:
    return {"id": where.id, "name": where.name, "bot": {"id": where.bot_user_id, "real_name": BOT_NAME}}


def channel(where: Channel) -> Json:
    return {"id": where.id, "name": where.name, "kind": where.kind, "bot_member": where.bot_member}


def message(what: Message) -> Json:
    if what.deleted:
        return {"channel": what.channel, "ts": what.ts, "thread_ts": what.thread_ts, "deleted": True}
    return {
        "channel": what.channel,
        "ts": what.ts,
        "thread_ts": what.thread_ts,
        "author": what.author,
        "text": what.text,
        "blocks": what.blocks,
        "ephemeral": what.ephemeral_to is not None,
        "edited": what.edited,
        "via": what.via,
    }


def views(of: Views, team_id: str, user: str) -> list[Json]:
    """Returns the modals that this member has open, the topmost last."""
    return [_view(each) for each in of.stack(team_id, user)]


def home(of: Views, team_id: str, user: str) -> Json | None:
    """Returns what the app has published to this member's home tab."""
    published = of.homes.get((team_id, user))
    return _view(published) if published else None


def _view(what: View) -> Json:
    shown = {"id": what.id, "hash": what.hash, "view": what.content, "errors": what.errors}
    return shown | {"state": what.state}


# --- what went wrong, shown where it would have appeared


def refused(what: Refused, ts: str) -> Json:
    details = {"via": what.via, "code": what.code, "problems": what.problems, "payload": what.message}
    return {"what": "refused", "ts": ts, "channel": what.channel, "ephemeral": what.reader is not None, **details}


def failure(what: Interaction, ts: str) -> Json:
    """A command or click that failed before the member's eyes; for a click Slack shows it beside the message."""
    return {
        "what": "failure",
        "ts": ts,
        "channel": what.channel or None,
        "command": what.kind == "slash_commands",
        "words": _words(what),
        "error": what.error,
    }


# --- what went over the wire


def interaction(what: Interaction) -> Json:
    return {
        "what": "interaction",
        "kind": what.kind,
        "at": what.sent,
        "team": what.team,
        "user": what.user,
        "channel": what.channel,
        "words": _words(what),
        "acked_ms": what.acked_ms,
        "late_ms": what.late_ms,
        "error": what.error,
        "attempts": what.attempts,
    }


def _words(what: Interaction) -> str:
    """Describes in one line what was typed, pressed or submitted."""
    payload = what.payload
    if what.kind == "slash_commands":
        return f"{payload['command']} {payload['text']}".strip()
    if what.kind == "events_api":
        return str(payload.get("event", {}).get("type", ""))
    for action in payload.get("actions", []):
        label = (action.get("text") or {}).get("text") or action["action_id"]
        return f"{label}: {action['value']}" if action.get("value") else str(label)
    return " ".join(str(payload[key]) for key in ("type", "callback_id", "value") if payload.get(key))


def interaction_detail(what: Interaction) -> Json:
    envelope = {"envelope_id": what.envelope_id, "type": what.kind, "payload": what.payload}
    return {"envelope": envelope, "ack": what.ack_payload}


def call(what: Call) -> Json:
    answered = what.answer if isinstance(what.answer, dict) else {}
    went_well = what.status == 200 and answered.get("ok", True)
    return {
        "what": "call",
        "kind": what.method,
        "at": what.at,
        "team": what.team,
        "channel": str(what.args.get("channel") or ""),
        "words": str(what.args.get("text") or ""),
        "status": what.status,
        "error": None if went_well else str(answered.get("error") or what.answer),
    }


def call_detail(what: Call) -> Json:
    return {"arguments": what.args, "answer": what.answer}


def summary(entry: Json) -> Json:
    return {key: value for key, value in entry.items() if key != "detail"}
