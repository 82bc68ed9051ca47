"""What the shortcuts on a message offer."""

from __future__ import annotations

from bot.core.message import Message
from bot.webnet.target import Target
from handlers import devices_in_message, health, jobs, pick_command, search_message, status

HOSTILE = "<!channel> *b* `c` & <http://evil.example|x>"
NAMED = tuple(Target(number, f"rtr-fra1-{number:03}", "", "") for number in range(1, 6))
VIEWS: dict[str, Message] = {
    "devices_in_message": devices_in_message.view(NAMED),
    "devices_in_message-one": devices_in_message.view((Target(1, HOSTILE, "", ""),)),
    "devices_in_message-none": devices_in_message.view(()),
    "pick_command": pick_command.view((status.COMMAND, jobs.COMMAND, health.COMMAND)),
    "search_message": search_message.view(("ip route 10.0.0.0 255.0.0.0", 'description "core"', HOSTILE, "x" * 200)),
    "search_message-none": search_message.view(()),
}
