"""What looks like a key of WebNet's is found in what somebody typed."""

from __future__ import annotations

import pytest

from bot.core.api_keys import without_keys

KEY = "k3Yq-0aBcDeFgHiJkLmNoPqRsTuVwXyZ_0123456789"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (f"login {KEY}", "login <redacted>"),
        (f'resolve 3 "{KEY}", it is', 'resolve 3 "<redacted>", it is'),
        ("status ApiKey lab-oper-key-0123456789", "status ApiKey <redacted>"),
        ("X-API-Key: lab-oper-key-0123456789", "X-API-Key: <redacted>"),
        ("Authorization: Bearer eyJhbGciOi.eyJ1c2Vy.c2ln", "Authorization: Bearer <redacted>"),
    ],
)
def test_a_key_is_hidden(typed: str, kept: str) -> None:
    assert without_keys(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        f"search {KEY[:-1]}=",  # a WireGuard key ends so
        "ping " + "a" * 43,
        f"search {KEY}x",
        f"search {KEY.lower()}",
        "search bearer assurance",
        "backup 5f4dcc3b5aa765d61d8327deb882cf99",
    ],
)
def test_what_only_looks_like_one_stays(typed: str) -> None:
    assert without_keys(typed) == typed
