"""What WebNet's compliance checks found: the names of policies, and which devices of a customer violate one."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.core.errors import WebNetError
from bot.core.text import cut
from bot.webnet.client import WebNet
from bot.webnet.models import Policy
from bot.webnet.responses import FAULTS_OF_ONE
from bot.webnet.resting import Resting
from store.compliance import Compliance as Store
from store.compliance import Violation

log = logging.getLogger(__name__)

POLICIES_S = 600.0
THEIR_LIST = "policies"
MOST_OF_A_NAME = 100


class Policies:
    """Names policies by their ids. A policy that is not the customer's own is named by its id alone."""

    def __init__(
        self,
        webnet: WebNet,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._webnet = webnet
        self._monotonic = monotonic
        self._resting = Resting[str](now, timedelta(seconds=POLICIES_S / 10), timedelta(seconds=POLICIES_S))
        self._known: dict[int, Policy] = {}
        self._read_at = float("-inf")

    def name(self, policy: int, customer: int) -> str:
        """Asks WebNet where the copy is ten minutes old, or one minute and does not hold the policy; a list that cannot be read
        is done without. Raises WebNetError."""
        if not self._resting.now():
            try:
                self._read(lambda: policy in self._known)
                self._resting.read(THEIR_LIST)
            except FAULTS_OF_ONE as error:
                self._webnet.require_admin()
                log.warning("policies are named by what is known of them: %s", error.words)
                self._resting.failed(THEIR_LIST)
        found = self._known.get(policy)
        return cut(found.name, MOST_OF_A_NAME) if found and found.customer == customer else f"policy {policy}"

    def named(self, word: str, customer: int) -> list[Policy]:
        """Finds the policies of this customer with that number or that name, in any case. Raises WebNetError."""

        def found() -> list[Policy]:
            own = [one for one in self._known.values() if one.customer == customer]
            number = [one for one in own if str(one.id) == word.removeprefix("#")]
            return number or [one for one in own if one.name.casefold() == word.casefold()]

        self._read(lambda: bool(found()))
        return found()

    def _read(self, is_known: Callable[[], bool]) -> None:
        age = self._monotonic() - self._read_at
        if age > POLICIES_S or (age > POLICIES_S / 10 and not is_known()):
            self._known = {one.id: one for one in self._webnet.policies()}
            self._read_at = self._monotonic()


@dataclass(frozen=True, slots=True)
class OpenViolations:
    """How many policies are violated on how many `devices`, and the newest of these violations, each with the policy's name."""

    number: int
    devices: int
    newest: tuple[tuple[Violation, str], ...]


class Violations:
    """Reads violations from the store, as the feed of compliance results left them."""

    def __init__(self, rows: Store, policies: Policies) -> None:
        self._rows = rows
        self._policies = policies

    def open(self, customer: int, most: int) -> OpenViolations:
        number, devices, newest = self._rows.open(customer, most)
        return OpenViolations(number, devices, tuple((one, self._name(one.policy, customer)) for one in newest))

    def _name(self, policy: int, customer: int) -> str:
        try:
            return self._policies.name(policy, customer)
        except WebNetError:  # a name is an ornament
            return f"policy {policy}"
