"""Words and patterns of the settings: they hide more than the rules do, and never less."""

from __future__ import annotations

import pytest

from bot.redaction.own import Own, check_pattern, check_word
from bot.redaction.redactor import CHANGED, MARK, Redactor
from tests.redaction.test_configs import CORPUS, pieces, plain

OWN = Own(("Größe-7", "password"), (r"acme-key (?P<secret>[0-9A-F]+)", r"^banner (?P<secret>.+)$"))
hide = Redactor((), OWN)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("description of GRÖSSE-7 größe-7", f"description of GRÖSSE-7 {MARK}"),
        ("é acme-key 12AB rest\nacme-key 9F", f"é acme-key {MARK} rest\nacme-key {MARK}"),
        ("banner a b\n banner c", f"banner {MARK}\n banner c"),
        ("password hunter22", f"{MARK} {MARK}"),  # a word that a rule needs takes nothing from the rule
        ("banner x password=hunter22 y", f"banner {MARK}"),
        (f"banner {MARK}\nbanner {CHANGED}", f"banner {MARK}\nbanner {CHANGED}"),
        ("caf\udce9 acme-key 12AB", f"caf\udce9 acme-key {MARK}"),
    ],
)
def test_what_fits_is_hidden_beside_what_the_rules_hide(text: str, shown: str) -> None:
    assert hide.config(text) == shown
    assert hide(text) == shown
    assert hide.config(shown) == shown


@pytest.mark.parametrize("platform", CORPUS)
def test_nothing_that_the_rules_hide_is_shown(platform: str) -> None:
    got = Redactor((), Own(("pass", "secret", "key", "community"), (r"(?P<secret>\w+ )[0-9a-z]",))).config(
        plain(CORPUS[platform])
    )
    assert [piece for piece in pieces(CORPUS[platform]) if len(piece) > 2 and piece in got] == []


def test_what_changed_in_such_a_place_is_a_change() -> None:
    old, new = "acme-key 12AB\nacme-key 77\n", "acme-key 34CD\nacme-key 77\n"
    assert hide.pair(old, new) == (f"acme-key {CHANGED}\nacme-key {MARK}\n",) * 2


def test_it_is_counted_by_number_what_fits() -> None:
    assert OWN.fitted("acme-key 1 acme-key 2 Password") == {"Word 1": 0, "Word 2": 1, "Pattern 1": 2, "Pattern 2": 0}


@pytest.mark.parametrize("written", ["a(", "acme-key", "(?P<secret>x*)", "(?P<secret>\ud800)", r"(?P<secret>a)\1"])
def test_a_pattern_that_cannot_be_used_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        check_pattern(written)


def test_a_word_of_two_characters_is_refused() -> None:
    check_word("abc")
    with pytest.raises(ValueError, match="ab"):
        check_word("ab")
