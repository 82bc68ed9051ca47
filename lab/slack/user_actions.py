"""Acts as a member: types, clicks, chooses, fills a modal in. `SlackLab` builds on it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable

from lab.slack import payloads
from lab.slack.interaction_sender import InteractionSender
from lab.slack.interactions import Interaction, Kind
from lab.slack.plain import text_of
from lab.slack.response_urls import ResponseUrls
from lab.slack.views import View, Views
from lab.slack.world import Json, Member, Message, Team, World, interactive_elements

EXTERNAL = ("external_select", "multi_external_select")
CHOSEN = {
    "static_select": ("selected_option",),
    "external_select": ("selected_option",),
    "users_select": ("selected_user",),
    "conversations_select": ("selected_conversation",),
    "channels_select": ("selected_channel",),
    "multi_static_select": ("selected_options",),
    "multi_external_select": ("selected_options",),
    "multi_users_select": ("selected_users",),
    "multi_conversations_select": ("selected_conversations",),
    "multi_channels_select": ("selected_channels",),
    "overflow": ("selected_option",),
    "radio_buttons": ("selected_option",),
    "checkboxes": ("selected_options",),
    "datepicker": ("selected_date",),
    "timepicker": ("selected_time",),
    "datetimepicker": ("selected_date_time",),
    "plain_text_input": ("value",),
    "email_text_input": ("value",),
    "url_text_input": ("value",),
    "number_input": ("value",),
}


class UserActions:
    """Every method returns at once; the interaction shows its effects. Safe from any thread."""

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

    def say(
        self,
        user: str,
        text: str,
        channel: str = "C0NOC",
        team: str | None = None,
        *,
        links: bool = False,
        send: bool = True,
    ) -> Interaction:
        """Types a whole line such as `/webnet status rtr1`, as a member (id or name) in a channel.

        `links` is the command's setting "escape channels, users, and links": names and addresses arrive as `<…>` forms.
        `send` false only prepares the interaction, for `signed`.
        """
        with self.world.changed:
            where, member, place = self.world.place(user, channel, team)
            if not text.startswith("/"):
                raise ValueError(f"Type a command that starts with a slash, such as /webnet help, not {text!r}.")
            command, _, rest = text.partition(" ")
            payload = payloads.command(where, member, place, command, payloads.typed(rest.strip(), where, links=links))
            interaction = self._interaction("slash_commands", where, member.id, place.id, payload)
            payload["response_url"] = self.response_urls.issue(self.url, interaction, place)
            return self._send(interaction, trigger=True, deliver=send)

    def click(self, user: str, where: Message | View, button: str) -> Interaction:
        """Clicks the button with this label or action_id, which the message as it is now must hold."""

        def pressed(element: Json) -> Json:
            return {k: element[k] for k in ("action_id", "text", "value", "style", "url", "type") if k in element}

        return self._act(user, where, button, ("button",), pressed)

    def choose(self, user: str, where: Message | View, action_id: str, option: str) -> Interaction:
        """Chooses in a menu, by the option's label or value; external menus accept any `value`."""

        def picked(element: Json) -> Json:
            chosen = find_option(element, option)
            many = element["type"].startswith("multi_") or element["type"] == "checkboxes"
            what: Json = {"selected_options": [chosen]} if many else {"selected_option": chosen}
            return what | {k: element[k] for k in ("action_id", "type")}

        return self._act(user, where, action_id, (), picked)

    def act(self, user: str, where: Message | View, action_id: str, chosen: Json) -> Interaction:
        """Acts on any other element, as the page does: `chosen` are the fields that Slack adds to the action."""

        def acted(element: Json) -> Json:
            wanted = CHOSEN.get(element["type"], ())
            if set(chosen) - set(wanted):
                raise ValueError(
                    f"A {element['type']} gives {', '.join(wanted) or 'nothing'}, not {', '.join(chosen)}."
                )
            return dict(chosen) | {k: element[k] for k in ("action_id", "type")}

        return self._act(user, where, action_id, (), acted)

    def chat(
        self, user: str, text: str, channel: str = "C0NOC", team: str | None = None, thread_ts: str | None = None
    ) -> Message:
        """Posts a message between members; no app receives it."""
        with self.world.changed:
            where, member, place = self.world.place(user, channel, team)
            if text.startswith("/"):
                raise ValueError("Slash commands cannot be used in threads. Type it in the channel.")
            parent = self.world.find(place, thread_ts) if thread_ts else None
            if thread_ts and (parent is None or parent.ephemeral_to):
                raise ValueError("The message that this would answer is not there.")
            written = payloads.typed(text, where, links=True)
            return self.world.post(place, member.id, written, [], "typed", thread_ts=thread_ts)

    def type_ahead(self, user: str, where: Message | View, action_id: str, text: str) -> Interaction:
        """Asks the app for options, as Slack does while a member types into an external menu; they land in `options`."""
        with self.world.changed:
            team, member, channel = self._at(user, where)
            current = self._current(where, member.id)
            element, block_id = find_element(current.blocks, action_id, EXTERNAL)
            asked = {"action_id": element["action_id"], "block_id": block_id}
            payload = payloads.block_suggestion(team, member, current, asked, text)
            return self._send(self._interaction("interactive", team, member.id, channel, payload))

    def open_view(self, user: str, team: str = "T0ACME") -> View | None:
        """Returns the topmost modal that this member has open."""
        with self.world.changed:
            stack = self.views.stack(team, self.world.teams[team].member(user).id)
            return stack[-1] if stack else None

    def submit_view(self, user: str, view: View, values: Json | None = None) -> Interaction:
        """`values` is Slack's state: block_id to action_id to `{"type": …, "value": …}`."""
        return self._view_event("view_submission", user, view, values or {})

    def close_view(self, user: str, view: View) -> Interaction | None:
        """Cancels a modal; the app is notified only if the view has `notify_on_close`."""
        with self.world.changed:
            self.views.close(view)
        if not view.content.get("notify_on_close"):
            return None
        return self._view_event("view_closed", user, view, {})

    def event(self, team: str, event: Json, event_id: str | None = None, *, send: bool = True) -> Interaction:
        """Sends an event of the Events API, again if it is not acked. `send` as for `say`."""
        with self.world.changed:
            where = self.world.teams[team]
            identity = event_id or f"Ev0{self.world.serial():08d}"
            payload = payloads.event(where, identity, self.world.now(), event)
            user, channel = str(event.get("user", "")), str(event.get("channel", ""))
            return self._send(self._interaction("events_api", where, user, channel, payload), deliver=send)

    def redeliver(self, interaction: Interaction) -> None:
        """Sends an envelope once more, with its envelope_id and trigger_id."""
        self._soon(self.sender.again, interaction)

    def _act(
        self,
        user: str,
        where: Message | View,
        wanted: str,
        kinds: tuple[str, ...],
        action_of: Callable[[Json], Json],
    ) -> Interaction:
        with self.world.changed:
            team, member, channel = self._at(user, where)
            current = self._current(where, member.id)
            element, block_id = find_element(current.blocks, wanted, kinds)
            action = action_of(element) | {"block_id": block_id, "action_ts": self.world.new_ts()}
            payload = payloads.block_actions(team, member, current, action)
            interaction = self._interaction("interactive", team, member.id, channel, payload)
            if isinstance(current, Message):
                place = team.channels[channel]
                payload["response_url"] = self.response_urls.issue(self.url, interaction, place, current)
            else:
                interaction.view_id = current.id
            return self._send(interaction, trigger=True)

    def _view_event(self, kind: str, user: str, view: View, values: Json) -> Interaction:
        with self.world.changed:
            team, member, channel = self._at(user, view)
            payload = payloads.view_event(kind, team, member, view, values)
            interaction = self._interaction("interactive", team, member.id, channel, payload)
            interaction.view_id = view.id
            return self._send(interaction, trigger=True)

    def _at(self, user: str, where: Message | View) -> tuple[Team, Member, str]:
        team = self.world.teams[where.team]
        if isinstance(where, View):
            return team, team.member(user), ""
        _, member, channel = self.world.place(user, where.channel, where.team)
        return team, member, channel.id

    def _current(self, where: Message | View, user: str) -> Message | View:
        """Returns the message as it is now: a snapshot may be old, but the click happens on the screen."""
        if isinstance(where, View):
            return where
        found = self.world.find(self.world.teams[where.team].channels[where.channel], where.ts)
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
            self.world.note(interaction)
        self.world.news("interaction", interaction)
        if deliver:
            self._soon(self.sender.deliver, interaction)
        return interaction

    def _soon(self, call: Callable[[Interaction], None], interaction: Interaction) -> None:
        if self._loop is None:
            raise RuntimeError("the lab is not started")
        self._loop.call_soon_threadsafe(call, interaction)


def find_element(blocks: list[Json], wanted: str, kinds: tuple[str, ...]) -> tuple[Json, str]:
    """Returns the element with this action_id or label and the id of its block; the ValueError lists what there is instead."""
    seen = []
    for block in blocks:
        for element in interactive_elements(block):
            label = text_of(element.get("text"))
            if wanted in (element["action_id"], label) and (not kinds or element["type"] in kinds):
                return element, block["block_id"]
            seen.append(label or element["action_id"])
    raise ValueError(f"There is no {' or '.join(kinds) or 'element'} {wanted!r} here, only {seen}.")


def find_option(element: Json, wanted: str) -> Json:
    groups = element.get("option_groups") or []
    options: list[Json] = element.get("options") or [o for group in groups for o in group["options"]]
    for option in options:
        if wanted in (option["value"], text_of(option["text"])):
            return option
    if "external" in element["type"]:
        return {"text": {"type": "plain_text", "text": wanted}, "value": wanted}
    raise ValueError(f"There is no option {wanted!r}, only {[text_of(o['text']) for o in options]}.")
