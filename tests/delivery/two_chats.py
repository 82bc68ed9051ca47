"""Slack and Teams as one chat, of the parts that the bot itself is made of, but for what it receives."""

from __future__ import annotations

from bot.app.chats import Chats
from bot.app.part import ChatClient, Common
from bot.app.teams_part import TeamsClient
from bot.core.metrics import Metrics
from bot.delivery.worker import SENDERS
from bot.ids.chats import SLACK
from bot.redaction.redactor import Redactor
from bot.settings.table import Settings, Teams
from bot.slack.chat import SlackChat
from bot.slack.errors import remedy
from bot.slack.web_api import WebApi
from bot.slack.workspace_cache import WorkspaceCache
from store.database import Store


class SlackSender(ChatClient):
    """Posts as `SlackClient` does, and imports nothing of what that receives with."""

    def __init__(self, store: Store, api_url: str) -> None:
        self.kind, self.name, self.prompt, self.remedy = SLACK, "Slack", "/webnet", remedy
        self.workspaces = WorkspaceCache(store.workspaces, "")
        self.workspaces.refresh()
        self.chat = SlackChat(WebApi(api_url, connections=SENDERS), self.workspaces.bot_token)


def chats(store: Store, metrics: Metrics, slack_url: str, teams_url: str) -> Chats:
    teams = Teams(enabled=True, login_url=f"{teams_url}/login", service_hosts=(teams_url,))
    client = TeamsClient(Common(Settings(teams=teams), store, Redactor(), metrics, "here", lambda _: None))
    client.start()
    return Chats([SlackSender(store, slack_url), client])
