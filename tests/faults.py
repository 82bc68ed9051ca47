"""What happens when things break, with the times that `make test` does not assert: `python -m tests.faults [SEED] [NAME …]`.

Prints a table and ends with 1 if a count in it is wrong. Everything runs over real sockets against the labs.
"""

from __future__ import annotations

import logging
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from lab.slack import Interaction, SlackLab
from lab.webnet import WebNetLab
from store.database import migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.delivery.scenarios import Finding, flood, held_up, killed, killed_release
from tests.e2e import test_odd_answers
from tests.e2e.killed_deploys import kills as deploys_killed
from tests.e2e.killed_deploys import surroundings
from tests.e2e.killed_live_logs import kills as live_logs_killed
from tests.e2e.rig import add_people, answer, rig, settings_for, wait_until
from tests.e2e.test_connections import hand_over, kill_both
from tests.e2e.test_dying import KINDS, OF_HTTP
from tests.e2e.test_hostile_input import fuzz
from tests.e2e.test_stopping import Surroundings, drain
from tests.e2e.test_under_load import WEBNET_TIMEOUT_S, ack_text, occupy
from tests.faults_feeds import from_end_to_message, webnet_away
from tests.faults_feeds import killed as feeds_killed
from tests.faults_feeds import killed_threads as threads_killed
from tests.faults_network import Row, bodies, drips, postgres_trouble, silent
from tests.faults_queue import queue_trouble
from tests.faults_reports import killed as reports_killed
from tests.faults_teams import killed as two_chats_killed
from tests.faults_teams import storms
from tests.http import test_schemathesis as schema
from tests.http.conftest import web
from tests.http.odd_payloads import send_odd, tracebacks
from tests.http.test_tenants import meet
from tests.http.test_webhooks import hostile_run
from tests.postgres import postgres_server

WEBNET_S = 5.0  # how slow WebNet is
HOSTILE = 10_000
ODD, ODD_COMMANDS = 20_000, 2_000
DEPLOYS_KILLED = 50  # on each database
LIVE_LOGS_KILLED = 12  # on each database


@contextmanager
def store_url() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder:
        yield f"sqlite:///{folder}/store.db"


def times(acks: list[float]) -> str:
    """Of acks, in milliseconds."""
    acks = sorted(acks)
    return f"p50 {statistics.median(acks):.1f}, p99 {acks[len(acks) * 99 // 100]:.1f}, max {acks[-1]:.1f} ms"


def paced(say: Callable[[], Interaction], number: int, per_s: float) -> list[Interaction]:
    started = time.monotonic()
    asked = []
    for turn in range(number):
        time.sleep(max(0.0, started + turn / per_s - time.monotonic()))
        asked.append(say())
    return asked


def acks_beside_slow_calls() -> Iterator[Finding]:
    with store_url() as url, rig(url, timeout_s=WEBNET_TIMEOUT_S, workers=32, queue=4096) as bot:
        held = occupy(bot, 16)
        asked = paced(lambda: bot.say("U0OSCAR", "help"), 400, 100)
        acks = [interaction.wait_ack() for interaction in asked]
        bot.webnet.clear_faults()
        for interaction in held + asked:
            answer(interaction, 60)
        late = sum(ack.late or ack.again for ack in bot.slack.acks)
    what = "400 commands at 100/s while 16 calls to WebNet wait for their response"
    yield Finding(what, f"{len(acks)} acked and answered, {late} late; {times(acks)}", late == 0 and len(acks) == 400)


def full_queue() -> Iterator[Finding]:
    with store_url() as url, rig(url, timeout_s=WEBNET_TIMEOUT_S, workers=4, queue=16) as bot:
        for interaction in occupy(bot, 2):
            interaction.wait_for("Working on")
        asked = paced(lambda: bot.say("U0OSCAR", "help"), 1_000, 500)
        words = Counter("refused" if ack_text(interaction) else "taken" for interaction in asked)
        acks = [interaction.wait_ack() for interaction in asked]
        bot.webnet.clear_faults()
        wait_until(lambda: len(bot.store.audit.list(limit=2_000)) == 1_003, "an audit row of each", 60)
    right = words == {"refused": 992, "taken": 8}
    measured = f"{words['refused']} refused in the ack itself, {words['taken']} taken, all audited; {times(acks)}"
    yield Finding("1,000 commands at 500/s to a full queue", measured, right)


