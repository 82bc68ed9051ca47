"""The payloads Slack sends an app, field for field."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

from lab.slack.view import View
from lab.slack.world import Channel, Json, Member, Message, Team

VERIFICATION_TOKEN = "lab-verification-token"
_URL = re.compile(r"\bhttps?://[^\s<>|&]+")
_NAME = re.compile(r"(?<![\w/@.])(?:[a-zA-Z0-9-]+\.)+[a-zA-Z]{2,}(?![\w.-])")


def typed(text: str, team: Team, *, links: bool) -> str:
    """Returns typed text as Slack sends it: `&`, `<`, `>` escaped and, with `links`, names and addresses in `<…>` forms."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if not links:
        return escaped
    for member in team.members.values():
        escaped = re.sub(rf"(?<!\S)@{member.name}\b", f"<@{member.id}|{member.name}>", escaped)
    for channel in team.channels.values():
        if channel.kind == "public":
            escaped = re.sub(rf"(?<!\S)#{channel.name}(?![\w-])", f"<#{channel.id}|{channel.name}>", escaped)
    return " ".join(_linked(word) for word in escaped.split(" "))


def _linked(word: str) -> str:
    if word.startswith("<"):
        return word
    if _URL.search(word):
        return _URL.sub(lambda m: f"<{m[0]}>", word)
    return _NAME.sub(lambda m: f"<http://{m[0]}|{m[0]}>", word)


def command(team: Team, member: Member, channel: Channel, command: str, text: str) -> Json:
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel.spoken_name,
        "user_id": member.id,
        "user_name": member.name,
        "command": command,
        "text": text,
        "api_app_id": team.app.id,
        "is_enterprise_install": "true" if team.enterprise else "false",
    } | ({"enterprise_id": team.enterprise, "enterprise_name": "Lab"} if team.enterprise else {})


def _interactive(kind: str, team: Team, member: Member) -> Json:
    return {
        "type": kind,
        "token": VERIFICATION_TOKEN,
        "team": None if team.enterprise else {"id": team.id, "domain": team.domain},
        "user": {"id": member.id, "username": member.name, "name": member.name, "team_id": member.home or team.id},
        "api_app_id": team.app.id,
        "enterprise": {"id": team.enterprise, "name": "Lab"} if team.enterprise else None,
        "is_enterprise_install": bool(team.enterprise),
    }


def block_actions(team: Team, member: Member, where: Message | View, action: Json) -> Json:
    payload = _interactive("block_actions", team, member) | _container(team, where) | {"actions": [action]}
    if isinstance(where, Message):
        payload["state"] = {"values": {}}
    return payload


def block_suggestion(team: Team, member: Member, where: Message | View, action: Json, value: str) -> Json:
    asked = {"action_id": action["action_id"], "block_id": action["block_id"], "value": value}
    return _interactive("block_suggestion", team, member) | _container(team, where) | asked


def _container(team: Team, where: Message | View) -> Json:
    if isinstance(where, View):
        container = {"type": "view", "view_id": where.id}
        return {"container": container, "view": where.payload(team.app.id, team.bot_id)}
    ephemeral = where.ephemeral_to is not None
    channel = team.channels.get(where.channel)
    found: Json = {"channel": {"id": where.channel, "name": channel.spoken_name if channel else "privategroup"}}
    found["container"] = {
        "type": "message",
        "message_ts": where.ts,
        "channel_id": where.channel,
        "is_ephemeral": ephemeral,
    }
    if where.thread_ts:
        found["container"]["thread_ts"] = where.thread_ts
    if not ephemeral:
        found["message"] = where.payload(team.bot_id, team.app.id)
    return found


def view_event(kind: str, team: Team, member: Member, view: View, *, cleared: bool) -> Json:
    """`kind` is view_submission or view_closed; `cleared` says that all modals that were open were closed at once."""
    payload = _interactive(kind, team, member) | {"view": view.payload(team.app.id, team.bot_id)}
    more: Json = {"response_urls": []} if kind == "view_submission" else {"is_cleared": cleared}
    return payload | more


def shortcut(team: Team, member: Member, callback_id: str, at: str) -> Json:
    """A shortcut that is used anywhere; it names no channel."""
    return _interactive("shortcut", team, member) | {"callback_id": callback_id, "action_ts": at}


def message_shortcut(team: Team, member: Member, callback_id: str, at: str, message: Message) -> Json:
    channel = team.channels[message.channel]
    return _interactive("message_action", team, member) | {
        "callback_id": callback_id,
        "action_ts": at,
        "channel": {"id": channel.id, "name": channel.spoken_name},
        "message_ts": message.ts,
        "message": message.payload(team.bot_id, team.app.id),
    }


def event(team: Team, event_id: str, at: float, inner: Json) -> Json:
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": team.id,
        "api_app_id": team.app.id,
        "event": inner,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(at),
        "authorizations": [
            {
                "enterprise_id": team.enterprise or None,
                "team_id": team.id,
                "user_id": team.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": bool(team.enterprise),
            }
        ],
        "is_ext_shared_channel": False,
    }


def form_body(kind: str, payload: Json) -> bytes:
    """Encodes a payload for HTTP: a command is a form; an interaction is a form with one field, `payload`."""
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(fields).encode()
