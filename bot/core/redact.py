"""Secrets out of any text: log lines, audit rows, errors. Pure.

`RULES` is the table to extend. A rule finds what is secret by what stands before it, and a secret becomes `<redacted>`
whatever its length, so that the line can still be recognised. Every pattern is linear: what may repeat is possessive or
bounded, and starts only where a word starts.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

MARK = "<redacted>"
_SHORTEST = 6  # a known secret that is shorter would tear words apart that have nothing to do with it


@dataclass(frozen=True, slots=True)
class Rule:
    """`hints` in lower case: a text that has none of them is not searched. The group `secret` is hidden."""

    hints: tuple[str, ...]
    pattern: re.Pattern[str]


# A quote inside an unquoted value ends it only where it looks like the end of something around it.
_BARE = r"""(?:[^\s"']|["'](?![\s,;:}\])]|\Z))++"""
_QUOTED = r""""(?:[^"\\\n]|\\.)*+"?+|'(?:[^'\\\n]|\\.)*+'?+"""
_VALUE = rf"(?P<secret>{_QUOTED}|{_BARE})"
_START = r"(?<![\w-])"
_GAP = r"[ \t]++"
# How a secret is stored: type 7, encrypted, SHA-512, ENC, AES 128; only if something follows.
_STORED = (
    rf"(?:(?:\d{{1,3}}|encrypted|hashed|cipher|irreversible-cipher|simple|plaintext|clear|clear-text|ascii-text|"
    rf"hexadecimal|ascii|hex|md5|sha\d*|sha-\d+|hmac-[\w-]+|aes\d*|aes-\d+|3?des|local|remote|level|read|write|ENC){_GAP}(?=\S))"
    rf"{{0,3}}"
)


def _rule(hints: str, pattern: str, flags: re.RegexFlag = re.IGNORECASE) -> Rule:
    return Rule(tuple(hints.lower().split()), re.compile(pattern, flags | re.MULTILINE))


def _after(hints: str, words: str, value: str = _VALUE) -> Rule:
    """For device lines: words, then perhaps how the secret is stored, then the secret."""
    return _rule(hints, f"{_START}{words.replace(' ', _GAP)}{_GAP}{_STORED}{value}")


_SECRET_NAMES = (
    r"(?:passw(?:or)?d|passphrase|passcode|pwd|secret|token|credential|cookie|csrf|signature|ticket|community|psk|"
    r"api[_.-]?key|response_url|(?<![a-z0-9])(?:auth|(?:key|pass)s?)(?![\w.-])|(?<=[a-z])Keys?(?![\w.-])|"
    r"(?<=[_.-])keys?(?![\w-]))"
)

RULES: tuple[Rule, ...] = (
    # --- keys and tokens, known by their own shape
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
        "://", r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}+://[^\s/?#:@]*+:(?P<secret>[^\s/?#@]*+(?:@[^\s/?#@]++(?=@))*+)@"
    ),
    _rule(
        "@",
        r"(?<![\w.+-])(?!(?:mailto|sips?|xmpp|to|from|cc|by|user|e?mail)\b)[\w.+-]++:(?P<secret>[^\s:@/\"']++)@(?=[\w\[])",
    ),
    _rule("hooks.slack", r"hooks\.slack\.com(?::\d++)?+(?:/|[ \t]++\"[A-Z]{3,7} /)(?P<secret>[^\s\"'<>|]++)"),
    _rule("/t", r"/(?:commands|actions|services|workflows|triggers|options|app)/(?P<secret>T[A-Z0-9]++/[^\s\"'<>|]++)"),
    _rule("?", rf"[?&](?=[\w.-]*?(?:{_SECRET_NAMES}|code|sig))[\w.-]++=(?P<secret>[^&\s\"'<>#]++)"),
    # --- headers, options, pairs
    _rule(
        "authorization cookie",
        r"(?:authorization|cookie)[\"']?+[ \t]*+[:=,][ \t]*+b?[\"']?+"
        r"(?:(?:bearer|basic|apikey|api-key|token|digest|negotiate)[ \t]++)?(?P<secret>[^\s\"'][^\"'\n]*+)",
    ),
    _rule("apikey", rf"{_START}apikey{_GAP}{_VALUE}"),
    _rule("bearer basic", rf"{_START}B(?:earer|asic){_GAP}(?=[^\s\"']{{20}}|[^\s\"']*?[\d=._-]){_VALUE}", re.NOFLAG),
    _rule("--", rf"(?<!\S)--(?=[\w-]*?(?:passw|secret|token|key))[\w-]++(?:=|{_GAP}){_VALUE}"),
    _rule(
        "pass pwd secret token cred cookie csrf sign ticket commun psk key auth response_url",
        rf"(?<![\w.-])(?=[\w.-]*?{_SECRET_NAMES})[\w.-]++\\*+[\"']?+[ \t]*+(?:=>|:=|[:=])[ \t]*+\\*+b?"
        rf"(?!(?:None|null|true|false)(?:[\s,;}})\]]|\Z))"
        rf"(?P<secret>{MARK}(?=[&,;)}}\]])|\[[^\]\n]*+\]?+|\([^)\n]*+\)?+|{_QUOTED}|{_BARE})",
    ),
    # --- lines of devices
    _after("enable", r"enable (?:algorithm-type \S++ )?(?:secret|password)"),
    _after("username", rf"username \S++[^\n]{{0,120}}?[ \t](?:password|secret)"),
    _after("user", r"user \S++ (?:password|secret)"),
    _after("password", r"(?:neighbor|peer|sent-username|ip ftp|ip http client|ppp chap|ppp pap) (?:\S++ )?password"),
    _after("password", r"(?:isis|area|domain|lsp)[ -]password"),
    _after("commun", r"snmp(?:-server|-agent)? community"),
    _after("snmp-server", r"snmp-server host \S++(?: vrf \S++)?(?: traps| informs)?(?: version (?:1|2c|3 \w++))?"),
    _after("auth", r"(?:auth|authentication(?:-mode)?) (?:md5|sha(?:-?\d++)?|text)"),
    _after("priv", r"(?:priv|privacy|privacy-mode) (?:aes(?:-?\d++)?|3?des(?:-?\d++)?)"),
    _after(
        "key",
        r"(?:key-string|authentication-key|message-digest-key|pre-shared-key|isakmp key|shared-key|"
        r"tcp-ao-key|wpa-psk|encryption-key)",
    ),
    _after("-password", r"(?:encrypted|plain-text|authentication|privacy|auth|priv|simple)-password(?:-value)?"),
    _after("-secret", r"(?:shared|radius|tacacs|client)-secret"),
    _after("key", r"(?:tacacs|radius|server-private)[^\n]{0,200}?[ \t]key"),
    _after("set", r"set (?=[\w-]*?(?:passw|secret|psk))[\w-]++"),
    _rule("password secret", rf"{_START}(?:password|secret){_GAP}[04-9]{_GAP}{_VALUE}"),
    # A line of its own, such as in "line vty": nothing but the word and the secret.
    _rule(
        "pass secret key",
        rf"(?:^|(?<=\\n)|[>#])[ \t]*+(?:password|passwd|secret|passphrase|key(?!{_GAP}(?:chain|\d++[ \t]*+$))){_GAP}"
        rf"{_STORED}{_VALUE}(?=[ \t\r]*+$|\\)",
    ),
)

