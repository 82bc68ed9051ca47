"""Runs the stand-ins together, as `demo` shows them."""

from __future__ import annotations

import socket
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lab.slack import SlackLab
from lab.teams import TeamsLab
from lab.webnet import BOT_KEY, WebNetLab

KEEP = 5_000  # messages of a channel, and calls, of a demo that runs for long
FAILURE_SHARE = 0.15  # of the jobs, so that failures can be seen, too
SEED = Path(__file__).with_name("seed.toml")
TEAMS_SEED = Path(__file__).with_name("seed_teams.toml")
WITHOUT_TEAMS = "\n\nMicrosoft Teams is left out, as an extra is not installed: pip install 'webnet-bot[http,teams]'."
ENDS = "\n\nCtrl-C ends everything."
SOON = timedelta(seconds=75)  # the minute in which that is begins after 15 s at least, when the bot has started


@dataclass(frozen=True)
class Demo:
    """`variables` are the settings of a bot between the stand-ins, `seeds` its seed files, and `begin` is called once it runs."""

    variables: Mapping[str, str]
    seeds: Sequence[Path]
    greeting: str
    begin: Callable[[], None]


@contextmanager
def labs(
    webnet_port: int,
    slack_port: int,
    teams_port: int | None,
    program: str,
    hints: Sequence[Mapping[str, str]] = (),
    shortcuts: Sequence[Mapping[str, str]] = (),
    *,
    report: bool = False,
) -> Iterator[Demo]:
    """Without a `teams_port` there is no Teams. `program` is how the command line is called. `hints` are what the page completes: usage, summary and example of each
    subcommand; `shortcuts` are the app's, as its manifest has them. With `report` the channel #noc gets one after about a minute.
    Raises OSError when a port is taken."""
    with (
        WebNetLab(webnet_port, recent=True, job_seconds=4.0, failure_share=FAILURE_SHARE) as webnet,
        SlackLab(slack_port, rate_limits=True, keep=KEEP) as slack,
        tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder,
        ExitStack() as stack,
    ):
        variables = {
            "WEBNET_BOT_STORE__URL": f"sqlite:///{folder}/demo.db",
            "WEBNET_BOT_SLACK__API_URL": slack.api_url,
            "WEBNET_BOT_SLACK__APP_TOKEN": "xapp-lab",
            "WEBNET_BOT_WEBNET__URL": webnet.url,
            "WEBNET_BOT_WEBNET__API_KEY": BOT_KEY,
            "WEBNET_BOT_LOGGING__LEVEL": "warning",
            "WEBNET_BOT_COMMANDS__APPROVAL__BACKUP": "{ over = 3 }",  # as the tour shows
        }
        add_groups(webnet)
        slack.world.add_channel(slack.world.teams["T0ACME"], "C0NIGHT", "night-shift")  # where it is always quiet
        furnish(slack, webnet, hints, shortcuts)
        for grant in slack.world.grants.values():
            grant.scopes += ("files:write",) if grant.team else ()  # so that `search` offers its result as a file
        seed = _reporting(Path(folder) / "seed.toml") if report else SEED
        greeting = _greeting(webnet.url, slack.url, slack_port, program)
        if teams_port is None:
            yield Demo(variables, [seed], f"{greeting}{WITHOUT_TEAMS}{ENDS}", lambda: None)
            return
        teams = stack.enter_context(_teams(teams_port, slack))
        yield Demo(
            variables | _settings(teams), [seed, TEAMS_SEED], f"{greeting}{_with_teams(teams)}{ENDS}", teams.add_app
        )


