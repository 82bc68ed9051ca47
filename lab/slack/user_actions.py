"""Acts as a member: types, clicks, chooses, uses a shortcut. `SlackLab` builds on it."""

from __future__ import annotations

from typing import Any

from lab.slack import payloads
from lab.slack.fields import FIELD, find_option
from lab.slack.interactions import Interaction
from lab.slack.view import View
from lab.slack.view_actions import ViewActions
from lab.slack.world import Json, Message

CHOSEN = {"overflow": ("selected_option",), "feedback_buttons": ("text", "value")}
_PRESSED = ("action_id", "text", "value", "style", "url", "icon", "type")


class UserActions(ViewActions):
    """Every method but those that say that they wait returns at once; the interaction shows its effects.

    `whose` stands for `unseen` and `team`, which are as in Acting.
    """

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

    def click(self, user: str, where: Message | View, button: str, **whose: Any) -> Interaction:
        """Clicks the button with this label or action_id, which the message as it is now must hold."""

        def pressed(element: Json) -> Json:
            return {k: element[k] for k in _PRESSED if k in element}

        return self._act(user, where, button, ("button", "icon_button"), pressed, **whose)

    def choose(self, user: str, where: Message | View, action_id: str, option: str | Json, **whose: Any) -> Interaction:
        """Chooses in a menu, by the option's label or value; external menus accept any `value`, or a whole option."""

        def picked(element: Json) -> Json:
            chosen = find_option(element, option)
            many = element["type"].startswith("multi_") or element["type"] == "checkboxes"
            what: Json = {"selected_options": [chosen]} if many else {"selected_option": chosen}
            return what | {k: element[k] for k in ("action_id", "type")}

        return self._act(user, where, action_id, (), picked, **whose)

    def act(self, user: str, where: Message | View, action_id: str, chosen: Json, **whose: Any) -> Interaction:
        """Acts on any other element, as the page does: `chosen` are the fields that Slack adds to the action."""

        def acted(element: Json) -> Json:
            name = FIELD.get(element["type"])
            wanted = (name,) if name else CHOSEN.get(element["type"], ())
            if set(chosen) - set(wanted):
                raise ValueError(
                    f"A {element['type']} gives {', '.join(wanted) or 'nothing'}, not {', '.join(chosen)}."
                )
            return dict(chosen) | {k: element[k] for k in ("action_id", "type")}

        return self._act(user, where, action_id, (), acted, **whose)

    def shortcut(
        self,
        user: str,
        callback_id: str,
        message: Message | None = None,
        team: str = "T0ACME",
        *,
        unseen: bool = False,
    ) -> Interaction:
        """Uses a global shortcut, or the shortcut of a message; an ephemeral message has none."""
        with self.world.changed:
            if message is None:
                where = self.world.teams[team]
                member = where.member(user)
                payload = payloads.shortcut(where, member, callback_id, self.world.new_ts())
                return self._send(self._interaction("interactive", where, member.id, "", payload), trigger=True)
            where, member, channel = self._at(user, message, unseen=unseen)
            current = self._current(message, member.id, unseen=unseen)
            assert isinstance(current, Message)
            if current.ephemeral_to:
                raise ValueError("Slack offers no shortcuts on a message that only one member sees.")
            payload = payloads.message_shortcut(where, member, callback_id, self.world.new_ts(), current)
            interaction = self._interaction("interactive", where, member.id, channel, payload)
            payload["response_url"] = self.response_urls.issue(self.url, interaction, where.channels[channel])
            return self._send(interaction, trigger=True)

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

    def change_channel_id(self, old: str, new: str, team: str = "T0ACME") -> Interaction:
        """Gives a channel another id, under which alone it is known from then on, and sends the event about it."""
        with self.world.changed:
            channel = self.world.teams[team].channels.pop(old)
            self.world.teams[team].channels[new] = channel
            channel.id = new
            for message in channel.messages:
                message.channel = new
        return self.event(team, {"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": new})

    def redeliver(self, interaction: Interaction) -> None:
        """Sends an envelope once more, with its envelope_id and trigger_id."""
        self._soon(self.sender.again, interaction)