_CLOSING = {'"': '"', "'": "'", "[": "]", "(": ")"}


def redact(text: str) -> str:
    """The text without its secrets; what is redacted already stays as it is."""
    lowered = text.lower()
    for rule in RULES:
        if any(hint in lowered for hint in rule.hints):
            text = rule.pattern.sub(_hidden, text)
    return text


def _hidden(match: re.Match[str]) -> str:
    """The match with its secret hidden; the quotes or brackets around that stay, as does a semicolon behind it."""
    secret, whole = match["secret"], match[0]
    start, end = match.start("secret") - match.start(), match.end("secret") - match.start()
    opening = secret[:1] if secret[:1] in _CLOSING else ""
    closing = _CLOSING.get(opening, ";")
    kept = closing if secret.endswith(closing) and len(secret) > len(opening) else ""
    return f"{whole[:start]}{opening}{MARK}{kept}{whole[end:]}"


class Redactor:
    """`redact`, and the values that are known to be secret wherever they stand; more can be added at any time.

    Threads may share one. A value of fewer than six characters is not looked for: it would hide ordinary words.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._known: tuple[str, ...] = ()
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        with self._lock:
            # The longest first: one secret may be the beginning of another.
            self._known = tuple(sorted({*self._known, *forms}, key=lambda form: (-len(form), form)))

    def __call__(self, text: str) -> str:
        for form in self._known:
            if form in text:
                text = text.replace(form, MARK)
        return redact(text)


def _forms(secret: str) -> Iterator[str]:
    """A secret as it stands in plain text, in an address, in JSON and in Python's own notation."""
    if len(secret) < _SHORTEST or secret in MARK:
        return
    yield secret
    for quoted in (
        quote(secret, errors="replace"),
        quote(secret, safe="", errors="replace"),
        quote_plus(secret, errors="replace"),
    ):
        yield quoted
        yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quoted)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
