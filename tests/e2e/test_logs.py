"""`logs`: what a job reported, without its secrets."""

from __future__ import annotations

import pytest

from lab.slack import plain
from tests.e2e.rig import Rig
from tests.e2e.test_commands import buttons


def log(bot: Rig, job: int, *said: tuple[str, str, str]) -> None:
    with bot.webnet.lock:
        for level, host, text in said:
            bot.webnet.state.add_log(job, bot.webnet.state.now(), level, host, text)


def job(bot: Rig, **changes: object) -> int:
    return int(bot.webnet.add("jobs", **{"customer": 1, "type": "run_commands", "status": "success", **changes})["id"])


def test_errors_come_first_then_the_last_entries(bot: Rig) -> None:
    number = job(bot)
    log(bot, number, ("ERROR", "sw-a", "TCP connection to device failed.\n\nCommon causes"))
    log(bot, number, *[("INFO", f"sw-{each}", f"line {each}") for each in range(20)])
    message = bot.ask("U0VERA", f"logs {number}")
    said = plain(message)
    assert f"Log of job #{number}" in said
    assert "1 error in 21 entries" in said
    assert said.index("sw-a: TCP connection to device failed.") < said.index("sw-12 line 12")
    assert "line 11" not in said
    assert "Common causes" not in said
    assert buttons(message) == ["Whole log", f"Open job #{number}"]
    assert bot.audit(command="logs").status == "success"


def test_no_secret_of_a_log_is_shown_or_kept(bot: Rig) -> None:
    number = job(bot)
    log(bot, number, ("INFO", "sw-a", "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA"))
    log(
        bot, number, ("INFO", "sw-b", "enable secret 9 $9$canaryCanary$Zb0xQ\nsnmp-server community canaryCommunity RO")
    )
    log(bot, number, ("INFO", "sw-a", "canaryOfTheKey\n-----END RSA PRIVATE KEY-----"))
    said = plain(bot.ask("U0VERA", f"logs #{number}"))
    kept = bot.audit(command="logs").response
    for secret in ("canary", "MIIEow"):
        assert secret not in said
        assert secret not in kept
    assert "<redacted>" in said


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("all", "Name one job by its number"),
        ("99999", "There is no job #99999 here"),
        ("9" * 30, "Name one job by its number"),
    ],
)
def test_what_is_no_job_is_a_sentence(bot: Rig, words: str, answer: str) -> None:
    message = bot.ask("U0VERA", f"logs {words}")
    assert answer in plain(message)
    assert message.ephemeral_to == "U0VERA"


def test_the_log_of_another_customer_does_not_exist(bot: Rig) -> None:
    number = job(bot, customer=2)
    log(bot, number, ("ERROR", "gx-secret-host", "broken"))
    assert f"There is no job #{number} here" in plain(bot.ask("U0ALICE", f"logs {number}"))


def test_a_job_that_reported_nothing_says_so(bot: Rig) -> None:
    number = job(bot, status="queued")
    with bot.webnet.lock:
        bot.webnet.state.logs[number] = []
    assert "queued. Nothing was reported." in plain(bot.ask("U0VERA", f"logs {number}"))
