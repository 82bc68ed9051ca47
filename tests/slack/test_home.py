"""Homes against the emulated Slack: published when opened and when something changed, and emptied when they may be shown no longer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.audit import Record
from bot.core.commands import Caller, Command, Registry, Role, Workspace
from bot.core.dispatch import Dispatcher
from bot.core.errors import BotError, Refused, WebNetTimeout
from bot.core.message import sentence
from bot.core.pipeline import Rules
from bot.core.ratelimit import RateLimit
from bot.slack.home import MOST_AT_ONCE, PER_MINUTE, HomeTabs
from bot.slack.web_api import WebApi
from bot.slack.workspace_cache import WorkspaceCache
from lab.slack import SlackLab, plain
from store.database import Store
from store.models import HomeRow
from tests.store.test_workspaces import add

UNMAPPED = Refused("You are not mapped to a WebNet user yet.", reason="unmapped")
OSCAR = Caller("U0OSCAR", 3, "oscar", Role.operator, frozenset({1}))


class Replica:
    """A process of the bot: `says` is what the command shows, `caller` who is behind every user, and `marks` those of every home.
    `reads` counts how often the command was run, and `rows` are those of the audit log."""

    def __init__(self, store: Store, slack: SlackLab) -> None:
        self.store, self.slack = store, slack
        self.says, self.marks = "Nothing runs.", "1"
        self.marks_of: dict[str, str] = {}  # by the user, of those who have others
        self.caller: Caller | BotError = OSCAR
        self.reads = 0
        self.rows: list[Record] = []
        self.later = timedelta(0)
        self.api = WebApi(slack.api_url)
        self.workspaces = WorkspaceCache(store.workspaces, "")
        self.workspaces.refresh()
        (self.acme,) = store.workspaces.list()
        self.tabs = HomeTabs(
            store.homes,
            self._dispatcher(),
            self.api,
            self.workspaces,
            lambda homes: [self.marks_of.get(home.chat_user, self.marks) for home in homes],
            lambda: 1,
            lambda: datetime.now(UTC) + self.later,
        )

    def _dispatcher(self) -> Dispatcher:
        home: Command[Any, Any] = Command(
            "home", "", "home", Role.viewer, self.run, sentence, hidden=True, visibility="ephemeral"
        )
        return Dispatcher(
            chat="Slack",
            registry=Registry([home]),
            rules=Rules("/webnet", {}, "in_channel", {}),
            workspace_of=self.workspaces.workspace,
            caller_of=self.caller_of,
            context_for=lambda _admitted, _save: None,
            audit=self,
            user_limit=RateLimit(1, lambda: 0.0),
            workspace_limit=RateLimit(1, lambda: 0.0),
            redact=str,
            redact_message=lambda message: message,
            known=lambda _: None,
            monotonic=lambda: 0.0,
        )

    def run(self, _context: None, _values: Any) -> str:
        self.reads += 1
        return self.says

    def caller_of(self, _workspace: Workspace, _user: str, fresh: bool, _while_away: bool) -> Caller:
        assert fresh
        if isinstance(self.caller, BotError):
            raise self.caller
        return self.caller

    def claim(self, keys: tuple[str, ...]) -> bool:
        raise AssertionError(keys)

    def save(self, record: Record) -> None:
        raise AssertionError(record)

    def close(self, record: Record) -> None:
        self.rows.append(record)

    def tick(self) -> None:
        """Lets every home be due again, as it is ten seconds after it was published."""
        self.store.database.run(HomeRow.update(due_at=0))
        self.workspaces.refresh()
        self.tabs.tick()

    def open(self, user: str = "U0OSCAR") -> str:
        self.tabs.opened("T0ACME", user)
        return self.shown(user)

    def shown(self, user: str = "U0OSCAR") -> str:
        view = self.slack.views.homes.get(("T0ACME", user))
        return plain({"blocks": view.blocks, "text": ""}) if view else ""

    @property
    def published(self) -> list[Any]:
        return [call for call in self.slack.calls if call.method == "views.publish"]

    @property
    def stored(self) -> int:
        return len(self.store.database.rows(HomeRow.select()))


@pytest.fixture
def slack() -> Iterator[SlackLab]:
    with SlackLab() as lab:
        yield lab


@pytest.fixture
def bot(store: Store, slack: SlackLab) -> Iterator[Replica]:
    store.workspaces.update(add(store).id, bot_token="xoxb-lab-acme")
    replica = Replica(store, slack)
    yield replica
    replica.api.close()


# -- opened, and kept up to date


def test_a_home_is_shown_to_who_opens_it_with_one_audit_row_and_outside_the_limit_of_commands(bot: Replica) -> None:
    assert bot.open() == "Nothing runs."
    bot.store.database.run(HomeRow.update(due_at=0))
    assert bot.open() == "Nothing runs."
    rows = [(row.status, row.command, row.request.way, row.delivered, row.first_id) for row in bot.rows]
    assert rows == [("success", "home", "home", True, None)] * 2


def test_a_home_follows_what_changed_without_an_audit_row_and_is_left_alone_otherwise(bot: Replica) -> None:
    bot.open()
    bot.tick()
    assert (bot.reads, len(bot.published)) == (1, 1)
    bot.says, bot.marks = "Job #7 runs.", "2"
    bot.tick()
    assert bot.shown() == "Job #7 runs."
    bot.marks = "3"  # something that this home does not show
    bot.tick()
    bot.tick()
    assert (bot.reads, len(bot.published), len(bot.rows)) == (3, 2, 1)


def test_a_home_is_published_once_in_ten_seconds_however_often_it_is_opened(bot: Replica) -> None:
    bot.open()
    bot.says = "Job #7 runs."
    assert bot.open() == "Nothing runs."
    bot.tabs.tick()
    assert len(bot.published) == 1
    bot.tick()
    assert bot.shown() == "Job #7 runs."


def test_who_may_not_see_anything_reads_why_and_the_home_comes_back_with_the_rights(bot: Replica) -> None:
    bot.caller = UNMAPPED
    assert bot.open("U0MALLORY") == UNMAPPED.words
    bot.caller, bot.marks = OSCAR, "mapped"
    bot.tick()
    assert bot.shown("U0MALLORY") == "Nothing runs."
    bot.caller, bot.marks = UNMAPPED, "unmapped again"
    bot.tick()
    assert bot.shown("U0MALLORY") == UNMAPPED.words
    assert [row.status for row in bot.rows] == ["denied"]


def test_while_webnet_does_not_answer_a_home_stays_as_it_is_and_who_opens_one_reads_so(bot: Replica) -> None:
    bot.open()
    bot.open("U0VERA")
    bot.caller, bot.marks = WebNetTimeout("WebNet does not answer."), "2"
    bot.tick()
    assert (bot.shown(), bot.shown("U0VERA")) == ("Nothing runs.", "Nothing runs.")
    assert bot.open("U0BOB") == "WebNet does not answer."
    bot.caller, bot.says = OSCAR, "Job #7 runs."
    bot.tabs.tick()  # each waits for a moment
    assert bot.shown("U0BOB") == "WebNet does not answer."
    bot.tick()
    assert {bot.shown(user) for user in ("U0OSCAR", "U0VERA", "U0BOB")} == {"Job #7 runs."}


# -- may be shown no longer


def disable(bot: Replica) -> None:
    bot.store.workspaces.update(bot.acme.id, enabled=False)


def give_away(bot: Replica) -> None:
    bot.store.workspaces.update(bot.acme.id, customer=2)


def wait_a_day(bot: Replica) -> None:
    bot.later = timedelta(hours=25)


@pytest.mark.parametrize(
    ("end", "words"),
    [(disable, "is switched off"), (give_away, "belongs to another customer"), (wait_a_day, "for a day")],
)
def test_a_home_that_may_be_shown_no_longer_is_emptied_and_forgotten(
    bot: Replica, end: Callable[[Replica], None], words: str
) -> None:
    bot.open()
    bot.caller = WebNetTimeout("It takes no answer of WebNet's.")
    end(bot)
    bot.tick()
    assert words in bot.shown()
    assert (bot.stored, bot.reads) == (0, 1)


def test_after_a_restart_another_process_empties_what_is_still_shown(
    bot: Replica, second_store: Store, slack: SlackLab
) -> None:
    bot.open()
    home = bot.store.homes.claim(bot_home(bot), 0)  # and then it was killed
    assert home
    disable(bot)
    later = Replica(second_store, slack)
    later.tabs.tick()
    assert "is switched off" in bot.shown()
    assert bot.stored == 0
    later.api.close()


def bot_home(bot: Replica) -> Any:
    bot.store.database.run(HomeRow.update(due_at=0))
    return bot.store.homes.due()[0]


def test_a_home_is_emptied_later_where_slack_does_not_answer_and_given_up_where_it_refuses(bot: Replica) -> None:
    bot.open()
    disable(bot)
    bot.slack.rate_limit("views.publish")
    bot.tick()
    assert (bot.shown(), bot.stored) == ("Nothing runs.", 1)
    bot.tick()
    assert ("is switched off" in bot.shown(), bot.stored) == (True, 0)
    bot.store.workspaces.update(bot.acme.id, enabled=True, bot_token="xoxb-gone")
    bot.workspaces.refresh()
    bot.open()
    disable(bot)
    bot.tick()
    assert bot.stored == 0


# -- several processes, and kills


def test_of_two_replicas_one_publishes(bot: Replica, second_store: Store, slack: SlackLab) -> None:
    bot.open()
    other = Replica(second_store, slack)
    for replica in (bot, other):
        replica.says, replica.marks = "Job #7 runs.", "2"
    bot.store.database.run(HomeRow.update(due_at=0))
    threads = [threading.Thread(target=replica.tabs.tick) for replica in (bot, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bot.shown() == "Job #7 runs."
    assert len(bot.published) == 2
    other.api.close()


def test_a_kill_between_slack_and_the_store_costs_one_refusal_and_a_second_look(bot: Replica) -> None:
    bot.open()
    before = bot.store.database.rows(HomeRow.select())[0]["hash"]
    bot.says, bot.marks = "Job #7 runs.", "2"
    bot.tick()
    bot.store.database.run(HomeRow.update(hash=before, shown="", marks=""))  # as it stood before
    bot.says = "Job #7 has ended."
    bot.tick()
    assert bot.shown() == "Job #7 has ended."
    assert bot.reads == 4
    bot.says, bot.marks = "Nothing runs.", "3"
    bot.tick()
    assert (bot.shown(), bot.reads) == ("Nothing runs.", 5)


# -- bounds and refusals


def test_one_tick_publishes_so_many_homes_and_empties_others_first(bot: Replica) -> None:
    for number in range(MOST_AT_ONCE + 5):
        bot.store.homes.opened(bot.acme.id, f"U0{number}", 1)
    bot.tick()
    assert len(bot.published) == MOST_AT_ONCE
    bot.store.database.run(HomeRow.update(customer=2).where(HomeRow.chat_user == "U03"))
    bot.tick()
    assert bot.published[MOST_AT_ONCE].args["user_id"] == "U03"


def test_whose_rights_have_changed_comes_before_all_others(bot: Replica) -> None:
    bot.marks = "operator 1"
    for number in range(MOST_AT_ONCE + 5):
        bot.store.homes.opened(bot.acme.id, f"U0{number}", 1)
    bot.tick()
    bot.tick()
    before = len(bot.published)
    bot.says, bot.marks, bot.marks_of = "Job #7 runs.", "operator 2", {"U00": "nobody 1"}  # who opened it longest ago
    bot.tick()
    assert bot.published[before].args["user_id"] == "U00"


def test_a_workspace_has_so_many_publications_a_minute(bot: Replica) -> None:
    for number in range(MOST_AT_ONCE):
        bot.store.homes.opened(bot.acme.id, f"U0{number}", 1)
    for number in range(PER_MINUTE // MOST_AT_ONCE + 1):
        bot.marks = str(number + 1)
        bot.tick()
    assert len(bot.published) == PER_MINUTE


def test_what_slack_refuses_for_good_is_tried_again_only_with_something_new(bot: Replica) -> None:
    bot.store.homes.opened(bot.acme.id, "U0NOBODY", 1)
    bot.tick()
    bot.tick()
    assert len(bot.published) == 1
    bot.marks = "2"
    bot.tick()
    assert len(bot.published) == 2
