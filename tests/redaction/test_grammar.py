"""Single texts beside the corpus, and lines that are built from the grammar of a rule.

`tests/fixtures/redaction_cases.txt` holds short texts, each below a line `=== platform`, with secrets between ⟦ and ⟧.
"""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.redaction.redactor import MARK, Redactor
from tests.redaction.test_configs import plain, shown

CASES = (Path(__file__).parents[1] / "fixtures" / "redaction_cases.txt").read_text(encoding="utf-8")
TEXTS = [block.partition("\n")[::2] for block in CASES.removeprefix("=== ").removesuffix("\n").split("\n=== ")]
hide = Redactor()

# What stands before a secret, the ways in which it may be stored, and what may follow. None of these words may be hidden.
GRAMMAR = [
    ("authentication local pre-share key", ("", "0 ", "6 "), ""),
    ("security wpa psk set-key ascii", ("0 ", "8 "), ""),
    ("security wpa psk set-key hex", ("0 ", "8 "), ""),
    ("cable shared-secondary-secret", ("index 1 ", "index 12 7 "), ""),
    ("license smart trust idtoken", ("",), " all"),
    ("ntp authentication-key 1", ("cmac-aes-128 ", "md5 ", "sha1 ", "hmac-sha2-256 "), ""),
    ("mab request format attribute 2", ("0 ", "7 "), ""),
    ("ip pim hello-authentication ah-md5", ("", "0 ", "3 ", "7 "), ""),
    ("ip msdp password 192.0.2.1", ("0 ", "3 ", "7 "), ""),
    ("/snmp community add addresses=::/0", ("name=",), ""),
    ("tacacs-server host 192.0.2.1 key", ("ciphertext ", "plaintext ", ""), " vrf mgmt"),
    ("ip ospf message-digest-key 1 md5", ("ciphertext ", "plaintext ", "7 ", ""), ""),
    (f"snmpv3 user mon auth sha auth-pass plaintext {MARK} priv aes priv-pass", ("plaintext ", "ciphertext "), ""),
    ("snmp-server host 192.0.2.1 trap version v2c community", ("",), ""),
    ("snmp community accessmode", ("rw ", "ro "), ""),
    ("configure snmp add community", ("readonly ", "readwrite "), ""),
    ("configure snmp add trapreceiver 192.0.2.1 community", ("",), " port 162"),
    ("radius auth add 1 192.0.2.1 1812", ("ascii ", "hex "), ""),
    ("snmpwalk -v2c", ("-c ",), " 192.0.2.1"),
    ("sshpass", ("-p ",), " ssh ops@192.0.2.1"),
    ("+ curl -k", ("-u ops:",), " https://192.0.2.1/rest"),
    ("gnmic -u ops", ("-p ",), " get"),
    ("ntp authentication-key 1", ("cmac encrypted ", "cmac 8 ", "cmac "), ""),
    ("hello-password", ("accept encrypted ", "hmac-md5 encrypted ", "text clear "), " level 1"),
    ("cts sxp connection peer 192.0.2.1 password", ("required 7 ", "7 "), " mode listener"),
    ("crypto pki export T pem terminal", ("3des ", "des "), ""),
    ("crypto ca import T pkcs12", ("",), " nointeractive"),
    ("mpls ldp vrf A password fallback", ("7 ", ""), ""),
    ("security static-wep-key encryption", ("104 hex 0 ", "40 ascii 8 ", "1 104 ascii "), " 1"),
    ("wireless mesh security psk provisioning key", ("1 8 ", "2 0 "), " backhaul"),
    ("snmp-server host-group inside N", ("community ", "trap community 8 ", "poll community "), " version 2c"),
    ("set protocols isis domain-password", ("plaintext-password ",), ""),
    ("set container name c environment DB_PASSWORD", ("value ",), ""),
    ("set network interface x ddns-config ddns-vendor-config password", ("value ",), ""),
    ("isis authentication-mode hmac-sha256", ("key-id 1 plain ", "plain ", ""), " level-1"),
    ("rip authentication-mode md5", ("rfc2453 cipher ", "rfc4822 simple ", "usual plain "), ""),
    ("sham-link 192.0.2.1 192.0.2.2", ("md5 1 plain ", "hmac-sha256 2 cipher ", "simple plain ", "simple "), ""),
    ("sa hex-key authentication inbound ah", ("cipher ", "simple "), ""),
    ("key accounting", ("cipher ", "simple "), ""),
    ("snmpv3 community index i", ("name ",), " sec-name s"),
    ("ntp authentication key-id 1 authentication-mode md5", ("encrypted-key ", "key-value "), ""),
    ("create account admin u", ("", "encrypted "), ""),
    ("configure ldap domain d bind-user u", ("", "encrypted "), ""),
    ("configure netlogin local-user u", ("", "encrypted "), " vlan-vsa v"),
    ("configure mlag peer p authentication md5", ("key ", "encrypted key "), ""),
    ("/configure macsec connectivity-association C static-cak pre-shared-key 1", ("cak ", "cak-name "), ""),
    ("cts sxp default password", ("encrypt 1 0a1b 2c3d 16 ", ""), ""),
    ("wlan security wpa akm psk set-key hex", ("encrypt 1 0a1b 2c3d 48 ", ""), " 1"),
    ("add lb monitor m SNMP", ("-snmpCommunity ",), " -snmpVersion V2"),
]


