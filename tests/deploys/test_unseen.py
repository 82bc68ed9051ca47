"""Whoever approves a deploy sees every command of it: what is hidden as a secret holds none."""

from __future__ import annotations

import pytest

from bot.core.errors import UsageError
from bot.deploys.unseen import must_be_seen
from bot.redaction.redactor import Redactor

COMMAND = "username eve privilege 15"
BASE64 = "MIIEowIBAAKCAQEAy8Dbv8prpJ/0kKhlGeJYozo2t60EG8L0561g13R29LvMR5hy"
HIDING = {
    "a comment like the head of a key": f"!-----BEGIN X-----\n{COMMAND}\n!-----END X-----",
    "a head without an end": f"ntp server 10.0.0.9\n! -----BEGIN X-----\n{COMMAND}",
    "a line among those of a key": f"-----BEGIN PRIVATE KEY-----\n{BASE64}\n{COMMAND}\n{BASE64}\n-----END PRIVATE KEY-----",
    "a word among those of a key": f"-----BEGIN PRIVATE KEY-----\n{BASE64}\nreload\n-----END PRIVATE KEY-----",
    "the line of the end": f"-----BEGIN X-----\n{COMMAND} -----END X-----",
    "SSH's own head": f"! ---- BEGIN SSH2 PUBLIC KEY ----\n{COMMAND}\n! ---- END SSH2 PUBLIC KEY ----",
    "a key-string": f"key-string\n{COMMAND}\n quit",
    "a text in quotes": f'! password="x\\\n{COMMAND}\n"',
    "a line that goes on": f"x password=x\\\n{COMMAND.replace(' ', '-')}\\\nx",
    "a word that begins a line": "reload ## SECRET-DATA",
}
KEYS = (
    f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,9A1B\n\n{BASE64}\nab1=\n-----END RSA PRIVATE KEY-----",
    f'set private-key "-----BEGIN RSA PRIVATE KEY-----\n{BASE64}\n-----END RSA PRIVATE KEY-----"',
    "certificate self-signed 01\n  30820229 30820192 A0030201\n  02020101 300D0609\n  quit",
    "username noc secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0",
    "enable secret two words; and more",
)


def refused(snippet: str, platform: str) -> str:
    try:
        must_be_seen(snippet, {platform}, Redactor().places)
    except UsageError as error:
        return error.words
    return ""


@pytest.mark.parametrize("snippet", HIDING.values(), ids=HIDING)
def test_a_command_that_reads_like_a_part_of_a_secret_is_refused(snippet: str) -> None:
    assert Redactor().config(snippet) != snippet
    assert "whoever approves does not see" in refused(snippet, "ios")


@pytest.mark.parametrize("snippet", KEYS)
def test_keys_certificates_and_secrets_of_one_line_are_not(snippet: str) -> None:
    assert Redactor().config(snippet) != snippet
    assert refused(snippet, "ios") == ""


@pytest.mark.parametrize(
    ("platform", "snippet"),
    [
        ("nxos", "enable secret x ; no feature bgp"),
        ("routeros", "/user set admin password=x;/system/reboot"),
        ("routeros", "/user set admin password=[/system/reboot]"),
        ("edgeos", "set system login user x password a|sh"),
        ("sonic", "config x --password $(reboot)"),
    ],
)
def test_what_begins_a_command_within_a_line_is_refused_where_a_platform_or_one_that_nobody_knows_does_so(
    platform: str, snippet: str
) -> None:
    assert refused(snippet, platform)
    assert refused(snippet, "")
    assert not refused(snippet, "ios")


def test_the_line_is_named_where_the_hidden_place_begins() -> None:
    key = f"-----BEGIN PRIVATE KEY-----\n{BASE64}\n-----END PRIVATE KEY-----"
    assert refused(f"hostname a\n{key}\n!\n{HIDING['a key-string']}", "ios").startswith("Line 7 ")


def test_nothing_of_what_is_hidden_is_repeated() -> None:
    assert "username" not in refused(HIDING["a key-string"], "ios")
