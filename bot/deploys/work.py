"""Does the next thing for a deploy: each action is stored before anything leaves the bot, and nothing that may have been sent is
sent again. What cannot be told is said, and left to whoever asked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.approvals.approvers import Approvers
from bot.approvals.requests import Kept, Requests
from bot.core.commands import Workspace
from bot.core.errors import Conflict, WebNetMissing
from bot.core.pipeline import Answer, Performer, StoredRequest
from bot.core.text import and_more, count
from bot.deploys import steps
from bot.deploys.access import GO_ON
from bot.deploys.changes import DeployChanges
from bot.deploys.deploy import COMMAND, Deploy, Deploys
from bot.deploys.deploy_jobs import TYPES, DeployJobs
from bot.deploys.job_end import results
from bot.deploys.steps import STEPS, Compare, Decide, Find, Follow, Host, Kind, Move, Send, State
from bot.jobs.outcomes import Outcomes
from bot.jobs.stuck import StuckJobs
from bot.webnet.client import WebNet
from bot.webnet.models import CANCELLED, Job
from bot.webnet.responses import FAULTS_OF_ONE

log = logging.getLogger(__name__)

START_WITHIN = timedelta(minutes=10)  # of the step before, or of the decision; later nobody expects it any more
FIND_WITHIN = timedelta(minutes=2)  # WebNet makes a job while it answers, which may last where its queue is away
READ_WITHIN = timedelta(minutes=2)  # the configs of a device; then the deploy goes on as if it had none
FOLLOWED_FOR = timedelta(days=1)  # a job, before it is given up
CANCELLED_FOR = timedelta(hours=1)  # how long a commit that was cancelled may still be run by a worker
MOST_NAMED = 5
GONE = "The request for its approval is gone, or was changed."
OFF = "The workspace was switched off, or belongs to another customer by now."
LOOKING, WAS_CANCELLED = "looking", "cancelled"  # what may be wrong with a step, beside how its job is stuck


@dataclass(frozen=True, slots=True)
class Parts:
    """Holds what the work needs. `open_commits(customer, devices)` gives the ids of commits that the index believes to
    be open, and `webnet_ahead()` by how much WebNet's clock is ahead of the store's. `transaction` makes one of several
    writes."""

    deploys: Deploys
    requests: Requests
    approvers: Approvers
    dispatcher: Performer
    webnet: WebNet
    outcomes: Outcomes
    stuck: StuckJobs
    changes: DeployChanges
    open_commits: Callable[[int, Sequence[int]], Sequence[int]]
    webnet_ahead: Callable[[], timedelta]
    transaction: Callable[[], AbstractContextManager[None]]
    approval_within: timedelta


class Work:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._deploys = parts.deploys
        self._webnet = parts.webnet
        self._jobs = DeployJobs(parts.webnet, parts.open_commits, parts.webnet_ahead)

    def act(self, deploy: Deploy, workspace: Workspace | None) -> Deploy | None:
        """Does the next thing and returns the deploy as it is then; None if there is something to wait for, or another process
        has changed it. Without a `workspace` nothing is started. Raises WebNetError."""
        acted: Deploy | None = None
        match steps.next_action(deploy.course):
            case Send(state):
                acted = self._send(deploy, state, workspace)
            case Find():
                acted = self._find(deploy)
            case Follow(job):
                acted = self._follow(deploy, job)
            case Decide():
                acted = self._decide(deploy, workspace)
            case Compare():
                acted = self._compare(deploy)
            case Move("waiting"):
                acted = self._ask(deploy)
            case Move("void"):
                acted = self._deploys.end(deploy, "void", _refused(deploy))
            case Move(state):
                acted = self._deploys.move(deploy, state)
        return acted

    # -- starting a job

    def _send(self, deploy: Deploy, state: State, workspace: Workspace | None) -> Deploy | None:
        devices, kind = deploy.course.scope(state), STEPS[state].kind
        if kind == "preview" and any(deploy.course.host(device).before is None for device in devices):
            newest = self._parts.changes.newest(devices, waited=self._waited(deploy))
            return self._deploys.move(deploy, deploy.state, {each: Host(before=newest[each]) for each in devices})
        if why := self._why_not(deploy, state, workspace):
            return self._deploys.stop(deploy, state, why)
        payload, answers = deploy.payload, list[Answer]()
        stored = StoredRequest(
            payload.request,
            COMMAND,
            {GO_ON: deploy.number},
            tuple(device for device in payload.devices if device[0] in devices),
            payload.first_id,
            deploy.row.approver,
            what=COMMAND,
        )
        self._parts.dispatcher.handle_stored(stored, answers.append)
        now = self._deploys.read(deploy.number)
        return now if now and now.state != deploy.state else None  # one that was not begun is tried again later

    def _why_not(self, deploy: Deploy, state: State, workspace: Workspace | None) -> str:
        """Says why a job is not started after all; empty if it is. Raises WebNetError."""
        if workspace is None:
            return OFF
        if self._age(deploy) > START_WITHIN:
            return f"The {STEPS[state].kind} could not be started within {START_WITHIN.seconds // 60} minutes."
        if why := self._parts.approvers.may_no_longer_ask(deploy.payload, workspace):
            return why
        if STEPS[state].kind != "commit":
            return ""
        return self._no_longer_approved(deploy) or self._changed(deploy, deploy.course.scope(state))

    def _no_longer_approved(self, deploy: Deploy) -> str:
        """Says why its approval does not count any more; empty if it does. Raises WebNetError."""
        kept = self._parts.requests.read(deploy.row.request or 0)
        if kept is None or not _is_about(kept, deploy):
            return GONE
        return self._parts.approvers.may_no_longer_approve(kept)

    def _changed(self, deploy: Deploy, devices: Sequence[int]) -> str:
        """Says what has happened to these devices since the preview; empty if nothing has."""
        newest = self._parts.changes.newest(devices, waited=self._waited(deploy))
        others = [deploy.names[each] for each in devices if newest[each] != deploy.course.host(each).before]
        if others:
            named = ", ".join(others[:MOST_NAMED])
            more = f" {and_more(len(others) - MOST_NAMED)}" if len(others) > MOST_NAMED else ""
            return f"WebNet has a newer config of {named}{more} than at the preview. Look at `diff`, then ask again."
        try:
            job = next(self._jobs.other_commits(deploy, frozenset(devices)), None)
        except Conflict as error:
            return error.words
        if job is not None:
            return f"Job #{job} has committed there since the preview, or may do so. Look at `jobs`, then ask again."
        return ""

    # -- a job that may have been started

    def _find(self, deploy: Deploy) -> Deploy | None:
        found = list(self._jobs.may_be(deploy))
        if len(found) == 1:
            self._deploys.store.note_job(deploy.number, deploy.state, found[0])
            log.info("deploy #%d did start job #%d", deploy.number, found[0])
            return self._deploys.read(deploy.number)
        kind = STEPS[deploy.state].kind
        if len(found) > 1 or self._age(deploy) > FIND_WITHIN:
            return self._deploys.lose(
                deploy, f"it is not clear whether the {kind} was started. It is not started again"
            )
        self._note(deploy, LOOKING)
        return None

    def _follow(self, deploy: Deploy, number: int) -> Deploy | None:
        try:
            return self._followed(deploy, number)
        except FAULTS_OF_ONE:
            if self._age(deploy) <= FOLLOWED_FOR:
                raise
            self._webnet.require_admin()
            kind = STEPS[deploy.state].kind
            return self._deploys.lose(deploy, f"job #{number}, its {kind}, could not be read for a day")

    def _followed(self, deploy: Deploy, number: int) -> Deploy | None:
        kind = STEPS[deploy.state].kind
        try:
            job = self._webnet.job(number)
        except WebNetMissing:
            job = None
        if job is None or (job.customer, job.type) != (deploy.payload.customer, TYPES[kind]):
            return self._deploys.lose(deploy, f"WebNet does not know job #{number} any more, its {kind}")
        if job.status == CANCELLED:
            return self._cancelled(deploy, job, kind)
        if not job.ended:
            if self._age(deploy) > FOLLOWED_FOR:
                return self._deploys.lose(deploy, f"job #{number}, its {kind}, is still {job.status} after a day")
            stuck = self._parts.stuck.look(job)
            self._note(deploy, stuck.how if stuck else "")
            return None
        targets = deploy.targets(deploy.course.scope(deploy.state))
        brought = results(job, self._parts.outcomes.log(job), targets, self._parts.outcomes.of(job))
        return self._deploys.move(deploy, deploy.state, deploy.course.with_results(kind, brought))

    def _cancelled(self, deploy: Deploy, job: Job, kind: Kind) -> Deploy | None:
        """Waits for a while for a commit that was cancelled: a worker of WebNet may run it all the same."""
        if kind == "commit" and self._age(deploy) < CANCELLED_FOR:
            self._note(deploy, WAS_CANCELLED)
            return None
        return self._deploys.lose(deploy, f"job #{job.id}, its {kind}, was cancelled in WebNet")

    def _note(self, deploy: Deploy, note: str) -> None:
        if note != deploy.row.note:
            self._deploys.store.note(deploy.row, note)

    # -- approval

    def _ask(self, deploy: Deploy) -> Deploy | None:
        values = {**deploy.payload.values, GO_ON: deploy.number}
        with self._parts.transaction():
            kept = self._parts.requests.keep(
                replace(deploy.payload, values=values),
                workspace=deploy.row.workspace,
                within=self._parts.approval_within,
                silent=True,
            )
            waiting = self._deploys.move(deploy, "waiting", request=kept.number)
            if waiting is None:
                raise Conflict(f"Deploy #{deploy.number} has just changed.")
        return waiting

    def _decide(self, deploy: Deploy, workspace: Workspace | None) -> Deploy | None:
        kept = self._parts.requests.read(deploy.row.request or 0)
        if kept is None or not _is_about(kept, deploy):
            return self._deploys.end(deploy, "void", GONE)
        if kept.row.state == "requested":
            return None
        if kept.row.state != "approved":
            return self._deploys.end(deploy, "void", _not_approved(kept))
        why = OFF if workspace is None else self._no_longer(kept)
        with self._parts.transaction():
            outcome = why or f"Deploy #{deploy.number} goes on."
            if self._parts.requests.move(kept, "void" if why else "done", outcome=outcome) is None:
                return None
            if why:
                decided = self._deploys.end(deploy, "void", why)
            else:
                decided = self._deploys.move(deploy, "checking", approver=kept.row.decided_name)
            if decided is None:
                raise Conflict(f"Deploy #{deploy.number} has just changed.")
        return decided

    def _no_longer(self, kept: Kept) -> str:
        """Says why what was approved is not done after all; empty if it is. Raises WebNetError."""
        decided_at = kept.row.decided_at
        if decided_at is None or self._deploys.store.now() - decided_at > START_WITHIN:
            return f"It could not be started within {START_WITHIN.seconds // 60} minutes of the decision."
        return self._parts.approvers.may_no_longer_approve(kept)

    # -- the end

    def _compare(self, deploy: Deploy) -> Deploy | None:
        """Notes which snapshots the backups made, and ends the deploy."""
        hosts = dict(deploy.course.hosts)
        for state, job in deploy.course.jobs.items():
            devices = [each for each in deploy.course.scope(state) if deploy.course.host(each).backup == ""]
            if STEPS[state].kind == "backup" and devices:
                made = self._parts.changes.made_by(job, devices, waited=self._waited(deploy))
                for each in devices:
                    trouble: dict[str, Any] = {} if each in made else {"backup": "WebNet has no config of this backup"}
                    hosts[each] = replace(hosts[each], after=made.get(each), **trouble)
        return self._deploys.end(deploy, steps.end_of(replace(deploy.course, hosts=hosts)), "", hosts)

    def _waited(self, deploy: Deploy) -> bool:
        """Says whether configs that WebNet cannot show were waited for."""
        return self._age(deploy) > READ_WITHIN

    def _age(self, deploy: Deploy) -> timedelta:
        """Returns how long ago the deploy last got on."""
        return self._deploys.store.now() - deploy.row.moved_at


def _is_about(kept: Kept, deploy: Deploy) -> bool:
    """Says whether what was approved is what would be done."""
    ours = {**deploy.payload.values, GO_ON: deploy.number}
    same = (kept.payload.devices, kept.payload.requester) == (deploy.payload.devices, deploy.payload.requester)
    return same and kept.payload.command == COMMAND and kept.payload.values == ours


def _not_approved(kept: Kept) -> str:
    by, reason = kept.row.decided_name or "the command line", kept.row.reason or "no reason was given"
    match kept.row.state:
        case "denied":
            return f"It was denied by {by}: {reason}."
        case "withdrawn":
            return f"It was withdrawn by {by}."
        case "expired":
            return "Nobody approved it in time."
        case _:
            return kept.row.outcome or "Its approval is void."


def _refused(deploy: Deploy) -> str:
    number = sum(bool(host.preview) for host in deploy.course.hosts.values())
    whole = len(deploy.course.devices)
    where = deploy.payload.devices[0][1] if whole == 1 else f"{number:,} of {count(whole, 'device')}"
    return f"The preview failed on {where}."