@pytest.mark.parametrize(("platform", "marked"), TEXTS)
def test_the_secret_is_hidden_and_everything_beside_it_stays(platform: str, marked: str) -> None:
    got = hide.config(plain(marked))
    assert got == shown(marked), platform
    assert hide.config(got) == got


# With a digit before and letters behind, since where a secret is or ends with a word of a rule, what follows is hidden, too.
SECRETS = st.text(string.ascii_letters + string.digits, min_size=8, max_size=30).map("9{}zz".format)


@pytest.mark.parametrize(("words", "kinds", "rest"), GRAMMAR)
@settings(max_examples=12, deadline=None)
@given(secret=SECRETS, choice=st.integers(0, 9))
def test_a_rule_hides_where_the_grammar_puts_the_value_and_nowhere_else(
    words: str, kinds: tuple[str, ...], rest: str, secret: str, choice: int
) -> None:
    kind = kinds[choice % len(kinds)]
    assert hide.config(f"{words} {kind}{secret}{rest}") == f"{words} {kind}{MARK}{rest}"


@pytest.mark.parametrize(
    "name",
    [
        "account-password",
        "storage_key",
        "management.password",
        "discount_token",
        "message-key",
        "backup-identity-secret",
        "periodic_password",
    ],
)
def test_a_name_in_which_a_limit_is_no_word_of_its_own_has_a_secret(name: str) -> None:
    assert hide.config(f"{name}=123456 next") == f"{name}={MARK} next"
    assert hide(f"<{name}>123456</{name}>") == f"<{name}>{MARK}</{name}>"


@pytest.mark.parametrize(
    "name",
    [
        "password-history-count",
        "minimum_password_length",
        "passwordMinimumLength",
        "token.lifetime",
        "key-index",
        "passwordAge",
    ],
)
def test_a_limit_is_no_secret(name: str) -> None:
    assert hide.config(f"{name}=123456 next") == f"{name}=123456 next"


@pytest.mark.parametrize(
    "text",
    [
        "error:\ncredentials:\n  username: ops\n  enable: {}\nend",
        "r1# show snmp community\nCommunity            Group / Access\n-------------------- -------\n{}             ops",
    ],
)
def test_what_only_the_lines_above_tell_is_hidden_in_any_text(text: str) -> None:
    for redacted in (hide(text.format("Ab3dEf6h")), hide.config(text.format("Ab3dEf6h"))):
        assert redacted == text.format(MARK)


@pytest.mark.parametrize(
    "line",
    [
        "PasswordRequiredException: Private key file is encrypted",
        "service password-encryption",
        "snmp-server host 192.0.2.1 version 3 auth snmpuser",
        "Community: 65000:100",
        "set system login password minimum-changes 3",
        "00:11:22:33:44:AF@wlan2: disconnected",
        "route-map SECRET permit 10",
        "Default Password : Not set",
    ],
)
def test_what_an_engineer_needs_stays(line: str) -> None:
    assert hide.config(line) == line
    assert hide(line) == line


@pytest.mark.parametrize("between", [" / ", ":", "', '", " | ", " with the secret "])
def test_the_secret_half_of_a_pair_of_cloud_keys_is_hidden(between: str) -> None:
    account = "AK" + "IAABCDEFGHIJKLMNOP"  # in two, because no file may hold what looks like a real key
    secret, hashed = f"{'wJalrXUtnFEMI/K7' * 2}aB3dE5fG", "0123456789abcdef" * 4
    assert hide.config(f"botocore: {account}{between}{secret}") == f"botocore: {account}{between}{MARK}"
    assert hide.config(f"botocore: {account} sum {hashed}") == f"botocore: {account} sum {hashed}"
