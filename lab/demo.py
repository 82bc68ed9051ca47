"""Both stand-ins together, as `demo` shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.slack import SlackLab
from lab.webnet import BOT_KEY, WebNetLab

FAILURE_SHARE = 0.15  # of the jobs, so that failures can be seen, too


@dataclass(frozen=True)
class Demo:
    """`variables` are the settings of a bot between the two; `seed` is its seed file."""

    variables: Mapping[str, str]
    seed: Path
    greeting: str


@contextmanager
def labs(webnet_port: int, slack_port: int) -> Iterator[Demo]:
    """Raises OSError when a port is taken."""
    with (
        WebNetLab(webnet_port, recent=True, job_seconds=4.0, failure_share=FAILURE_SHARE) as webnet,
        SlackLab(slack_port, rate_limits=True) as slack,
    ):
        variables = {
            "WEBNET_BOT_SLACK__API_URL": slack.api_url,
            "WEBNET_BOT_SLACK__APP_TOKEN": "xapp-lab",
            "WEBNET_BOT_WEBNET__URL": webnet.url,
            "WEBNET_BOT_WEBNET__API_KEY": BOT_KEY,
            "WEBNET_BOT_LOGGING__LEVEL": "warning",
        }
        yield Demo(variables, Path(__file__).with_name("seed.toml"), _greeting(webnet.url, slack.url, slack_port))


def _greeting(webnet_url: str, slack_url: str, slack_port: int) -> str:
    where = "" if slack_url.endswith(":8200") and slack_port == 8200 else f" --url {slack_url}"
    say = f".venv/bin/python main.py lab say{where}"
    return f"""
WebNet Bot is running between an emulated Slack ({slack_url}) and a simulated WebNet ({webnet_url}).
Type to it from another terminal:

  {say} alice "/webnet help"
  {say} alice "/webnet status rtr-fra1-001"
  {say} oscar "/webnet ping rtr-fra1-001"
  {say} vera  "/webnet backup rtr-fra1-001"     (a viewer: refused)
  {say} alice "/webnet jobs"

People: alice (admin), oscar (operator), vera (viewer), gina (another customer), ivan (inactive), mallory (not mapped).
Ctrl-C ends everything."""
