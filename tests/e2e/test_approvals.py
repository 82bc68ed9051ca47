"""A command that needs a second person waits, is decided once and by somebody else, and is performed exactly as it was asked.

Most tests are named after what has gone wrong in another bot of this kind.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

import main
from bot.app.feeds_part import POLLING, FeedsPart
from bot.app.requests_part import ADVANCING
from bot.approvals.requests import Requests
from bot.core.approval_need import ApprovalRule
from bot.core.commands import Role
from bot.core.message import Button, Buttons, sentence
from bot.redaction.redactor import Redactor
from bot.settings.table import Approvals
from bot.slack.render import payload
from lab.slack import Interaction, Message, View, plain
from lab.webnet.clock import stamp
from store.models import RequestRow
from store.requests import Request
from tests.e2e.process import Surroundings
from tests.e2e.rig import Rig, answer, rig, wait_until
from tests.e2e.test_cards import later_ends
from tests.e2e.test_commands import buttons, number
from tests.e2e.test_stopping import lease_ends
from tests.e2e.test_who_may import press
from tests.forms import state

ALWAYS = {
    "backup": ApprovalRule(),
    "ping": ApprovalRule(over=5),
    "show": ApprovalRule(over=1),
    "cancel": ApprovalRule(role=Role.admin),
    "resolve": ApprovalRule(),
}
ASKED = "waits for a second person"
DEVICES = count(20)  # tests that name a device use the ones before, since others rename or disable what they asked for


@contextmanager
def approving(store_url: str, **changes: Any) -> Iterator[Rig]:
    options = {"notifications": {"card_interval_s": 0.1}, "approval": ALWAYS, **changes}
    with rig(store_url, **options) as running:
        yield running


@pytest.fixture(scope="module")
def bot(module_store_url: str) -> Iterator[Rig]:
    with approving(module_store_url) as running:
        yield running


@contextmanager
def another(bot: Rig) -> Iterator[None]:
    """Runs one more process of this bot: a replica, or the next one after a stop."""
    with main.opened(bot.settings) as store:
        replica = main.build(bot.settings, store, Redactor(bot.settings.secrets()))
        replica.start()
        try:
            yield
        finally:
            replica.stop()


@dataclass
class Asked:
    """A backup of one device that was asked for: its message, and how many jobs the bot had started before."""

    bot: Rig
    card: Message
    before: int
    device: int = 0
    name: str = ""

    @property
    def number(self) -> int:
        return int(plain(self.card).partition("Request #")[2].partition(" ")[0])

    @property
    def row(self) -> Request:
        row = self.bot.store.requests.get(self.number)
        assert row is not None
        return row

    @property
    def started(self) -> int:
        return starts(self.bot) - self.before

    @property
    def proof(self) -> str:
        """What the buttons of this request carry."""
        kept = Requests(self.bot.store.requests).read(self.number)
        assert kept is not None
        return kept.proof

    def becomes(self, words: str, message: Message | None = None) -> Message:
        """Waits until the message holds these words."""
        card = message or self.card

        def now() -> Message | None:
            shown = self.bot.slack.messages(card.channel, card.ephemeral_to)
            return next((one for one in shown if one.ts == card.ts and words in plain(one)), None)

        return wait_until(now, f"{words!r} in the message")

    def ends(self, state: str) -> None:
        wait_until(lambda: self.row.state == state, f"request #{self.number} to be {state}")

    def is_stored(self) -> None:
        """Waits until the bot knows by which ref it changes the message."""
        wait_until(lambda: self.bot.store.requests.messages(self.number)[0].ref, "the ref of the message")

    def change(self, **values: Any) -> None:
        """Changes the row, as nobody but the bot, a kill or an intruder does, and lets the bot look at it."""
        store = self.bot.store.requests
        query = RequestRow.update({"due_at": store.now(), "revision": RequestRow.revision + 1, **values})
        self.bot.store.database.run(query.where(RequestRow.id == self.number))
        self.bot.bot.common.hurry(ADVANCING)

    def let_expire(self) -> None:
        """Makes it one whose time has passed: what it is about holds that time, too, so that is stored again."""
        store, requests = self.bot.store.requests, Requests(self.bot.store.requests)
        kept = requests.read(self.number)
        assert kept is not None
        text = replace(kept.payload, expires=store.now() - timedelta(seconds=1)).write()
        sealed, mac = store._keyring.seal(text), requests.hashed(text)
        self.change(payload=sealed, mac=mac, expires_at=replace(kept.payload).read(text).expires)


def starts(bot: Rig) -> int:
    """How many jobs the bot has started."""
    return sum(bool(entry.jobs) for entry in bot.webnet.record)


def ask(bot: Rig, user: str = "U0OSCAR", line: str = "", channel: str = "C0NOC") -> Asked:
    """Asks for a backup of an enabled device of which no other test asks for one, or for what the line says."""
    enabled = [row for row in bot.webnet.rows("devices") if row["customer"] == 1 and row["enabled"]]
    device, before = enabled[next(DEVICES)], starts(bot)
    card = bot.ask(user, line or f"backup #{device['id']}", channel)
    return Asked(bot, card, before, device["id"], device["hostname"])


def view_of(bot: Rig, user: str) -> Any:
    view = bot.slack.open_view(user)
    return view and view.blocks


def deny(bot: Rig, user: str, card: Message, reason: str) -> None:
    fill_in(bot, user, card, "Deny", reason)


def window(bot: Rig, by: Interaction) -> View:
    """The window that this opened."""

    def opened() -> View | None:
        view = bot.slack.open_view(by.user)
        return view if view and view.id == by.view_id else None  # another test may have left one open

    return wait_until(opened, "the window")


def fill_in(bot: Rig, user: str, message: Message, button: str, reason: str) -> None:
    """Presses a button that opens a window, and sends that with a text."""
    view = window(bot, bot.slack.click(user, message, button))
    last = view.blocks[-1]["block_id"]
    bot.slack.submit_view(user, view, state(view.blocks, {last: reason})).wait_ack()


# -- the way it is meant


def test_what_a_form_asks_for_that_is_sent_late_stands_in_its_channel_all_the_same(bot: Rig) -> None:
    view = window(bot, bot.say("U0OSCAR", "backup"))
    kept = bot.store.sealed_texts.get(view.content["private_metadata"], "form")
    assert kept is not None
    text = json.dumps({**json.loads(kept.text), "at": time.time() - 30 * 60})  # the response_url is over
    view.content["private_metadata"] = bot.store.sealed_texts.add(kept.workspace, "U0OSCAR", text, "form")
    bot.slack.submit_view("U0OSCAR", view, state(view.blocks, {"devices": f"#{next(DEVICES)}"}), unseen=True)
    copy = bot.slack.wait_message("D0OSCAR", ASKED, "U0OSCAR")
    words = plain(copy).partition(" of ")[0]
    assert ASKED in plain(bot.slack.wait_message("C0NOC", words, "U0ALICE"))


def test_a_request_is_shown_approved_and_performed_once_in_the_name_of_its_requester(bot: Rig) -> None:
    asked = ask(bot)
    assert asked.card.ephemeral_to is None
    said = plain(asked.card)
    what = f"Request #{asked.number} of oscar-operator: backup of {asked.name}"
    for words in (what, ASKED, f"backup #{asked.device}", f"{asked.name} (", f"Hash {asked.row.mac[:8]}"):
        assert words in said
    assert buttons(asked.card) == ["Approve", "Deny", "Withdraw"]
    assert asked.started == 0
    bot.click("U0ALICE", asked.card, "Approve")
    started = bot.slack.wait_message("C0NOC", f"Backup of {asked.name}")
    asked.ends("done")
    assert buttons(asked.becomes("was approved by alice-admin. Backup of")) == []
    assert asked.started == 1
    asked.becomes(f"✅ Backup of {asked.name}: ", started)
    first = bot.store.audit.get(Requests(bot.store.requests).read(asked.number).payload.first_id)  # type: ignore[union-attr]
    performed = bot.store.audit.performed(first.id or 0, "U0OSCAR") if first else None
    assert first is not None
    assert performed is not None
    assert (first.code, first.status, first.job_id) == ("approval_requested", "success", None)
    assert (performed.username, performed.job_type, performed.first_id) == ("oscar-operator", "config_backup", first.id)
    decided = bot.audit(command="approve", user=2)
    for words in (what, "approved by alice-admin", asked.row.mac[:8]):
        assert words in decided.response


def test_a_denial_reaches_its_requester_with_the_reason(bot: Rig) -> None:
    asked = ask(bot)
    deny(bot, "U0BOB", asked.card, 'Not in\n"business" hours <!channel>')
    words = 'was denied by bob-both: Not in "business" hours <!channel>'
    assert buttons(asked.becomes(words)) == []
    reply = bot.slack.wait_message("C0NOC", f"@U0OSCAR Request #{asked.number} of oscar-operator")
    assert words in plain(reply)
    assert reply.thread_ts == asked.card.ts
    assert (bot.audit(command="deny").username, asked.started) == ("bob-both", 0)


def test_a_denial_on_the_command_line_reaches_the_message_and_the_requester(bot: Rig) -> None:
    asked, requests = ask(bot), Requests(bot.store.requests)
    asked.is_stored()
    kept = requests.read(asked.number)
    assert kept is not None
    assert requests.decide(kept, "denied", by=None, name="root on noc-1", reason="change freeze")
    bot.bot.common.hurry(ADVANCING)
    assert buttons(asked.becomes("was denied by root on noc-1: change freeze")) == []
    bot.slack.wait_message("C0NOC", f"@U0OSCAR Request #{asked.number}")


def test_what_was_typed_in_several_lines_is_shown_in_one(bot: Rig) -> None:
    card = bot.ask("U0OSCAR", "backup\n#4\n #5")
    assert "Asked as `backup #4 #5`" in plain(card).split("\n")


def test_only_the_requester_withdraws(bot: Rig) -> None:
    asked = ask(bot)
    assert "Only oscar-operator" in plain(bot.click("U0ALICE", asked.card, "Withdraw"))
    bot.click("U0OSCAR", asked.card, "Withdraw")
    assert buttons(asked.becomes("was withdrawn by oscar-operator")) == []
    assert asked.started == 0


def test_below_the_number_of_devices_nobody_is_asked(bot: Rig) -> None:
    assert "Ping of rtr-fra1-001 started" in plain(bot.ask("U0OSCAR", "ping #1"))


# -- what has gone wrong elsewhere


def test_not_anybody_approves(bot: Rig) -> None:
    asked = ask(bot)
    refused = {
        "U0OSCAR": "somebody else has to decide",
        "U0VERA": "needs the role operator",
        "U0GINA": "does not belong to the customer",
        "U0IVAN": "is inactive",
        "U0MALLORY": "are not mapped",
    }
    for user, words in refused.items():
        assert words in plain(bot.click(user, asked.card, "Approve"))
    assert (asked.row.state, asked.started) == ("requested", 0)


def test_the_rule_may_ask_for_a_higher_role(bot: Rig) -> None:
    bot.webnet.hold = "queued"
    job = bot.webnet.start_job("config_backup", [1])
    asked = ask(bot, line=f"cancel {job}")
    assert "you need the role admin" in plain(bot.click("U0BOB", asked.card, "Approve"))
    bot.click("U0ALICE", asked.card, "Approve")
    asked.ends("done")
    assert bot.webnet.row("jobs", job)["status"] == "cancelled"
    bot.webnet.hold = None
    assert "approved by alice-admin" in plain(bot.slack.wait_message("C0NOC", f"Cancelled config backup, job #{job}"))


def test_a_second_identity_of_the_requester_does_not_approve(bot: Rig) -> None:
    (acme, _) = bot.store.workspaces.list()
    mallory = bot.store.users.add(workspace=acme.id, slack_user_id="U0MALLORY", user=3, username="oscar-operator")
    asked = ask(bot)
    refused = {
        (3, None): "who is you in WebNet",
        (7, 3): "mapped you to bob-both",
        (9, None): "account in WebNet decides",
    }
    for (user, changed_by), words in refused.items():
        bot.store.users.update(mallory.id, user=user, changed_by=changed_by)
        assert words in plain(bot.click("U0MALLORY", asked.card, "Approve"))
    bot.store.users.remove(mallory.id)
    assert (asked.row.state, asked.started) == ("requested", 0)


def test_what_is_typed_decides_nothing_and_a_button_only_its_own_request(bot: Rig) -> None:
    asked, other = ask(bot), ask(bot)
    assert asked.proof != other.proof
    assert ASKED in plain(bot.ask("U0ALICE", f"approve {asked.number} proof:{asked.proof}"))
    for line in (f"approve {asked.number} proof:{other.proof}", f"approve {asked.number} proof:0"):
        assert f"no button of request #{asked.number}" in plain(press(bot, "U0ALICE", line))
    assert {asked.row.state, other.row.state} == {"requested"}


def test_a_confirmation_is_no_approval(bot: Rig) -> None:
    asked = ask(bot)
    said = plain(press(bot, "U0OSCAR", f"confirm {asked.number} proof:{asked.proof}"))
    assert f"no button of request #{asked.number}" in said
    assert (asked.row.state, asked.started) == ("requested", 0)


def test_another_thing_than_was_approved_is_not_run(bot: Rig) -> None:
    asked = ask(bot)
    line = f"approve {asked.number} proof:{asked.proof}"
    forged = asked.row.payload.replace(f"[[{asked.device},", "[[1,")
    asked.change(payload=bot.store.requests._keyring.seal(forged))
    assert f"There is no request #{asked.number}" in plain(press(bot, "U0ALICE", line))
    asked.change(state="approved", decided_at=bot.store.requests.now())
    wait_until(lambda: not bot.store.requests.due(), "the request to be looked at")
    assert (asked.row.state, asked.started) == ("approved", 0)


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"enabled": False}, "is disabled in WebNet"),
    ({"hostname": "rtr-new"}, "rtr-new"),
    ({"mgmt_ip": "10.9.9.9"}, "10.9.9.9"),
    ({"customer": 2}, "is no longer here"),
]


@pytest.mark.parametrize(("changes", "words"), CHANGES, ids=[next(iter(change)) for change, _ in CHANGES])
def test_a_device_that_changed_meanwhile_voids_the_request_and_is_named(
    bot: Rig, changes: dict[str, Any], words: str
) -> None:
    asked = ask(bot)
    bot.webnet.change("devices", asked.device, **changes)
    bot.click("U0ALICE", asked.card, "Approve")
    asked.ends("void")
    for said in (asked.becomes("but is void"), bot.slack.wait_message("C0NOC", f"@U0OSCAR Request #{asked.number}")):
        assert words in plain(said)
        assert asked.name in plain(said)
    assert asked.started == 0


def test_a_device_that_changes_between_the_last_look_and_the_start_is_left_alone(bot: Rig) -> None:
    asked = ask(bot)
    path = f"/api/v1/devices/{asked.device}/"
    rename = lambda: bot.webnet.change("devices", asked.device, hostname="rtr-new")  # noqa: E731
    # The first look is the runner's, the second the gate's.
    bot.webnet.before("GET", path, lambda: bot.webnet.before("GET", path, rename))
    bot.click("U0ALICE", asked.card, "Approve")
    asked.ends("failed")
    asked.becomes("rtr-new")
    assert asked.started == 0


def test_nothing_is_approved_that_cannot_be_seen(bot: Rig) -> None:
    asked = ask(bot, line="ping vendor:cisco")
    kept = Requests(bot.store.requests).read(asked.number)
    assert kept is not None
    names = [name for _, name, *_ in kept.payload.devices]
    assert len(names) > 20
    assert f"… and {len(names) - 20} more devices" in plain(asked.card)
    bot.slack.click("U0ALICE", asked.card, f"Show all {len(names)} devices")
    shown = wait_until(lambda: seen if names[0] in (seen := str(view_of(bot, "U0ALICE"))) else None, "all the names")
    assert [name for name in names[:100] if name not in shown] == []


@pytest.mark.parametrize(("user", "who"), [(3, "oscar-operator, who asked for it,"), (7, "bob-both, who approved it,")])
def test_whoever_lost_the_right_between_decision_and_start_stops_it(bot: Rig, user: int, who: str) -> None:
    asked = ask(bot)
    # The click reads the approver once before the decision; both of them are read again after it.
    lower = lambda: bot.webnet.change("users", user, role="viewer")  # noqa: E731
    after = (lambda: bot.webnet.before("GET", f"/api/v1/users/{user}/", lower)) if user == 7 else lower
    bot.webnet.before("GET", f"/api/v1/users/{user}/", after)
    bot.click("U0BOB", asked.card, "Approve")
    asked.ends("void")
    bot.webnet.change("users", user, role="operator")
    asked.becomes(f"{who} may not do so any more: the role in WebNet is too low")
    assert asked.started == 0


def test_buttons_are_gone_everywhere_after_a_decision_and_a_late_click_is_answered(bot: Rig) -> None:
    asked = ask(bot)
    _, copy = (bot.ask("U0BOB", f"approve #{asked.number}") for _ in range(2))
    assert len(bot.store.requests.messages(asked.number)) == 2  # of a reader's copies only the newest is changed
    assert (copy.ephemeral_to, buttons(copy)) == ("U0BOB", ["Approve", "Deny", "Withdraw"])
    bot.click("U0ALICE", asked.card, "Approve")
    for message in (asked.card, copy):
        assert buttons(asked.becomes("approved by alice-admin", message)) == []
    late = plain(press(bot, "U0BOB", f"approve {asked.number} proof:{asked.proof}"))
    assert f"Request #{asked.number} was approved by alice-admin" in late
    asked.ends("done")
    assert asked.started == 1


def test_buttons_are_gone_while_what_was_decided_waits_for_webnet(bot: Rig) -> None:
    asked = ask(bot)
    asked.is_stored()
    path = f"/api/v1/devices/{asked.device}/"
    away = bot.webnet.fault("error", prefix=path)
    bot.click("U0ALICE", asked.card, "Approve")
    assert buttons(asked.becomes("was approved by alice-admin and is being started")) == []
    away.times = 0
    asked.change()
    asked.ends("done")
    assert asked.started == 1


def test_nobody_in_time_is_no_approval(bot: Rig) -> None:
    asked = ask(bot)
    asked.is_stored()
    asked.let_expire()
    assert buttons(asked.becomes("has expired: nobody decided in time")) == []
    assert "has expired" in plain(press(bot, "U0ALICE", f"approve {asked.number} proof:{asked.proof}"))
    bot.slack.wait_message("C0NOC", f"@U0OSCAR Request #{asked.number}")
    assert (asked.row.state, asked.started) == ("expired", 0)


def test_what_was_approved_is_not_started_much_later(bot: Rig) -> None:
    asked = ask(bot)
    asked.is_stored()
    decided = {"decided_by": 2, "decided_name": "alice-admin", "decided_chat_user": "U0ALICE"}
    asked.change(state="approved", decided_at=bot.store.requests.now() - timedelta(minutes=11), **decided)
    asked.becomes("could not be started within 10 minutes of the decision")
    assert (asked.row.state, asked.started) == ("void", 0)


def test_of_two_approvals_at_once_one_counts_and_its_name_stays(bot: Rig) -> None:
    asked = ask(bot)
    clicks = [bot.slack.click(user, asked.card, "Approve") for user in ("U0ALICE", "U0BOB", "U0ALICE")]
    said = [plain(answer(click)) for click in clicks]
    assert sum("Nothing was changed now" in words for words in said) == 2
    asked.ends("done")
    again = press(bot, "U0BOB", f"approve {asked.number} proof:{asked.proof}")
    assert f"approved by {asked.row.decided_name}" in plain(again)
    assert asked.started == 1


def test_a_direct_message_is_refused_without_a_channel_for_approvals(bot: Rig) -> None:
    asked = ask(bot, channel="D0OSCAR")
    assert "needs the approval of a second person here" in plain(asked.card)
    assert asked.started == 0


def test_a_direct_message_is_decided_in_the_channel_for_approvals(store_url: str) -> None:
    with approving(store_url, change=lambda s: replace(s, approvals=Approvals(channel="C0NOC"))) as bot:
        assert "It is request #1" in plain(bot.ask("U0OSCAR", "backup #1", channel="D0OSCAR"))
        card = bot.slack.wait_message("C0NOC", ASKED)
        deny(bot, "U0ALICE", card, "not now")
        bot.slack.wait_message("D0OSCAR", "was denied by alice-admin: not now", "U0OSCAR")
        assert starts(bot) == 0


def test_a_request_that_can_be_shown_to_nobody_is_void(store_url: str) -> None:
    with approving(store_url, strict=False, change=lambda s: replace(s, approvals=Approvals(channel="C0GONE"))) as bot:
        bot.ask("U0OSCAR", "backup #1", channel="D0OSCAR")
        bot.slack.wait_message("D0OSCAR", "could not be shown where somebody else could decide", "U0OSCAR")


def test_the_buttons_of_cards_are_no_way_round_whether_in_a_thread_or_with_a_window(bot: Rig) -> None:
    bot.webnet.hold = "queued"
    pinged = bot.ask("U0OSCAR", f"ping #{ask(bot).device}")
    bot.webnet.change("alerts", 3, status="open")
    drifted = payload(sentence("Drifted.", Buttons((Button("Resolve", command="resolve 3", form=True),))))
    bot.api.call("chat.postMessage", "xoxb-lab-acme", channel="C0NOC", **drifted)
    bot.slack.click("U0OSCAR", pinged, "Cancel")
    fill_in(bot, "U0ALICE", bot.slack.wait_message("C0NOC", "Drifted."), "Resolve", "planned")
    for words in (f"Asked as `cancel {number(pinged)}`", "Asked as `resolve 3 planned`"):
        asked = Asked(bot, bot.slack.wait_message("C0NOC", words), 0)
        asked.is_stored()
        (message,) = bot.store.requests.messages(asked.number)
        assert (message.ephemeral, message.channel_id) == (False, "C0NOC")
        assert buttons(asked.card) == ["Approve", "Deny", "Withdraw"]
        assert ASKED in plain(asked.card)
    bot.webnet.hold = None
    assert bot.webnet.row("alerts", 3)["status"] == "open"


def test_a_retry_is_no_way_round(bot: Rig) -> None:
    job = bot.webnet.start_job("config_backup", [1])
    bot.webnet.finish(job)
    asked = ask(bot, line=f"retry {job}")
    assert "of oscar-operator: backup of rtr-fra1-001" in plain(asked.card)
    assert asked.started == 0
    bot.click("U0ALICE", asked.card, "Approve")
    asked.ends("done")
    assert asked.started == 1
    assert not [entry for entry in bot.webnet.record if "retry" in entry.path]


def test_a_retry_needs_the_role_of_what_it_starts(store_url: str) -> None:
    with approving(store_url, approval={}, roles={"backup": "admin"}) as bot:
        job = bot.webnet.start_job("config_backup", [1])
        bot.webnet.finish(job)
        assert "`backup` needs the role admin" in plain(bot.ask("U0OSCAR", f"retry {job}"))
        assert starts(bot) == 0
        assert "started" in plain(bot.ask("U0ALICE", f"retry {job}"))


def test_a_retry_of_a_lost_job_is_decided_as_both_that_it_does(bot: Rig) -> None:
    bot.webnet.hold = "queued"
    job = bot.webnet.start_job("config_backup", [1])
    with bot.webnet.lock:
        bot.webnet.runner.plans.pop(job)
    bot.webnet.change("jobs", job, requested_at=stamp(datetime.now(UTC) - timedelta(minutes=9)))
    later_ends(bot, 5)
    for feed in bot.bot.part(FeedsPart).poller.feeds:
        bot.bot.common.hurry(POLLING + feed)
    wait_until(lambda: bot.store.jobs.ended_after(job, 9) >= 5, "the ends of five jobs")
    bot.webnet.hold = None
    asked = ask(bot, line=f"retry {job}")
    assert "cancel and backup of rtr-fra1-001" in plain(asked.card)
    assert "you need the role admin" in plain(bot.click("U0BOB", asked.card, "Approve"))
    bot.click("U0ALICE", asked.card, "Approve")
    asked.ends("done")
    assert (bot.webnet.row("jobs", job)["status"], asked.started) == ("cancelled", 1)


def test_a_show_sends_the_words_of_each_platform_after_its_approval_and_answers_who_asked(bot: Rig) -> None:
    rows = [row for row in bot.webnet.rows("devices") if row["customer"] == 1 and row["enabled"]]
    ios, junos = (next(row for row in rows if row["platform"] == platform) for platform in ("ios", "junos"))
    asked = ask(bot, line=f"show {ios['hostname']} {junos['hostname']} bgp")
    assert "Here show on more than 1 device needs the approval of a second person" in plain(asked.card)
    assert asked.card.ephemeral_to is None
    bot.click("U0ALICE", asked.card, "Approve")
    asked.ends("done")
    assert asked.started == 2
    sent = {tuple(row["payload_json"]["commands"]) for row in bot.webnet.rows("jobs")[-2:]}
    assert sent == {("show ip bgp summary",), ("show bgp summary",)}


def test_the_list_shows_what_waits_and_for_whom(bot: Rig) -> None:
    own, other = ask(bot, "U0BOB"), ask(bot)
    everything, mine = (plain(bot.ask("U0BOB", line)) for line in ("approvals", "approvals mine"))
    assert f"\n#{own.number} · " in everything
    assert f"\n#{own.number} · " not in mine
    assert f"\n#{other.number} · " in everything
    assert f"\n#{other.number} · " in mine


def test_a_start_that_is_not_clear_is_said_and_not_repeated(bot: Rig) -> None:
    asked = ask(bot)
    bot.webnet.fault("lose_answer", method="POST", times=1)
    bot.click("U0ALICE", asked.card, "Approve")
    asked.ends("failed")
    asked.becomes("unclear whether the backup was started")
    assert asked.started == 1


# -- restarts and replicas

# What a process that was killed leaves behind: the state, how far the audit row of what it performed came, and what becomes
# of the request, with how many jobs the next process starts.
LEFT: dict[str, tuple[str, dict[str, Any] | None, str, str, int]] = {
    "requested": ("requested", None, "done", "started: job #", 1),
    "approved": ("approved", None, "done", "started: job #", 1),
    "executing": ("executing", None, "failed", "nothing was started", 0),
    "executing, row open": ("executing", {}, "failed", "not clear whether this was started", 0),
    "executing, job known": ("executing", {"job_id": 161}, "done", "Job #161 was started", 0),
}


@pytest.mark.parametrize("left", LEFT)
def test_a_kill_at_a_step_loses_no_request_and_starts_nothing_twice(store_url: str, left: str) -> None:
    state, performing, end, words, jobs = LEFT[left]
    with approving(store_url) as bot:
        asked = ask(bot)
        asked.is_stored()
        bot.bot.stop()
        decided = {"decided_by": 2, "decided_name": "alice-admin", "decided_chat_user": "U0ALICE"}
        if state != "requested":
            asked.change(state=state, holder="killed", decided_at=bot.store.requests.now(), **decided)
        if performing is not None:
            first = bot.store.audit.list()[0]
            row = replace(first, id=None, first_id=first.id, status="running", instance="killed", **performing)
            bot.store.audit.write(row)
        with another(bot):
            bot.slack.wait_connected(2, timeout=60)
            if state == "requested":
                bot.click("U0BOB", asked.card, "Approve")  # its buttons live on
            asked.ends(end)
            asked.becomes(words)
            wait_until(lambda: asked.row.notified_at, "its requester to be notified")
        assert asked.started == jobs
        said = [plain(message) for message in bot.slack.messages("D0OSCAR", "U0OSCAR")]
        replies = [plain(m) for m in bot.slack.messages("C0NOC") if m.thread_ts == asked.card.ts]
        assert sum("was interrupted" in words for words in said) == (performing is not None)
        assert len(replies) == (left == "executing")


def test_a_kill_9_in_the_middle_of_the_start_is_said_once_and_starts_once(around: Surroundings) -> None:
    with around.bot(COMMANDS__APPROVAL__BACKUP="{}") as bot:
        card = answer(around.say("U0OSCAR", "backup #1"))
        around.webnet.before("POST", "/api/v1/config/backup", bot.process.kill)
        around.slack.click("U0ALICE", card, "Approve")
        assert bot.ended() == -signal.SIGKILL
    lease_ends(around)
    for _ in range(2):
        with around.bot(COMMANDS__APPROVAL__BACKUP="{}") as bot:
            around.slack.wait_message("C0NOC", "not clear whether this was started", timeout=30)
            around.slack.wait_message("D0OSCAR", "was interrupted", "U0OSCAR", timeout=30)
            bot.process.send_signal(signal.SIGTERM)
            assert bot.ended() == 0
    assert sum(bool(entry.jobs) for entry in around.webnet.record) == 1
    assert len([said for said in around.direct_messages() if "was interrupted" in said]) == 1


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_two_replicas_perform_once(store_url: str) -> None:
    with approving(store_url) as bot, another(bot):
        requests = [ask(bot) for _ in range(3)]
        before = starts(bot)
        clicks = [bot.slack.click(user, asked.card, "Approve") for asked in requests for user in ("U0ALICE", "U0BOB")]
        for click in clicks:
            answer(click)
        for asked in requests:
            asked.ends("done")
        assert starts(bot) - before == 3