def burst() -> Iterator[Finding]:
    with store_url() as url, rig(url) as bot:
        bot.slack.sender.ack_timeout_s = 60.0  # the labs share the bot's processor here, and its interpreter
        asked = [bot.say("U0OSCAR", "help") for _ in range(5_000)]
        for interaction in asked:
            interaction.until(lambda i=interaction: i.acked_ms is not None or i.error, 90, "an ack")  # type: ignore[misc]
        acks = [interaction.acked_ms for interaction in asked if interaction.acked_ms is not None]
        wait_until(lambda: len(list(bot.store.audit.each())) == 5_000, "an audit row of each", 60)
    measured = f"{len(acks):,} acked, all audited; {times(acks)}"
    yield Finding("5,000 commands at once", measured, len(acks) == 5_000)


def hand_overs() -> Iterator[Finding]:
    with store_url() as url, rig(url) as bot:
        asked = hand_over(bot, 20, 25)
        for interaction in asked:
            answer(interaction)
        lost = sum(interaction.acked_ms is None for interaction in asked)
        twice = sum(len(interaction.visible) != 1 for interaction in asked)
        acks = [interaction.acked_ms for interaction in asked if interaction.acked_ms is not None]
    measured = f"{lost} lost, {twice} not answered exactly once; {times(acks)}"
    yield Finding("500 commands during 20 hand-overs of both connections", measured, not lost and not twice)


def half_open() -> Iterator[Finding]:
    with store_url() as url, rig(url) as bot:
        dead = bot.slack.connections()
        started = time.monotonic()
        bot.slack.half_open(dead)
        wait_until(
            lambda: len([c for c in bot.slack.connections() if c not in dead]) == 2, "both to be replaced", timeout=40
        )
        found_s = time.monotonic() - started
        answer(bot.say("U0VERA", "help"))
    yield Finding("both connections half-open", f"replaced after {found_s:.1f} s", right=True)


def killed_connections() -> Iterator[Finding]:
    with store_url() as url, rig(url) as bot:
        took: list[float] = []
        for _ in range(10):
            for interaction in [bot.say("U0VERA", "help") for _ in range(20)]:  # of connections that are of use
                answer(interaction)
            started = time.monotonic()
            kill_both(bot)
            bot.slack.wait_connected(2, timeout=20)
            took.append(time.monotonic() - started)
        answer(bot.say("U0VERA", "help"))
    measured = f"back after {statistics.median(took) * 1000:.0f} ms, at worst {max(took) * 1000:.0f} ms"
    yield Finding("both connections killed, 10 times", measured, right=True)


def sigterm() -> Iterator[Finding]:
    with store_url() as url, WebNetLab(job_seconds=0.3) as webnet, SlackLab() as slack:
        migrate_store(url)
        folder = Path(url.removeprefix("sqlite:///")).parent
        settings = settings_for(slack, webnet, url, timeout_s=2 * WEBNET_S)
        with open_store(url, keys=[STORE_KEY]) as store:
            add_people(store)
            around = Surroundings(slack, webnet, store, settings, folder)
            started = time.monotonic()
            taken, late, code = drain(around, WEBNET_S)
            took_s = time.monotonic() - started
            # In total: a card's post does not say what it answers, and its end is a reply in its thread.
            answered = sum(not each.thread_ts for interaction in taken for each in interaction.visible)
            refused = sum("restarting" in (interaction.ack_payload or {}).get("text", "") for interaction in late)
            bad = webnet.gate_violations()
    measured = (
        f"{answered} answered, {refused} of {len(late)} later ones refused, exit {code}, {took_s:.1f} s with the start"
    )
    right = (answered, refused, code, bad) == (20, len(late), 0, [])
    yield Finding(f"SIGTERM during 20 commands, WebNet at {WEBNET_S:g} s", measured, right)


