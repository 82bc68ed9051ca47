"""An emulated Slack: Web API, Socket Mode, signed HTTP, every limit enforced; for tests and the demo."""

from lab.slack.interactions import Interaction
from lab.slack.markup import live_markup
from lab.slack.plain import plain
from lab.slack.server import SlackLab
from lab.slack.serving import serve
from lab.slack.view import View
from lab.slack.world import Member, Message

__all__ = ["Interaction", "Member", "Message", "SlackLab", "View", "live_markup", "plain", "serve"]
