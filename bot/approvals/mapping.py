"""Lets somebody who is not mapped ask for it, and an administrator of WebNet say which user that is.

Nothing that Slack says of a name counts: an administrator picks the user, sees the role, and then presses a button that is good for
exactly what was shown. The mapping and the decision are written together.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.approvals.access import Approvals, stands
from bot.approvals.elsewhere import Elsewhere
from bot.approvals.payload import Payload
from bot.approvals.requests import Kept, Requests
from bot.callers import Callers
from bot.core import permissions
from bot.core.commands import Role, Workspace
from bot.core.errors import Conflict, NotFound, RateLimited, Refused, WebNetMissing
from bot.core.permissions import ASK
from bot.core.pipeline import Admitted
from bot.core.text import clean, count, in_one_line
from bot.webnet.client import WebNet
from bot.webnet.models import User
from store.database import Store
from store.errors import Duplicate
from store.mapping_requests import Asked
from store.requests import OF_MAPPING

WITHIN = timedelta(days=7)
LATELY, MOST_LATELY = timedelta(days=1), 3  # requests of one chat user
MOST_HERE = 20  # requests of one workspace that wait
MOST_ADMINS = 10  # who get a request by direct message
NOTHING = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class MappingSources:
    """Holds what all requests share. `channels` are the administrators', at most one in each chat."""

    requests: Requests
    store: Store
    webnet: WebNet
    callers: Callers
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Holds a user whom an administrator picked for a request, as WebNet has that user now. `also` are other chat users of the
    workspace who are mapped to that user."""

    kept: Kept
    user: int
    username: str
    role: str
    seen: str
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Serves one request of somebody who is not mapped, and who may do nothing but this."""

    _admitted: Admitted
    _sources: MappingSources

    def ask(self) -> Kept:
        """Stores a request to be mapped, which the administrators get. Raises Refused for somebody who is mapped, and Conflict or
        RateLimited where it is not stored."""
        workspace, request = self._admitted.workspace, self._admitted.record.request
        requests, store = self._sources.requests, self._sources.store
        if store.users.find(workspace.id, request.chat_user) is not None:
            raise Refused(f"You are mapped to a WebNet user already. {ASK} if it is the wrong one.", reason="mapped")
        (first, *others), since = self._places(workspace), requests.store.now() - LATELY
        with store.transaction():
            _check(store.mapping_requests.asked(workspace.id, workspace.customer, request.chat_user, since))
            kept = requests.keep(
                self._draft(), workspace=workspace.id, within=WITHIN, elsewhere=Elsewhere(workspace.id, first)
            )
            for place in others:
                requests.store.add_message(kept.number, channel_id=place, chat_user=place, ephemeral=False, shown="")
        requests.changed()
        return kept

    def _draft(self) -> Payload:
        request, command = self._admitted.record.request, self._admitted.command.name
        name = in_one_line(clean(request.chat_user_name)) or request.chat_user
        return Payload(
            purpose="mapping",
            customer=self._admitted.workspace.customer,
            command=command,
            what="mapping",
            why="",
            values={},
            devices=(),
            hidden=0,
            requester=0,
            username=name,
            request=replace(request, text=command, chat_user_name=name),
            first_id=0,
        )

    def _places(self, workspace: Workspace) -> list[str]:
        """Returns the channel of the administrators, if it is one of this workspace, else the chat users who decide."""
        store, channels = self._sources.store, self._sources.channels
        if here := [each for each in channels if store.channels.find(workspace.id, each) is not None]:
            return here
        users = {user.id: user for user in self._sources.callers.users().of_customer(workspace.customer)}
        mapped = store.users.list(workspace=workspace.id)
        admins = [each.slack_user_id for each in mapped if each.user in users and _decides(users[each.user])]
        if not admins:
            raise Conflict(f"No administrator of WebNet can be asked here. {ASK} yourself to map you.")
        return admins[:MOST_ADMINS]