@contextmanager
def _teams(port: int, slack: SlackLab) -> Iterator[TeamsLab]:
    """An emulated Teams beside the emulated Slack; each page leads to the other."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        bot_port = free.getsockname()[1]
    with TeamsLab(port, bot_url=f"http://127.0.0.1:{bot_port}/api/messages") as teams:
        teams.connector.throttles, teams.connector.keep_most = True, KEEP
        teams.page.slack_url, slack.pages.around.teams_url = slack.url, teams.url
        yield teams


def _settings(teams: TeamsLab) -> dict[str, str]:
    return {
        "WEBNET_BOT_HTTP__ENABLED": "true",
        "WEBNET_BOT_HTTP__PORT": str(urlsplit(teams.bot_url).port),
        "WEBNET_BOT_TEAMS__ENABLED": "true",
        "WEBNET_BOT_TEAMS__LOGIN_URL": teams.login_url,
        "WEBNET_BOT_TEAMS__OPENID_URL": teams.openid_url,
        "WEBNET_BOT_TEAMS__SERVICE_HOSTS": teams.url,
    }


def _reporting(file: Path) -> Path:
    """Writes the seed file with a report for the channel #noc, every day at the minute that begins after SOON."""
    at, noc = datetime.now(UTC) + SOON, 'channel_name = "noc"\n'
    text = SEED.read_text(encoding="utf-8")
    file.write_text(text.replace(noc, f'{noc}  report = "daily {at:%H:%M} UTC"\n'), encoding="utf-8")
    return file


def add_groups(webnet: WebNetLab) -> None:
    """Adds to the recorded groups one with groups below it, and a small one of which a device is disabled."""
    europe = webnet.add_group("Europe", description="All sites in Europe")
    for name, site in (("Frankfurt", "fra1"), ("Amsterdam", "ams2"), ("Oslo", "oslo-hq")):
        webnet.add_group(name, parent=europe, filter_rules={"site": site})
    webnet.add_group("pilot", [5, 9, 10, 17], description="Tried first")


def furnish(
    slack: SlackLab,
    webnet: WebNetLab,
    hints: Sequence[Mapping[str, str]] = (),
    shortcuts: Sequence[Mapping[str, str]] = (),
) -> None:
    """Gives the page the facts around it: the simulated WebNet, what its members are in WebNet, the subcommands and shortcuts."""
    around = slack.pages.around
    around.shortcuts = [dict(shortcut) for shortcut in shortcuts] or around.shortcuts
    around.webnet_url, around.hints = webnet.url, [dict(hint) for hint in hints]
    users = {row["username"]: row for row in webnet.rows("users")}
    customers = {row["id"]: row["name"] for row in webnet.rows("customers")}
    for workspace in tomllib.loads(SEED.read_text(encoding="utf-8"))["workspaces"]:
        around.customers[workspace["team_id"]] = workspace["customer"]
        mapped = {each["slack_user_id"]: users[each["user"]] for each in workspace["users"]}
        members = slack.world.teams[workspace["team_id"]].members
        for key, member in members.items():
            members[key] = replace(member, title=_title(mapped.get(key), customers))
    slack.feed.listen()


def _title(user: dict[str, Any] | None, customers: Mapping[int, str]) -> str:
    if user is None:
        return "not mapped to WebNet"
    own = " and ".join(customers[key] for key in user["customers"]) or "no customer"
    where = "every customer" if user["role"] == "admin" else own
    return f"{user['role']}, {where}{'' if user['is_active'] else ', inactive'}"


def _greeting(webnet_url: str, slack_url: str, slack_port: int, program: str) -> str:
    where = "" if slack_url.endswith(":8200") and slack_port == 8200 else f" --url {slack_url}"
    say = f"{program} lab say{where}"
    return f"""
WebNet Bot is running between an emulated Slack ({slack_url}) and a simulated WebNet ({webnet_url}).

  Open  {slack_url}  and use it as in Slack.

Or type to it from another terminal:

  {say} alice "/webnet help"
  {say} alice "/webnet status rtr-fra1-001"
  {say} oscar "/webnet ping rtr-fra1-001"
  {say} oscar "/webnet backup @pilot"           (a group: one device of it is disabled)
  {say} oscar "/webnet backup @core-routers"    (more than 3 devices: somebody else approves it)
  {say} vera  "/webnet backup rtr-fra1-001"     (a viewer: refused)
  {say} alice "/webnet jobs"
  {say} vera  "/webnet report now"

People: alice (admin), oscar (operator), vera (viewer), gina (another customer), ivan (inactive), mallory (not mapped)."""


def _with_teams(teams: TeamsLab) -> str:
    return f"""

The same bot answers in an emulated Microsoft Teams, to which Slack's page has a switch at its top:

  Open  {teams.url}  and mention the bot."""
