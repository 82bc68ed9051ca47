"""Who asks to be mapped, and who decides: nobody for themselves, nothing by a name alone, and never one half of a decision."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

import handlers
from bot.approvals.access import Approvals, ApprovalSources
from bot.approvals.mapping import MOST_HERE, Choice, Mappings, MappingSources, Newcomer
from bot.approvals.requests import Kept, Requests
from bot.callers import Callers
from bot.core import permissions
from bot.core.audit import Record, RequestAudit
from bot.core.chat import Place
from bot.core.commands import Caller, CommandRequest, Role, Workspace
from bot.core.errors import BotError, Conflict, NotFound, RateLimited, Refused
from bot.core.pipeline import Admitted
from bot.webnet.client import WebNet
from lab.webnet import WebNetLab
from store.database import Store
from store.mapping_requests import MAPPED
from store.models import RequestRow
from store.requests import OF_MAPPING
from tests.e2e.rig import add_people

UNUSED = cast("Any", None)
COMMANDS = handlers.discover()
ALICE = Caller("U0ALICE", 2, "alice-admin", Role.admin, frozenset())
ROOT = Caller("U0ROOT", 1, "root-admin", Role.admin, frozenset())


class Desk:
    """What somebody who asks is given, and what whoever decides is given. `channels` are the administrators'."""

    def __init__(self, store: Store, webnet: WebNet, *channels: str) -> None:
        add_people(store)
        self.store = store
        self.acme, self.globex = (
            Workspace(row.id, row.team_id, row.team_name, row.customer, row.enabled) for row in store.workspaces.list()
        )
        self.requests = Requests(store.requests)
        self.sources = MappingSources(self.requests, store, webnet, Callers(webnet, UNUSED), channels)
        self._approvals = ApprovalSources(self.requests, 5, UNUSED, webnet, UNUSED, timedelta(), "", str)

    def ask(self, chat_user: str = "U0MALLORY", workspace: Workspace | None = None) -> Kept:
        request = CommandRequest(
            Place("T0ACME", "C0NOC"), chat_user, "register", "the-id", chat_user_name=chat_user[2:].lower()
        )
        nobody = permissions.nobody(request, "Slack")
        record = Record(request, 0.0)
        return Newcomer(
            Admitted(record, workspace or self.acme, nobody, COMMANDS["register"], {}, ephemeral=True), self.sources
        ).ask()

    def by(self, caller: Caller = ALICE, way: str = "button", workspace: Workspace | None = None) -> Mappings:
        request = CommandRequest(Place("T0ACME", "C0NOC"), caller.chat_user, "map", "the-id", way=way)
        record = Record(request, 0.0)
        admitted = Admitted(record, workspace or self.acme, caller, COMMANDS["map"], {}, ephemeral=True)
        audit = RequestAudit(record, lambda: None)
        return Mappings(admitted, Approvals(admitted, audit, self._approvals), self.sources)

    def press(self, kept: Kept, choice: Choice, **by: Any) -> Kept:
        """Presses the button that maps to what was shown."""
        return self.by(**by).map(kept.number, f"#{choice.user}", choice.seen, kept.proof)

    def state(self, kept: Kept) -> str:
        row = self.store.requests.get(kept.number)
        assert row is not None
        return row.state

    @property
    def mapped(self) -> tuple[int, int | None] | None:
        """To whom Mallory is mapped, and who did that."""
        found = self.store.users.find(self.acme.id, "U0MALLORY")
        return found and (found.user, found.changed_by)


@pytest.fixture(scope="module")
def running_lab() -> Iterator[WebNetLab]:
    with WebNetLab(devices=1) as running:
        yield running


@pytest.fixture
def lab(running_lab: WebNetLab) -> WebNetLab:
    running_lab.reset()
    return running_lab


@pytest.fixture
def desk(store: Store, webnet: WebNet) -> Desk:
    return Desk(store, webnet)


def test_the_mapping_and_the_decision_are_written_together_with_who_made_them(desk: Desk) -> None:
    kept = desk.ask()
    choice = desk.by().choice(kept.number, "Vera-Viewer")
    assert (choice.username, choice.role, choice.also) == ("vera-viewer", "viewer", ("U0VERA",))
    assert desk.mapped is None
    done = desk.press(kept, choice)
    assert desk.mapped == (4, 2)
    assert (done.row.state, done.row.decided_name, done.row.outcome) == (
        "done",
        "alice-admin",
        "mapped to vera-viewer (viewer)",
    )


