"""The table of `bot.core.redact`: what stands before a secret. Extend it here, and count `RULES_VERSION` up.

A rule finds what is secret by what stands before it. Every pattern is linear: what may repeat is possessive or bounded,
and starts only where a word starts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

RULES_VERSION = 1  # stored configs that an older version redacted are fetched again
MARK = "<redacted>"
CHANGED = "<redacted: changed>"  # in a pair of texts


@dataclass(frozen=True, slots=True)
class Rule:
    """`hints` in lower case: a text that has none of them is not searched. The group `secret` is hidden."""

    hints: tuple[str, ...]
    pattern: re.Pattern[str]


# A quote inside an unquoted value ends it only where it looks like the end of something around it.
_BARE = r"""(?:[^\s"']|["'](?![\s,;:}\])]|\Z))++"""
_QUOTED = r""""(?:[^"\\\n]|\\.)*+"?+|'(?:[^'\\\n]|\\.)*+'?+"""
_VALUE = rf"(?P<secret>{_QUOTED}|{_BARE})"
_MARKED = r"<redacted(?:#\d*+)?>"  # also as it stands while a pair is compared
_START = r"(?<![\w-])"
_GAP = r"[ \t]++"
# How a secret is stored, if something follows: type 7, encrypted, md5, ENC.
_STORED = (
    r"(?:(?:\d{1,2}|encrypted|hashed|(?:irreversible-)?cipher|simple|plaintext|clear(?:-text)?|ascii(?:-text)?|"
    r"hex(?:adecimal)?|md5|sha-?\d*|hmac-[\w-]+|local|remote|level|read|write|ENC)[ \t]++(?=\S)){0,3}"
)


def _rule(hints: str, pattern: str, flags: re.RegexFlag = re.IGNORECASE) -> Rule:
    return Rule(tuple(hints.split()), re.compile(pattern, flags | re.MULTILINE))


def _line(hints: str, words: str) -> Rule:
    """A line of a device: words, then perhaps how the secret is stored, then the secret."""
    return _rule(hints, f"{_START}{words.replace(' ', _GAP)}{_GAP}{_STORED}{_VALUE}")


# Names of pairs that hold a secret: anywhere in the name, but "key" only as a word of it (key, api.key, privateKey).
_NAMES = (
    r"(?:passw(?:or)?d|passphrase|passcode|pwd|secret|token|credential|cookie|csrf|signature|ticket|community|psk|"
    r"api[_.-]?key|response_url|(?<![a-z0-9])(?:auth|pass(?==)|keys?)(?![\w.-])|(?-i:(?<=[a-z])Keys?)(?![\w.-]))"
)

RULES: tuple[Rule, ...] = (
    # --- known by their own shape
    _rule(
        "private",
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?P<secret>.*?)"
        r"(?=-----END [A-Z0-9 ]{0,40}PRIVATE KEY|\Z)",
        re.DOTALL,
    ),
    _rule("xox xapp- xwfp-", r"(?<![a-z0-9])(?P<secret>(?:xox[a-z](?:\.xox[a-z])?|xapp|xwfp)-[\w.%/+=-]++)"),
    _rule("eyj", r"(?<![\w-])(?P<secret>eyJ[\w-]{5,}+\.[\w-]{5,}+(?:\.[\w-]*+)?)", re.NOFLAG),
    _rule("gaaaa", r"(?<![\w-])(?P<secret>gAAAA[\w-]{15,}+=*+)", re.NOFLAG),
    _rule("=", r"(?<![\w+/=-])(?P<secret>[\w-]{43}=)(?![\w=])", re.ASCII),
    _rule("$", r"(?P<secret>\$(?:\d{1,2}|y|2[abxy]|apr1|sha\d+|pbkdf2[\w-]*+|argon2\w*+)\$[^\s\"';,]{4,}+)"),
    # --- addresses
    _rule(
        "://",
        r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}+://[^\s/?#:@\"']*+:"
        r"(?P<secret>[^\s/?#@\"']*+(?:@[^\s/?#@\"']++(?=@))*+)@",
    ),
    _rule(
        "@",
        r"(?<![\w.+-])(?!(?:mailto|sips?|xmpp|to|from|cc|by|user|e?mail)\b)[\w.+-]++:"
        r"(?P<secret>[^\s:@/\"']++)@(?=[\w\[])",
    ),
    _rule("hooks.slack", r"hooks\.slack\.com(?::\d++)?+(?:/|[ \t]++\"[A-Z]{3,7} /)(?P<secret>[^\s\"'|]++)"),
    _rule(
        "/t",
        r"/(?:commands|actions|services|workflows|triggers|options|app)/(?P<secret>T[A-Z0-9]{4,}+/[^\s\"'<>|]++)",
        re.NOFLAG,
    ),
    _rule("? &", rf"[?&](?=[\w.-]*?(?:{_NAMES}|code|sig))[\w.-]++=(?P<secret>[^&\s\"'<>#]++)"),
    # --- headers, options, pairs
    _rule(
        "authorization cookie",
        r"(?:authorization|cookie)(?:[\"']?+[ \t]*+[:=]|[\"'],)[ \t]*+(?:b(?=[\"']))?[\"']?+"
        r"(?:(?:bearer|basic|api-?key|token|digest|negotiate)[ \t]++)?(?P<secret>[^\s\"'][^\"'\n]*+)",
    ),
    _line("apikey", "apikey"),
    _rule("bearer basic", rf"{_START}B(?:earer|asic){_GAP}(?=[^\s\"']{{20}}|[^\s\"']*?[\d=._-]){_VALUE}", re.NOFLAG),
    _rule("--", rf"(?<!\S)--(?=[\w-]*?(?:passw|secret|token|key))[\w-]++(?:=|{_GAP}){_VALUE}"),
    _rule(
        "pass pwd secret token cred cookie csrf sign ticket commun psk key auth response_url",
        rf"(?<![\w.-])(?=[\w.-]*?{_NAMES})[\w.-]++\\*+[\"']?+[ \t]*+(?:=>|:=|[:=])[ \t]*+\\*+(?:b(?=[\"']))?"
        r"(?!(?:None|null|true|false)(?:[\s,;})\]]|\Z))"
        rf"(?P<secret>{_MARKED}(?=[&,;)}}\]])|\[[^\]\n]*+\]?+|\([^)\n]*+\)?+|{_QUOTED}|{_BARE})",
    ),
    # --- lines of devices
    _line("enable", r"enable (?:algorithm-type \S++ )?(?:secret|password)"),
    _line("username", r"username \S++[^\n]{0,120}?\s(?:password|secret)"),
    _line("password", r"(?:user|neighbor|peer|sent-username|ip ftp|ip http client|ppp chap|isis) (?:\S++ )?password"),
    _line("-password", r"(?:area|domain|lsp|encrypted|plain-text|authentication|privacy|auth|priv|simple)-password"),
    _line("-secret", r"(?:shared|radius|tacacs|client)-secret"),
    _line("commun", r"snmp(?:-server|-agent)? community"),
    _line("snmp-server", r"snmp-server host \S++(?: vrf \S++)?(?: (?:traps|informs))?(?: version (?:1|2c|3 \w++))?"),
    _line("auth", r"(?:auth|authentication(?:-mode)?) (?:md5|sha(?:-?\d++)?|text)(?! key)"),
    _line("priv", r"priv(?:acy(?:-mode)?)? (?:3?des|aes)(?:-?\d++)?(?: (?:128|192|256|56|168))?"),
    _line(
        "key", r"(?:key-string|(?:authentication|message-digest|pre-shared|shared|encryption)-key|isakmp key|wpa-psk)"
    ),
    _line("key", r"(?:tacacs|radius|server-private)[^\n]{0,200}?\skey"),
    _line("set", r"set (?=[\w-]*?(?:passw|secret|psk))[\w-]++"),
    _rule("password secret", rf"{_START}(?:password|secret){_GAP}[04-9]{_GAP}{_VALUE}"),
    # Nothing but the word and the secret, as below "line vty"; `key 1` is the number of a key.
    _rule(
        "pass secret key",
        rf"(?:^|(?<=\\n)|[>#])[ \t]*+(?:password|passwd|secret|passphrase|key(?!{_GAP}\d++[ \t]*+$)){_GAP}"
        rf"{_STORED}(?P<secret>{_QUOTED}|[^\s\"'\\]++)(?=[ \t\r]*+$|\\)",
    ),
)
