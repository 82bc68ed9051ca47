"""Modals and home tabs: the stack each member has open, and the triggers that open one."""

from __future__ import annotations

import json
from typing import Any

from lab.slack import limits
from lab.slack.inside import flat
from lab.slack.interactions import Interaction
from lab.slack.view import View, ViewError
from lab.slack.world import Json, World

TRIGGER_VALID_S = 3.0
STACK_DEPTH = 3


class Views:
    def __init__(self, world: World, trigger_valid_s: float = TRIGGER_VALID_S) -> None:
        self.world = world
        self.trigger_valid_s = trigger_valid_s
        self.homes: dict[tuple[str, str], View] = {}
        self._stacks: dict[tuple[str, str], list[View]] = {}
        self._triggers: dict[str, tuple[Interaction, float]] = {}
        self._exchanged: set[str] = set()

    def trigger(self, interaction: Interaction) -> None:
        if interaction.trigger_id:
            self._drop_expired()
            self._triggers[interaction.trigger_id] = (interaction, self.world.now())

    def _drop_expired(self) -> None:
        while len(self._triggers) > self.world.keep:
            oldest, (_, at) = next(iter(self._triggers.items()))
            if self.world.now() - at <= self.trigger_valid_s:
                return
            del self._triggers[oldest]
            self._exchanged.discard(oldest)

    def forget(self) -> None:
        self._triggers.clear()
        self._exchanged.clear()

    def find(self, view_id: str) -> View:
        """Returns an open modal or a home tab of any workspace; raises ValueError where there is none."""
        found = next((view for team in self.world.teams for view in self._all(team) if view.id == view_id), None)
        if found is None:
            raise ValueError(f"There is no view {view_id}.")
        return found

    def stack(self, team: str, user: str) -> list[View]:
        return self._stacks.setdefault((team, user), [])

    def open(self, team: str, trigger_id: str, content: Any) -> View:
        interaction = self._exchange(team, trigger_id)
        view = self._new(team, interaction.user, content, "modal")
        interaction.view_id = view.id
        self._stacks[team, interaction.user] = [view]
        self._changed(view)
        return view

    def push(self, team: str, trigger_id: str, content: Any) -> View:
        interaction = self._exchange(team, trigger_id)
        stack = self.stack(team, interaction.user)
        if not stack:
            raise ViewError("not_found")
        view = self._on_top(stack, content)
        interaction.view_id = view.id
        self._changed(view)
        return view

    def _on_top(self, stack: list[View], content: Any) -> View:
        if len(stack) >= STACK_DEPTH:
            raise ViewError("push_limit_reached")
        top = stack[-1]
        view = self._new(top.team, top.user, content, "modal", top.root, top.id)
        stack.append(view)
        return view

    def update(self, team: str, args: Json) -> View:
        view = self._find(team, args.get("view_id"), args.get("external_id"))
        _same_hash(view, args.get("hash"))
        view.show(self._checked(team, args.get("view"), view.content["type"]))
        self._changed(view)
        return view

    def publish(self, team: str, user: str, content: Any, seen_hash: Any = None) -> View:
        """Shows a home tab, which keeps its id however often it is published."""
        if user not in self.world.teams[team].members:
            raise ViewError("user_not_found")
        home = self.homes.get((team, user))
        _same_hash(home, seen_hash)
        if home is None:
            home = self.homes[team, user] = self._new(team, user, content, "home")
        else:
            home.show(self._checked(team, content, "home"))
        self._changed(home)
        return home

    def close(self, view: View, *, whole_stack: bool = False) -> None:
        """Closes a modal whose member pressed Cancel, or all that are open with it."""
        stack = self.stack(view.team, view.user)
        if view in stack:
            if whole_stack:
                stack.clear()
            else:
                stack.remove(view)
            self._changed(view)

    def submitted(self, interaction: Interaction, payload: Json) -> list[str]:
        """Follows the ack's response_action; returns what is wrong with it. A modal that is closed by then, or is somebody
        else's, stays as it is."""
        stack = self.stack(interaction.team, interaction.user)
        view = next((v for v in stack if v.id == interaction.view_id), None)
        if view is None:
            return []
        view.errors = {}
        found = self._follow(stack, view, payload)
        self._changed(view)
        return found

    def _follow(self, stack: list[View], view: View, payload: Json) -> list[str]:
        action = payload.get("response_action")
        if action in ("update", "push"):
            return self._replace(stack, view, action, payload.get("view"))
        if action == "errors":
            return self._errors(view, payload.get("errors"))
        if action == "clear":
            stack.clear()
        elif action is None:
            stack.remove(view)
        else:
            return [f"response_action: {action!r} is not one of errors, update, push, clear"]
        return []

    def _replace(self, stack: list[View], view: View, action: str, content: Any) -> list[str]:
        try:
            if action == "update":
                view.show(self._checked(view.team, content, "modal"))
            else:
                self._on_top(stack, content)
        except ViewError as error:
            return error.problems or [error.code]
        return []

    def _errors(self, view: View, errors: Any) -> list[str]:
        if not isinstance(errors, dict) or not errors:
            return ["errors: must be an object of block_id to sentence"]
        inputs = {block["block_id"] for block in flat(view.blocks) if block["type"] == "input"}
        wrong = [f"errors: there is no input block {block_id!r}" for block_id in errors if block_id not in inputs]
        wrong += [f"errors.{key}: must be a sentence" for key, words in errors.items() if not _words(words)]
        if not wrong:
            view.errors = dict(errors)
        return wrong

    def _changed(self, view: View) -> None:
        self.world.news("home" if view.content["type"] == "home" else "views", (view.team, view.user))
        self.world.wake()

    def _exchange(self, team: str, trigger_id: str) -> Interaction:
        interaction, at = self._triggers.get(trigger_id, (None, 0.0))
        if interaction is None or interaction.team != team:
            raise ViewError("invalid_trigger_id")
        if trigger_id in self._exchanged:
            raise ViewError("exchanged_trigger_id")
        if self.world.now() - at > self.trigger_valid_s:
            raise ViewError("expired_trigger_id")
        self._exchanged.add(trigger_id)
        return interaction

    def _new(
        self, team: str, user: str, content: Any, kind: str, root: str | None = None, previous: str | None = None
    ) -> View:
        checked = self._checked(team, content, kind)
        view_id = f"V0{self.world.serial():08d}"
        external = checked.get("external_id")
        if external and any(v.content.get("external_id") == external for v in self._all(team)):
            raise ViewError("duplicate_external_id")
        return View(view_id, team, user, checked, root or view_id, previous)

    def _checked(self, team: str, content: Any, kind: str) -> Json:
        if isinstance(content, str):
            try:
                content = json.loads(content)
            except ValueError:
                raise ViewError("invalid_arguments", ["view: not JSON"]) from None
        if not isinstance(content, dict):
            raise ViewError("invalid_arguments", ["view: missing"])
        refused = limits.view_refusal(content, self.world.teams[team].unknown_blocks)
        if refused:
            raise ViewError(refused.code, refused.problems)
        if content["type"] != kind:
            raise ViewError("invalid_arguments", [f"view.type: a {content['type']} is not taken here, only a {kind}"])
        return content | {"blocks": self.world.with_ids(content["blocks"])}

    def _all(self, team: str) -> list[View]:
        open_ones = [v for (of, _), stack in self._stacks.items() if of == team for v in stack]
        return open_ones + [v for (of, _), v in self.homes.items() if of == team]

    def _find(self, team: str, view_id: str | None, external_id: str | None) -> View:
        for view in self._all(team):
            if view.id == view_id or (external_id and view.content.get("external_id") == external_id):
                return view
        raise ViewError("not_found")


def _same_hash(view: View | None, seen_hash: Any) -> None:
    """Refuses an update of something other than what its sender last saw."""
    if seen_hash and (view is None or seen_hash != view.hash):
        raise ViewError("hash_conflict")


def _words(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