def hostile_texts(seed: int) -> Iterator[Finding]:
    logging.disable(logging.WARNING)  # an error in the log would be a finding
    try:
        with store_url() as url:
            per_s = fuzz(url, HOSTILE, seed=seed)
    finally:
        logging.disable(logging.CRITICAL)
    what = f"{HOSTILE:,} hostile texts (seed {seed})"
    yield Finding(what, f"all answered, audited and harmless, nothing logged; {per_s:.0f}/s", right=True)


def tenants() -> Iterator[Finding]:
    with store_url() as url:
        meet(url, 2_000)
    yield Finding("2,000 requests of two tenants", "nothing of the one reached the other", right=True)


def killed_bot(seed: int) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder:
        yield from (Finding(*found) for found in feeds_killed(Path(folder), seed))


def killed_reports(seed: int) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder:
        yield from (Finding(*found) for found in reports_killed(Path(folder), seed))


def killed_deploys(seed: int) -> Iterator[Finding]:
    """Kills the process that works on a deploy, 50 times on SQLite and 50 times one of two replicas on PostgreSQL."""
    with postgres_server() as server:
        for name, where, replicas in (("SQLite", None, 1), ("PostgreSQL, two replicas", server, 2)):
            with tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder:
                url = where.url(where.create()) if where else f"sqlite:///{folder}/store.db"
                with surroundings(url, Path(folder)) as at:
                    counts = deploys_killed(at, seed, DEPLOYS_KILLED, replicas)
            wrong = counts.twice + counts.lost + counts.not_once
            ends = ", ".join(f"{number} {end}" for end, number in sorted(counts.ends.items()))
            measured = f"{counts.kills} kills: {counts.twice} second commits, {counts.lost} lost, {counts.not_once} not notified once; {ends}"
            yield Finding(f"kill -9 of deploys, {name}", measured, not wrong and counts.kills >= DEPLOYS_KILLED * 0.9)


def killed_live_logs(seed: int) -> Iterator[Finding]:
    with postgres_server() as server:
        for name, where in (("SQLite", None), ("PostgreSQL", server)):
            with tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder:
                url = where.url(where.create()) if where else f"sqlite:///{folder}/store.db"
                with surroundings(url, Path(folder)) as at:
                    counts = live_logs_killed(at, seed, LIVE_LOGS_KILLED)
            measured = f"{counts.kills} kills: {counts.lost} entries lost, {counts.again} replies repeated"
            yield Finding(f"kill -9 in a live log, {name}", measured, not counts.lost and counts.again <= counts.kills)


def killed_threads() -> Iterator[Finding]:
    with tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder:
        yield from (Finding(*found) for found in threads_killed(Path(folder), sorted(KINDS - OF_HTTP)))


def rows(scenario: Callable[[], Iterator[Row]]) -> Iterator[Finding]:
    return (Finding(*found) for found in scenario())


def notices_of_jobs() -> Iterator[Finding]:
    for per_minute, number in ((1, 5), (200, 200)):
        with store_url() as url:
            yield from (Finding(*found) for found in from_end_to_message(url, per_minute, number))
    with store_url() as url:
        yield from (Finding(*found) for found in webnet_away(url))


def webnet_queue(seed: int) -> Iterator[Finding]:
    with store_url() as url:
        yield from (Finding(*found) for found in queue_trouble(url, 200, seed))


