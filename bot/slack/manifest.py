"""The Slack app manifest: what to paste at "Create New App", "From a manifest"."""

from __future__ import annotations

from bot.slack.shortcuts import SHORTCUTS

SCOPES = ("chat:write", "chat:write.public", "commands")
EVENTS = ("app_uninstalled", "tokens_revoked")
OPENED = "app_home_opened"
PATH = "/api/v1/chatops/slack"
ABOUT = {
    "name": "WebNet Bot",
    "description": "Run network automation from Slack",
    "background_color": "#1f4b6e",
}


def manifest(command: str, http_url: str = "", *, files: bool = False) -> dict[str, object]:
    """Makes the manifest of an app that uses Socket Mode, or the three URLs under `http_url`, the public address of the HTTP adapter.
    With `files` it may send files, for *All as CSV*."""
    base = http_url.rstrip("/") + PATH
    slash: dict[str, object] = {
        "command": command,
        "description": "Run network automation commands",
        "usage_hint": "help | status <device> | search <text> | ping <device> | backup <device> | jobs",
        "should_escape": False,
    }
    events: dict[str, object] = {"bot_events": [*EVENTS, OPENED]}
    interactivity: dict[str, object] = {"is_enabled": True}
    if http_url:
        slash["url"] = f"{base}/commands"
        events["request_url"] = f"{base}/events"
        interactivity["request_url"] = interactivity["message_menu_options_url"] = f"{base}/interactions"
    return {
        "display_information": ABOUT,
        "features": {
            # The bot does not read what is written to it: the tab of its direct messages has no field to type in.
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "WebNet Bot", "always_online": True},
            "slash_commands": [slash],
            "shortcuts": [shortcut.manifest for shortcut in SHORTCUTS],
        },
        "oauth_config": {"scopes": {"bot": [*SCOPES, *(["files:write"] if files else [])]}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": not http_url,
            "token_rotation_enabled": False,
        },
    }
