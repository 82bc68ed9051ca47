"""Generates command lines as somebody types them who means well, and as somebody does who does not."""

from __future__ import annotations

import random

BEGIN = [
    "show",
    "show",
    "show",
    "show",
    "display",
    "get",
    "info",
    "/ip",
    "/interface",
    "do show",
    "sh",
    "reload",
    "request",
    "execute",
    ":put",
    "admin",
    "Show",
]
MIDDLE = [
    "version", "ip", "route", "bgp", "summary", "interfaces", "system", "status", "brief", "10.0.0.1", "2001:db8::1", "Gi1/0/1", "ge-0/0/0.0", "vrf",
    "detail", "print", "where", "name=ether1", "file=x", "file", "tech-support", "tech", "test", "clear", "cl", "reload", "reboot", "hardware", "configuration",
    "platform", "pp", "diagnostic-information", "follow", "flash:x", '"to core"', '"', "'", "run", "remove", "where", "address", "resource", "session",
]  # fmt: skip
PIPES = [
    "include up", "exclude x", "begin x", "section bgp", "count", "match x", "except x", "find x", "last 5", "no-more", "display set", "display xml",
    "redirect flash:x", "tee x", "append x", "save x", "bash", "grep x", "refresh", "file x", "vsh", "json", "", "i x", "include a|tee x",
]  # fmt: skip
ODD = [
    "\n",
    "\r",
    "\t",
    ";",
    "&",
    "&&",
    "`",
    "$",
    "(",
    ")",
    "{",
    "}",
    "<",
    ">",
    ">>",
    "[",
    "]",
    "!",
    "#",
    "?",
    "\\",
    "\x03",
    "\x1b",
    "é",
    "“",
    "\u00a0",
    "\u2028",
    "𝐬",
]


def show_line(chance: random.Random) -> str:
    words = [chance.choice(BEGIN), *(chance.choice(MIDDLE) for _ in range(chance.randrange(5)))]
    while chance.random() < 0.3:
        words += ["|", chance.choice(PIPES)]
    line = " ".join(words)
    if chance.random() < 0.3:
        at = chance.randrange(len(line) + 1)
        line = line[:at] + chance.choice(ODD) + line[at:]
    return line