def test_of_two_administrators_at_once_one_decides_and_the_other_reads_who(desk: Desk) -> None:
    kept = desk.ask()
    choices = {"vera-viewer": ALICE, "oscar-operator": ROOT}
    shown = {name: desk.by(caller).choice(kept.number, name) for name, caller in choices.items()}
    start, said = threading.Barrier(3), list[str]()

    def press(name: str) -> None:
        start.wait()
        try:
            said.append(str(desk.press(kept, shown[name], caller=choices[name]).row.outcome))
        except Conflict as error:
            said.append(error.words)

    def deny() -> None:
        start.wait()
        try:
            said.append(desk.by(ALICE).deny(kept.number, kept.proof).row.state)
        except Conflict as error:
            said.append(error.words)

    threads = [threading.Thread(target=press, args=(name,)) for name in shown] + [threading.Thread(target=deny)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("Nothing was changed now" in words for words in said) == 2, said
    assert (desk.mapped is None) == (desk.state(kept) == "denied")


Change = Callable[[Desk, WebNetLab], object]
BETWEEN: dict[str, tuple[Change, str]] = {
    "role": (lambda _, lab: lab.change("users", 4, role="admin"), "vera-viewer is admin, active: that is not what"),
    "name": (lambda _, lab: lab.change("users", 4, username="eve"), "eve is viewer, active: that is not what"),
    "inactive": (lambda _, lab: lab.change("users", 4, is_active=False), "is viewer, inactive, and could run nothing"),
    "customer": (lambda _, lab: lab.change("users", 4, customers=[2]), "could run nothing here"),
    "no role": (lambda _, lab: lab.change("users", 4, role="guest"), "could run nothing here"),
    "gone": (lambda _, lab: lab.delete("users", 4), "no longer there in WebNet"),
    "workspace": (lambda desk, _: desk.store.workspaces.update(desk.acme.id, customer=2), "to another customer by now"),
    "disabled": (lambda desk, _: desk.store.workspaces.update(desk.acme.id, enabled=False), "was switched off"),
    "mapped": (
        lambda desk, _: desk.store.users.add(
            workspace=desk.acme.id, slack_user_id="U0MALLORY", user=3, username="oscar-operator"
        ),
        MAPPED,
    ),
    "expired": (
        lambda desk, _: desk.store.database.run(RequestRow.update(expires_at=desk.store.requests.now() - timedelta(1))),
        "",
    ),
    "removed": (lambda desk, _: desk.store.workspaces.remove(desk.acme.id), "There is no request"),
}


@pytest.mark.parametrize("what", BETWEEN)
def test_what_changes_between_the_pick_and_the_press_maps_nobody(desk: Desk, lab: WebNetLab, what: str) -> None:
    change, words = BETWEEN[what]
    kept = desk.ask()
    choice = desk.by().choice(kept.number, "vera-viewer")
    change(desk, lab)
    with pytest.raises(BotError) as refused:
        desk.press(kept, choice)
    assert words in refused.value.words
    assert desk.mapped == ((3, None) if what == "mapped" else None)
    if what not in ("mapped", "expired", "removed"):
        assert desk.state(kept) == "requested"


def test_nobody_but_another_administrator_of_webnet_decides(desk: Desk) -> None:
    kept = desk.ask()
    choice = desk.by().choice(kept.number, "vera-viewer")
    operator = Caller("U0OSCAR", 3, "oscar-operator", Role.operator, frozenset({1}))
    for caller, reason in (
        (operator, "role"),  # even where the settings let operators run `map`
        (replace(ALICE, chat_user="U0MALLORY"), "own_request"),
        (replace(ALICE, user=9), "service_account"),
        (replace(ALICE, user=4, username="vera-viewer"), "own_request"),  # who would map a second identity
    ):
        with pytest.raises(Refused) as refused:
            desk.press(kept, choice, caller=caller)
        assert refused.value.reason == reason
        if caller.user != 4:
            with pytest.raises(Refused):
                desk.by(caller).deny(kept.number, kept.proof)
    with pytest.raises(NotFound):
        desk.by(workspace=desk.globex).get(kept.number)
    assert (desk.state(kept), desk.mapped) == ("requested", None)


@pytest.mark.parametrize("way", ["command", "form"])
def test_only_the_button_of_this_request_decides(desk: Desk, way: str) -> None:
    kept, other = desk.ask(), desk.ask("U0EVE")
    choice = desk.by(way=way).choice(kept.number, "vera-viewer")
    for wrong in (
        lambda: desk.by(way="command").map(kept.number, "#4", choice.seen, kept.proof),
        lambda: desk.by().map(kept.number, "#4", choice.seen, other.proof),
        lambda: desk.by().map(kept.number, "#4", choice.seen, ""),
        lambda: desk.by().deny(kept.number, other.proof),
    ):
        with pytest.raises(Conflict, match="no button of request"):
            wrong()
    with pytest.raises(Conflict, match="not what was shown"):
        desk.by().map(kept.number, "#3", choice.seen, kept.proof)
    assert (desk.state(kept), desk.mapped) == ("requested", None)


NOT_PICKED: dict[str, tuple[type[BotError], str]] = {
    "chatops-bot": (NotFound, "the bot's own service account"),
    "#9": (NotFound, "the bot's own service account"),
    "gina-globex": (NotFound, "WebNet has no user gina-globex."),  # of another customer
    "#5": (NotFound, "WebNet has no user #5"),
    "vera-viewr": (NotFound, "did you mean vera-viewer"),
    "ivan-inactive": (Conflict, "ivan-inactive is operator, inactive"),
    "alice-admin": (Refused, "is you in WebNet"),
    "<!channel>": (NotFound, "WebNet has no user <!channel>"),
}


def test_who_cannot_be_picked(desk: Desk) -> None:
    kept = desk.ask()
    for who, (error, words) in NOT_PICKED.items():
        with pytest.raises(error) as refused:
            desk.by().choice(kept.number, who)
        assert words in refused.value.words


def test_who_asks_too_often_or_is_mapped_waits_for_nobody(desk: Desk) -> None:
    with pytest.raises(Refused, match="are mapped"):
        desk.ask("U0IVAN")
    for _ in range(3):
        kept = desk.ask()
        with pytest.raises(Conflict, match="waits for an administrator already"):
            desk.ask()
        desk.by().deny(kept.number, kept.proof)
    with pytest.raises(RateLimited, match="3 times within a day"):
        desk.ask()
    for number in range(MOST_HERE):
        desk.ask(f"U0NEW{number}")
    with pytest.raises(RateLimited, match="20 requests wait"):
        desk.ask("U0EVE")
    desk.store.users.add(workspace=desk.globex.id, slack_user_id="U0ALICE", user=2, username="alice-admin")
    assert places(desk, desk.ask("U0EVE", workspace=desk.globex)) == ["U0ALICE"]


def test_of_many_asks_of_one_user_at_once_one_is_stored(desk: Desk) -> None:
    start = threading.Barrier(6)

    def ask() -> None:
        start.wait()
        try:
            desk.ask()
        except (Conflict, RateLimited):
            return

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(desk.requests.listed(None, waiting=True, purposes=OF_MAPPING)) == 1
    assert [kept.payload.request.chat_user for kept in desk.by().waiting()] == ["U0MALLORY"]
    assert desk.by(workspace=desk.globex).waiting() == ()
    assert desk.requests.listed(None, waiting=True) == []  # it is none that `approvals` or `approval list` shows


def places(desk: Desk, kept: Kept) -> list[str]:
    return [message.channel_id for message in desk.store.requests.messages(kept.number)]


def test_the_administrators_are_asked_where_they_alone_read(store: Store, webnet: WebNet, lab: WebNetLab) -> None:
    desk = Desk(store, webnet, "C0ADMINS", "19:admins@thread.tacv2")
    store.channels.add(workspace=desk.globex.id, channel_id="C0ADMINS")  # that of another workspace is none of theirs
    lab.change("users", 7, role="admin")
    store.users.add(workspace=desk.acme.id, slack_user_id="U0BOT9", user=9, username="chatops-bot")
    assert places(desk, desk.ask()) == ["U0ALICE", "U0BOB"]
    store.channels.add(workspace=desk.acme.id, channel_id="C0ADMINS")
    assert places(desk, desk.ask("U0EVE")) == ["C0ADMINS"]


def test_without_an_administrator_nothing_is_stored(desk: Desk, lab: WebNetLab) -> None:
    lab.change("users", 2, is_active=False)
    with pytest.raises(Conflict, match="No administrator of WebNet can be asked"):
        desk.ask()
    assert desk.requests.listed(None, waiting=True, purposes=OF_MAPPING) == []
