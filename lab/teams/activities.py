"""What the emulated Teams posts to a bot, as Teams does: texts escaped once, a mention with its entity, ids of Teams' shapes."""

from __future__ import annotations

import html
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ACME = "7e7e7e7e-0000-4000-8000-000000000001"
GLOBEX = "7e7e7e7e-0000-4000-8000-000000000002"
ACME_APP = "0a0a0a0a-0000-4000-8000-000000000001"
GLOBEX_APP = "0a0a0a0a-0000-4000-8000-000000000002"
BOT_NAME = "WebNet Bot"
NOC = "19:noc0000000000000000000000000000@thread.tacv2"
ONCALL = "19:oncall00000000000000000000000@thread.v2"
TEAM = "19:team0000000000000000000000000000@thread.tacv2"


@dataclass(frozen=True)
class Member:
    """A user of a tenant: `id` is the Entra object id, the other ids follow from it."""

    id: str
    name: str
    tenant: str = ACME

    @property
    def chat_id(self) -> str:
        return f"29:1{self.id.replace('-', '')}"

    @property
    def personal(self) -> str:
        return f"a:1{self.id.replace('-', '')}"


VERA = Member("a11ce000-0000-4000-8000-000000000001", "Vera Viewer")
OSCAR = Member("a11ce000-0000-4000-8000-000000000002", "Oscar Operator")
ADA = Member("a11ce000-0000-4000-8000-000000000003", "Ada Admin")


@dataclass
class Activities:
    """Makes activities for the app of one tenant, each with an id of its own."""

    service_url: str
    tenant: str = ACME
    app_id: str = ACME_APP
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1_700_000_000_000))

    def message(
        self, member: Member, text: str, place: str = "", *, mention: bool = True, thread: str = ""
    ) -> dict[str, Any]:
        """Returns what comes when a member writes in a channel or a chat, or to the bot alone without a `place`. Text is typed text."""
        written = html.escape(text, quote=False).replace("  ", " &nbsp;")
        activity = self._activity("message", member, place, thread)
        if place and mention:
            at = f"<at>{BOT_NAME}</at>"
            activity["entities"] = [
                {"type": "mention", "text": at, "mentioned": {"id": f"28:{self.app_id}", "name": BOT_NAME}}
            ]
            written = f"{at}&nbsp;{written}"
        return {**activity, "text": written, "textFormat": "plain"}

    def invoke(self, member: Member, name: str, value: Mapping[str, Any], place: str = "") -> dict[str, Any]:
        return {**self._activity("invoke", member, place), "name": name, "value": value}

    def clicked(self, member: Member, data: Mapping[str, Any], place: str = "", below: str = "") -> dict[str, Any]:
        """Returns what comes when a member presses an Action.Execute that carries `data`."""
        action = {"type": "Action.Execute", "verb": "webnet", "data": data}
        made = self.invoke(member, "adaptiveCard/action", {"action": action, "trigger": "manual"}, place)
        return {**made, "replyToId": below} if below else made

    def opened(self, member: Member, data: Mapping[str, Any], place: str = "", below: str = "") -> dict[str, Any]:
        """Returns what comes when a member presses a button that opens a dialog, and carries `data`."""
        made = self.invoke(member, "task/fetch", {"data": data, "context": {"theme": "default"}}, place)
        return {**made, "replyToId": below} if below else made

    def sent(self, member: Member, data: Mapping[str, Any], place: str = "") -> dict[str, Any]:
        """Returns what comes when a member sends a dialog: what its button carries, and its fields by their ids."""
        return self.invoke(member, "task/submit", {"data": data, "context": {"theme": "default"}}, place)

    def searched(self, member: Member, dataset: str, typed: str, place: str = "") -> dict[str, Any]:
        """Returns what comes while a member types into a field whose options the bot knows."""
        value = {"queryText": typed, "queryOptions": {"skip": 0, "top": 15}, "dataset": dataset}
        return self.invoke(member, "application/search", value, place)

    def installed(self, member: Member, action: str, place: str = "") -> dict[str, Any]:
        return {**self._activity("installationUpdate", member, place), "action": action}

    def channel_changed(self, event: str, place: str, name: str = "") -> dict[str, Any]:
        activity = self._activity("conversationUpdate", VERA, place)
        activity["channelData"] |= {"eventType": event, "channel": {"id": place, "name": name}}
        return activity

    def members(self, key: str, *ids: str, place: str = NOC) -> dict[str, Any]:
        return {**self._activity("conversationUpdate", VERA, place), key: [{"id": each} for each in ids]}

    def _activity(self, kind: str, member: Member, place: str = "", thread: str = "") -> dict[str, Any]:
        number = next(self.numbers)
        channel = place.endswith("@thread.tacv2")
        data: dict[str, Any] = {"tenant": {"id": self.tenant}}
        if channel:
            data |= {"team": {"id": TEAM}, "channel": {"id": place, "name": "noc"}}
        message = f";messageid={thread or number}" if channel else ""
        return {
            "type": kind,
            "id": str(number),
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "from": {"id": member.chat_id, "name": member.name, "aadObjectId": member.id},
            "recipient": {"id": f"28:{self.app_id}", "name": BOT_NAME},
            "conversation": {
                "id": f"{place}{message}" if place else member.personal,
                "conversationType": "channel" if channel else "groupChat" if place else "personal",
                "tenantId": self.tenant,
                **({"isGroup": True} if place else {}),
            },
            "channelData": data,
        }
