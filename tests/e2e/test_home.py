"""The tab Home, from Slack's event to what stands there, and what a click in it does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import main
from bot.app.home_part import HomePart
from bot.app.requests_part import ADVANCING
from bot.redaction.redactor import Redactor
from lab.slack import plain
from store.models import HomeRow
from tests.e2e.rig import Rig, rig, wait_until
from tests.e2e.test_cards import now
from tests.e2e.test_commands import number
from tests.requests import keep


@pytest.fixture(scope="module")
def bot(module_store_url: str) -> Iterator[Rig]:
    with rig(module_store_url, notifications={"poll_interval_s": 0.3}) as running:
        yield running


def opened(bot: Rig, user: str, team: str = "T0ACME") -> str:
    """Opens the tab, and returns what stands there once that is written into the audit log."""
    bot.store.database.run(HomeRow.update(due_at=0))
    before = next((row.id for row in bot.store.audit.list(limit=1)), 0)
    event = {"type": "app_home_opened", "user": user, "channel": f"D0{user[2:]}", "tab": "home", "event_ts": "1.1"}
    bot.slack.event(team, event)

    def written() -> bool:
        rows = bot.store.audit.list(after_id=before)
        return any((row.way, row.slack_user_id) == ("home", user) for row in rows)

    wait_until(written, "the row of the opening")
    return shown(bot, user, team)


def shown(bot: Rig, user: str, team: str = "T0ACME") -> str:
    view = bot.slack.views.homes.get((team, user))
    return plain({"text": "", "blocks": view.blocks}) if view else ""


def becomes(bot: Rig, user: str, words: str, team: str = "T0ACME", *, there: bool = True) -> str:
    """Lets the bot look again and again, as if ten seconds had passed each time, until the words are `there`, or are not."""

    def looked() -> str:
        bot.store.database.run(HomeRow.update(due_at=0))
        bot.bot.part(HomePart).tasks[0].run()
        found = shown(bot, user, team)
        return found if (words in found) is there else ""

    return wait_until(looked, f"{words!r} in the home of {user}")


def publications(bot: Rig, user: str) -> int:
    return sum(call.method == "views.publish" and call.args["user_id"] == user for call in bot.slack.calls)


def test_who_opens_the_home_reads_what_is_open_for_them_with_one_audit_row(bot: Rig) -> None:
    before = next((row.id for row in bot.store.audit.list(limit=1)), 0)
    said = opened(bot, "U0VERA")
    assert "You are vera-viewer in WebNet, with the role viewer, for Acme." in said
    assert "Open drift alerts: " in said
    assert "Notices in channels" in said
    assert "backup" not in said
    (row,) = bot.store.audit.list(after_id=before)
    assert (row.way, row.command, row.status, row.channel_id) == ("home", "home", "success", "U0VERA")


@pytest.mark.parametrize(
    ("user", "words"),
    [("U0MALLORY", "are not mapped to a WebNet user yet"), ("U0IVAN", "is inactive"), ("U0NICK", "does not belong")],
)
def test_who_may_see_nothing_reads_why(bot: Rig, user: str, words: str) -> None:
    said = opened(bot, user)
    assert words in said
    assert "Acme" not in said


def test_a_mapping_brings_the_home_and_takes_it_away(bot: Rig) -> None:
    assert "[Ask to be mapped]" in opened(bot, "U0MALLORY")
    acme = bot.store.workspaces.by_team("T0ACME")
    assert acme
    mapping = bot.store.users.add(workspace=acme.id, slack_user_id="U0MALLORY", user=4, username="vera-viewer")
    becomes(bot, "U0MALLORY", "You are vera-viewer")
    bot.store.users.remove(mapping.id)
    assert "Acme" not in becomes(bot, "U0MALLORY", "are not mapped")


def test_the_home_follows_the_jobs_of_its_user_and_nobody_elses(bot: Rig) -> None:
    bot.webnet.hold = "queued"
    job = number(bot.ask("U0OSCAR", "ping #1"))
    opened(bot, "U0VERA")
    opened(bot, "U0OSCAR")
    assert f"#{job} " in becomes(bot, "U0OSCAR", "check reachability · rtr-fra1-001 · queued")
    of_vera = publications(bot, "U0VERA")
    bot.webnet.hold = "running"
    becomes(bot, "U0OSCAR", "check reachability · rtr-fra1-001 · running")
    bot.webnet.finish(job)
    bot.webnet.hold = None
    becomes(bot, "U0OSCAR", f"#{job} ", there=False)
    assert publications(bot, "U0VERA") == of_vera


def test_requests_stand_in_the_homes_of_who_asked_and_of_who_may_decide(bot: Rig) -> None:
    kept = keep(bot.store)
    show = f"[Show #{kept.number}]"
    for user in ("U0ALICE", "U0OSCAR", "U0VERA"):
        opened(bot, user)
    of_alice, of_oscar = (becomes(bot, user, show) for user in ("U0ALICE", "U0OSCAR"))
    assert show in of_alice.partition("My requests that wait")[0]
    assert show in of_oscar.partition("My requests that wait")[2]
    assert show not in shown(bot, "U0VERA")
    bot.store.requests.void_open("It is over.")
    assert show not in becomes(bot, "U0ALICE", "Waiting for my decision\nNone.")


# -- clicks


def test_a_click_is_answered_by_direct_message_or_in_a_window(bot: Rig) -> None:
    kept = keep(bot.store)
    opened(bot, "U0ALICE")
    home = bot.slack.views.homes["T0ACME", "U0ALICE"]
    bot.slack.click("U0ALICE", home, f"Show #{kept.number}")
    card = bot.slack.wait_message("D0ALICE", f"Request #{kept.number} of oscar-operator", "U0ALICE")
    row = bot.audit(command="approve", way="button")
    assert (row.status, row.slack_user_id, row.delivered) == ("success", "U0ALICE", True)
    bot.slack.click("U0ALICE", home, "What I can run")
    view = wait_until(lambda: bot.slack.open_view("U0ALICE"), "a window")
    wait_until(lambda: "backup" in plain({"text": "", "blocks": view.blocks}), "the help in it")
    bot.store.requests.void_open("It is over.")
    bot.bot.scheduler.hurry(ADVANCING)
    wait_until(lambda: "is void" in plain(now(bot, card)), "the end of the request in the direct message")


def test_an_answer_in_a_direct_message_names_what_was_done(bot: Rig) -> None:
    bot.webnet.hold = "queued"
    job = bot.webnet.start_job("config_backup", [2], user=3)
    opened(bot, "U0OSCAR")
    becomes(bot, "U0OSCAR", f"[Cancel #{job}]")
    home = bot.slack.views.homes["T0ACME", "U0OSCAR"]
    bot.slack.click("U0OSCAR", home, f"Cancel #{job}")
    bot.slack.wait_message("D0OSCAR", f"Cancelled config backup, job #{job}", "U0OSCAR")
    bot.webnet.hold = None


def test_a_click_on_refresh_reads_everything_again(bot: Rig) -> None:
    opened(bot, "U0VERA")
    before = publications(bot, "U0VERA")
    home = bot.slack.views.homes["T0ACME", "U0VERA"]
    bot.store.database.run(HomeRow.update(due_at=0))
    bot.slack.click("U0VERA", home, "Refresh")
    wait_until(lambda: publications(bot, "U0VERA") > before, "the home again")
    assert not [message for message in bot.slack.messages("D0VERA", "U0VERA") if "You are" in plain(message)]


# -- emptied


def test_the_homes_of_a_workspace_are_emptied_when_it_is_disabled_or_given_to_another_customer(bot: Rig) -> None:
    globex = bot.store.workspaces.by_team("T0GLOBEX")
    assert globex
    assert "for Globex" in opened(bot, "U0GINA", "T0GLOBEX")
    bot.store.workspaces.update(globex.id, customer=1)
    said = becomes(bot, "U0GINA", "belongs to another customer", "T0GLOBEX")
    assert "Globex" not in said
    bot.store.workspaces.update(globex.id, customer=2)
    wait_until(lambda: bot.workspaces.refresh() or bot.workspaces.by_id(globex.id).customer == 2, "the workspace")
    assert "for Globex" in opened(bot, "U0GINA", "T0GLOBEX")
    bot.store.workspaces.update(globex.id, enabled=False)
    assert "Globex" not in becomes(bot, "U0GINA", "is switched off", "T0GLOBEX")
    assert publications(bot, "U0GINA") == 4
    bot.store.workspaces.update(globex.id, enabled=True)


def test_after_a_restart_the_homes_of_who_may_see_nothing_any_more_are_emptied(store_url: str) -> None:
    with rig(store_url) as bot:
        for user in ("U0OSCAR", "U0VERA", "U0ALICE"):
            assert "for Acme" in opened(bot, user)
        assert bot.bot.stop() == 0
        mapped = {mapping.slack_user_id: mapping.id for mapping in bot.store.users.list()}
        bot.store.users.remove(mapped["U0OSCAR"])
        bot.webnet.change("users", 4, is_active=False)
        bot.store.database.run(HomeRow.update(due_at=0))
        bot.bot = main.build(bot.settings, bot.store, Redactor(bot.settings.secrets(), bot.settings.redaction.own))
        bot.bot.start()
        wait_until(lambda: "are not mapped" in shown(bot, "U0OSCAR"), "the home of who is not mapped any more")
        wait_until(lambda: "is inactive" in shown(bot, "U0VERA"), "the home of who is inactive")
        assert "for Acme" in shown(bot, "U0ALICE")
        assert publications(bot, "U0ALICE") == 1
        bot.bot.stop()
