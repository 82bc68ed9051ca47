from __future__ import annotations

import json
import re
import string
import threading
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.redaction.configs import BLOCKS, LINES, SECTIONS
from bot.redaction.redactor import CHANGED, MARK, Redactor, redact
from bot.redaction.rules import RULES, Rule

FERNET_KEY = "Zm9v" * 10 + "YmE="
KEY_BLOCK = "-----BEGIN RSA PRIVATE KEY-----{}-----END RSA PRIVATE KEY-----"

# A secret stands at {}; everything else must stay as it is.
WORDS = [
    "token={}",
    "token={} and more",
    'password: "{}", user: "bob"',
    "'passwd': '{}', 'user': 'bob'",
    '{{"api_key": "{}", "name": "x"}}',
    '{{"nested": {{"bot_token": "{}"}}}}',
    "{{'signing_secret': b'{}'}}",
    "webnet.api_key = {}",
    "encryption_keys = [{}]",
    "WEBNET_BOT_WEBNET__API_KEY={}",
    "privateKey: {}",
    "community={}",
    "psk := {}",
    "key={}",
    "X-Slack-Signature: {}",
    "Authorization: Bearer {}",
    "authorization: ApiKey {}",
    "{{'Authorization': 'Bearer {}', 'Accept': '*/*'}}",
    "(b'Authorization', b'Basic {}')",
    "Cookie: {}",
    "ApiKey {}",
    "webnet-bot x --api-key {} y",
    "GET /x?page=2&access_token={}&limit=5 HTTP/1.1",
    "wss://wss-primary.slack.com/link/?ticket={}&app_id=1",
    "postgresql://bot:{}@db.acme.net/bot",
    "curl -u bot:{}@host",
    "https://hooks.slack.com/{}",
    'https://hooks.slack.com:443 "POST /{} HTTP/1.1" 200 2',
    "enable secret {}",
    "enable secret 5 {}",
    "enable secret level 3 0 {}",
    "enable algorithm-type scrypt secret {}",
    "enable password 7 {}",
    "username admin privilege 15 password 7 {}",
    "username admin secret sha512 {} role network-admin",
    "search username admin secret {}",
    "line vty 0 4\n password 7 {}\n login",
    "line con 0\n password {}\n",
    "edge(config-line)# password {}",
    "snmp-server community {}",
    "snmp-server community {} RO 10",
    "snmp-agent community read cipher {}",
    "set snmp community {} authorization read-only",
    "snmp-server host 10.0.0.1 traps version 2c {}",
    "snmp-server user ops ADMINS v3 auth sha {} priv aes 128 SHOWN".replace("SHOWN", MARK),
    f"snmp-server user ops ADMINS v3 auth sha-256 {MARK} priv 3des {{}}",
    "key chain OSPF\n key 1\n  key-string 7 {}",
    "neighbor 10.0.0.2 password 7 {}",
    "peer 10.0.0.2 password cipher {}",
    "ip ospf message-digest-key 1 md5 7 {}",
    "ip ospf authentication-key {}",
    "standby 1 authentication md5 key-string {}",
    "standby 1 authentication text {}",
    "ntp authentication-key 1 md5 {} 7",
    "tacacs-server host 10.0.0.1 key 7 {}",
    "radius server ISE\n key {}",
    "radius-server key {}",
    "crypto isakmp key {} address 10.0.0.9",
    "pre-shared-key local {}",
    'pre-shared-key ascii-text "{}";',
    "ppp pap sent-username bob password 0 {}",
    "ip ftp password 7 {}",
    "area-password {}",
    "set passwd ENC {}",
    "set psksecret {}",
    'root-authentication {{ encrypted-password "{}"; }}',
    "set system root-authentication plain-text-password-value {}".replace("-value", ""),
    "radius-secret {};",
    "local-user ops password irreversible-cipher {}",
    "set vpn ipsec authentication psk fra1 secret '{}'",
    "add lb monitor m RADIUS -radKey {}",
    "configure snmp add community readonly {}",
    "create account admin ops {}",
    "set user ops newpass {}",
    "password manager plaintext {}",
]
SHAPES = [
    ("{}", "xoxb-{}"),
    ("token {}", "xoxe.xoxp-1-{}"),
    ("{}, next", "xapp-1-{}"),
    ("key {} end", "gAAAAABl{}0123456789"),
    ("made {}", FERNET_KEY),
    ("bearer of {} news", "eyJhbGci{}.eyJzdWIi{}.{}"),
    ("hash {} here", "$6$salt${}"),
    ('"{}";', "$9$abcd{}"),
    ("8 {}", "$8$abcd{}"),
    ("{} of VRP", '$1c$ab"; c{}$'.replace(" ", "")),
    ("the {} of VRP", '%^%#a";)b{}%^%#'),
    ("the key {} of PAN-OS", "-AQ=={}"),
    ("ssh-rsa {} me@here", "AAAAB3{}0123456789"),
    ("crypt {}", "$1$ab$cd{}"),
    ("Bearer {}", "0{}"),
    ("POST /services/{} HTTP/1.1", "T0123ABCD/B01/{}"),
    (KEY_BLOCK, "\nMII{}\nAAAA\n"),
    (KEY_BLOCK[:31] + "{}", "\nMII{}\nno end"),
]
SECRETS = st.builds(
    str.__add__,
    st.sampled_from(string.ascii_letters),
    st.text(string.ascii_letters + string.digits + "-_.!%^*+~", min_size=4, max_size=30),
)