@dataclass(frozen=True, slots=True)
class Mappings:
    """Lets the caller decide on requests to be mapped, if that is an administrator of WebNet. All methods raise Refused for anybody
    else, and NotFound for what is no such request of this workspace."""

    _admitted: Admitted
    _approvals: Approvals
    _sources: MappingSources

    def waiting(self) -> tuple[Kept, ...]:
        """Lists the requests of this workspace that can still be decided, the newest first."""
        self._require_admin()
        here = self._admitted.workspace
        found = self._sources.requests.listed([here.customer], waiting=True, purposes=OF_MAPPING)
        return tuple(kept for kept in found if kept.row.workspace == here.id)

    def get(self, number: int) -> Kept:
        self._require_admin()
        return self._approvals.get(number, OF_MAPPING)

    def choice(self, number: int, who: str) -> Choice:
        """Reads the user of that name, or of that number behind `#`. Raises Conflict for one who cannot be mapped, or a request
        that does not wait."""
        kept = self.get(number)
        if kept.row.state != "requested":
            raise Conflict(stands(kept))
        self._require_other(kept)
        user, here = self._picked(kept, who), self._admitted.workspace.id
        also = (each.slack_user_id for each in self._sources.store.users.list(workspace=here) if each.user == user.id)
        return Choice(kept, user.id, user.username, user.role, _seen(user), tuple(also))

    def map(self, number: int, who: str, seen: str, proof: str) -> Kept:
        """Maps who asked to the user that the pressed button showed. Raises Conflict if that is not possible any more."""
        kept = self._pressed(number, proof)
        user, caller = self._picked(kept, who), self._admitted.caller
        if not hmac.compare_digest(seen.encode(), _seen(user).encode()):
            raise Conflict(f"{described(user)}: that is not what was shown. {NOTHING} Choose again.")
        grant(
            self._sources.store,
            self._sources.requests,
            kept,
            user,
            by=caller.user,
            name=caller.username,
            chat_user=caller.chat_user,
        )
        return self.get(number)

    def deny(self, number: int, proof: str) -> Kept:
        """Denies a request. Raises Conflict if that is not possible any more."""
        kept, caller = self._pressed(number, proof), self._admitted.caller
        name, chat_user = caller.username, caller.chat_user
        if not self._sources.requests.decide(kept, "denied", by=caller.user, name=name, chat_user=chat_user):
            raise Conflict(stands(self.get(number)))
        return self.get(number)

    def _pressed(self, number: int, proof: str) -> Kept:
        self._require_admin()
        kept = self._approvals.pressed(number, proof, "mapping")
        self._require_other(kept)
        return kept

    def _require_admin(self) -> None:
        """Refuses anybody else, whatever role the settings ask for: an operator could map somebody to an
        administrator."""
        caller = self._admitted.caller
        if caller.role is not Role.admin:
            raise Refused(
                f"Only an administrator of WebNet maps others; your role is {caller.role.name}. {ASK}.", reason="role"
            )

    def _require_other(self, kept: Kept) -> None:
        caller = self._admitted.caller
        if caller.chat_user == kept.payload.request.chat_user:
            raise Refused(f"Request #{kept.number} is your own: another administrator decides.", reason="own_request")
        if caller.user == self._sources.webnet.me().id:
            raise Refused("The bot's own account in WebNet decides nothing.", reason="service_account")

    def _picked(self, kept: Kept, who: str) -> User:
        customer = kept.payload.customer
        try:
            found = self._sources.callers.users().of_customer(customer).find(who)
        except ValueError as error:
            words = str(error)
            raise NotFound(words if words.endswith("?") else f"{words}.") from None
        user = mappable(self._sources.webnet, found, customer)
        if user.id == self._admitted.caller.user:
            raise Refused(
                f"{user.username} is you in WebNet: another administrator decides whether that is right.",
                reason="own_request",
            )
        return user


def mappable(webnet: WebNet, found: User, customer: int) -> User:
    """Reads a user again. Raises Conflict for one who could run nothing for this customer."""
    try:
        user = webnet.user(found.id)
    except WebNetMissing:
        webnet.require_admin()  # to another key everybody is missing
        raise Conflict(f"{found.username} is no longer there in WebNet. {NOTHING}") from None
    role = Role.of(user.role)
    if not user.is_active or role is Role.none or not permissions.may_act_for(role, user.customers, customer):
        raise Conflict(f"{described(user)}, and could run nothing here. {NOTHING}")
    return user


def grant(
    store: Store, requests: Requests, kept: Kept, user: User, *, by: int | None, name: str, chat_user: str = ""
) -> None:
    """Maps who made the request and writes the decision, both or neither. Raises Conflict if it was decided before, or if that
    chat user is mapped, or the workspace has changed."""
    outcome = f"mapped to {user.username} ({user.role})"
    try:
        with store.transaction():
            place = store.workspaces.get(kept.row.workspace)
            if place is None or not place.enabled or place.customer != kept.payload.customer:
                raise Conflict(f"The workspace was switched off, or belongs to another customer by now. {NOTHING}")
            if not requests.decide(kept, "done", by=by, name=name, chat_user=chat_user, outcome=outcome):
                raise Conflict(stands(requests.read(kept.number) or kept))
            store.users.add(
                workspace=place.id,
                slack_user_id=kept.payload.request.chat_user,
                user=user.id,
                username=user.username,
                changed_by=by,
            )
    except Duplicate as error:
        raise Conflict(f"{error.words} {NOTHING}") from None
    requests.changed()


def described(user: User) -> str:
    """Says who that is in WebNet, such as `jdoe is operator, active`."""
    return f"{user.username} is {user.role or 'without a role'}, {'active' if user.is_active else 'inactive'}"


def _check(asked: Asked) -> None:
    if asked.waiting:
        raise Conflict("Your request waits for an administrator already. You get a direct message once it is decided.")
    if asked.lately >= MOST_LATELY:
        raise RateLimited(f"You have asked {count(MOST_LATELY, 'time')} within a day. {ASK} yourself, or try tomorrow.")
    if asked.here >= MOST_HERE:
        raise RateLimited(f"{count(MOST_HERE, 'request')} wait in this workspace already. {ASK} yourself to map you.")


def _decides(user: User) -> bool:
    return user.is_active and Role.of(user.role) is Role.admin


def _seen(user: User) -> str:
    return hashlib.sha256(json.dumps([user.id, user.username, user.role]).encode()).hexdigest()[:16]
