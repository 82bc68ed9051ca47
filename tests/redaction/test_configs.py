"""The corpus in `tests/fixtures/redaction`: configs of every platform, in which each secret stands between ⟦ and ⟧.

What is not marked is harmless. A harmless line counts as a look-alike where it has one of the words that secrets have.
"""

from __future__ import annotations

import json
import random
import re
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.redaction.configs import IN_CONFIGS, SECTIONS
from bot.redaction.platforms import PLATFORMS
from bot.redaction.redactor import CHANGED, MARK, Redactor, redact

FIXTURES = Path(__file__).parents[1] / "fixtures"
CORPUS = {path.stem: path.read_text(encoding="utf-8") for path in sorted((FIXTURES / "redaction").glob("*.txt"))}
SECRET = re.compile("⟦([^⟧]*)⟧")
LIKE = re.compile(r"pass|secret|key|commun|auth|token|psk|priv|cert|cred|hash|encr|md5|sha", re.IGNORECASE)
WORDS_OF_CONFIGS = {"read", "12"}  # these secrets are words that stand elsewhere, too
hide = Redactor()


def plain(marked: str) -> str:
    return marked.replace("⟦", "").replace("⟧", "")


def shown(marked: str) -> str:
    return SECRET.sub(MARK, marked)


def pieces(marked: str) -> list[str]:
    """Every line of every secret."""
    lines = (line.strip() for secret in SECRET.findall(marked) for line in secret.split("\n"))
    return [line for line in lines if line not in WORDS_OF_CONFIGS and not line.startswith(("---", "!"))]


def test_the_corpus_is_large() -> None:
    harmless = [line for text in CORPUS.values() for line in shown(text).split("\n") if MARK not in line]
    assert len(CORPUS) == 22
    assert sum(len(SECRET.findall(text)) for text in CORPUS.values()) >= 700
    assert sum(bool(LIKE.search(line)) for line in harmless) >= 600


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_that_is_claimed_has_a_dozen_secrets_and_a_dozen_look_alikes(platform: str) -> None:
    text = CORPUS[platform]
    assert len(SECRET.findall(text)) >= 12
    assert sum(MARK not in line and bool(LIKE.search(line)) for line in shown(text).split("\n")) >= 12


@pytest.mark.parametrize("platform", CORPUS)
def test_no_secret_of_the_corpus_survives(platform: str) -> None:
    got = hide.config(plain(CORPUS[platform]))
    assert [piece for piece in pieces(CORPUS[platform]) if piece and piece in got] == []
    for expected, line in zip(shown(CORPUS[platform]).split("\n"), got.split("\n"), strict=True):
        assert line.count(MARK) >= expected.count(MARK), line


@pytest.mark.parametrize("sign", ["+", "- "])
@pytest.mark.parametrize(
    "platform", [name for name in CORPUS if name != "routeros"]
)  # its sections begin at the margin
def test_no_secret_survives_in_a_comparison_that_a_job_has_logged(platform: str, sign: str) -> None:
    marked = "\n".join(f"{sign}{line}" for line in CORPUS[platform].split("\n"))
    got = hide.config(plain(marked))
    words = [piece.removeprefix(sign).strip() for piece in pieces(marked)]
    assert [word for word in words if len(word) > 2 and not word.startswith("---") and word in got] == []


def test_lines_stay_what_they_were() -> None:
    pairs = [
        pair
        for text in CORPUS.values()
        for pair in zip(shown(text).split("\n"), hide.config(plain(text)).split("\n"), strict=True)
    ]
    harmless = [(expected, line) for expected, line in pairs if MARK not in expected and LIKE.search(expected)]
    touched = [line for expected, line in harmless if expected != line]
    assert len(touched) <= len(harmless) * 0.02, touched
    bearing = [(expected, line) for expected, line in pairs if MARK in expected]
    changed = [line for expected, line in bearing if expected != line]
    assert len(changed) <= len(bearing) * 0.02, changed
    assert all(expected == line for expected, line in pairs if not LIKE.search(expected) and MARK not in expected)


