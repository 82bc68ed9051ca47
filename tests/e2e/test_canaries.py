"""Secrets stay where they belong: not in the log at its most talkative, not in a message, not in an audit row, not in the
database in clear. A bot in a process of its own is driven through everything that works and everything that can fail."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from bot.settings.table import Logging, Settings, Slack
from lab.slack import Member, SlackLab, plain
from lab.webnet import BOT_KEY, WebNetLab
from store.audit import AuditRow
from store.database import Store, migrate_store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.process import BotProcess, bot_process
from tests.e2e.rig import answer, settings_for

DATABASE_PASSWORD = "canary-database-password"
TYPED = "Canary-Typed-Passw0rd"
CANARIES = {
    "the app token": "xapp-1-A0CANARY-4711-canaryapptoken",
    "the bot token": "xoxb-4711-4712-canarybottoken",
    "another bot token": "canary_bot_token_of_an_unusual_shape",
    "the signing secret": "0123456789abcdefcanarysigningsecret",
    "the API key": BOT_KEY,
    "the encryption key": STORE_KEY,
    "the database's password": DATABASE_PASSWORD,
    "a password that somebody typed": TYPED,
}
LINES = [
    "status rtr-fra1-001",
    "ping rtr-fra1-002",
    "jobs mine",
    "help",
    f"status password={TYPED}",
    f"backup 'username admin secret {TYPED}'",
    f"jobs password={TYPED}",
    f"help api_key={TYPED}",
    f"password={TYPED}",
    f"token: {TYPED}",
    f"status enable secret {TYPED}",
    f"status snmp-server community {TYPED}",
]


@dataclass
class Around:
    slack: SlackLab
    webnet: WebNetLab
    store: Store
    settings: Settings
    bot: BotProcess

    def ask(self, words: str) -> str:
        return plain(answer(self.slack.say("U0CARA", f"/webnet {words}", "C0CANARY", "T0CANARY"), 20))


@contextmanager
def driven(store_url: str, folder: Path) -> Iterator[Around]:
    with WebNetLab(job_seconds=0.1) as webnet, SlackLab() as slack:
        slack.add_app("A0CANARY", CANARIES["the app token"], CANARIES["the signing secret"])
        members = [Member("U0CARA", "cara", "Cara")]
        slack.add_team("T0CANARY", "Canary", CANARIES["the bot token"], "A0CANARY", members)
        slack.add_channel("C0CANARY", "canary", "T0CANARY")
        plain_settings = settings_for(slack, webnet, store_url, timeout_s=1.0)
        settings = replace(
            plain_settings,
            slack=Slack(api_url=slack.api_url, app_token=CANARIES["the app token"]),
            logging=Logging(level="debug"),
        )
        migrate_store(store_url)
        with open_store(store_url, keys=[STORE_KEY]) as store:
            for team, token in (("T0CANARY", "the bot token"), ("T0OTHER", "another bot token")):
                workspace = store.workspaces.add(
                    customer=1,
                    team_id=team,
                    team_name=team,
                    bot_user_id="U0BOT",
                    bot_token=CANARIES[token],
                    signing_secret=CANARIES["the signing secret"],
                    app_token=CANARIES["the app token"],
                )
                store.users.add(workspace=workspace.id, slack_user_id="U0CARA", user=2, username="alice-admin")
                left_open = AuditRow(
                    status="running",
                    workspace=workspace.id,
                    team_id=team,
                    slack_user_id="U0CARA",
                    text="backup #1",
                    instance="of a dead process",
                )
                store.audit.write(left_open)
            slack.rate_limit("chat.postMessage")  # whoever was interrupted is notified at the second try
            with bot_process(settings, folder) as bot:
                bot.wait_said("running;")
                slack.wait_connected(2)
                yield Around(slack, webnet, store, settings, bot)
                bot.process.send_signal(signal.SIGTERM)
                assert bot.ended() == 0
                assert webnet.gate_violations() == []


def provoke(around: Around) -> None:
    """Every way that can fail, so that every error is logged, with its traceback where it has one."""
    slack, webnet, bot = around.slack, around.webnet, around.bot
    for line in LINES:
        around.ask(line)
    for fault in ("away", "bad_key", "error", "garbage", "truncated", "lose_answer", "throttle"):
        webnet.fault(fault)  # type: ignore[arg-type]
        around.ask("backup #3")
        webnet.clear_faults()
    webnet.fault("delay", delay_s=3, times=1)
    around.ask("backup #4")
    # Slack does not take the answer: it has forgotten the response_url, then is throttled for long, then is away.
    webnet.fault("delay", prefix="/api/v1/devices/5/", delay_s=0.5)
    asked = slack.say("U0CARA", "/webnet status #5", "C0CANARY", "T0CANARY")
    asked.wait_ack()
    slack.response_urls.forget()
    bot.wait_said("was not answered: Slack did not take the answer (404)")
    slack.rate_limit("response_url", seconds=600)
    slack.say("U0CARA", "/webnet status #5", "C0CANARY", "T0CANARY")
    bot.wait_said("was not answered: Slack did not take the answer (429)")
    asked = slack.say("U0CARA", "/webnet status #5", "C0CANARY", "T0CANARY")
    asked.wait_ack()
    slack.stop()
    bot.wait_said("was not answered: Slack cannot be reached")
    slack.start()
    slack.wait_connected(2, timeout=30)
    webnet.clear_faults()
    # The store breaks in the middle of a handler, before one, and while an audit row is written.
    for table in ("device", "slack_user_mapping", "seen_key", "chatops_command"):
        with broken(around, table):
            around.ask(f"status password={TYPED}")
            if table == "chatops_command":
                bot.wait_said("Traceback")
    slack.revoke(CANARIES["the bot token"])
    slack.revoke(CANARIES["the app token"])
    slack.kill()
    bot.wait_said("Slack refused a Socket Mode connection (token_revoked)", 30)


@contextmanager
def broken(around: Around, table: str) -> Iterator[None]:
    def rename(old: str, new: str) -> None:
        with around.store.transaction():
            around.store.database.peewee.execute_sql(f"ALTER TABLE {old} RENAME TO {new}")

    rename(table, f"{table}_away")
    try:
        yield
    finally:
        rename(f"{table}_away", table)


def with_password(url: str) -> str:
    """PostgreSQL in the tests asks for none, and takes any."""
    return url.replace("postgresql:///", f"postgresql://postgres:{DATABASE_PASSWORD}@/").replace("&user=postgres", "")


def dump(url: str) -> str:
    """All that the database holds, as text."""
    if url.startswith("sqlite:"):
        path = Path(url.removeprefix("sqlite:///"))
        files = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]
        with closing(sqlite3.connect(path)) as connection, closing(sqlite3.connect(":memory:")) as copy:
            connection.backup(copy)
            copy.execute("DROP TABLE config_trigram")  # which cannot be dumped; its bytes are among those of the file
            lines = [line.replace("''", "'") for line in copy.iterdump()]
        return "\n".join([*lines, *(file.read_bytes().decode("latin-1") for file in files if file.exists())])
    found: list[str] = []
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            rows = connection.execute(f"SELECT row_to_json(t)::text FROM {table} t").fetchall()  # type: ignore[arg-type]
            found += [row for (row,) in rows]
    return "\n".join(found)


def test_secrets_are_in_no_log_no_message_no_row_and_no_dump(store_url: str, tmp_path: Path) -> None:
    url = with_password(store_url)
    with driven(url, tmp_path) as around:
        provoke(around)
        while_running = dump(url)
        rows = json.dumps([vars(row) for row in around.store.audit.each()], default=str)
        sent = json.dumps([[call.method, call.args] for call in around.slack.calls if call.method != "auth.test"])
        shown = json.dumps(
            [
                [message.text, message.blocks]
                for team in around.slack.world.teams.values()
                for channel in team.channels.values()
                for message in channel.messages
            ]
        )
    log = around.bot.said
    assert "Traceback" in log
    for logger in ("slack_bolt", "urllib3", "peewee", "apscheduler"):
        assert re.search(rf" DEBUG {logger}\b| INFO {logger}\b", log), f"{logger} has not said a word"
    places = {
        "the log": log,
        "an audit row": rows,
        "a call to Slack": sent,
        "a message": shown,
        "the database": while_running,
        "the database after the end": dump(url),
    }
    found = [
        f"{name} in {place}" for place, text in places.items() for name, value in CANARIES.items() if value in text
    ]
    found += [
        f"a response_url in {place}" for place, text in places.items() if re.search(r"/commands/T\w+/\w{10}", text)
    ]
    found += [f"a ticket in {place}" for place, text in places.items() if re.search(r"ticket=\w{10}", text)]
    assert found == [], found
