"""What all acts of a member share: who acts, where, on which element, and how that is sent."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable

from lab.slack import payloads
from lab.slack.fields import FIELD
from lab.slack.inside import flat, own_elements
from lab.slack.interaction_sender import InteractionSender
from lab.slack.interactions import Interaction, Kind
from lab.slack.plain import text_of
from lab.slack.response_urls import ResponseUrls
from lab.slack.view import View
from lab.slack.views import Views
from lab.slack.world import Json, Member, Message, Team, World


class Acting:
    """`unseen` sends an act of somebody who does not see the message or view, as Slack never would; `team` sends it from
    another workspace as well. Safe from any thread."""

    world: World
    views: Views
    sender: InteractionSender
    response_urls: ResponseUrls
    host: str
    port: int
    _loop: asyncio.AbstractEventLoop | None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def _act(
        self,
        user: str,
        where: Message | View,
        wanted: str,
        kinds: tuple[str, ...],
        action_of: Callable[[Json], Json],
        *,
        unseen: bool = False,
        team: str | None = None,
    ) -> Interaction:
        with self.world.changed:
            there, member, channel = self._at(user, where, unseen=unseen, team=team)
            current = self._current(where, member.id, unseen=unseen)
            element, block_id = find_element(current.blocks, wanted, kinds)
            action = action_of(element) | {"block_id": block_id, "action_ts": self.world.new_ts()}
            if isinstance(current, View) and element["type"] in FIELD:
                held = {"type": element["type"], FIELD[element["type"]]: action.get(FIELD[element["type"]])}
                current.hold({block_id: {element["action_id"]: held}})
            payload = payloads.block_actions(there, member, current, action)
            interaction = self._interaction("interactive", there, member.id, channel, payload)
            if isinstance(current, Message):
                place = self.world.teams[current.team].channels[channel]
                payload["response_url"] = self.response_urls.issue(self.url, interaction, place, current)
            else:
                interaction.view_id = current.id
            return self._send(interaction, trigger=True)

    def _at(
        self, user: str, where: Message | View, *, unseen: bool = False, team: str | None = None
    ) -> tuple[Team, Member, str]:
        there = self.world.teams[team or where.team]
        member = there.member(user)
        channel = "" if isinstance(where, View) else where.channel
        if not unseen and isinstance(where, View) and (there.id, member.id) != (where.team, where.user):
            raise ValueError(f"{member.id} does not see the view {where.id}.")
        if not unseen and channel and member.id not in there.channels[channel].members:
            raise ValueError(f"{member.id} is not a member of {channel}.")
        return there, member, channel

    def _current(self, where: Message | View, user: str, *, unseen: bool = False) -> Message | View:
        """Returns the message as it is now: a snapshot may be old, but the click happens on the screen."""
        if isinstance(where, View):
            return where
        found = self.world.find(self.world.teams[where.team].channels[where.channel], where.ts)
        if unseen:
            return found or where
        if found is None or not found.seen_by(user):
            raise ValueError(f"{user} does not see the message {where.ts}.")
        return found

    def _interaction(self, kind: Kind, team: Team, user: str, channel: str, payload: Json) -> Interaction:
        return Interaction(self.world, kind, team.id, team.app.id, user, channel, payload, str(uuid.uuid4()))

    def _send(self, interaction: Interaction, *, trigger: bool = False, deliver: bool = True) -> Interaction:
        if trigger:
            interaction.payload["trigger_id"] = f"{self.world.serial()}.{interaction.team}.{self.world.token(12)}"
            self.views.trigger(interaction)
        interaction.sent = self.world.now()
        if interaction.kind != "events_api":
            self.world.causes.note(interaction)
        self.world.news("interaction", interaction)
        if deliver:
            self._soon(self.sender.deliver, interaction)
        return interaction

    def _soon(self, call: Callable[[Interaction], None], interaction: Interaction) -> None:
        if self._loop is None:
            raise RuntimeError("the lab is not started")
        self._loop.call_soon_threadsafe(call, interaction)


def find_element(blocks: list[Json], wanted: str, kinds: tuple[str, ...]) -> tuple[Json, str]:
    """Returns the element with this action_id or label, or in the block with this id, and the id of its block; the ValueError
    lists what there is instead."""
    seen = []
    for block in flat(blocks):
        for element in own_elements(block):
            label = text_of(element.get("text"))
            if wanted in (element["action_id"], label, block["block_id"]) and (not kinds or element["type"] in kinds):
                return element, block["block_id"]
            seen.append(label or element["action_id"])
    raise ValueError(f"There is no {kinds[0] if kinds else 'element'} {wanted!r} here, only {seen}.")
