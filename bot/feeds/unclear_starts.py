"""Gives a start whose outcome was unclear back to its requester, once the index of jobs shows the job.

Only what can be nothing else counts: one job of the bot's own user, or of the requester where the bot acts for callers, of that
kind, on exactly those devices and from that time, which no known start made, and no other start that may have made it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.cards import FOUND
from bot.core.text import count
from bot.deploys.deploy import COMMAND as DEPLOY  # which looks for its jobs itself
from bot.feeds.poller import Poll
from bot.jobs.webnet_clock import CLOCKS_DIFFER, WebNetClock
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import KINDS
from store.audit import UNCLEAR, AuditRow
from store.database import Store
from store.jobs import Job

log = logging.getLogger(__name__)

LOOKED_FOR = timedelta(days=1)
WORKED_ON_FOR = timedelta(hours=1)  # a request, at most; how long one that was interrupted went on is not known


class UnclearStarts:
    def __init__(self, webnet: WebNet, store: Store, instance: str, now: Callable[[], datetime]) -> None:
        self._webnet = webnet
        self._store = store
        self._instance = instance
        self._now = now
        self._clock = WebNetClock(store.cursors, now)
        self._own: int | None = None

    def give_back(self, poll: Poll) -> None:
        """Notes the job in the audit row and opens a card that notifies the requester, in one transaction. Raises WebNetError."""
        for start, job in self._found():
            with poll.writing():
                if self._store.audit.adopt(start.id, job.id):
                    log.info("request %s did start job #%d", start.request_id, job.id)
                    self._open_card(start, job)

    def _found(self) -> Iterator[tuple[AuditRow, Job]]:
        starts = [
            row
            for row in self._without_job()
            if row.status == UNCLEAR and _devices(row) and row.job_type in KINDS and row.command != DEPLOY
        ]
        if not starts:
            return
        jobs = [self._jobs_of(start) for start in starts]
        # Read after the jobs: the row of whoever started one was open before it was made.
        rows = self._without_job()
        for start, fits in zip(starts, jobs, strict=True):
            if len(fits) == 1 and [row.id for row in rows if _may_have_made(row, start, fits[0])] == [start.id]:
                yield start, fits[0]

    def _without_job(self) -> Sequence[AuditRow]:
        return self._store.audit.without_job(self._now() - LOOKED_FOR)

    def _jobs_of(self, start: AuditRow) -> list[Job]:
        """Returns the jobs that this start may have made and that no start is known to have made, asked for by the bot's clock."""
        ahead = self._clock.ahead()
        began, ended = (at + ahead for at in _span(start))
        found = self._store.jobs.asked_for(
            start.customer or 0, start.job_type, _devices(start), began - CLOCKS_DIFFER, ended + CLOCKS_DIFFER
        )
        if not found:
            return []
        if self._own is None:
            self._own = self._webnet.me().id
        known = self._store.audit.starter_of([job.id for job in found], start.customer or 0)
        users = {self._own, start.user} if self._webnet.acts_for_callers else {self._own}
        own = (job for job in found if job.user in users and job.id not in known)
        return [replace(job, requested_at=job.requested_at - ahead) for job in own if job.requested_at]

    def _open_card(self, start: AuditRow, job: Job) -> None:
        """Opens a card that only its requester sees, as the answer was. Who asked again, and so has a card of the job, needs
        none."""
        workspace, cards = start.workspace or 0, self._store.cards
        if self._store.workspaces.customer(workspace) != start.customer:
            return
        if cards.is_followed(job.id, workspace, start.slack_user_id):
            return
        card = cards.open(
            workspace=workspace,
            customer=start.customer or 0,
            job_id=job.id,
            what=KINDS[job.type].word,
            device_name=start.device_name or count(len(_devices(start)), "device"),
            channel_id=start.channel_id,
            chat_user=start.slack_user_id,
            chat_user_name=start.slack_user_name,
            ephemeral=True,
            ref="",
            holder=self._instance,
            ttl_s=0.0,
        )
        cards.let_go(card, 0.0, shown=FOUND)


def _devices(row: AuditRow) -> frozenset[int]:
    """Returns the devices of a request; none if the row does not keep all of them."""
    if row.device:
        return frozenset({row.device})
    number, _, ids = row.devices.partition(": ")
    devices = frozenset(map(int, ids.split()))
    return devices if number == str(len(devices)) else frozenset()


def _span(row: AuditRow) -> tuple[datetime, datetime]:
    """Returns from when until when a request was being worked on."""
    assert row.created_at is not None
    return row.created_at, row.created_at + timedelta(milliseconds=row.duration_ms or 0)


def _may_have_made(row: AuditRow, start: AuditRow, job: Job) -> bool:
    """Whether the request of `row` may have made the job that fits `start`. Of one that is open or was interrupted it is not
    known what it is about."""
    assert job.requested_at is not None
    began, ended = _span(row)
    same = (row.device, row.devices, row.job_type) == (start.device, start.devices, start.job_type)
    if row.status != UNCLEAR:
        same, ended = True, began + WORKED_ON_FOR
    in_time = began - CLOCKS_DIFFER <= job.requested_at <= ended + CLOCKS_DIFFER
    return row.customer == start.customer and same and in_time