@pytest.mark.parametrize("platform", CORPUS)
def test_a_redacted_config_stays_as_it_is(platform: str) -> None:
    once = hide.config(plain(CORPUS[platform]))
    assert hide.config(once) == once
    assert hide(once) == once
    assert [hide(line) for line in once.split("\n")] == once.split("\n")  # as it is cut for an answer
    assert hide.pair(plain(CORPUS[platform]), plain(CORPUS[platform])) == (once, once)


def planted(secret: str, chance: random.Random) -> str:
    """Another secret of the same build: hex stays hex, lines stay lines, a public key keeps what tells it."""

    def other(word: re.Match[str]) -> str:
        letters = string.ascii_letters if word[0].strip(string.hexdigits) else "0123456789abcdef"
        return "".join(chance.choice(letters) for _ in word[0])

    if "\n" in secret or secret.startswith(("-----", "AAAA")):
        return "".join(
            kept if kept.startswith("-----") else re.sub(r"(?!AAAA)\b\w[\w+/]*", other, kept)
            for kept in re.split("(-----[A-Z ]+-----)", secret)
        )
    if ":" in secret or not secret.strip(string.hexdigits):
        return re.sub(r"\w+", other, secret)
    letters = string.ascii_letters + string.digits
    return chance.choice(letters) + "".join(chance.choice(letters + "-_.!%^*+~") for _ in range(chance.randint(7, 30)))


@pytest.mark.parametrize("platform", CORPUS)
@settings(max_examples=8, deadline=None, phases=[Phase.generate])  # a smaller seed is not a smaller example
@given(seed=st.integers(0, 2**32))
def test_a_planted_secret_never_survives_and_changes_on_both_sides(platform: str, seed: int) -> None:
    chance = random.Random(seed)
    old, new = (SECRET.sub(lambda match: f"⟦{planted(match[1], chance)}⟧", CORPUS[platform]) for _ in range(2))
    for marked, got in zip((old, new), hide.pair(plain(old), plain(new)), strict=True):
        assert [piece for piece in pieces(marked) if len(piece) > 7 and piece in got] == []
        assert got.replace(CHANGED, MARK) == hide.config(plain(marked))
        assert got.count(CHANGED) >= got.count(MARK)
    fingerprint = "f{}".format  # any that tells two secrets apart
    text, fingerprints = hide.kept(plain(old), fingerprint)
    assert text == hide.config(plain(old))
    assert hide.pair_with_kept(text, fingerprints, plain(new), fingerprint) == hide.pair(plain(old), plain(new))


WORDS_OF_RULES = (
    *(
        "key",
        "password",
        "secret",
        "auth",
        "md5",
        "sha",
        "aes",
        "community",
        "string",
        "enable",
        "set",
        "for",
        "is",
        "type",
    ),
    *(
        "cipher",
        "simple",
        "plain",
        "version",
        "start-time",
        "required",
        "policy",
        "mode",
        "name",
        "role",
        "text",
        "local",
    ),
    *("encrypted", "ENC", "priv", "profile", "common", "default", "traps", "read", "vrf", "keychain", "hash"),
)


@pytest.mark.parametrize("platform", CORPUS)
def test_a_secret_that_begins_with_a_word_of_a_rule_never_survives(platform: str) -> None:
    """Only those of no shape of their own are replaced."""
    for word in WORDS_OF_RULES:
        text = re.sub(r"⟦(?=(?!AAAA)[A-Za-z][A-Za-z0-9]{5,}⟧)", f"⟦{word}9", CORPUS[platform])
        got = hide.config(plain(text))
        assert [piece for piece in pieces(text) if len(piece) > 7 and piece in got] == []


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(sorted({line for text in CORPUS.values() for line in plain(text).split("\n")})),
            st.sampled_from(
                [MARK, CHANGED, '"', "\\", " ", "  key 1", "snmp {", "/snmp community", "-----BEGIN X-----"]
            ),
            st.text(max_size=8),
        ),
        max_size=12,
    ),
    st.sampled_from(["\n", " ", "\r\n", "\\\n"]),
)
def test_redacting_twice_is_redacting_once(parts: list[str], between: str) -> None:
    once = hide.config(between.join(parts))
    assert hide.config(once) == once
    assert redact(once) == once


