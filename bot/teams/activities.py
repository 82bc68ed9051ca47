"""Reads what Teams sends, an activity, into what the bot needs of it. Pure.

The token with an activity says nothing of its body (see `tokens`), so that `disagrees` holds it against the workspace whose app the token
is for. Whatever is odd about the rest reads as an empty text: an activity never fails the request that brings it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from bot.core.text import clean
from bot.ids.teams import USER
from bot.teams.hosts import is_service_url
from bot.teams.tokens import CHANNEL, Sender

# What happened to the app or to a place, in one word: Teams says it in two kinds of activities and some ten words. Where the app was
# removed in a channel it was so in its whole team; a channel is deleted alone.
Change = Literal["", "added", "removed", "renamed", "deleted"]

MAX_ID = 300  # characters; longer ids are not Teams'
MAX_NAME = 200
MAX_TEXT = 28_000  # Teams takes no more of a user
_EVENTS: Mapping[str, Change] = {
    "channelCreated": "added",
    "channelRestored": "added",
    "channelRenamed": "renamed",
    "channelDeleted": "deleted",
    "teamDeleted": "removed",
    "teamHardDeleted": "removed",
}
_ACTIONS: Mapping[str, Change] = {"add": "added", "add-upgrade": "added", "remove": "removed", "remove-upgrade": ""}
_ENTITIES = {"nbsp": " ", "lt": "<", "gt": ">", "amp": "&", "quot": '"', "#39": "'", "#160": " "}
_ENTITY = re.compile(f"&({'|'.join(_ENTITIES)});")
_AT = re.compile(r"<at(?:\s[^<>]*)?>(.*?)</at>", re.DOTALL | re.IGNORECASE)
IN_THREAD = ";messageid="


class Malformed(ValueError):
    """The body is no JSON object."""


@dataclass(frozen=True, slots=True)
class Activity:
    """`place` is the id of the channel, the chat or the personal conversation, and `thread` that of the message in a channel below which
    it was written. `user` is the Entra object id of who sent it. `text` is what was typed to the bot, without its mention; `addressed`
    says whether it was to the bot at all. `below` is the id of the message that holds a button that was pressed. `value` is what an invoke carries. `foreign`: its sender belongs to another tenant."""

    type: str
    name: str
    id: str
    channel_id: str
    tenant: str
    service_url: str
    conversation: str
    kind: str
    place: str
    thread: str
    place_name: str
    team: str
    user: str
    user_name: str
    foreign: bool
    recipient: str
    below: str
    addressed: bool
    change: Change
    text: str = field(repr=False)
    value: Mapping[str, Any] = field(repr=False)

    @property
    def direct(self) -> bool:
        """Says whether nobody else reads along."""
        return self.kind == "personal"

    @property
    def key(self) -> str:
        """Names the activity, which Teams may send again."""
        return f"activity:{self.conversation}:{self.id}" if self.id else ""


def read(raw: bytes) -> Activity:
    """Raises Malformed."""
    try:
        body = json.loads(raw.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Malformed from None
    if not isinstance(body, dict):
        raise Malformed
    conversation = _id(body, "conversation", "id")
    place, _, message = conversation.partition(IN_THREAD)
    kind, recipient = _id(body, "conversation", "conversationType"), _id(body, "recipient", "id")
    addressed, text = _typed(body, kind, recipient)
    tenant, own = _tenant(body), _id(body, "from", "tenantId").lower()
    value = body.get("value")
    return Activity(
        type=_id(body, "type"),
        name=_id(body, "name"),
        id=_id(body, "id"),
        channel_id=_id(body, "channelId"),
        tenant=tenant,
        service_url=_text(body, "serviceUrl")[:MAX_TEXT],
        conversation=conversation,
        kind=kind,
        place=_id(body, "channelData", "channel", "id") or place,
        thread=message,
        place_name=_name(body, "channelData", "channel", "name") or _name(body, "conversation", "name"),
        team=_id(body, "channelData", "team", "id"),
        user=_user(body),
        user_name=_name(body, "from", "name"),
        foreign=bool(own) and own != tenant,
        recipient=recipient,
        below=_id(body, "replyToId"),
        addressed=addressed,
        change=_change(body, recipient),
        text=text,
        value=value if isinstance(value, dict) else {},
    )


def disagrees(activity: Activity, sender: Sender, app_id: str, origins: Collection[str]) -> str:
    """Says why the body is not of the one whom the token names, empty if it is. `app_id` is that of the workspace of the activity's tenant,
    empty if there is none; `origins` are those that may be called."""
    if activity.channel_id != CHANNEL:
        return "it is not of the channel msteams"
    if not app_id:
        return "its tenant is that of no enabled workspace"
    if app_id != sender.app_id:
        return "its token is for the app of another workspace"
    if activity.service_url != sender.service_url:
        return "its serviceUrl is not the one that its token names"
    return (
        "" if is_service_url(activity.service_url, origins) else "its serviceUrl is of no host of teams.service_hosts"
    )


def inbound(text: str) -> str:
    """Returns a text as it was typed. Teams escapes it once, and writes a space that does not break for many a space."""
    return clean(_ENTITY.sub(lambda found: _ENTITIES[found[1]], text)).replace("\u00a0", " ").strip()


def _typed(body: Mapping[str, Any], kind: str, recipient: str) -> tuple[bool, str]:
    """Returns whether the text is for the bot, and the text without the bot's mention. Of other mentions the name stays. What the bot is
    called in the text says one of the entities, so that nobody else of that name is taken for it."""
    text = _text(body, "text")[:MAX_TEXT]
    entities = body.get("entities")
    own = [
        _text(each, "text")
        for each in (entities if isinstance(entities, list) else ())
        if _id(each, "type") == "mention" and recipient and _id(each, "mentioned", "id") == recipient
    ]
    named = [words for words in own if words and words in text]
    for words in named[:1]:  # a second mention of it may be meant, such as in a note
        text = text.replace(words, " ", 1)
    return kind == "personal" or bool(named), inbound(_AT.sub(lambda found: found[1], text))


def _change(body: Mapping[str, Any], recipient: str) -> Change:
    kind = _id(body, "type")
    if kind == "installationUpdate":
        return _ACTIONS.get(_id(body, "action"), "")
    if kind != "conversationUpdate":
        return ""
    for key, change in (("membersRemoved", "removed"), ("membersAdded", "added")):
        members = body.get(key)
        if recipient and any(_id(each, "id") == recipient for each in (members if isinstance(members, list) else ())):
            return "removed" if change == "removed" else "added"
    return _EVENTS.get(_id(body, "channelData", "eventType"), "")


def _tenant(body: Mapping[str, Any]) -> str:
    """Returns the tenant, which stands in two places of most activities; empty where they differ."""
    found = {_id(body, "channelData", "tenant", "id").lower(), _id(body, "conversation", "tenantId").lower()} - {""}
    return found.pop() if len(found) == 1 else ""


def _user(body: Mapping[str, Any]) -> str:
    user = _id(body, "from", "aadObjectId").lower()
    return user if re.fullmatch(USER, user) else ""


def _id(body: object, *path: str) -> str:
    """Returns the text at the end of the path, "" for one that is no id of Teams'."""
    found = _text(body, *path)
    return found if len(found) <= MAX_ID and clean(found) == found and "\n" not in found else ""


def _name(body: object, *path: str) -> str:
    return clean(_text(body, *path)[:MAX_NAME]).replace("\n", " ").strip()


def _text(body: object, *path: str) -> str:
    for key in path:
        body = body.get(key) if isinstance(body, Mapping) else None
    return body if isinstance(body, str) else ""


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
