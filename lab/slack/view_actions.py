"""Fills in and submits modals, types ahead in menus, and looks at the home tab, as a member."""

from __future__ import annotations

from typing import Any

from lab.slack import payloads
from lab.slack.acting import Acting, find_element
from lab.slack.fields import EXTERNAL, FIELD, filled, refusals
from lab.slack.inside import flat, own_elements
from lab.slack.interactions import Interaction
from lab.slack.plain import text_of
from lab.slack.view import View
from lab.slack.world import Json, Message


class ViewActions(Acting):
    """A view is given as it was returned, or by its id. `unseen` and `team` are as in Acting."""

    def open_view(self, user: str, team: str = "T0ACME") -> View | None:
        """Returns the topmost modal that this member has open."""
        with self.world.changed:
            stack = self.views.stack(team, self.world.teams[team].member(user).id)
            return stack[-1] if stack else None

    def type_ahead(
        self,
        user: str,
        where: Message | View | str,
        action_id: str,
        text: str,
        *,
        unseen: bool = False,
        team: str | None = None,
    ) -> Interaction:
        """Asks the app for options, as Slack does while a member types into an external menu; they land in `options`."""
        with self.world.changed:
            seen = self._known(where)
            there, member, channel = self._at(user, seen, unseen=unseen, team=team)
            current = self._current(seen, member.id, unseen=unseen)
            element, block_id = find_element(current.blocks, action_id, EXTERNAL)
            asked = {"action_id": element["action_id"], "block_id": block_id}
            payload = payloads.block_suggestion(there, member, current, asked, text)
            return self._send(self._interaction("interactive", there, member.id, channel, payload))

    def suggest(
        self, user: str, where: Message | View | str, action_id: str, typed: str, timeout: float = 30.0, **whose: Any
    ) -> list[Json]:
        """Types into an external menu (its action_id, or the id of its block) and returns the options that the app offers.

        Raises TimeoutError when none come in time, and ValueError for options that Slack does not show.
        """
        asked = self.type_ahead(user, where, action_id, typed, **whose)
        asked.wait_ack(timeout)
        if asked.error:
            raise ValueError(f"Slack shows no options: {asked.error}.")
        return list(asked.options)

    def fill(self, user: str, view: View | str, values: Json) -> View:
        """Fills in fields of a modal by the ids of their blocks, and returns it.

        A value is the words typed (a date as 2026-01-31, a time as 09:30, a moment as seconds since the epoch), the label
        or value of an option, or a whole option, such as one of `suggest`; a list where several can be chosen. What is
        typed into an external menu is chosen from what the app offers for it.
        """
        seen = self._view(view)
        self._at(user, seen)
        for block_id, wanted in values.items():
            element = _field(seen, block_id)
            if element["type"] in EXTERNAL:
                many = wanted if isinstance(wanted, list) else [wanted]
                wanted = [self._offered(user, seen, block_id, one) for one in many]  # noqa: PLW2901 - the choice instead of its words
            with self.world.changed:
                seen.hold({block_id: {element["action_id"]: filled(element, wanted)}})
        return seen

    def _offered(self, user: str, view: View, block_id: str, wanted: str | Json) -> Json:
        if isinstance(wanted, dict):
            return wanted
        offered = self.suggest(user, view, block_id, wanted)
        fitting = (one for one in offered if wanted in (one["value"], text_of(one["text"])))
        found = next(fitting, offered[0] if len(offered) == 1 else None)
        if found is None:
            raise ValueError(f"Nothing is offered for {wanted!r}, only {[text_of(one['text']) for one in offered]}.")
        return found

    def submit(self, user: str, view: View | str) -> Interaction:
        """Submits a modal as it is filled in; raises ValueError with the fields that Slack itself does not take."""
        seen = self._view(view)
        refused = refusals(seen.blocks, seen.state)
        if refused:
            raise ValueError(f"Slack does not submit this: {refused}.")
        return self.submit_view(user, seen)

    def submit_view(
        self,
        user: str,
        view: View | str,
        values: Json | None = None,
        *,
        unseen: bool = False,
        team: str | None = None,
    ) -> Interaction:
        """Submits whatever is in the modal; `values`, Slack's state, are sent instead of what is filled in."""
        return self._view_event("view_submission", user, self._view(view), values, unseen=unseen, team=team)

    def close_view(self, user: str, view: View, *, whole_stack: bool = False) -> Interaction | None:
        """Cancels a modal, or all that are open with it; the app is notified only if the view has `notify_on_close`."""
        with self.world.changed:
            cleared = whole_stack or view.content.get("clear_on_close") is True
            self.views.close(view, whole_stack=cleared)
            if not view.content.get("notify_on_close"):
                return None
            return self._view_event("view_closed", user, view, cleared=cleared)

    def home(self, user: str, team: str = "T0ACME") -> View | None:
        """Returns what the app last published to this member's home tab."""
        with self.world.changed:
            return self.views.homes.get((team, self.world.teams[team].member(user).id))

    def look_at_home(self, user: str, team: str = "T0ACME", tab: str = "home") -> Interaction:
        """Opens the app's home tab, or its messages, and returns the event that the app hears of it."""
        with self.world.changed:
            where = self.world.teams[team]
            member, published = where.member(user), self.home(user, team)
            channel = next(c for c in where.channels.values() if c.kind == "im" and member.id in c.members)
            event: Json = {"type": "app_home_opened", "user": member.id, "channel": channel.id, "tab": tab}
            event["event_ts"] = self.world.new_ts()
            if published and tab == "home":
                event["view"] = published.payload(where.app.id, where.bot_id)
            return self.event(team, event)

    def open_home(self, user: str, team: str = "T0ACME", timeout: float = 30.0) -> View:
        """Opens the app's home tab and returns what the app publishes to it because of that."""
        with self.world.changed:
            before = self.home(user, team)
            revision = before.revision if before else 0
            opened = self.look_at_home(user, team)

            def published() -> View | None:
                now = self.home(user, team)
                return now if now and now.revision > revision else None

            return opened.until(published, timeout, "the home tab")

    def event(self, team: str, event: Json, event_id: str | None = None, *, send: bool = True) -> Interaction:
        """Sends an event of the Events API, again if it is not acked. `send` false only prepares it, for `signed`."""
        with self.world.changed:
            where = self.world.teams[team]
            identity = event_id or f"Ev0{self.world.serial():08d}"
            payload = payloads.event(where, identity, self.world.now(), event)
            user, channel = str(event.get("user", "")), str(event.get("channel", ""))
            return self._send(self._interaction("events_api", where, user, channel, payload), deliver=send)

    def _view_event(
        self,
        kind: str,
        user: str,
        view: View,
        values: Json | None = None,
        *,
        cleared: bool = False,
        unseen: bool = False,
        team: str | None = None,
    ) -> Interaction:
        with self.world.changed:
            there, member, channel = self._at(user, view, unseen=unseen, team=team)
            payload = payloads.view_event(kind, there, member, view, cleared=cleared)
            if values is not None:
                payload["view"]["state"] = {"values": values}
            interaction = self._interaction("interactive", there, member.id, channel, payload)
            interaction.view_id = view.id
            return self._send(interaction, trigger=True)

    def _view(self, view: View | str) -> View:
        if isinstance(view, View):
            return view
        with self.world.changed:
            return self.views.find(view)

    def _known(self, where: Message | View | str) -> Message | View:
        return self._view(where) if isinstance(where, str) else where


def _field(view: View, block_id: str) -> Json:
    """Returns the one field of the block with this id; the ValueError lists those that there are."""
    fields = {
        block["block_id"]: one for block in flat(view.blocks) for one in own_elements(block) if one["type"] in FIELD
    }
    if block_id not in fields:
        raise ValueError(f"There is no field {block_id!r} in the view, only {list(fields)}.")
    return fields[block_id]
