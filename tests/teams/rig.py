"""The bot with both chats: Slack by Socket Mode, and Teams by HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests

from bot.app.teams_part import TeamsClient
from bot.settings.table import Approvals, Settings, Teams
from lab.teams import TeamsLab
from lab.teams.activities import ACME, ACME_APP, ADA, NOC, ONCALL, OSCAR, VERA, Activities, Member
from lab.teams.cards import nodes
from lab.teams.connector import Connector
from store.audit import AuditRow
from store.database import Store
from tests.e2e.rig import Rig, wait_until
from tests.http.conftest import web

PASSWORD = "lab-client-secret-acme"
MAPPED = {ADA: 2, OSCAR: 3, VERA: 4}


@dataclass
class Both:
    """`post` sends an activity as Teams does, and `say` what a member writes to the bot."""

    lab: TeamsLab
    rig: Rig
    url: str

    @property
    def teams(self) -> Connector:
        return self.lab.connector

    @property
    def store(self) -> Store:
        return self.rig.store

    @property
    def made(self) -> Activities:
        return self.lab.made

    def post(self, activity: dict[str, Any]) -> requests.Response:
        token = self.lab.login.token(ACME_APP, self.lab.service_url)
        headers = {"Authorization": f"Bearer {token}"}
        return requests.post(f"{self.url}/api/messages", json=activity, headers=headers, timeout=60)

    def say(self, member: Member, text: str, place: str = NOC, **more: Any) -> dict[str, Any]:
        activity = self.made.message(member, text, place, **more)
        answer = self.post(activity)
        assert (answer.status_code, answer.content) == (200, b"")
        return activity

    def button(self, member: Member, words: str, line: str) -> dict[str, Any]:
        """Returns what the button carries, of a personal message with these words, whose command begins with `line`."""

        def found() -> dict[str, Any] | None:
            shown = (each for each in self.teams.messages(member.personal) if words in each.text)
            carried = (node.get("data", {}) for each in shown for node in nodes(each.activity.get("attachments", [])))
            return next((each for each in carried if str(each.get("command", "")).startswith(line)), None)

        return wait_until(found, f"the button with {line} below {words}")

    def press(self, member: Member, data: dict[str, Any]) -> AuditRow:
        """Presses a button of a personal message, and returns the audit row of that."""
        assert self.post(self.made.clicked(member, data)).status_code == 200
        pressed = data["command"]
        return wait_until(
            lambda: next(
                (
                    r
                    for r in self.store.audit.list(limit=20)
                    if (r.way, r.slack_user_id, r.text) == ("button", member.id, pressed) and r.status != "running"
                ),
                None,
            ),
            pressed,
        )

    def newest(self) -> int:
        """Returns the id of the newest audit row, 0 without one."""
        return next((each.id or 0 for each in self.store.audit.list(limit=1)), 0)

    def row(self, text: str, way: str = "") -> AuditRow:
        """Returns the newest audit row of this line, of one way if that is named, once it is closed."""

        def found() -> AuditRow | None:
            rows = (r for r in self.store.audit.list(limit=50) if r.text == text and way in ("", r.way))
            return next((r for r in rows if r.status != "running"), None)

        return wait_until(found, text)


@contextmanager
def both(lab: TeamsLab, folder: Path, approvals: str = "", **options: Any) -> Iterator[Both]:
    """Acme has a workspace in Slack and a tenant of Teams, in which three are mapped. `approvals` is the channel for them."""
    teams = Teams(
        enabled=True,
        login_url=lab.login_url,
        openid_url=lab.openid_url,
        service_hosts=(lab.url,),
        admin_channel=ONCALL,
    )

    def change(settings: Settings) -> Settings:
        return replace(settings, teams=teams, approvals=Approvals(channel=approvals))

    options = {"notifications": {"card_interval_s": 0.4}, **options}  # in which a deploy takes its steps, too
    with web(f"sqlite:///{folder}/store.db", change=change, **options) as running:
        store = running.rig.store
        row = store.workspaces.add(
            chat="teams", customer=1, team_id=ACME, team_name="Acme", app_id=ACME_APP, app_password=PASSWORD
        )
        for member, user in MAPPED.items():
            store.users.add(workspace=row.id, slack_user_id=member.id, user=user, username=member.name)
        running.rig.bot.part(TeamsClient).workspace_changed()
        wait_until(store.directory.swept_at, "the first sweep of the directory")
        yield Both(lab, running.rig, running.url)
