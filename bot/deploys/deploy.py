"""Stored deploys as the bot reads them, with the payload and the snippet that were asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.approvals.elsewhere import Elsewhere
from bot.approvals.payload import Payload
from bot.approvals.requests import Kept
from bot.deploys import steps
from bot.deploys.steps import Course, Host, State
from bot.webnet.target import Target
from store.deploys import Deploy as Row
from store.deploys import Deploys as Store

log = logging.getLogger(__name__)

COMMAND = "deploy"  # whose requests are performed here
ALL_AT_ONCE = "all"  # value of the argument `at`
SHORT = 8  # characters of a hash that is shown
MOST_LISTED = 20
ANSWER_S = 60.0  # how long whoever answers has to show the card, before the runner posts it


@dataclass(frozen=True, slots=True)
class Deploy:
    """`payload` is what was asked for; its text is the snippet without secrets. `approval` is the request for its approval, if that
    is there and was read with it."""

    row: Row
    payload: Payload
    course: Course
    approval: Kept | None = None

    @property
    def number(self) -> int:
        return self.row.id

    @property
    def state(self) -> State:
        return self.course.state

    @property
    def open(self) -> bool:
        return self.state not in steps.ENDS

    @property
    def short(self) -> str:
        """The beginning of the snippet's keyed hash, to be compared by eye."""
        return self.row.mac[:SHORT]

    @property
    def names(self) -> dict[int, str]:
        return {device: name for device, name, *_ in self.payload.devices}

    def targets(self, devices: tuple[int, ...]) -> tuple[Target, ...]:
        return tuple(Target(*device) for device in self.payload.devices if device[0] in devices)


class Deploys:
    """Keeps, reads and moves deploys. `hashed` makes a hash with the store's key; `changed` is called when there is something to
    be done for one, and may be set later."""

    def __init__(self, store: Store, hashed: Callable[[str], str]) -> None:
        self.store = store
        self.hashed = hashed
        self.changed: Callable[[], object] = lambda: None

    def keep(
        self,
        draft: Payload,
        snippet: str,
        *,
        workspace: int,
        channel: str,
        answered: bool,
        beside: Elsewhere | None = None,
    ) -> Deploy | None:
        """Stores a new deploy, which holds its devices. None if another one holds one of them. If it is not `answered` by a
        message that becomes its card, the runner posts that. The runner also posts one `beside` it; without a `channel` that is
        its only card."""
        number = self.store.open(
            [device for device, *_ in draft.devices],
            due_in_s=ANSWER_S if answered else 0.0,
            elsewhere=(beside.workspace, beside.channel) if beside else None,
            workspace=workspace,
            customer=draft.customer,
            state="requested",
            payload=draft.write(),
            snippet=snippet,
            mac=self.hashed(snippet),
            channel_id=channel,
        )
        return None if number is None else self.read(number)

    def read(self, number: int) -> Deploy | None:
        row = self.store.get(number)
        return None if row is None else self.of(row)

    def of(self, row: Row) -> Deploy | None:
        """Reads a stored deploy. None if it is not what was stored by this bot."""
        try:
            payload = Payload.read(row.payload)
        except (KeyError, TypeError, ValueError):
            log.exception("deploy #%d was stored by another version, or no key opens it: it is not used", row.id)
            return None
        kept = payload.values["hash"] == row.mac and payload.customer == row.customer
        gone = not row.snippet and row.ended_at is not None
        if not kept or not (gone or self.hashed(row.snippet) == row.mac):
            log.error("deploy #%d was changed outside the bot: it is not used", row.id)
            return None
        course = Course(
            row.state,  # type: ignore[arg-type]
            tuple(device for device, *_ in payload.devices),
            payload.values.get("at") == ALL_AT_ONCE,
            steps.read(row.hosts),
            row.jobs,  # type: ignore[arg-type]
        )
        return Deploy(row, payload, course)

    def listed(self, customer: int) -> list[Deploy]:
        """Lists the newest deploys of a customer."""
        rows = self.store.list(customer, MOST_LISTED)
        return [deploy for row in rows if (deploy := self.of(row))]

    def move(
        self, deploy: Deploy, state: State, hosts: Mapping[int, Host] | None = None, **changes: Any
    ) -> Deploy | None:
        """Moves a deploy on. None if it has changed since it was read."""
        if hosts is not None:
            changes["hosts"] = steps.written(hosts)
        row = self.store.move(deploy.row, state=state, note=changes.pop("note", ""), **changes)
        return None if row is None else self.of(row)

    def end(self, deploy: Deploy, state: State, outcome: str, hosts: Mapping[int, Host] | None = None) -> Deploy | None:
        """Ends a deploy. None if it has changed since it was read."""
        more = {} if hosts is None else {"hosts": steps.written(hosts)}
        row = self.store.end(deploy.row, state, outcome=outcome, **more)
        return None if row is None else self.of(row)

    def stop(self, deploy: Deploy, state: State, why: str) -> Deploy | None:
        """Does without the job of this state, of which nothing was sent. None if it has changed since it was read."""
        return self._became(deploy, steps.stopped(deploy.course, state, why), why)

    def lose(self, deploy: Deploy, why: str) -> Deploy | None:
        """Goes on without knowing what became of the job of this state. None if it has changed since it was read."""
        return self._became(deploy, steps.lost(deploy.course, why), why)

    def _became(self, deploy: Deploy, course: Course, why: str) -> Deploy | None:
        if course.state in steps.ENDS:
            return self.end(deploy, course.state, why, course.hosts)
        return self.move(deploy, course.state, course.hosts)

    def with_approval(self, deploy: Deploy, read: Callable[[int], Kept | None]) -> Deploy:
        """Returns the deploy with the request for its approval, which `read` reads by its number."""
        return replace(deploy, approval=read(deploy.row.request)) if deploy.row.request else deploy
