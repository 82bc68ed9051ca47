"""Lets the commands of one caller wait for a decision, and lets the caller decide on requests of others."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.approvals.approvers import Approvers
from bot.approvals.elsewhere import ApprovalChannel, Elsewhere
from bot.approvals.payload import Payload
from bot.approvals.requests import Kept, Requests
from bot.core.approval_need import ApprovalRule, names_of, rule_for
from bot.core.arguments import Sealed
from bot.core.audit import RequestAudit
from bot.core.commands import Role
from bot.core.errors import Conflict, NotFound, Refused
from bot.core.message import Message, sentence
from bot.core.pipeline import Admitted, Deferred, StoredDevice
from bot.core.text import clean, count, ended, in_one_line
from bot.devices.selection import LeftOut
from bot.webnet.client import WebNet
from bot.webnet.target import Target
from store.requests import OF_COMMANDS, Purpose, State

CONFIRM_WITHIN = timedelta(minutes=10)
STANDS: Mapping[State, str] = {
    "requested": "has expired",  # nothing else is left where it cannot be decided any more
    "approved": "was {verb} by {by}",
    "denied": "was denied by {by}",
    "withdrawn": "was withdrawn by {by}",
    "expired": "has expired",
    "executing": "was {verb} by {by} and is being started",
    "done": "was {verb} by {by} and has been started",
    "failed": "was {verb} by {by}. {outcome}",
    "void": "is void: {outcome}",
}
MAPPED = "was granted by {by}: {outcome}"  # how one to be mapped stands that is done


@dataclass(frozen=True, slots=True)
class ApprovalSources:
    """Holds what all callers share. What concerns more than `confirm_over` devices is confirmed first. `card` shows a request,
    and `within` is how long an approval is waited for. `channel` is where requests of direct messages are shown, and
    others, too, if that is in another chat. `redact` hides secrets in a line."""

    requests: Requests
    confirm_over: int
    approvers: Approvers
    webnet: WebNet
    card: Callable[[Kept], Message]
    within: timedelta
    channel: ApprovalChannel
    redact: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Approvals:
    """Serves one request of one caller."""

    _admitted: Admitted
    _audit: RequestAudit
    _sources: ApprovalSources

    # -- what waits for a decision

    def allow(self, what: str, targets: tuple[Target, ...] = (), left_out: tuple[LeftOut, ...] = ()) -> None:
        """Does what `require` and, if nobody else has to decide, `confirm` do."""
        self.require(what, targets, left_out)
        self.confirm(what, targets, left_out)

    def require(self, what: str, targets: tuple[Target, ...] = (), left_out: tuple[LeftOut, ...] = ()) -> None:
        """Goes on only if the change `what`, such as "backup", needs no approval on these devices, or has it; else raises Deferred
        with the message that asks for it.

        Raises Conflict or NotFound for a device that could not be changed now, for one that is not among those that were stored,
        and where nobody else would see the message.
        """
        self._must_be_stored(what, targets)
        names = (self._admitted.command.name, *names_of(what))
        rule = rule_for(self._sources.approvers.rules, names, len(targets))
        if rule is None or self._admitted.approved_by:
            return
        request, asked = self._admitted.record.request, None
        if request.direct:
            needs = f"`{what}` needs the approval of a second person here"
            asked = self._sources.channel.required(self._admitted.workspace, needs)
        for target in targets:
            self._sources.webnet.check(what, self._admitted.workspace.customer, target)
        kept = self._keep("approval", what, targets, left_out, _why(what, rule), elsewhere=asked)
        message = self._sources.card(kept)
        if asked:
            message = sentence(
                f"Nothing was started yet: {what} needs the approval of a second person, who is asked in {asked}. "
                f"It is request #{kept.number}; `withdraw {kept.number}` shows the button that takes it back."
            )
        raise Deferred(message, code="approval_requested", ephemeral=request.direct)

    def confirm(self, what: str, targets: tuple[Target, ...], left_out: tuple[LeftOut, ...] = ()) -> None:
        """Goes on only if the caller has confirmed `what` on exactly these devices, or they are few; else raises Deferred with
        the message that asks for that."""
        self._must_be_stored(what, targets)
        if self._admitted.devices is None and len(targets) > self._sources.confirm_over:
            why = f"What concerns more than {count(self._sources.confirm_over, 'device')} is confirmed first"
            card = self._sources.card(self._keep("confirmation", what, targets, left_out, why))
            raise Deferred(card, code="confirmation_requested", ephemeral=self._admitted.ephemeral)

    def let_admin_decide(self, what: str, why: str, text: str) -> None:
        """Goes on only if an administrator of WebNet has allowed `what`, which concerns no device: the caller by a confirmation,
        or else a second person. Raises Deferred with the message that asks for it, and that shows the `text`."""
        self._must_be_stored(what, ())
        admin = self._admitted.caller.role is Role.admin
        if self._admitted.devices is not None and (admin or self._admitted.approved_by):
            return
        purpose: Purpose = "confirmation" if admin else "approval"
        card = self._sources.card(self._keep(purpose, what, (), (), why, text))
        raise Deferred(card, code=f"{purpose}_requested", ephemeral=admin and self._admitted.ephemeral)

    def _must_be_stored(self, what: str, targets: tuple[Target, ...]) -> None:
        stored = self._admitted.devices
        if stored is None:
            return
        if not {*targets} <= {Target(*device) for device in stored} or not {*names_of(what)} <= {
            *names_of(self._admitted.what)
        }:
            raise Conflict("What would be done is not what was asked for. Nothing was started; ask again.")

    def _keep(
        self,
        purpose: Purpose,
        what: str,
        targets: tuple[Target, ...],
        left_out: tuple[LeftOut, ...],
        why: str,
        text: str = "",
        elsewhere: Elsewhere | None = None,
    ) -> Kept:
        admitted, sources = self._admitted, self._sources
        request, approval = admitted.record.request, purpose == "approval"
        draft = Payload(
            purpose=purpose,
            customer=admitted.workspace.customer,
            command=admitted.command.name,
            what=what,
            why=why,
            values=admitted.values,
            devices=tuple(sorted(map(_stored, targets))),
            left_out=left_out,
            hidden=sum(map(self._is_hidden, admitted.values.values())),
            requester=admitted.caller.user,
            username=admitted.caller.username,
            request=replace(request, text=in_one_line(sources.redact(clean(request.text)))),
            first_id=self._audit.row,
            text=text,
        )
        return sources.requests.keep(
            draft,
            workspace=admitted.workspace.id,
            within=sources.within if approval else CONFIRM_WITHIN,
            ephemeral=admitted.ephemeral and not approval,
            elsewhere=elsewhere,
            beside=sources.channel.beside(admitted.workspace) if approval and not request.direct else None,
        )

    def _is_hidden(self, value: Any) -> bool:
        return isinstance(value, Sealed) or (isinstance(value, str) and self._sources.redact(value) != value)

    # -- decisions

    def waiting(self) -> list[Kept]:
        """Lists the requests of this workspace's customer that can still be decided, in whichever chat they were made, the newest first."""
        listed = self._sources.requests.listed([self._admitted.workspace.customer], waiting=True)
        return [kept for kept in listed if self._is_here(kept) and kept.payload.purpose == "approval"]

    def may_decide(self, kept: Kept) -> bool:
        """Says whether the caller may decide this request, for a list of many."""
        try:
            self._sources.approvers.check_user(kept, self._admitted.workspace, self._admitted.caller)
        except Refused:
            return False
        return True

    def get(self, number: int, purposes: Collection[Purpose] = OF_COMMANDS) -> Kept:
        """Reads a request that may be decided here. Raises NotFound."""
        kept = self._sources.requests.read(number)
        if kept is None or not self._is_here(kept) or kept.payload.purpose not in purposes:
            raise NotFound(f"There is no request #{number} here.")
        return kept

    def card(self, kept: Kept) -> Message:
        return self._sources.card(kept)

    def clicked(self, proof: str) -> bool:
        """Says whether the caller pressed a button of a request, or sent the form that it opened, which alone decides it: nothing
        that is typed does."""
        return bool(proof) and self._admitted.record.request.way in {"button", "form"}

    def approve(self, number: int, proof: str) -> Kept:
        """Approves a request for the caller. Raises Refused for one who may not, and Conflict if that is not possible any more."""
        kept = self.pressed(number, proof, "approval")
        self._sources.approvers.check(kept, self._admitted.workspace, self._admitted.caller)
        return self._decide(kept, "approved")

    def deny(self, number: int, proof: str, reason: str) -> Kept:
        """Denies a request for the caller, who must be one that may approve it. Raises as `approve` does."""
        kept = self.pressed(number, proof, "approval")
        self._sources.approvers.check(kept, self._admitted.workspace, self._admitted.caller)
        return self._decide(kept, "denied", in_one_line(self._sources.redact(clean(reason))))

    def withdraw(self, number: int, proof: str) -> Kept:
        """Takes back a request of the caller's own. Raises as `approve` does."""
        kept = self.pressed(number, proof, "approval", "confirmation")
        self._require_own(kept)
        return self._decide(kept, "withdrawn")

    def confirmed(self, number: int, proof: str) -> Kept:
        """Lets go on what the caller asked for. Raises as `approve` does."""
        kept = self.pressed(number, proof, "confirmation")
        self._require_own(kept)
        return self._decide(kept, "approved")

    def pressed(self, number: int, proof: str, *purposes: Purpose) -> Kept:
        """Reads a request that waits, of which the caller pressed a button. Raises NotFound or Conflict."""
        show = "map" if "mapping" in purposes else "approve"
        kept = self.get(number, purposes if show == "map" else OF_COMMANDS)
        ours = hmac.compare_digest(proof.encode(), kept.proof.encode())
        if not (self.clicked(proof) and ours and kept.payload.purpose in purposes):
            raise Conflict(f"That is no button of request #{number}. Nothing was decided; `{show} {number}` shows it.")
        if kept.row.state != "requested":
            raise Conflict(stands(kept))
        return kept

    def _require_own(self, kept: Kept) -> None:
        if self._admitted.caller.user != kept.payload.requester:
            raise Refused(f"Only {kept.payload.username}, who asked for this, can do that.", reason="not_requester")

    def _decide(self, kept: Kept, to: State, reason: str = "") -> Kept:
        caller = self._admitted.caller
        decided = self._sources.requests.decide(
            kept,
            to,
            by=caller.user,
            name=caller.username,
            chat_user=caller.chat_user,
            workspace=self._admitted.workspace.id,
            reason=reason,
        )
        now = self.get(kept.number)
        if not decided:
            raise Conflict(stands(now))
        return now

    def _is_here(self, kept: Kept) -> bool:
        """Says whether a request is of the customer of this workspace. One to be mapped concerns a user of one workspace, and is decided
        there."""
        elsewhere = kept.payload.purpose == "mapping" and kept.row.workspace != self._admitted.workspace.id
        return self._admitted.is_here(kept.payload.customer) and not elsewhere


def stands(kept: Kept) -> str:
    """Returns a sentence about a request that can be decided no more."""
    by = kept.row.decided_name or "somebody on the command line"
    verb = "approved" if kept.payload.purpose == "approval" else "confirmed"
    stand = MAPPED if (kept.row.state, kept.payload.purpose) == ("done", "mapping") else STANDS[kept.row.state]
    words = stand.format(by=by, verb=verb, outcome=kept.row.outcome)
    return f"Request #{kept.number} {ended(words)} Nothing was changed now."


def _why(what: str, rule: ApprovalRule) -> str:
    on = "" if rule.over is None else f" on more than {count(rule.over, 'device')}"
    role = "" if rule.role <= Role.operator else f" with the role {rule.role.name}"
    return f"Here {what}{on} needs the approval of a second person{role}"


def _stored(target: Target) -> StoredDevice:
    return target.id, target.hostname, target.mgmt_ip, target.platform
