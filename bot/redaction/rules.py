"""What is secret in any text, be it a log line, an error, or one line of a config. Count `RULES_VERSION` up with each change:
below a million it counts the changes of the settings.

A rule finds what is secret by what stands before it, or by its own shape. Every pattern is linear: what may repeat is
possessive or bounded, and starts only where a word starts. But for `PRIVATE_KEY`, none looks beyond its line.
`bot.redaction.configs` adds what only a whole config allows, and `bot.redaction.vendor_words` has the words of devices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.redaction.log_words import LOG_LINES, SHAPES, Shape
from bot.redaction.table import Rule, Table
from bot.redaction.vendor_words import PASSWORDS, SENTENCE, SETTING, STORED, WORDS, Entry

RULES_VERSION = 10_000_000  # stored configs that an older version redacted are read again; a million is a step
MARK = "<redacted>"
CHANGED = "<redacted: changed>"  # in a pair of texts
MARKED = r"<redacted(?:#\d*+)?>"  # also as it stands while a pair is compared


# A quote inside an unquoted value ends it only where it looks like the end of something around it.
BARE = r"""(?:[^\s"']|["'](?![\s,;:}\])]|\Z))++"""
QUOTED = r""""(?:[^"\\\n]|\\.)*+"?+|'(?:[^'\\\n]|\\.)*+'?+"""
VALUE = rf"(?P<secret>{QUOTED}|{BARE})"
START = r"(?<![\w-])"
GAP = r"[ \t]++"
# Names of pairs that hold a secret: anywhere in the name, but "key" only as a word of it (key, api.key, privateKey).
NAMES = (
    r"(?:p(?:assw(?:or)?d|ass(?:phrase|code|key)|wd|sk)|s(?:ecret|ignature|tatic-key-\d)|t(?:oken|icket)|"
    r"c(?:redential|ookie|srf|ommunity)|api[_.-]?key|response_url|(?<=_)pass(?![\w.-])|(?<![\w.-])pin(?==)|"
    r"(?<![a-z0-9])(?:auth|cak|ckn|pass(?==)|keys?)(?![\w.-])|(?-i:(?<=[a-z])Keys?)(?![\w.-]))"
)
# A number after a name with such a word is no secret. It is a word of its own: an account is no count, and storage no age.
_LIMITS = (
    r"(?:(?<![a-z])(?:count|length|history|minimum|maximum|differs|complexity|lifetime|timeout|period|age|expir\w*|retries)|"
    r"(?-i:(?<=[a-z])(?:Count|Length|History|Minimum|Maximum|Lifetime|Timeout|Period|Age|Expir\w*|Retries))|-id|(?<![a-z])index)(?![a-z])"
)
# Names and values that only look like such a pair: the settings of a policy, a state, BGP's communities, a program's error, a
# list named like a secret, the name of a variable.
NEVER = (
    r"(?![\w.-]{0,80}?(?:exception|error|warning)[\"']?+[ \t]*+:)"
    rf"(?![\w.-]{{0,80}}?{_LIMITS}[\w.-]*+"
    r"[\"']?+[ \t]*+[:=][ \t]*+[\"']?\d{1,6}[smhdw]?(?![^\s,;\"')\]}]))"
    r"(?![\w.-]++[\"']?+[ \t]*+[:=][ \t]*+(?:yes|no)(?=[\s,;)}\]]|\Z))"
    r"(?![\w.-]++[ \t]*+:[ \t]++(?:not[ \t]++)?(?:set|unset|configured|enabled|disabled|present|absent)[ \t\r,]*+$)"
    r"(?![\w.-]{0,80}?communit(?:y|ies)(?:[_-]members?)?+[\"']?+[ \t]*+[:=][ \t]*+\[?[\"']?(?:\d{1,10}(?::\d{1,10}){1,2}|(?:RT|SoO):\d|internet|local-as|no-(?:advertise|export|peer)|blackhole|gshut|graceful-shutdown)(?![^\s,;\"'\])}]))"
    r"(?!(?:oper|admin|actor|partner|aggregation|lacp)[-_]key[\"']?+[ \t]*+[:=][ \t]*+[\"']?(?:\d++|auto)[\"']?(?![^\s,;]))"
    r"(?![\w.-]++=\\\$[A-Za-z])"
    r"(?![\w.-]{1,80}?[-_](?:file|path)[\"']?+[ \t]*+[:=])"
    r"(?!send[_-](?:ext(?:ended)?-?)?communit)"
    r"(?![\w.-]{1,80}?(?:[-_](?:type|time|policy|profile|encoding|format)|(?-i:Type|Policy|Profile|Format))[\"']?+[ \t]*+[:=])"
    r"(?![\w.-]{0,80}?key[\"']?+[ \t]*+[:=][ \t]*+[\"']?/[\w./-]{1,200}\.(?:key|pem|crt|cer)\b)"
    r"(?!\w{1,80}?_auth[\"']?+[ \t]*+[:=][ \t]*+[\"']?(?:cert|password|none|jwt|pam)\b)"
    r"(?!auth=(?:md5|sha-?\d*|simple|none)(?![^\s,;]))"
    r"(?!export-password:[ \t]++default(?!\S))"
    r"(?!key=[A-Z][A-Z0-9_]*+[ \t]++list=)"
    r"(?<!prefix-list[ ])(?<!route-map[ ])(?<!community-list[ ])(?<!access-list[ ])(?<!as-path[ ])"
)
NEVER_ELEMENTS = (
    r"(?!trusted-key\b|community-name\b|password-profile\b|hardware-token\b|[\w-]*(?:encryption|identity|ttl|-cert)>)"
    rf"(?![\w.-]{{0,80}}?{_LIMITS}[\w.-]*+>"
    r"\d{1,6}<)"
    r"(?![\w.-]++>[ \t]*+(?:yes|no|true|false|on|off|none|enabled?|disabled?|[01])[ \t]*+<)"
)
_ELEMENTS = (
    r"(?:phash|prv|tls|authorizedkeys|trapstring|[\w-]*bindpw|(?:nt|md5|sha512|bcrypt)-hash|[\w-]+-key|(?:[\w-]+-)?(?:key|auth(?:entication)?|secret)-string|[\w-]*keytab|"
    r"(?:priv(?:ate)?|preshared|(?:tls)?shared|radius|(?:pushover)?user|serverauth|account|tls|secretapi|ddnsdomain|ssh|gitsync|\w{0,20}p12)key|"
    r"(?:export|proxy|(?:voucher)?sync)pass|[\w-]+_pw|keydata|otp_seed|keystring|key-value|bgpmd5|oinkmastercode|etpro_code)"
)
_NAME_HINTS = (
    "pass",
    "static-key",
    "pin=",
    "cak",
    "ckn",
    "pwd",
    "secret",
    "token",
    "cred",
    "cookie",
    "csrf",
    "sign",
    "ticket",
    "commun",
    "psk",
    "key",
    "auth",
    "_url",
)

_ALONE = (
    rf"[ \t]*+(?:password|passwd|secret|passphrase|key(?!{GAP}\d++;?+[ \t\r]*+$)){GAP}{SENTENCE}{SETTING}{STORED}"
    rf"(?P<secret>{QUOTED}|[^\s\"'\\]++)(?=[ \t\r]*+$|\\)"
)


def rule(hints: str, pattern: str, flags: re.RegexFlag = re.IGNORECASE, outline: str = "") -> Rule:
    return Rule(tuple(hints.split()), pattern, flags | re.MULTILINE, outline)


def lines(entries: tuple[Entry, ...], guard: str = "", value: str = VALUE, start: str = START) -> Iterator[Rule]:
    """Lines of devices: words, then perhaps how the secret is stored, then the secret."""
    for hints, words in entries:
        begin = f"{words.replace(' ', GAP)}{GAP}"
        yield rule(hints, f"{start}{begin}{SENTENCE}{guard}{STORED}{value}", outline=begin)


_SIGN = r"\\*+[\"']?+[ \t]*+(?:=>|:=|[:=])"


def pair(hints: tuple[str, ...], quoted: str, bare: str) -> Rule:
    """`name=value`, `name: value`, and as JSON, Python or a shell write it."""
    pattern = (
        rf"(?<![\w.-])(?=[\w.-]++{_SIGN})(?=[\w.-]*?{NAMES}){NEVER}[\w.-]++{_SIGN}[ \t]*+\\*+(?:b(?=[\"']))?"
        r"(?![\"']?(?:None|null|true|false)[\"']?(?:[\s,;})\]]|\Z)|!vault[ \t]++\||[\"'][ \t\r]*+$|\[?[ \t]*+\{(?!\w{2,12}\}[^\s\"'])|\[[ \t\r]*+$)"
        rf"(?P<secret>{MARKED}(?=[&,;)}}\]])|\[[^\]\n]*+\]?+|\([^)\n]*+\)?+|{quoted}|{bare})"
    )
    outline = rf"{NAMES}[\w.-]*\\*[\"']?[ \t]*[:=]"
    return Rule(hints, pattern, re.IGNORECASE | re.MULTILINE, outline)


def _shapes(shapes: tuple[Shape, ...]) -> Iterator[Rule]:
    for hints, pattern, exact in shapes:
        yield rule(hints, pattern, re.NOFLAG if exact else re.IGNORECASE)


PRIVATE_KEY = rule(
    "private",
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?P<secret>.*?)(?=-----END [A-Z0-9 ]{0,40}PRIVATE KEY|\Z)",
    re.DOTALL,
)

BY_SHAPE: tuple[Rule, ...] = (
    rule("xox xapp- xwfp-", r"(?<![a-z0-9])(?P<secret>(?:xox[a-z](?:\.xox[a-z])?|xapp|xwfp)-[\w.%/+=-]++)"),
    rule("eyj", r"(?<![\w-])(?P<secret>eyJ[\w-]{5,}+\.[\w-]{5,}+(?:\.[\w-]*+)?)", re.NOFLAG),
    rule("gaaaa", r"(?<![\w-])(?P<secret>gAAAA[\w-]{15,}+=*+)", re.NOFLAG),
    rule("=", r"(?<![\w+/=-])(?P<secret>[\w-]{43}=)(?![\w=])", re.ASCII),
    # JunOS, whose values are always quoted, and Unix; Huawei's may hold anything but a space.
    rule("$", r"(?P<secret>\$1[ac]\$\S{8,}+(?<=\$))"),
    rule("$", r"(?P<secret>\$(?:[ch]\$)?(?:\d{1,2}|y|2[abxy]|apr1|sha\d+|pbkdf2[\w-]*+|argon2\w*+)\$[^\s\"';,<]{4,}+)"),
    rule("%^%# %@%@ %$%$", r"(?P<secret>(?P<fence>%\^%#|%@%@|%\$%\$)\S{0,999}?(?P=fence))"),
    rule("-aq==", r"(?<![\w+/=-])(?P<secret>-AQ==[\w+/=]++)", re.NOFLAG),
    rule("aaaa", r"(?<![\w+/])(?P<secret>AAAA[BCE][\w+/]{12,}+=*+)", re.NOFLAG),
    *_shapes(SHAPES),
)
RULES: tuple[Rule, ...] = (
    *BY_SHAPE,
    # --- addresses
    rule(
        "://",
        r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}+://[^\s/?#:@\"']*+:"
        r"(?P<secret>[^\s/?#@\"']*+(?:@[^\s/?#@\"']++(?=@))*+)@",
    ),
    rule(
        "@",
        r"(?<![\w.+-])(?<![0-9A-Fa-f]{2}:)(?![A-D]:[\w.-]{1,64}+@[\w.-]{1,64}+[#>])(?!(?:mailto|sips?|xmpp|to|from|cc|by|user|e?mail)\b)[\w.+-]++:"
        r"(?P<secret>[^\s:@/\"']++)@(?=[\w\[])(?!\d{1,3}(?:[:\"\s]|$))",
    ),
    rule("hooks.slack", r"hooks\.slack\.com(?::\d++)?+(?:/|[ \t]++\"[A-Z]{3,7} /)(?P<secret>[^\s\"'|]++)"),
    rule(
        "/t",
        r"/(?:commands|actions|services|workflows|triggers|options|app)/(?P<secret>T[A-Z0-9]{4,}+/[^\s\"'<>|]++)",
        re.NOFLAG,
    ),
    rule(
        "? &",
        rf"[?&](?=[\w.-]*?(?:{NAMES}|code|sig))[\w.-]++=(?P<secret>[^&\s\"'<>#]++)",
        outline=rf"[?&][\w.-]*(?:{NAMES}|code|sig)[\w.-]*=",
    ),
    # --- commands and calls
    *_shapes(LOG_LINES),
    # --- headers, options, pairs, elements
    rule(
        "authorization cookie",
        r"(?:authorization|(?<!mac-)cookie)(?:[\"']?+[ \t]*+[:=]|[\"'],)[ \t]*+(?:b(?=[\"']))?[\"']?+(?!read-(?:only|write)\b|\{)"
        r"(?:(?:bearer|basic|api-?key|token|digest|negotiate)[ \t]++)?(?P<secret>[^\s\"'][^\"'\n]*+)",
    ),
    rule("commun", rf"{START}community{GAP}(?:security)?name[ \t]*+:[ \t]*+{VALUE}"),
    rule("apikey", rf"{START}apikey{GAP}{VALUE}"),
    rule("bearer basic", rf"{START}B(?:earer|asic){GAP}(?=[^\s\"']{{20}}|[^\s\"']*?[\d=._-]){VALUE}", re.NOFLAG),
    rule(
        "--",
        rf"(?<!\S)--(?=[\w-]*?(?:passw|secret|token|key|_c[ak][kn]\b))(?![\w-]*?-(?:file|path)\b)[\w-]++(?:=|{GAP}){VALUE}",
        outline=r"--[\w-]*(?:passw|secret|token|key|_c[ak][kn])",
    ),
    rule("auth=key,", r"(?<!\S)-\w*auth=key,(?P<secret>[^\s,]++)"),
    pair(_NAME_HINTS, QUOTED, BARE),
    rule(
        "</",
        rf"<{NEVER_ELEMENTS}(?:(?=[\w.-]*?{NAMES})[\w.-]++|{_ELEMENTS})(?:[ \t][^<>\n]*+)?>"
        r"[ \t]*+(?P<secret>[^<>\s](?:[^<>\n]*[^<>\s])?)(?=\s*+</)",
        outline=rf"<(?:[\w.-]*{NAMES}|{_ELEMENTS})[^<>]*>",
    ),
    # --- lines of devices
    *lines(PASSWORDS, SETTING),
    *lines(WORDS),
    rule("password secret", rf"{START}(?:password|secret){GAP}[04-9]{GAP}{STORED}{VALUE}"),
    # Nothing but the word and the secret, as below "line vty"; `key 1` is the number of a key.
    rule("pass secret key", rf"^[+-]?{_ALONE}"),
    rule("# > \\n", rf"(?:(?<=\\n)|[>#]){_ALONE}", outline=rf"[n>#]{_ALONE}"),
)
ANYWHERE = Table(RULES)
SHAPED = Table(BY_SHAPE)
