"""The name of a device in what a terminal, a phone or a wiki makes of it."""

from __future__ import annotations

import pytest

from bot.core.pasted_names import plain_name


@pytest.mark.parametrize(
    ("pasted", "name"),
    {
        "rtr-1#": "rtr-1",
        "rtr-1>": "rtr-1",
        "rtr-1(config-if)#": "rtr-1",
        "oscar@rtr-1>": "rtr-1",
        "oscar@rtr-1:": "rtr-1",
        "RP/0/RP0/CPU0:rtr-1#": "rtr-1",
        "RP/0/RSP0/CPU0:rtr-1(config)#": "rtr-1",
        "<HUAWEI-1>": "HUAWEI-1",
        "[HUAWEI-1]": "HUAWEI-1",
        "rtr\u20131\u2011a": "rtr-1-a",
        "`rtr-1`,": "rtr-1",
        "*rtr-1*": "rtr-1",
        "rtr-1.": "rtr-1",
        "rtr-1.example.net.": "rtr-1.example.net",
        "https://10.0.0.1/": "10.0.0.1",
        "ssh://oscar@10.0.0.1:22": "10.0.0.1",
        "10.0.0.1/24": "10.0.0.1",
        "2001:db8::1/64": "2001:db8::1",
        "[2001:db8::1]": "2001:db8::1",
        "device:rtr-1": "rtr-1",
        "\u200brtr-1": "rtr-1",
    }.items(),
)
def test_what_was_pasted_around_a_name_is_passed_over(pasted: str, name: str) -> None:
    assert plain_name(pasted) == name


@pytest.mark.parametrize(
    "word",
    ["rtr-1", "10.0.0.1", "2001:db8::1", "#17", "#", "***", "", "rtr-1*", "rtr-*", "@core", "site:fra1", "rtr_1"],
)
def test_every_other_word_is_as_it_was(word: str) -> None:
    assert plain_name(word) == word
