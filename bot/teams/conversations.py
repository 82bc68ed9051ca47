"""Where the conversations of Teams are: what every activity says of it is kept in the store, and at hand."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from bot.teams.activities import Activity
from store.errors import StoreError
from store.teams_conversations import TeamsConversation, TeamsConversations

log = logging.getLogger(__name__)

NOTED_S = 3_600.0  # after which a conversation is noted again, so that `check` knows when Teams last reached the bot
READ_S = 60.0  # after which a conversation is read again: another replica may have heard that it moved, or that the app was removed
MOST_KEPT = 20_000  # conversations at hand, some 10 MB; the store has all

_NEVER = float("-inf")
_UNKNOWN: tuple[TeamsConversation | None, float, float] = None, _NEVER, _NEVER


class KnownConversations:
    """Implements `chat.Conversations`. Safe to share between threads and, by the store, between replicas.

    A tenant moves between regions rarely and without a word, and then each next activity names the new address. A channel in which nothing
    was heard yet is reached where the tenant was heard last.
    """

    def __init__(self, store: TeamsConversations, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = Lock()
        # By tenant, and conversation or user; with when it was noted here, and when it was noted or read.
        self._at_hand: OrderedDict[tuple[str, str], tuple[TeamsConversation, float, float]] = OrderedDict()

    def heard(self, activity: Activity) -> None:
        """Keeps where the activity came from, unless that is known. Raises nothing: the next activity says it again."""
        user = activity.user if activity.direct else ""
        found = TeamsConversation(activity.place, user, activity.team, activity.service_url)
        if activity.change in {"removed", "deleted"}:
            self._gone(activity, found)
        elif activity.place and (user or not activity.direct):
            self._keep(activity.tenant, found, added=activity.change == "added")

    def service_url(self, tenant: str, conversation: str) -> str:
        found = (
            self._find(tenant, conversation, lambda: self._store.find(tenant, conversation)) if conversation else None
        )
        newest = found or self._read(lambda: self._store.newest(tenant))
        return newest.service_url if newest else ""

    def personal(self, tenant: str, user: str) -> str:
        found = self._find(tenant, user, lambda: self._store.personal(tenant, user))
        return found.conversation if found else ""

    def keep_personal(self, tenant: str, user: str, conversation: str) -> None:
        self._keep(tenant, TeamsConversation(conversation, user, "", self.service_url(tenant, "")))

    def _keep(self, tenant: str, found: TeamsConversation, *, added: bool = False) -> None:
        """Notes a conversation that is not known so, or was not noted for a while, and one that the app was added to in any case: another
        replica may have heard that it was gone."""
        known, noted_at, _ = self._at_hand.get((tenant, found.conversation), _UNKNOWN)
        if known == found and self._clock() - noted_at < NOTED_S and not added:
            return
        try:
            self._store.note(tenant, found)
            if added and found.team:
                self._store.back(tenant, found.team)
        except StoreError as error:
            log.warning("where a conversation of Teams is could not be kept: %s", error.words)
            return
        self._put(tenant, found, self._clock())

    def _gone(self, activity: Activity, found: TeamsConversation) -> None:
        """Notes that the app is no longer there: in no channel of the team, unless one channel was deleted."""
        of_team = "" if activity.change == "deleted" else found.team
        with self._lock:
            self._at_hand.clear()
        try:
            self._store.gone(activity.tenant, found.conversation, of_team)
        except StoreError as error:
            log.warning("a conversation of Teams that is gone could not be noted: %s", error.words)
        else:
            log.warning("the app was removed from %s of tenant %s", found.conversation, activity.tenant)

    def _find(self, tenant: str, key: str, read: Callable[[], TeamsConversation | None]) -> TeamsConversation | None:
        known, noted_at, read_at = self._at_hand.get((tenant, key), _UNKNOWN)
        if known and self._clock() - read_at < READ_S:
            return known
        try:
            found = read()
        except StoreError as error:
            log.warning("where a conversation of Teams is could not be read: %s", error.words)
            return known
        if found:
            self._put(tenant, found, noted_at if found == known else _NEVER)
        return found

    @staticmethod
    def _read(read: Callable[[], TeamsConversation | None]) -> TeamsConversation | None:
        try:
            return read()
        except StoreError as error:
            log.warning("where a conversation of Teams is could not be read: %s", error.words)
            return None

    def _put(self, tenant: str, found: TeamsConversation, noted_at: float) -> None:
        with self._lock:
            for key in filter(None, (found.conversation, found.chat_user)):
                self._at_hand[tenant, key] = found, noted_at, self._clock()
                self._at_hand.move_to_end((tenant, key))
            while len(self._at_hand) > MOST_KEPT:
                self._at_hand.popitem(last=False)
