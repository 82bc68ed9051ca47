"""Runs both stand-ins together, as `demo` shows them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab.slack import SlackLab
from lab.webnet import BOT_KEY, WebNetLab

KEEP = 5_000  # messages of a channel, and calls, of a demo that runs for long
FAILURE_SHARE = 0.15  # of the jobs, so that failures can be seen, too
SEED = Path(__file__).with_name("seed.toml")


@dataclass(frozen=True)
class Demo:
    """`variables` are the settings of a bot between the two; `seed` is its seed file."""

    variables: Mapping[str, str]
    seed: Path
    greeting: str


@contextmanager
def labs(webnet_port: int, slack_port: int, hints: Sequence[Mapping[str, str]] = ()) -> Iterator[Demo]:
    """`hints` are what the page completes: usage, summary and example of each subcommand. Raises OSError when a port is
    taken."""
    with (
        WebNetLab(webnet_port, recent=True, job_seconds=4.0, failure_share=FAILURE_SHARE) as webnet,
        SlackLab(slack_port, rate_limits=True, keep=KEEP) as slack,
    ):
        variables = {
            "WEBNET_BOT_SLACK__API_URL": slack.api_url,
            "WEBNET_BOT_SLACK__APP_TOKEN": "xapp-lab",
            "WEBNET_BOT_WEBNET__URL": webnet.url,
            "WEBNET_BOT_WEBNET__API_KEY": BOT_KEY,
            "WEBNET_BOT_LOGGING__LEVEL": "warning",
        }
        furnish(slack, webnet, hints)
        yield Demo(variables, SEED, _greeting(webnet.url, slack.url, slack_port))


def furnish(slack: SlackLab, webnet: WebNetLab, hints: Sequence[Mapping[str, str]] = ()) -> None:
    """Gives the page the facts around it: the simulated WebNet, what its members are in WebNet, and the subcommands."""
    around = slack.pages.around
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


def _greeting(webnet_url: str, slack_url: str, slack_port: int) -> str:
    where = "" if slack_url.endswith(":8200") and slack_port == 8200 else f" --url {slack_url}"
    say = f".venv/bin/python main.py lab say{where}"
    return f"""
WebNet Bot is running between an emulated Slack ({slack_url}) and a simulated WebNet ({webnet_url}).

  Open  {slack_url}  and use it as in Slack.

Or type to it from another terminal:

  {say} alice "/webnet help"
  {say} alice "/webnet status rtr-fra1-001"
  {say} oscar "/webnet ping rtr-fra1-001"
  {say} vera  "/webnet backup rtr-fra1-001"     (a viewer: refused)
  {say} alice "/webnet jobs"

People: alice (admin), oscar (operator), vera (viewer), gina (another customer), ivan (inactive), mallory (not mapped).
Ctrl-C ends everything."""