def test_the_secrets_of_the_recorded_configs_are_hidden() -> None:
    secrets = [
        "$9$2Q3KqY1kTn7dQk$Zb0xQ",
        "094F471A1A0A464058",
        "$1$mERr$hx5rVt7rPNoS4wqbXKX7m0",
        "0822455D0A165445415F59",
        "13061E010803557878",
        "SuperRadiusKey1",
        "V3ryS3cretPSK",
        "05080F1C2243581D",
        "070C285F4D06",
        "121A0C0411045D5679",
        "PlainBgpPw!",
        "S3cr3tRO",
        "wr1teMe",
        "AuthPass123",
        "PrivPass456",
        "02050D480809",
        "05080F1C22431F5B4A",
        "$6$abc12345$",
        "$6$zzTop$",
        "$9$k.fQF6AtuOn",
        "$9$Ahb2poGjHm",
        "$9$Qz36CtuBIcS1ReWLX",
        "$9$wDs2ajHmf5QFn/9pORE",
        "AAAAB3NzaC1yc2E",
    ]
    texts: list[str] = []

    def collect(part: Any) -> None:
        match part:
            case str():
                texts.append(part)
            case dict():
                collect(list(part.values()))
            case list():
                for inner in part:
                    collect(inner)

    for path in sorted((FIXTURES / "webnet").glob("*.json")):
        collect(json.loads(path.read_text(encoding="utf-8"))["response"]["body"])
    assert all(any(secret in text for text in texts) for secret in secrets)
    assert [(secret, text) for text in map(hide.config, texts) for secret in secrets if secret in text] == []


def test_a_value_that_routeros_cut_in_two_is_hidden_whole() -> None:
    export = (
        '/ppp secret\nadd name=bob password="first half\\\n    second half" profile=vpn\nadd password=one\\\n    two\n'
    )
    assert hide.config(export) == f'/ppp secret\nadd name=bob password="{MARK}" profile=vpn\nadd password={MARK}\n'


def test_what_only_its_section_tells_is_hidden_there_and_not_elsewhere() -> None:
    there = 'snmp {\n    community abc {\n    }\n}\nconfig system snmp community\n    edit 1\n        set name "abc"\n'
    assert "abc" not in hide.config(there)
    elsewhere = 'policy {\n    community abc {\n    }\n}\nconfig system interface\n    edit 1\n        set name "abc"\n'
    assert hide.config(elsewhere) == elsewhere


def test_a_description_is_redacted_like_any_text() -> None:
    assert hide.config(" description password of the door\n") == " description password of the door\n"
    assert hide.config(" description password=abc\n") == f" description password={MARK}\n"


@pytest.mark.parametrize(
    "piece",
    [
        *(f"{hint} " for hint in IN_CONFIGS.roots),
        *(f"{section.header.hints[0]}\n  " for section in SECTIONS),
        "-----BEGIN X-----\n",
        "certificate a\n0123456789\n",
        "key-string\nabcdef01",
        'password "',
        "password \\",
        "password=\\\n",
        "password a ",
        'set snmp trap-group "',
        '" ## SECRET-DATA',
        '"',
        "\\\n",
        "a",
        " ",
    ],
)
@pytest.mark.timeout(20)
def test_a_hostile_config_takes_no_longer_than_a_plain_one(piece: str) -> None:
    # What is not linear runs into the time limit, which has the ratio to the square of the length that finds it.
    hide.config(piece * (24_000 // len(piece)))


@pytest.mark.parametrize(
    "words",
    [
        "environment ",
        "set container name c environment ",
        "config http-headers\n  set key ",
        "sys db ",
        "set x_",
        "<",
        "kerberos-",
    ],
)
@pytest.mark.timeout(20)
def test_a_long_name_full_of_telling_words_takes_linear_time(words: str) -> None:
    hide.config(words + "key" * 100_000)
    hide.config(words + "key-" * 75_000)