def hostile_requests(seed: int) -> Iterator[Finding]:
    with store_url() as url, web(url) as bot:
        started = time.monotonic()
        sent, before, after = hostile_run(bot, HOSTILE, random.Random(seed))
        took_s = time.monotonic() - started
    statuses = Counter(each.status // 100 for each in sent)
    effects = "no effect" if before == after else f"{before} became {after}"
    measured = f"{statuses[4]:,} refused, {statuses[5]} errors, {effects}; {HOSTILE / took_s:.0f}/s"
    yield Finding(
        f"{HOSTILE:,} hostile requests to the webhooks (seed {seed})",
        measured,
        statuses == {4: HOSTILE} and before == after,
    )


def odd_payloads(seed: int) -> Iterator[Finding]:
    logging.disable(logging.WARNING)  # an error in the log would be a finding
    try:
        with store_url() as url, tracebacks() as found, web(url, strict=False) as bot:
            statuses = send_odd(bot, ODD, random.Random(seed))
    finally:
        logging.disable(logging.CRITICAL)
    measured = f"{dict(statuses)}, {len(found)} tracebacks"
    right = not found and sum(statuses.values()) == ODD and max(statuses) < 500
    yield Finding(f"{ODD:,} odd signed payloads (seed {seed})", measured, right)


def odd_answers(seed: int) -> Iterator[Finding]:
    logging.disable(logging.WARNING)
    try:
        with store_url() as url:
            found = test_odd_answers.fuzz(url, ODD_COMMANDS, seed)
    finally:
        logging.disable(logging.CRITICAL)
    what = f"{ODD_COMMANDS:,} commands while WebNet's answers are odd (seed {seed})"
    yield Finding(what, f"all answered, {len(found)} tracebacks", not found)


def generated_requests(seed: int) -> Iterator[Finding]:
    for who in schema.ROLES:
        with store_url() as url, web(url, socket_mode=False) as bot:
            folder = Path(url.removeprefix("sqlite:///")).parent
            phases = "examples,coverage,fuzzing,stateful"
            code, said = schema.run(bot, who, folder, phases=phases, examples=50, seed=seed)
            errors = schema.server_errors(bot)
        if code:
            print(said[-6000:])
        number = schema.generated(said)
        measured = f"{number:,} requests, {'no failure' if code == 0 else 'FAILURES'}, {errors:.0f} answers of 5xx"
        yield Finding(f"schemathesis, all checks, as {who}", measured, code == 0 and not errors and number > 0)


def every(seed: int) -> dict[str, Callable[[], Iterator[Finding]]]:
    return {
        "acks": acks_beside_slow_calls,
        "queue": full_queue,
        "burst": burst,
        "hand-overs": hand_overs,
        "killed-connections": killed_connections,
        "half-open": half_open,
        "sigterm": sigterm,
        "texts": lambda: hostile_texts(seed),
        "tenants": tenants,
        "notices": notices_of_jobs,
        "killed-bot": lambda: killed_bot(seed),
        "killed-reports": lambda: killed_reports(seed),
        "killed-deploys": lambda: killed_deploys(seed),
        "killed-live-logs": lambda: killed_live_logs(seed),
        "killed-threads": killed_threads,
        "requests": lambda: hostile_requests(seed),
        "payloads": lambda: odd_payloads(seed),
        "answers": lambda: odd_answers(seed),
        "generated": lambda: generated_requests(seed),
        "killed-delivery": lambda: killed(seed),
        "killed-release": lambda: killed_release(seed),
        "killed-two-chats": lambda: two_chats_killed(seed),
        "teams-storms": lambda: storms(seed),
        "held-up": held_up,
        "drips": lambda: rows(drips),
        "silent": lambda: rows(silent),
        "bodies": lambda: rows(bodies),
        "postgres": lambda: rows(postgres_trouble),
        "flood": flood,
        "webnet-queue": lambda: webnet_queue(seed),
    }


def main(arguments: list[str]) -> int:
    numbers = [int(argument) for argument in arguments if argument.isdecimal()]
    seed = numbers[0] if numbers else random.randrange(1_000_000)
    scenarios = every(seed)
    names = [argument for argument in arguments if not argument.isdecimal()] or [*scenarios]
    if unknown := [name for name in names if name not in scenarios]:
        sys.exit(f"There is no run {', '.join(unknown)}: name some of {', '.join(scenarios)}.")
    logging.disable(logging.CRITICAL)  # what is provoked here is logged a lot
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    table = Table(title=f"When things break (seed {seed})")
    for heading in ("what", "measured", ""):
        table.add_column(heading)
    wrong = 0
    console = Console(width=160)
    for name in names:
        started = time.monotonic()
        for finding in found(name, scenarios[name]):
            table.add_row(finding.what, finding.measured, "ok" if finding.right else "WRONG")
            wrong += not finding.right
        console.print(f"{name}: {time.monotonic() - started:.0f} s")
    console.print(table)
    return 1 if wrong else 0


def found(name: str, scenario: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """A run that breaks off is a finding as well, and the others go on."""
    try:
        yield from scenario()
    except Exception as error:
        yield Finding(name, f"broke off: {error!r}"[:600], right=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
