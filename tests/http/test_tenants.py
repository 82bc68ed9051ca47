"""Two tenants at once, through every way in, each with canaries of its own: nothing of the one reaches the other."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lab.slack import Interaction, plain
from store.audit import AuditRow
from tests.e2e.rig import answer, wait_until
from tests.http.conftest import Web, web

AT_ONCE = 12
CANARIES = {1: "canary-acme", 2: "canary-globex"}


@dataclass(frozen=True)
class Tenant:
    customer: int
    team: str
    channel: str
    slack_user: str
    who: str  # of PEOPLE
    workspace: int

    @property
    def foreign(self) -> str:
        return CANARIES[3 - self.customer]


TENANTS = (
    Tenant(1, "T0ACME", "C0NOC", "U0OSCAR", "operator", 1),
    Tenant(2, "T0GLOBEX", "C0GXNOC", "U0GINA", "foreign", 2),
)


def sow(bot: Web) -> None:
    """Canaries wherever a tenant's own words may stand."""
    for device in bot.rig.webnet.rows("devices"):
        bot.rig.webnet.change("devices", device["id"], site=f"{CANARIES[device['customer']]}-{device['id']}")
    for tenant in TENANTS:
        canary = CANARIES[tenant.customer]
        bot.rig.store.workspaces.update(tenant.workspace, team_name=canary)
        bot.rig.store.channels.add(workspace=tenant.workspace, channel_id=tenant.channel, channel_name=canary)
        bot.rig.store.users.add(workspace=tenant.workspace, slack_user_id="U0CANARY", user=3, username=canary)
        for _ in range(20):
            row = AuditRow(workspace=tenant.workspace, customer=tenant.customer, text=canary, status="success")
            bot.rig.store.audit.write(row)
        bot.rig.slack.http_mode(tenant.team, bot.url if tenant.customer == 1 else None)  # one by each way in
    bot.rig.workspaces.refresh()


@dataclass(frozen=True)
class Result:
    tenant: Tenant
    kind: str
    text: str


def shown(interaction: Interaction) -> str:
    message = answer(interaction, 60)
    return f"{plain(message)} {message.blocks} {interaction.ack_payload}"


def requests_of(bot: Web, tenant: Tenant) -> dict[str, Callable[[random.Random], str]]:
    own = range(1, 131) if tenant.customer == 1 else range(131, 171)
    other = 131 if tenant.customer == 1 else 1

    def api(path: str) -> str:
        return bot.api("GET", path, tenant.who).text

    def say(words: str) -> str:
        return shown(bot.rig.slack.say(tenant.slack_user, f"/webnet {words}", tenant.channel, team=tenant.team))

    def click(_: random.Random) -> str:
        """One of the devices whose names begin so. (A ping's card is a post of the bot's, not an answer to the click.)"""
        words = "/webnet status " + ("rtr-fra1-" if tenant.customer == 1 else "gx-rtr-fra1-")
        offered = answer(bot.rig.slack.say(tenant.slack_user, words, tenant.channel, team=tenant.team), 60)
        (label, *_) = [
            element["text"]["text"]
            for block in offered.blocks
            if block["type"] == "actions"
            for element in block["elements"]
        ]
        return shown(bot.rig.slack.click(tenant.slack_user, offered, label))

    def change(chance: random.Random) -> str:
        flag = chance.random() < 0.5
        workspace = chance.choice((1, 2))
        body = {"workspace": workspace, "channel_id": f"C0{chance.randrange(10**9)}", "notify_job_failure": flag}
        return bot.api("POST", "channels/", tenant.who, json=body).text

    return {
        "list": lambda chance: api(
            chance.choice(("workspaces/", "channels/", "user-mappings/", "commands/", "approvals/"))
        ),
        "row": lambda chance: api(
            f"{chance.choice(('workspaces', 'channels', 'user-mappings'))}/{chance.choice((1, 2))}/"
        ),
        "audit row": lambda chance: api(f"commands/{chance.randrange(1, 60)}/"),
        "csv": lambda _: api("commands/?format=csv"),
        "filter": lambda chance: api(f"commands/?workspace={chance.choice((1, 2))}&page_size=200"),
        "change": change,
        "status": lambda chance: say(f"status #{chance.choice(own)}"),
        "foreign status": lambda _: say(f"status #{other}"),
        "jobs": lambda _: say("jobs"),
        "click": click,
    }


def test_two_tenants_with_hundreds_of_requests_never_meet(tmp_path: Path) -> None:
    """A share of the 2,000 requests of `make faults`; the number of a request is its seed."""
    meet(f"sqlite:///{tmp_path}/store.db", 400)


def meet(url: str, requests: int) -> None:
    """Sends the requests of both tenants, and checks that nothing of the one reaches the other."""
    with web(url, queue=requests, strict=False) as bot:
        sow(bot)
        kinds = {tenant: requests_of(bot, tenant) for tenant in TENANTS}

        def one(number: int) -> Result:
            chance, tenant = random.Random(number), TENANTS[number % 2]
            kind = chance.choice(sorted(kinds[tenant]))
            return Result(tenant, kind, kinds[tenant][kind](chance))

        with ThreadPoolExecutor(AT_ONCE) as pool:
            results = list(pool.map(one, range(requests)))

        assert [result for result in results if result.tenant.foreign in result.text] == []
        assert Counter(result.tenant.customer for result in results) == {1: requests // 2, 2: requests // 2}
        own = {(r.tenant.customer, r.kind) for r in results if CANARIES[r.tenant.customer] in r.text}
        for customer in CANARIES:  # the canaries do show where they should
            assert {kind for owner, kind in own if owner == customer} >= {"list", "csv", "filter", "status"}
        wait_until(
            lambda: not [r for r in bot.rig.store.audit.each() if r.status == "running"], "every row to be closed"
        )
        wrong = [
            row
            for row in bot.rig.store.audit.each()
            if row.workspace is not None and (row.workspace, row.customer) not in {(1, 1), (2, 2)}
        ]
        assert wrong == []
        channels = bot.rig.store.channels.list()
        changed = [row for row in bot.rig.store.audit.each() if row.way == "api"]
        assert len(channels) == 2 + len(changed) > 20
        assert {(row.customer, row.user) for row in changed} == {(1, 3), (2, 5)}
