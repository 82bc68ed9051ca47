"""The app package of Teams: what to upload at "Manage your apps", "Upload an app". A zip of the manifest and two icons, which are drawn here."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from itertools import pairwise
from math import hypot
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from bot.core.text import cut
from bot.ids.teams import app_id as checked_app_id

NAME = "WebNet Bot"  # of the app, by which it is mentioned
VERSION = "1.17"
SCHEMA = f"https://developer.microsoft.com/json-schemas/teams/v{VERSION}/MicrosoftTeams.schema.json"
SCOPES = ("personal", "team", "groupChat")
COLOR, OUTLINE = 192, 32  # pixels on each side, which Teams asks for
SUGGESTED = (  # commands that Teams suggests to whoever mentions the app, with what they do
    ("help", "Show what you can run"),
    ("status", "Show what is known of a device"),
    ("ping", "Ping devices from WebNet"),
    ("backup", "Back up the configs of devices"),
    ("config", "Show the config of a device"),
    ("jobs", "List the newest jobs"),
    ("diff", "Show what changed in a config"),
    ("search", "Search in the configs of all devices"),
    ("show", "Send a show command to devices"),
    ("subscribe", "Choose which notices this channel gets"),
)
ACCENT = (0x1F, 0x4B, 0x6E)
MOST_COMMANDS, MAX_TITLE, MAX_DESCRIPTION = 10, 32, 128
_W = ((0.18, 0.26), (0.34, 0.76), (0.5, 0.4), (0.66, 0.76), (0.82, 0.26))  # the letter, in shares of a side
_THICK = 0.055
_ZIP_TIME = (2026, 1, 1, 0, 0, 0)  # so that the same manifest is the same file


def manifest(app_id: str, website: str, commands: Iterable[tuple[str, str]], version: str = "1.0.0") -> dict[str, Any]:
    """Returns the manifest of the app with this id. `website` is an https address of whoever runs the bot; `commands` are names with what
    they do, of which Teams suggests the first ten. Raises ValueError."""
    address = urlsplit(website)
    if address.scheme != "https" or not address.hostname:
        raise ValueError("The website of an app of Teams has to be an https address")
    suggested = [
        {"title": cut(name, MAX_TITLE), "description": cut(summary, MAX_DESCRIPTION)}
        for name, summary in list(commands)[:MOST_COMMANDS]
    ]
    scopes = list(SCOPES)
    bot = {
        "botId": checked_app_id(app_id),
        "scopes": scopes,
        "isNotificationOnly": False,
        "supportsFiles": False,
        "commandLists": [{"scopes": scopes, "commands": suggested}],
    }
    return {
        "$schema": SCHEMA,
        "manifestVersion": VERSION,
        "version": version,
        "id": checked_app_id(app_id),
        "developer": {
            "name": "WebNet Bot",
            "websiteUrl": website,
            "privacyUrl": website,
            "termsOfUseUrl": website,
        },
        "name": {"short": NAME, "full": f"{NAME}: network automation"},
        "description": {
            "short": "Run network automation from Teams",
            "full": "Looks devices up, runs checks and backups, and posts what happens in the network, with the rights of whoever asks.",
        },
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#{:02x}{:02x}{:02x}".format(*ACCENT),
        "bots": [bot],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [],
    }


def package(found: dict[str, Any]) -> bytes:
    """Returns the zip of a manifest and its icons."""
    files = {
        "manifest.json": json.dumps(found, indent=2, ensure_ascii=False).encode(),
        "color.png": _png(COLOR, (255, 255, 255, 255), (*ACCENT, 255)),
        "outline.png": _png(OUTLINE, (255, 255, 255, 255), (255, 255, 255, 0)),
    }
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(ZipInfo(name, _ZIP_TIME), content, ZIP_DEFLATED)
    return written.getvalue()


Pixel = tuple[int, int, int, int]  # red, green, blue and how opaque


@cache
def _png(side: int, ink: Pixel, paper: Pixel) -> bytes:
    """Draws the letter on paper of this size."""
    rows = b"".join(
        b"\0" + b"".join(bytes(ink if _is_ink(x / side, y / side) else paper) for x in range(side)) for y in range(side)
    )
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)  # eight bits each of red, green, blue and opacity
    chunks = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(rows, 9)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _is_ink(x: float, y: float) -> bool:
    return any(_distance(x, y, *start, *end) < _THICK for start, end in pairwise(_W))


def _distance(x: float, y: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Returns how far a point is from the line between two others."""
    along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)
    along = min(1.0, max(0.0, along))
    return hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay))
