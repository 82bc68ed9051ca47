"""Secrets out of any text: log lines, audit rows, errors. Pure.

`RULES` is the table to extend. A rule finds what is secret by what stands before it, and a secret becomes `<redacted>`
whatever its length, so that the line can still be recognised. Every pattern is linear: what may repeat is possessive or
bounded, and starts only where a word starts.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote, quote_plus

from bot.core.message import Buttons, Code, Detail, Fields, File, Line, Message, Note, Part, Text, When, in_utc

MARK = "<redacted>"
_PASSES = 5  # what one rule hides may be what another starts at; the second pass nearly always finds nothing
_SHORTEST = 8  # a known secret that is shorter would tear words apart that have nothing to do with it


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
        rf"(?P<secret>{MARK}(?=[&,;)}}\]])|\[[^\]\n]*+\]?+|\([^)\n]*+\)?+|{_QUOTED}|{_BARE})",
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

_EMPTY = frozenset({'""', "''", "[]", "()"})
_CLOSING = {'"': '"', "'": "'", "[": "]", "(": ")"}


def redact(text: str) -> str:
    """The text without its secrets; what is redacted already stays as it is."""
    for _ in range(_PASSES):
        before, text = text, _once(text)
        if text == before:
            break
    return text


def _once(text: str) -> str:
    lowered = text.lower()
    for rule in RULES:
        if any(hint in lowered for hint in rule.hints):
            text = rule.pattern.sub(_hidden, text)
    return text


def redact_message(message: Message, redact_text: Callable[[str], str]) -> Message:
    """The message without secrets, whoever typed them or let them slip into WebNet.

    What is read together is redacted together: the lines of a text, and a label with its value. A text that changes
    loses its styles, because a secret may begin in one piece of it and end in another.
    """
    detail, file = message.detail, message.file
    pages = (message.parts, *(detail.pages if detail else ()))
    together = "\n".join(unit for parts in pages for part in parts for unit in _units(part))
    names = "\n".join(word for shown in (message, detail, file) if shown for word in _names(shown))
    if redact_text(whole := f"{names}\n{together}") == whole:
        return message  # nearly always, and much cheaper than one by one
    parts, *others = (tuple(_redacted(part, redact_text) for part in parts) for parts in pages)
    return Message(
        redact_text(message.summary),
        redact_text(message.title),
        parts,
        detail and replace(detail, title=redact_text(detail.title), pages=tuple(others)),
        file and replace(file, title=redact_text(file.title), text=redact_text(file.text)),
    )


def _names(shown: Message | Detail | File) -> Iterator[str]:
    yield shown.title
    match shown:
        case Message():
            yield shown.summary
        case File():
            yield shown.text


def _units(part: Part) -> Iterator[str]:
    match part:
        case Text():
            yield "\n".join(map(_raw, part.lines))
        case Fields():
            yield from (f"{label}: {_raw(line)}" for label, line in part.pairs)
        case Code():
            yield part.text
        case Note():
            yield _raw(part.line)
        case Buttons():
            yield from (text for button in part.buttons for text in (button.label, button.command, button.confirm))


def _redacted(part: Part, redact_text: Callable[[str], str]) -> Part:
    units = list(_units(part))
    changed = [redact_text(unit) for unit in units]
    if changed == units:
        return part
    match part:
        case Text():
            return Text(tuple((line,) for line in changed[0].split("\n")))
        case Fields():
            values = (text.removeprefix(f"{label}: ") for (label, _), text in zip(part.pairs, changed, strict=True))
            return Fields(tuple((label, (value,)) for (label, _), value in zip(part.pairs, values, strict=True)))
        case Code():
            return Code(changed[0])  # its marks would stand elsewhere
        case Note():
            return Note((changed[0],))
        case Buttons():
            texts = iter(changed)
            return Buttons(
                tuple(replace(b, label=next(texts), command=next(texts), confirm=next(texts)) for b in part.buttons)
            )


def _raw(line: Line) -> str:
    return "".join(
        span if isinstance(span, str) else in_utc(span.at) if isinstance(span, When) else span.text for span in line
    )


def _hidden(match: re.Match[str]) -> str:
    """The match with its secret hidden; the quotes or brackets around that stay, as does a semicolon behind it."""
    secret, whole = match["secret"], match[0]
    if secret in _EMPTY:
        return whole
    start, end = match.start("secret") - match.start(), match.end("secret") - match.start()
    opening = secret[:1] if secret[:1] in _CLOSING else ""
    closing = _CLOSING.get(opening, ";")
    kept = closing if secret.endswith(closing) and len(secret) > len(opening) else ""
    return f"{whole[:start]}{opening}{MARK}{kept}{whole[end:]}"


class Redactor:
    """`redact`, and the values that are known to be secret wherever they stand; more can be added at any time.

    Threads may share one. A value of fewer than eight characters is not looked for: it would hide ordinary words.
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
