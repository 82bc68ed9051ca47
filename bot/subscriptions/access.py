"""Lets a caller choose which notices the channel gets in which the request was made.

What a channel gets is written as rules: its flags become rules at the first change, which takes nothing from it, and are off from
then on, so that they do not come back with the last rule that is removed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.approvals.access import Approvals
from bot.channels import of_row
from bot.core.approval_need import NEW_CHANNEL
from bot.core.commands import Role
from bot.core.errors import Conflict, NotFound, Passed, Refused, UsageError
from bot.core.notice_kinds import FLAGS
from bot.core.permissions import ASK
from bot.core.pipeline import Admitted
from bot.core.quiet import QuietHours
from bot.core.rule_text import dump, spell
from bot.core.rules import MOST_RULES, BadRule, Rule
from bot.core.text import count, cut
from bot.ids.chats import Chat, of_channel
from bot.ids.slack import HERE
from bot.subscriptions.mentions import require_mapped
from bot.subscriptions.past import Past, would_have_got
from bot.subscriptions.why import Explained, Why
from bot.subscriptions.words import LONGEST_SHOWN, is_of_kind, kind_of, rules_of_flags
from store.channels import Channel
from store.database import Store
from store.users import UserMapping

READERS = (
    "Everybody in this channel will read these notices, guests and, by Slack Connect, members of other organizations included: "
    "an administrator confirms that"
)


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Says what a channel gets from now on: the rules in their order, and how much of the last days that would have been. `revision`
    is the number of this state of the rules, and `made` says that the channel was set up for it. Where it has `quiet` hours and they
    are now, they end at `quiet_until`. `names` are those of mapped users whom the rules mention, by the chat's ids."""

    rules: tuple[Rule, ...]
    revision: int
    past: Past
    made: bool = False
    quiet: QuietHours | None = None
    quiet_until: datetime | None = None
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Serves one request of one caller, for the channel in which it was made."""

    _admitted: Admitted
    _approvals: Approvals
    _store: Store

    def here(self) -> Subscribed:
        """Returns what the channel gets now."""
        row = self._row()
        return self._subscribed(row) if row else Subscribed((), 0, Past(0, 0, complete=True))

    def add(self, rules: Sequence[Rule]) -> Subscribed:
        """Adds rules behind those of the channel. In one that is not set up yet, an administrator confirms it first: then it raises
        Deferred. Raises Conflict where nothing would change, or in a direct message."""
        self._require_channel()
        self._check_mentions(rules)
        if self._row() is None:
            self._approvals.let_admin_decide(NEW_CHANNEL, READERS, "\n".join(map(spell, rules)))
        return self._change(lambda had: self._with(had, rules), make=True)

    def remove(self, which: Collection[str], seen: int | None) -> Subscribed:
        """Removes rules by their numbers or kinds. `seen` is the revision whose numbers are meant, if that is known. Raises
        NotFound for a rule that is not there, and Passed if the rules have changed since."""
        return self._change(lambda had: _without(had, which), seen=seen)

    def why(self, job: int | None, alert: int | None) -> tuple[Explained, ...]:
        """Explains what became of the events of a job or drift alert here; only administrators read the names of other channels.
        Raises NotFound where there is none."""
        customer, why, here = self._admitted.workspace.customer, Why(self._store), self._row()
        events = [] if job is None else why.of_job(job, customer)
        events += [] if alert is None else why.of_alert(alert, customer)
        found = tuple(why.explained(event, here) for event in events)
        admin = self._admitted.caller.role is Role.admin
        return found if admin else tuple(replace(each, others=()) for each in found)

    def mentioned(self, words: str) -> tuple[str, ...]:
        """Returns the chat's ids of who is to be mentioned; `here` stands for itself. Raises UsageError."""
        return tuple(dict.fromkeys(self._id(word.strip()) for word in words.split(",")))

    def _id(self, word: str) -> str:
        name = word.removeprefix("@").casefold()
        if name == "me":
            return self._admitted.caller.chat_user
        users = {each.slack_user_id for each in self._mapped() if name and each.username.casefold() == name}
        if len(users) == 1:
            return users.pop()
        try:
            return self._chat.mentioned(name if name == HERE else word)
        except ValueError as error:
            raise UsageError(
                f"`{cut(word, LONGEST_SHOWN)}` {error} `me` and the name of a mapped WebNet user are understood, too."
            ) from None

    def _require_channel(self) -> None:
        if not self._admitted.record.request.in_channel:
            raise Conflict(
                "Notices come to a channel, not to a direct message. Subscribe in the channel that they are for."
            )

    def _check_mentions(self, rules: Sequence[Rule]) -> None:
        caller, own = self._admitted.caller, {self._admitted.caller.chat_user}
        others = {mention for rule in rules for mention in rule.mentions} - own
        if others and caller.role is not Role.admin:
            raise Refused(
                "Only an administrator of WebNet has others, a group or everybody mentioned; you can use `mention:me`. "
                f"{ASK}.",
                reason="role",
            )
        try:
            require_mapped(rules, self._chat, {each.slack_user_id for each in self._mapped()} if others else own)
        except BadRule as error:
            raise UsageError(str(error)) from None

    @property
    def _chat(self) -> Chat:
        return of_channel(self._admitted.record.request.place.channel)

    def _mapped(self) -> list[UserMapping]:
        return self._store.users.list(workspace=self._admitted.workspace.id)

    def _row(self, *, lock: bool = False) -> Channel | None:
        workspace, place = self._admitted.workspace.id, self._admitted.record.request.place
        return self._store.channels.find(workspace, place.channel, lock=lock)

    def _change(
        self, change: Callable[[tuple[Rule, ...]], tuple[Rule, ...]], seen: int | None = None, *, make: bool = False
    ) -> Subscribed:
        channels, request = self._store.channels, self._admitted.record.request
        with self._store.transaction():
            row = self._row(lock=True)
            made = row is None and make
            if made:
                name, here = request.known_name, self._admitted.workspace.id
                row = channels.add(workspace=here, channel_id=request.place.channel, channel_name=name)
            if row is None:
                raise NotFound("This channel gets no notices.")
            if seen not in (None, row.rules_revision):
                raise Passed("The rules of this channel have changed meanwhile. `subscriptions` shows them.")
            had = of_row(row, self._admitted.workspace.customer).rules or rules_of_flags(row.flags)
            after = channels.update(row.id, rules=dump(change(had)), flags=dict.fromkeys(FLAGS, False))
            assert after is not None
        return replace(self._subscribed(after), made=made)

    def _with(self, had: tuple[Rule, ...], rules: Sequence[Rule]) -> tuple[Rule, ...]:
        new = tuple(rule for rule in rules if rule not in had)
        if not new:
            raise Conflict("This channel gets that already. Nothing was changed.")
        if len(had) + len(new) > MOST_RULES:
            raise Conflict(f"A channel has {count(MOST_RULES, 'rule')} at most: remove one first, with `unsubscribe`.")
        return (*had, *new)

    def _subscribed(self, row: Channel) -> Subscribed:
        here = of_row(row, self._admitted.workspace.customer)
        rules = here.rules or rules_of_flags(row.flags)
        until = here.quiet.ends_at(self._store.database.now()) if here.quiet else None
        past = would_have_got(self._store, here)
        names = self._names({mention for rule in rules for mention in rule.mentions})
        return Subscribed(rules, row.rules_revision, past, quiet=here.quiet, quiet_until=until, names=names)

    def _names(self, mentioned: Collection[str]) -> Mapping[str, str]:
        known = self._mapped() if mentioned else []
        return {
            each.slack_user_id: each.username for each in known if each.slack_user_id in mentioned and each.username
        }


def _without(had: tuple[Rule, ...], which: Collection[str]) -> tuple[Rule, ...]:
    gone = set[int]()
    for word in which:
        if word.removeprefix("#").isdecimal():
            found = {int(word.removeprefix("#")[:9]) - 1} & {*range(len(had))}
        else:
            found = {at for at, rule in enumerate(had) if is_of_kind(rule, kind_of(word))}
        if not found:
            raise NotFound(
                f"This channel has no rule `{cut(word, LONGEST_SHOWN)}`. `subscriptions` shows those it has."
            )
        gone |= found
    return tuple(rule for at, rule in enumerate(had) if at not in gone)
