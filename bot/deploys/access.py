"""Lets one caller ask for a deploy, and starts its next job for them when the runner says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from bot.approvals.elsewhere import ApprovalChannel
from bot.approvals.payload import Payload
from bot.approvals.requests import Kept
from bot.core.audit import RequestAudit
from bot.core.errors import BotError, Conflict, NotFound, OutcomeUnknown, Refused
from bot.core.message import Message, sentence
from bot.core.pipeline import Admitted, Deferred
from bot.core.text import clean, in_one_line
from bot.deploys import steps
from bot.deploys.deploy import COMMAND, Deploy, Deploys
from bot.deploys.snippet import HIDDEN, hides, number_of_lines
from bot.deploys.steps import STEPS, Find, Follow, Send, State
from bot.deploys.unseen import must_be_seen
from bot.devices.selection import Selection
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import BACKUP, COMMIT, PREVIEW, JobKind, deploying
from bot.webnet.target import Target

WHY = "A deploy always needs the approval of a second person"
GO_ON = "deploy"  # name of the stored value that holds the number; nothing that is typed is read as one


class Redacts(Protocol):
    def __call__(self, text: str, /) -> str: ...

    def config(self, text: str, /) -> str: ...

    def places(self, text: str, /) -> Iterable[tuple[int, str, str]]: ...


@dataclass(frozen=True, slots=True)
class DeploySources:
    """Holds what all callers share. `approval` reads a request by its number, `card` shows a deploy, and `channel` is where the
    deploys of direct messages are shown, and others, too, if that is in another chat."""

    deploys: Deploys
    approval: Callable[[int], Kept | None]
    webnet: WebNet
    card: Callable[[Deploy], Message]
    channel: ApprovalChannel
    redact: Redacts


@dataclass(frozen=True, slots=True)
class Wish:
    """Holds what somebody wants on devices, and why. `at` is empty where one device is tried first."""

    snippet: str
    reason: str
    change: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """Holds a job that was started for a deploy, what it is called, and its devices."""

    deploy: Deploy
    what: str
    job: int
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class DeployAccess:
    """Serves one request of one caller."""

    _admitted: Admitted
    _audit: RequestAudit
    _sources: DeploySources

    # -- asking

    def hides(self, text: str) -> bool:
        """Says whether a secret is found in these config lines, which were typed as one."""
        return self._sources.redact(text) != text or hides(text, self._sources.redact.config)

    def ask(self, selection: Selection, wish: Wish) -> Deferred:
        """Stores a deploy and returns what ends the command, with the card that follows its steps from then on. Raises Conflict, with
        the one that is open, if there is one on one of the devices, and where nobody else would see the card; and UsageError
        for lines of which whoever approves would not see all."""
        admitted, sources = self._admitted, self._sources
        must_be_seen(wish.snippet, {target.platform for target in selection.targets}, sources.redact.places)
        request, here = admitted.record.request, admitted.workspace
        asked = (
            sources.channel.required(here, "A deploy needs the approval of a second person") if request.direct else None
        )
        for target in selection.targets:
            sources.webnet.check(PREVIEW.word, here.customer, target)
        beside = asked or sources.channel.beside(here)
        if asked and asked.workspace == here.id:
            channel, beside = asked.channel, None
        else:
            channel = "" if asked else request.place.channel
        draft = self._draft(selection, wish)
        deploy = sources.deploys.keep(
            draft, wish.snippet, workspace=here.id, channel=channel, answered=not asked, beside=beside
        )
        if deploy is None:
            raise self._held(selection)
        self._audit.concerns(*selection.targets)
        if asked:
            sources.deploys.changed()
            words = f"Nothing was changed yet: this is deploy #{deploy.number}, which is shown in {asked}."
            return Deferred(sentence(words), code="deploy_requested", ephemeral=True)
        return Deferred(sources.card(deploy), code="deploy_requested", ephemeral=False)

    def _draft(self, selection: Selection, wish: Wish) -> Payload:
        admitted, sources = self._admitted, self._sources
        request, text = admitted.record.request, sources.redact.config(wish.snippet)
        return Payload(
            purpose="approval",
            customer=admitted.workspace.customer,
            command=COMMAND,
            what=COMMAND,
            why=WHY,
            values={
                "hash": sources.deploys.hashed(wish.snippet),
                "lines": number_of_lines(wish.snippet),
                "reason": in_one_line(sources.redact(clean(wish.reason))),
                "change": in_one_line(sources.redact(clean(wish.change))),
                "at": wish.at,
            },
            devices=tuple((each.id, each.hostname, each.mgmt_ip, each.platform) for each in selection.targets),
            left_out=selection.left_out,
            hidden=text.count(HIDDEN),
            requester=admitted.caller.user,
            username=admitted.caller.username,
            request=replace(request, text=in_one_line(sources.redact(clean(request.text)))),
            first_id=self._audit.row,
            text=text,
        )

    def _held(self, selection: Selection) -> Conflict:
        ids = {target.id for target in selection.targets}
        held = map(self._sources.deploys.read, self._sources.deploys.store.holding(ids))
        deploys = [deploy for deploy in held if deploy and self._admitted.is_here(deploy.payload.customer)]
        if not deploys:
            return Conflict(
                "A deploy is open on one of these devices. Nothing was started; try again when it has ended."
            )
        first = deploys[0]
        name = next(name for device, name in first.names.items() if device in ids)
        words = f"Deploy #{first.number} of {first.payload.username} is open on {name}, so no second one was started."
        shown = self._sources.card(first)
        return Conflict(words, message=replace(shown, parts=(*sentence(words).parts, *shown.parts), card=None))

    # -- going on

    def get(self, number: int) -> Deploy:
        """Reads a deploy of this workspace's customer, with the request for its approval. Raises NotFound."""
        deploy = self._sources.deploys.read(number)
        if deploy is None or not self._admitted.is_here(deploy.payload.customer):
            raise NotFound(f"There is no deploy #{number} here.")
        return self._sources.deploys.with_approval(deploy, self._sources.approval)

    def listed(self) -> list[Deploy]:
        """Lists the newest deploys of this workspace's customer."""
        return self._sources.deploys.listed(self._customer)

    def card(self, deploy: Deploy) -> Message:
        return self._sources.card(deploy)

    def start_next(self, number: int) -> Started:
        """Starts the next job of a deploy, for the runner alone: the state is entered, in the store, right before the POST.

        Raises what the gate raises, and then nothing was sent; but OutcomeUnknown leaves the state entered.
        """
        deploy = self.get(number)
        action = steps.next_action(deploy.course)
        if self._admitted.devices is None or not isinstance(action, Send):
            raise Conflict(f"Nothing is to be started for deploy #{number} now.")
        kind, targets = self._kind(deploy, action.state), deploy.targets(deploy.course.scope(action.state))
        self._audit.concerns(*targets)
        job = self._start(deploy, action.state, kind, targets)
        self._audit.started(job, kind.type)
        self._sources.deploys.store.note_job(number, action.state, job)
        return Started(deploy, kind.word, job, targets)

    def _start(self, deploy: Deploy, state: State, kind: JobKind, targets: tuple[Target, ...]) -> int:
        deploys, entered = self._sources.deploys, list[Deploy]()

        def enter() -> None:
            if not entered and (moved := deploys.move(deploy, state)):
                entered.append(moved)
            if not entered:
                raise Conflict("Somebody else goes on with this deploy. Nothing was started.")

        try:
            return self._sources.webnet.start_job(kind, self._customer, targets, enter, self._admitted.caller)
        except OutcomeUnknown:
            self._audit.unclear(kind.type)
            raise
        except BotError as error:  # certainly nothing was sent
            if entered:
                deploy = deploys.move(entered[0], deploy.state, moved_at=deploy.row.moved_at) or deploy
            if isinstance(error, Conflict | NotFound | Refused):
                deploys.stop(deploy, state, error.words)
            raise

    def _kind(self, deploy: Deploy, state: State) -> JobKind:
        match STEPS[state].kind:
            case "preview":
                return deploying(PREVIEW, deploy.row.snippet)
            case "commit":
                return deploying(COMMIT, deploy.row.snippet)
            case _:
                return replace(BACKUP, extra={"source_label": f"deploy #{deploy.number}"})

    def give_up(self, number: int) -> Deploy:
        """Ends a deploy whose job may never end. Raises Conflict for one with which nothing is wrong."""
        deploy = self.get(number)
        if not isinstance(steps.next_action(deploy.course), Find | Follow) or not deploy.row.note:
            raise Conflict(f"Nothing is wrong with deploy #{number}, so it is not given up.")
        by = self._admitted.caller.username
        ended = self._sources.deploys.lose(deploy, f"{by} gave it up while the bot waited for its job.")
        self._sources.deploys.changed()
        if ended is None:
            raise Conflict(f"Deploy #{number} has just changed. Look at it again.")
        self._audit.did(f"Deploy #{number} was given up.")
        return ended

    @property
    def _customer(self) -> int:
        return self._admitted.workspace.customer