@pytest.mark.parametrize("rule", [*RULES, *LINES, *BLOCKS, *(section.inner for section in SECTIONS)])
def test_every_rule_can_be_compiled_and_names_its_secret(rule: Rule) -> None:
    assert "secret" in rule.pattern.groupindex


@pytest.mark.parametrize("context", WORDS)
@settings(max_examples=8, deadline=None)
@given(secret=SECRETS)
def test_a_secret_is_hidden_and_its_line_stays(context: str, secret: str) -> None:
    assert redact(context.format(secret)) == context.format(MARK)


@pytest.mark.parametrize(("context", "shape"), SHAPES)
@settings(max_examples=8, deadline=None)
@given(tail=st.text(string.ascii_letters + string.digits, min_size=5, max_size=40))
def test_a_secret_with_a_shape_of_its_own_is_hidden_anywhere(context: str, shape: str, tail: str) -> None:
    assert redact(context.format(shape.replace("{}", tail))) == context.format(MARK)


@pytest.mark.parametrize("context", WORDS)
@pytest.mark.parametrize("secret", ["a", "-", "<", "x" * 5_000])
def test_neither_length_nor_kind_of_a_secret_shows(context: str, secret: str) -> None:
    assert redact(context.format(secret)).count(MARK) == context.format(MARK).count(MARK)


@pytest.mark.parametrize("context", [*WORDS, *(context for context, _ in SHAPES)])
def test_what_is_redacted_stays_as_it_is(context: str) -> None:
    once = context.format(MARK)
    assert redact(once) == once


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [*WORDS, MARK, "{}", '"', "'", "\\n", "\n", "=", ": ", ";", "password ", "key ", "@", "://"]
            ),
            st.text(max_size=8),
        ),
        max_size=8,
    ),
    st.sampled_from(["", " ", "\n"]),
)
def test_redacting_twice_is_redacting_once(parts: list[str], between: str) -> None:
    once = redact(between.join(parts))
    assert redact(once) == once


@pytest.mark.parametrize(
    "line",
    [
        "",
        "service password-encryption",
        "no service password-encryption",
        "ip community-list standard CUSTOMERS permit 65000:100",
        "ip community-list 10 permit 100",
        "key chain OSPF",
        "There are sections such as tacacs server ISE1, radius server R1, key chain OSPF.",
        " key 1",
        "standby 1 authentication md5 key-chain OSPF",
        "neighbor 10.0.0.2 send-community both",
        "the token has expired, and the password is wrong",
        "search snmp-server community",
        'search "snmp-server community"',
        "search enable secret",
        "the bearer token is missing; basic settings follow",
        "GET /api/v1/devices/?page=2&limit=50 HTTP/1.1",
        "https://slack.com/api/chat.postMessage",
        "mailto:noc@acme.net and <@U0ALICE>",
        "at 12:30:15 from 10.0.0.1:8080",
        "2001:db8::1 aa:bb:cc:dd:ee:ff",
        "it costs $5, or $1$ off",
        "request 7d1f0c answered in 12 ms",
        "an app-level token starts with xapp-",
        "token=None, secret: null, password=false",
        'app_token=\'\', encryption_keys=(), "api_key": ""',
        "crypto key generate rsa modulus 2048",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b",
    ],
)
def test_harmless_lines_stay(line: str) -> None:
    assert redact(line) == line


