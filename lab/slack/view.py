"""One modal or home tab, with what its member has filled in."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass, field

from lab.slack.fields import state_of
from lab.slack.world import Json


class ViewError(Exception):
    """Raised with Slack's error code, and what is wrong in words where Slack says so."""

    def __init__(self, code: str, problems: list[str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.problems = problems or []


@dataclass(eq=False)
class View:
    """`errors` are those the last submission was answered with, by block_id; `state` is `block_id -> action_id -> value`.

    `revision` counts what has been shown in it, so that its `hash` changes with every update.
    """

    id: str
    team: str
    user: str
    content: Json
    root: str
    previous: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    state: Json = field(default_factory=dict)
    revision: int = 1

    def __post_init__(self) -> None:
        self.state = state_of(self.blocks, self.state)

    @property
    def blocks(self) -> list[Json]:
        return list(self.content["blocks"])

    @property
    def hash(self) -> str:
        return hashlib.sha256(json.dumps([self.id, self.revision, self.content]).encode()).hexdigest()[:16]

    def show(self, content: Json) -> None:
        """Shows something else; fields that keep their block_id and action_id keep what was filled in, as in Slack."""
        self.content, self.errors = content, {}
        self.revision += 1
        self.state = state_of(self.blocks, self.state)

    def hold(self, values: Json) -> None:
        """Keeps what was filled in; values of fields that the view does not have are dropped."""
        for block_id, actions in values.items():
            for action_id, value in actions.items():
                if action_id in self.state.get(block_id, {}):
                    self.state[block_id][action_id] = value

    def payload(self, app_id: str, bot_id: str) -> Json:
        shape = {"id": self.id, "team_id": self.team, "hash": self.hash, "root_view_id": self.root, "bot_id": bot_id}
        state: Json = {"state": {"values": copy.deepcopy(self.state)}, "app_id": app_id}
        defaults: Json = {"callback_id": "", "private_metadata": "", "external_id": ""}
        return defaults | copy.deepcopy(self.content) | shape | state | {"previous_view_id": self.previous}
