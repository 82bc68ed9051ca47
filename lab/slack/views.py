"""Modals and home tabs: the stack each member has open, and the triggers that open one."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from lab.slack import limits
from lab.slack.interactions import Interaction
from lab.slack.world import Json, World

TRIGGER_VALID_S = 3.0
STACK_DEPTH = 3


@dataclass(eq=False)
class View:
    """One modal or home tab. `errors` are those the last submission was answered with, by block_id."""

    id: str
    team: str
    user: str
    content: Json
    root: str
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        return list(self.content["blocks"])

    @property
    def hash(self) -> str:
        return hashlib.sha256(json.dumps(self.content, sort_keys=True).encode()).hexdigest()[:16]

    def payload(self, app_id: str, bot_id: str) -> Json:
        shape = {"id": self.id, "team_id": self.team, "hash": self.hash, "root_view_id": self.root, "bot_id": bot_id}
        state: Json = {"state": {"values": {}}, "app_id": app_id, "previous_view_id": None}
        defaults: Json = {"callback_id": "", "private_metadata": "", "external_id": ""}
        return defaults | copy.deepcopy(self.content) | shape | state


class ViewError(Exception):
    """Raised with Slack's error code, and what is wrong in words where Slack says so."""

    def __init__(self, code: str, problems: list[str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.problems = problems or []


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

    def stack(self, team: str, user: str) -> list[View]:
        return self._stacks.setdefault((team, user), [])

    def open(self, team: str, trigger_id: str, content: Any) -> View:
        interaction = self._exchange(team, trigger_id)
        view = self._new(team, interaction.user, content)
        interaction.view_id = view.id
        self._stacks[team, interaction.user] = [view]
        self._changed(view)
        return view

    def push(self, team: str, trigger_id: str, content: Any) -> View:
        interaction = self._exchange(team, trigger_id)
        stack = self.stack(team, interaction.user)
        if not stack:
            raise ViewError("not_found")
        if len(stack) >= STACK_DEPTH:
            raise ViewError("push_limit_reached")
        view = self._new(team, interaction.user, content, stack[0].root)
        interaction.view_id = view.id
        stack.append(view)
        self._changed(view)
        return view

    def update(self, team: str, args: Json) -> View:
        view = self._find(team, args.get("view_id"), args.get("external_id"))
        if args.get("hash") not in (None, "", view.hash):
            raise ViewError("hash_conflict")
        view.content = self._checked(args.get("view"))
        self._changed(view)
        self.world.wake()
        return view

    def close(self, view: View) -> None:
        """Closes a modal whose member pressed Cancel."""
        stack = self.stack(view.team, view.user)
        if view in stack:
            stack.remove(view)
            self._changed(view)

    def publish(self, team: str, user: str, content: Any) -> View:
        if user not in self.world.teams[team].members:
            raise ViewError("user_not_found")
        view = self._new(team, user, content)
        self.homes[team, user] = view
        return view

    def submitted(self, interaction: Interaction, payload: Json) -> list[str]:
        """Follows the ack's response_action; returns what is wrong with it."""
        stack = self.stack(interaction.team, interaction.user)
        view = next((v for v in stack if v.id == interaction.view_id), None)
        if view is None:
            return ["the view is not open any more"]
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
                view.content = self._checked(content)
            else:
                stack.append(self._new(view.team, view.user, content, view.root))
        except ViewError as error:
            return error.problems or [error.code]
        return []

    def _errors(self, view: View, errors: Any) -> list[str]:
        if not isinstance(errors, dict) or not errors:
            return ["errors: must be an object of block_id to sentence"]
        inputs = {b["block_id"] for b in view.blocks if b["type"] == "input"}
        unknown = [f"errors: there is no input block {block_id!r}" for block_id in errors if block_id not in inputs]
        if not unknown:
            view.errors = {k: str(v) for k, v in errors.items()}
        return unknown

    def _changed(self, view: View) -> None:
        self.world.news("views", (view.team, view.user))

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

    def _new(self, team: str, user: str, content: Any, root: str | None = None) -> View:
        checked = self._checked(content)
        view_id = f"V0{self.world.serial():08d}"
        external = checked.get("external_id")
        if external and any(v.content.get("external_id") == external for v in self._all(team)):
            raise ViewError("duplicate_external_id")
        self.world.wake()
        return View(view_id, team, user, checked, root or view_id)

    def _checked(self, content: Any) -> Json:
        if isinstance(content, str):
            try:
                content = json.loads(content)
            except ValueError:
                raise ViewError("invalid_arguments", ["view: not JSON"]) from None
        if not isinstance(content, dict):
            raise ViewError("invalid_arguments", ["view: missing"])
        problems = limits.view_problems(content)
        if problems:
            raise ViewError("invalid_arguments", problems)
        return content | {"blocks": self.world.with_ids(content["blocks"])}

    def _all(self, team: str) -> list[View]:
        open_ones = [v for (of, _), stack in self._stacks.items() if of == team for v in stack]
        return open_ones + [v for (of, _), v in self.homes.items() if of == team]

    def _find(self, team: str, view_id: str | None, external_id: str | None) -> View:
        for view in self._all(team):
            if view.id == view_id or (external_id and view.content.get("external_id") == external_id):
                return view
        raise ViewError("not_found")