def test_a_secret_in_json_inside_json_is_hidden() -> None:
    line = json.dumps({"body": json.dumps({"token": "zq 9x", "user": "bob"})})
    assert "9x" not in redact(line)


def test_a_phrase_in_quotes_is_hidden_whole() -> None:
    assert redact('password="correct horse \\" battery" user=bob') == f'password="{MARK}" user=bob'
    assert redact("encryption_keys = ['one', 'two']") == f"encryption_keys = [{MARK}]"


@pytest.mark.parametrize(
    "piece",
    [
        *(hint for rule in RULES for hint in rule.hints),
        *(context.format("") for context in WORDS),
        "username a ",
        "radius ",
        "password password ",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN ",
        "a@a:",
        "http://a:a@",
        "key key=",
        'token="',
        "token='\\",
        "a" * 43,
        "eyJaaaaaa",
        "eyJaaaaaa.",
        "$1$",
        "?a&",
        "&key",
        "enable secret 5 5 5 ",
        "\\",
        '"',
        " ",
        "\n",
    ],
)
@pytest.mark.timeout(20)
def test_a_hostile_text_takes_no_longer_than_a_plain_one(piece: str) -> None:
    # What is not linear runs into the time limit, which has the ratio to the square of the length that finds it.
    redact(piece * (120_000 // len(piece)))


def test_known_secrets_are_hidden_wherever_they_stand() -> None:
    secret = 'p@ss "word"/é\\1'
    hide = Redactor([secret])
    for form in (secret, quote(secret), quote(secret, safe=""), json.dumps(secret), repr(secret)):
        assert re.fullmatch(f"see ['\"]?{MARK}['\"]? there", hide(f"see {form} there")), form


def test_secrets_become_known_at_run_time_and_in_any_thread() -> None:
    hide = Redactor(["first-secret"])
    threads = [threading.Thread(target=hide.add, args=([f"secret-number-{n}"],)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = "first-secret " + " ".join(f"secret-number-{n}" for n in range(20))
    assert hide(told) == " ".join([MARK] * 21)


def test_the_longer_of_two_known_secrets_is_hidden_whole() -> None:
    assert Redactor(["secret-1", "secret-1-and-more"])("x secret-1-and-more y") == f"x {MARK} y"


def test_known_values_that_would_hide_ordinary_words_are_left_alone() -> None:
    hide = Redactor(["", "a", "login", "redact"])
    assert hide(f"a login was {MARK}") == f"a login was {MARK}"


def test_a_secret_that_changed_says_so_on_both_sides() -> None:
    old = "hostname a\nenable secret 5 one1\nkey chain X\n key 1\n  key-string 7 same\n key 2\n  key-string 7 two2\n"
    new = "hostname b\nenable secret 9 uno1\nkey chain X\n key 1\n  key-string 7 same\n key 2\n  key-string 7 dos2\n"
    shown = "hostname {}\nenable secret {} {}\nkey chain X\n key 1\n  key-string 7 {}\n key 2\n  key-string 7 {}\n"
    assert Redactor().pair(old, new) == (
        shown.format("a", 5, CHANGED, MARK, CHANGED),
        shown.format("b", 9, CHANGED, MARK, CHANGED),
    )


def test_a_line_that_is_new_or_gone_hides_its_secret_and_changes_no_other() -> None:
    old = "snmp-server community gone1 RO\nsnmp-server community kept1 RW\n"
    new = "snmp-server community kept1 RW\nenable secret 5 new1\n"
    assert Redactor().pair(old, new) == (
        f"snmp-server community {MARK} RO\nsnmp-server community {MARK} RW\n",
        f"snmp-server community {MARK} RW\nenable secret 5 {MARK}\n",
    )


@pytest.mark.parametrize("context", [*WORDS, *(context for context, _ in SHAPES)])
def test_what_is_marked_as_changed_stays_as_it_is(context: str) -> None:
    once = context.format(CHANGED)
    assert redact(once) == once
    assert Redactor().pair(once, once) == (once, once)


def test_a_secret_that_opens_nothing_any_more_is_forgotten() -> None:
    redactor = Redactor(["kept-for-good"])
    redactor.add(["of/ten+minutes"])
    assert redactor("of/ten+minutes of%2Ften%2Bminutes kept-for-good") == "<redacted> <redacted> <redacted>"
    redactor.forget("of/ten+minutes")
    assert redactor("of/ten+minutes of%2Ften%2Bminutes kept-for-good") == "of/ten+minutes of%2Ften%2Bminutes <redacted>"
