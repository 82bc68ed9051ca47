"""What every payload of Slack's looks like, and whose it is. Bolt takes it for granted, so what looks otherwise must not reach
it: whoever holds one workspace's signing secret can send anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DEEPEST = 60  # levels; Slack's deepest payload, rich text in a view, has about 15

_TEXTS = (
    *("type", "team_id", "enterprise_id", "user_id", "channel_id", "trigger_id", "response_url", "command", "ts"),
    *("message_ts", "thread_ts", "action_id", "block_id", "callback_id", "app_installed_team_id", "private_metadata"),
    *("event_id", "user_team", "bot_id", "api_app_id"),
)
_OBJECTS = (
    *("event", "container", "message", "previous_message", "view", "item", "assistant_thread", "function_data"),
    *("state", "metadata"),
)
_NAMED = ("team", "user", "channel", "enterprise")  # in some payloads an object with an id, in others the id alone
_LISTS = ("authorizations", "actions", "blocks", "elements", "response_urls")  # of objects
_SHAPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(_TEXTS, str),
    **dict.fromkeys(_OBJECTS, dict),
    **dict.fromkeys(_NAMED, (dict, str)),
    **dict.fromkeys(_LISTS, list),
    "is_enterprise_install": (bool, str),
}
_OTHERS = frozenset({"state", "metadata"})  # hold names of the app's own choice


def fits(payload: Mapping[str, Any]) -> bool:
    """Returns whether what Bolt and the bot read of a payload has the right types; a field may always be missing or null."""
    if payload.get("type") == "block_actions" and not _clicked(payload.get("actions")):
        return False
    if not all(_typed(payload[name]) for name in ("event", "view") if name in payload):
        return False
    left: list[tuple[Any, int, bool]] = [(payload, 0, True)]
    while left:
        node, depth, known = left.pop()
        if depth > DEEPEST:
            return False
        if not isinstance(node, dict):
            left += [(value, depth + 1, known) for value in node if isinstance(value, (dict, list))]
            continue
        if known and not all(_right(name, value) for name, value in node.items() if name in _SHAPES):
            return False
        for name, value in node.items():
            if isinstance(value, (dict, list)):
                left.append((value, depth + 1, known and name in _SHAPES and name not in _OTHERS))
    return True


def team_of(interaction: Mapping[str, Any]) -> str:
    """Returns the id of the workspace that a click or a form comes from, empty if none is named. An app that is installed for
    a whole organization is given no team; the user's own is the one then, and only then."""
    team, user = interaction.get("team"), interaction.get("user")
    found = team.get("id") if isinstance(team, dict) else None
    if team is None and isinstance(user, dict) and _org_wide(interaction):
        found = user.get("team_id")
    return found if isinstance(found, str) else ""


def of_guest(interaction: Mapping[str, Any]) -> bool:
    """Whether who clicked belongs to another workspace, such as in a channel that is shared with another company. The users of
    an organization (Enterprise Grid) have one id in all of its workspaces, and are no guests there."""
    return of_other_workspace(interaction) and not interaction.get("enterprise") and not _org_wide(interaction)


def of_other_workspace(interaction: Mapping[str, Any]) -> bool:
    """Whether who clicked is at home in another workspace: one of the same organization, or of another company. Slack names an
    organization alike for both where the place belongs to one."""
    user = interaction.get("user")
    own = user.get("team_id") if isinstance(user, dict) else None
    return bool(own) and own != team_of(interaction)


def word(body: object, *names: str) -> str:
    """Returns the first of these fields that is a string, else an empty text."""
    fields = body if isinstance(body, Mapping) else {}
    return next((value for name in names if isinstance(value := fields.get(name), str)), "")


def _org_wide(interaction: Mapping[str, Any]) -> bool:
    return interaction.get("is_enterprise_install") in (True, "true")


def _typed(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str)


def _right(name: str, value: Any) -> bool:
    if value is None:
        return name not in _LISTS
    if name in _LISTS:
        return _objects(value)
    if name in _NAMED and isinstance(value, dict):
        return isinstance(value.get("id"), (str, type(None)))
    return isinstance(value, _SHAPES[name])


def _clicked(actions: Any) -> bool:
    return _objects(actions) and bool(actions) and isinstance(actions[0].get("action_id"), str)


def _objects(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, dict) for value in values)
