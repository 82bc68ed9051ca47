"""Brings deploys on when something is to be done for them, and has their cards updated.

Each deploy is worked on under a lease, and every change of it is a compare-and-set, so a process that was held up writes nothing late.
After a kill another process goes on with what is in the store.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

from bot.core.commands import Workspace
from bot.core.errors import ChatError, Conflict, WebNetError
from bot.deploys import steps
from bot.deploys.cards import DeployCards
from bot.deploys.changes import Changed, DeployChanges
from bot.deploys.deploy import Deploy, Deploys
from bot.deploys.steps import Decide, Find, Follow
from bot.deploys.work import Work
from bot.webnet.responses import FAULTS_OF_ONE
from bot.webnet.resting import Resting
from store.errors import StoreError
from store.leases import Lease, Leases

log = logging.getLogger(__name__)

LEASE_S = 90.0  # longer than the gate may read devices before a POST
RETRY_S = 5.0
MOST_REST = timedelta(minutes=1)  # before a deploy is tried again for which WebNet cannot show something
DECIDE_S = 2.0  # between two looks at a request for approval, beside those after a decision here
SWITCHED_OFF_S = 300.0  # between two looks at a deploy of a workspace that is switched off
DIFF_WITHIN = timedelta(minutes=30)  # of the end; later than that it is notified without what has changed


class DeployRunner:
    """`tick` is called every few seconds, and soon after a decision. `workspace(id)` reads a cache, and `approved(deploy)` reads the
    request for its approval."""

    def __init__(
        self,
        deploys: Deploys,
        work: Work,
        cards: DeployCards,
        changes: DeployChanges,
        leases: Leases,
        approved: Callable[[Deploy], Deploy],
        workspace: Callable[[int], Workspace | None],
        *,
        instance: str,
        interval_s: float,
    ) -> None:
        self._deploys = deploys
        self._work = work
        self._cards = cards
        self._changes = changes
        self._leases = leases
        self._approved = approved
        self._workspace = workspace
        self._instance = instance
        self._interval_s = (
            interval_s * 0.8
        )  # what becomes due just after a tick would else wait for the one after the next
        self._resting = Resting[int](deploys.store.now, timedelta(seconds=RETRY_S), MOST_REST)
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Begins with no further deploy; the one that is worked on is left where it is after its next step."""
        self._stopping.set()

    def tick(self) -> None:
        """Works on every deploy that is due. Raises StoreError."""
        for number in self._deploys.store.due():
            if self._stopping.is_set():
                return
            lease = self._leases.acquire(f"deploy:{number}", self._instance, LEASE_S)
            if lease is not None:
                try:
                    self._advance(number, lease)
                finally:
                    self._leases.release(lease)

    def _advance(self, number: int, lease: Lease) -> None:
        row = self._deploys.store.get(number)
        if row is None:
            return
        deploy = self._deploys.of(row)
        if deploy is None:  # it is not what was stored, or no key opens it: there is nothing to show or to do
            self._deploys.store.rest(row, None)
            return
        try:
            wait_s = self._bring_on(deploy, lease)
            self._resting.read(number)
        except FAULTS_OF_ONE as error:
            log.info("deploy #%d waits: %s", number, error.words)
            wait_s = self._resting.failed(number).total_seconds()
        except (WebNetError, ChatError, Conflict) as error:
            log.info("deploy #%d waits: %s", number, error.words)
            wait_s = max(RETRY_S, getattr(error, "retry_after_s", None) or 0.0)
        except StoreError:
            raise
        except Exception:  # one that cannot be brought on must not hold up all others
            log.exception("deploy #%d cannot be brought on now", number)
            wait_s = RETRY_S
        self._deploys.store.rest(self._deploys.store.get(number) or row, wait_s)

    def _bring_on(self, deploy: Deploy, lease: Lease) -> float | None:
        """Acts until there is something to wait for, and returns for how many seconds that is; None after the end. Where the
        workspace is switched off nothing is started, so that the deploy comes to its end, and frees its devices."""
        workspace = self._workspace(deploy.row.workspace)
        on = workspace is not None and workspace.enabled and workspace.customer == deploy.payload.customer
        workspace = workspace if on else None
        try:
            while not self._stopping.is_set() and self._leases.renew(lease, LEASE_S):
                following = self._work.act(deploy, workspace)
                if following is None:
                    break
                deploy = following
        finally:
            deploy = self._show(deploy.number, workspace) or deploy
        if workspace is None:
            return SWITCHED_OFF_S
        if not deploy.open:
            self._notify(deploy, workspace)
            return RETRY_S if self._cards.is_late(deploy) else None
        return self._wait_s(deploy)

    def _wait_s(self, deploy: Deploy) -> float:
        match steps.next_action(deploy.course):
            case Decide():
                return DECIDE_S
            case Follow() | Find():
                return self._interval_s
            case _:
                return RETRY_S

    def _show(self, number: int, workspace: Workspace | None) -> Deploy | None:
        """Shows the deploy as it is by now, and returns that."""
        deploy = self._deploys.read(number)
        if deploy is None:
            return None
        if workspace is None:
            self._cards.show_elsewhere(self._approved(deploy))
            return deploy
        if not self._cards.show(self._approved(deploy), workspace.chat_id) and deploy.state == "waiting":
            why = "It could not be shown where somebody else could decide."
            deploy = self._deploys.end(deploy, "void", why) or deploy
        return self._deploys.read(number) or deploy

    def _notify(self, deploy: Deploy, workspace: Workspace) -> None:
        if deploy.row.notified_at is None:
            self._cards.notify(deploy, workspace.chat_id, self._diffs(deploy))

    def _diffs(self, deploy: Deploy) -> Sequence[Changed]:
        try:
            return self._changes.of(deploy)
        except WebNetError:
            ended_at = deploy.row.ended_at
            if ended_at is not None and self._deploys.store.now() - ended_at < DIFF_WITHIN:
                raise
            return ()
