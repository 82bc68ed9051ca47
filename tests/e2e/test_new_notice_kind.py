"""A kind of notice is added as a maintainer would: one row in bot/core/notice_kinds.py and one file in handlers/notices."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest

from bot.core.events import Event
from bot.feeds.enqueue import Enqueuer
from bot.settings.table import template
from lab.slack import SlackLab, plain
from lab.webnet import WebNetLab
from store.database import open_store
from tests.conftest import STORE_KEY
from tests.e2e.process import PYTHON, ROOT, bot_process, free_port, variables
from tests.e2e.rig import add_people, settings_for

FLAG = "notify_backup_overdue"
ROW = f'NoticeKind("overdue", "{FLAG}", default=False, label="Backups that are overdue.", feed="jobs")'
NOTICE = """
from bot.core.events import Event
from bot.core.message import sentence
from bot.core.notices import Notice


def view(event, _words):
    return sentence(f"No backup of {event.data['hostname']} for {event.data['days']} days.")


def sample(now):
    return Event("sample:overdue", "overdue", "notify_backup_overdue", 0, now, {"hostname": "rtr-1", "days": 9})


NOTICE = Notice("overdue", view, lambda event: (event.data["hostname"],), lambda _: "Backup overdue", sample)
"""
SEED = """
[[workspaces]]
team_id = "T0GLOBEX"
team_name = "Globex"
customer = 2
bot_user_id = "U0BOT"
bot_token = "xoxb-lab-globex"
signing_secret = "lab-signing-secret"

  [[workspaces.channels]]
  channel_id = "C0GXNOC"
  notify_backup_overdue = true
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The bot's own files with the new kind among them."""
    made = tmp_path / "project"
    for package in ("bot", "handlers", "store"):
        shutil.copytree(ROOT / package, made / package)
    shutil.copy(ROOT / "main.py", made)
    kinds = made / "bot" / "core" / "notice_kinds.py"
    text = kinds.read_text(encoding="utf-8")
    assert text.count("COMPLIANCE, DRIFT)") == 1
    kinds.write_text(text.replace("COMPLIANCE, DRIFT)", f"COMPLIANCE, DRIFT, {ROW})"), encoding="utf-8")
    (made / "handlers" / "notices" / "overdue.py").write_text(NOTICE, encoding="utf-8")
    return made


def test_a_row_and_a_file_are_all_that_a_new_kind_of_notice_takes(project: Path, tmp_path: Path) -> None:
    url, port = f"sqlite:///{tmp_path}/store.db", free_port()
    with WebNetLab() as webnet, SlackLab() as slack, open_store(url, keys=[STORE_KEY]) as store:
        add_people(store)
        settings = settings_for(slack, webnet, url)
        config, seed = tmp_path / "config.toml", tmp_path / "seed.toml"
        config.write_text(template(), encoding="utf-8")
        seed.write_text(SEED, encoding="utf-8")

        def cli(*words: str) -> str:
            command = [*PYTHON, project / "main.py", "--config", config, *words]
            environment = {**os.environ, **variables(settings)}
            done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            return done.stdout

        assert "Backups that are overdue." in cli("channel", "add", "--help")
        cli("channel", "add", "T0ACME", "C0ALERTS", "--overdue", "--no-failure")
        cli("seed", str(seed))
        acme, globex = json.loads(cli("channel", "list", "--json"))
        assert (acme[FLAG], acme["notify_job_failure"], globex[FLAG]) == (True, False, True)
        happened = datetime.now(UTC)
        with bot_process(
            settings, tmp_path, script=project / "main.py", HTTP__ENABLED="true", HTTP__PORT=str(port)
        ) as bot:
            bot.wait_said("running;")
            data = {"hostname": "rtr-fra1-001", "days": 12}
            Enqueuer(store).enqueue([Event("overdue:1", "overdue", FLAG, 1, happened, data)])
            message = slack.wait_message("C0ALERTS", "No backup", timeout=60)
            assert plain(message) == "No backup of rtr-fra1-001 for 12 days."
            with urlopen(f"http://127.0.0.1:{port}/openapi.json") as response:
                document = json.load(response)
        for schema in ("Channel", "ChannelChange", "ChannelRow"):
            assert document["components"]["schemas"][schema]["properties"][FLAG]["type"] == "boolean"
        assert slack.messages("C0GXNOC", "U0GINA") == []
