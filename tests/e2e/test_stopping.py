"""How a bot ends, by SIGTERM or by kill -9, and how it refuses to start; with processes of their own."""

from __future__ import annotations

import signal
import threading

import pytest

from lab.slack import Interaction, plain
from store.models import Lease
from store.secrets import generate_key
from tests.e2e.process import Surroundings, bot_process
from tests.e2e.rig import answer

LOOKED = 'Job "looking for interrupted commands'


def drain(around: Surroundings, delay_s: float) -> tuple[list[Interaction], list[Interaction], int]:
    """SIGTERM while 20 commands run, with WebNet answering after `delay_s`. Gives those that were taken, those that came
    afterwards, and the exit code."""
    with around.bot() as bot:
        around.ask("U0OSCAR", "status #1")
        around.webnet.fault("delay", prefix="/api/v1/devices/", delay_s=delay_s)
        both = (("status #", "C0NOC"), ("ping 10.10.0.", "C0ALERTS"))  # a card's post does not say what it answers
        taken = [
            around.say("U0OSCAR", f"{line}{number}", channel)
            for number in range(1, 21)
            for line, channel in both[number % 2 :][:1]
        ]
        for interaction in taken:
            interaction.wait_ack()
        bot.process.send_signal(signal.SIGTERM)
        bot.wait_said("stopping")
        late = [around.say("U0OSCAR", "backup #30")]
        late[0].wait_ack()
        return taken, late, bot.ended(90)


def test_sigterm_answers_what_runs_and_takes_nothing_new(around: Surroundings) -> None:
    taken, late, code = drain(around, delay_s=1.0)
    assert code == 0
    for interaction in taken:
        said = plain(answer(interaction))
        assert "Last ping" in said or "job #" in said
        assert len([message for message in interaction.visible if not message.thread_ts]) == 1
    for interaction in late:
        assert interaction.ack_payload
        assert "The bot is restarting. Nothing was done" in interaction.ack_payload["text"]
    rows = around.store.audit.list(limit=200)
    assert {row.status for row in rows} == {"success", "busy"}
    assert len(rows) == 1 + len(taken) + len(late)
    assert around.rows("backup") == []
    assert around.store.leases.all_live("") == []


def test_a_command_that_kill_9_cut_off_is_closed_and_its_caller_reads_how_to_look(around: Surroundings) -> None:
    with around.bot() as bot:
        around.ask("U0OSCAR", "status #1")
        around.webnet.before("POST", "/api/v1/config/backup", bot.process.kill)
        around.say("U0OSCAR", "backup rtr-fra1-001")
        assert bot.ended() == -signal.SIGKILL
    (row,) = around.rows("backup")
    assert (row.status, row.text, row.job_id) == ("running", "backup rtr-fra1-001", None)
    lease_ends(around)
    for _ in range(2):  # the second start notifies nobody again
        with around.bot() as bot:
            bot.wait_said(LOOKED)
            message = around.slack.wait_message("D0OSCAR", "was interrupted", "U0OSCAR")
            assert "`/webnet backup rtr-fra1-001` was interrupted by a restart" in plain(message)
            click = around.slack.click("U0OSCAR", message, "Look at the jobs")
            (job,) = [entry.jobs[0] for entry in around.webnet.record if entry.jobs]
            click.wait_for(f"#{job}")
            bot.process.send_signal(signal.SIGTERM)
            assert bot.ended() == 0
    (row,) = around.rows("backup")
    assert row.status == "interrupted"
    assert row.told_at
    assert len([said for said in around.direct_messages() if "was interrupted" in said]) == 1


def lease_ends(around: Surroundings) -> None:
    """What half a minute does to the lease of a process that is gone. (Of an SQLite store it is ended at the start.)"""
    if around.store.database.is_postgres:
        around.store.database.run(Lease.update(expires_at=0))


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_the_open_rows_of_a_live_process_are_left_alone(around: Surroundings) -> None:
    under_way, answered = threading.Event(), threading.Event()

    def hold() -> None:
        under_way.set()
        answered.wait(100)

    with around.bot(WEBNET__TIMEOUT_S="100") as first:
        around.ask("U0OSCAR", "status #1")
        around.webnet.before("POST", "/api/v1/config/backup", hold)
        around.say("U0OSCAR", "backup rtr-fra1-001")
        assert under_way.wait(60)
        with around.bot(connections=4) as second:
            second.wait_said(LOOKED)
            around.ask("U0OSCAR", "help")
            (row,) = around.rows("backup")
            assert row.status == "running"
            first.process.kill()
            first.ended()
            answered.set()
            (lease,) = [lease for lease in around.store.leases.all_live("instance:") if lease.holder == row.instance]
            around.store.leases.release(lease)
            with around.bot(connections=4) as third:
                third.wait_said(LOOKED)
                around.slack.wait_message("D0OSCAR", "was interrupted", "U0OSCAR")
                (row,) = around.rows("backup")
                assert row.status == "interrupted"
                for process in (second, third):
                    process.process.send_signal(signal.SIGTERM)
                    assert process.ended() == 0
    assert len([said for said in around.direct_messages() if "was interrupted" in said]) == 1


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_second_bot_on_the_same_sqlite_store_is_refused(around: Surroundings) -> None:
    with around.bot() as first, bot_process(around.settings, around.folder) as second:
        assert second.ended() == 1
        assert "Another webnet-bot runs on the store" in second.said
        assert f"(process {first.process.pid})" in second.said
        assert "Traceback" not in second.said
        assert "Last ping" in around.ask("U0VERA", "status #1")


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        (
            {"STORE__ENCRYPTION_KEYS": ""},
            1,
            "load what does, such as `.env`",
        ),
        ({"STORE__ENCRYPTION_KEYS": "no key"}, 2, "WEBNET_BOT_STORE__ENCRYPTION_KEYS must be a list of Fernet keys"),
        ({"STORE__ENCRYPTION_KEYS": generate_key()}, 1, "add the key that the store was written with"),
    ],
    ids=["no key", "not a key", "another key"],
)
def test_a_bot_that_cannot_work_says_so_and_does_not_start(
    around: Surroundings, changes: dict[str, str], code: int, words: str
) -> None:
    with bot_process(around.settings, around.folder, LOGGING__LEVEL="info", **changes) as bot:
        assert bot.ended() == code
        assert words in bot.said
        assert "Traceback" not in bot.said
        assert len(bot.said.splitlines()) == 1
        for value in changes.values():
            assert not value or value not in bot.said
    assert around.slack.calls == []
