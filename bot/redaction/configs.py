"""What is secret in a whole config: blocks of several lines, lines that mean something only below others, and looser words.

In a config a value is what stands between two blanks, or a quoted text; RouterOS cuts long ones by a backslash at the
end of the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.redaction.log_words import COMMUNITY_ELEMENT
from bot.redaction.rules import GAP, MARKED, PRIVATE_KEY, RULES, lines, pair, rule
from bot.redaction.table import Rule, Table
from bot.redaction.vendor_words import CONFIG_ENDINGS, CONFIG_WORDS, PASSWORDS, SENTENCE, SETTING, STORED, WORDS

_START = r"(?:(?<!\S)|(?<=^[+-]))"  # a config in a job log may be a comparison
_CUT = r"\\\r?\n[ \t]*+"
_QUOTED = r""""(?:[^"\\\n]|\\\r?+[\s\S])*+"?+|'(?:[^'\\\n]|\\\r?+[\s\S])*+'?+"""
_BARE = rf"(?:[^\s\\]|{_CUT}|\\)++"
_VALUE = rf"(?P<secret>(?:{_QUOTED})(?=[\s;,)}}\]]|\Z)|{_BARE})"
# Words that may follow a secret to the end of the line; whatever else follows belongs to it.
_REST = (
    rf"(?P<secret>{MARKED}(?!\S)|(?:{_QUOTED})(?=[ \t]*+;|(?:[ \t]++hash2?)?[ \t\r]*+$)|"
    r"\S++(?:[ \t]++(?!(?:encrypted|pbkdf2|nt-encrypted|level-\d|role|privilege|level|hidden|transmit-key|fallback|"
    r"authenticate|timeout|receive-lifetime|transmit-lifetime|cryptographic-algorithm|key[_-]id|preferred|store-local|mschap|hash2?|## SECRET-DATA|\})(?:[ \t\r]|$))\S++)*+)"
)
_HEX = r"[0-9A-Fa-f]{2,64}(?:[ ][0-9A-Fa-f]{2,8})*+[ \t]*+"


_OF_SECRETS = "(?:pass(?:w(?:or)?d|phrase)?|pwd|key|token|auth(?:orization)?|secret|cookie|community)"


@dataclass(frozen=True, slots=True)
class Section:
    """`inner` holds only below a line that `header` finds."""

    header: Rule
    inner: Rule


def _below(hint: str, header: str, inner: str) -> Section:
    """A section is the header's line and all that is indented more, or is empty."""
    body = rf"^(?P<indent>[+-]?[ \t]*+)(?:{header})[^\n]*+\n(?:(?P=indent)[ \t]++[^\n]*+(?:\n|\Z)|[ \t\r]*+\n)*+"
    return _section(hint, body, inner)


def _section(hint: str, header: str, inner: str) -> Section:
    """`hint` in lower case stands in the header's line."""
    flags = re.MULTILINE | re.IGNORECASE
    return Section(Rule((hint,), header, flags), Rule((), inner, flags))


# XML: an element whose parent, or the attribute of its parent, says what it holds.
STRUCTURED: tuple[Rule, ...] = (
    rule("<community <trap-group", COMMUNITY_ELEMENT),
    rule(
        "community-name",
        r"<(?:add|set|delete)/>\s*+<community-name>|<community-name>(?P<secret>[^<>\s](?:[^<>\n]*[^<>\s])?)(?=\s*+</)",
    ),
    rule("<scep-challenge", r"<scep-challenge>\s*+<fixed>(?P<secret>[^<>\n]++)(?=</fixed>)"),
    rule(
        "<entry",
        r"<entry name=\"[^\"\n]*?(?:key|token|auth|secret|passw|cookie)[^\"\n]*+\">\s*+<value>(?P<secret>[^<>\n]++)(?=</value>)",
    ),
)
# Text by text, before the lines.
BLOCKS: tuple[Rule, ...] = (
    PRIVATE_KEY,
    rule(
        "-begin",
        r"-----BEGIN [A-Z0-9 ]{1,40}-----(?P<secret>.*?)(?=-----END |\Z)",
        re.DOTALL,
    ),
    rule("ssh2", r"---- BEGIN SSH2 [A-Z ]{1,40} ----(?P<secret>.*?)(?=---- END |\Z)", re.DOTALL),
    rule(
        "certificate key-string public-key-code",
        r"^[+-]?[ \t]*+(?:certificate\b[^\n]*+|key-string[ \t]*+|public-key-code begin[ \t]*+)\r?\n[+-]?[ \t]*+"
        rf"(?P<secret>(?=[0-9A-Fa-f]{{8}}){_HEX}(?:\r?\n[+-]?[ \t]*+{_HEX}(?=\r?$))*+)",
    ),
    rule(
        "community",
        rf"{_START}community{GAP}(?P<secret>{_QUOTED}|[^\s;{{\"']++)"
        r"(?=[ \t]*+\{\s*+[+-]?\s*+(?:authorization|clients?|client-list-name|view|restrict|access-permissions|version)\b)",
    ),
    *STRUCTURED,
    rule(
        "usm-user",
        r"usm-user[ \t]++\S++[ \t]++\S++[ \t]++(?:authentication|privacy)-mode[ \t]++(?:md5|sha\S*+|(?:3?des|aes)\S*+)[ \t]*+\r?\n[ \t]++(?P<secret>\S++)(?=[ \t\r]*+$)",
    ),
    rule(
        "key-string",
        r"^[+-]?[ \t]*+key-string[ \t]*+\r?\n[+-]?[ \t]*+(?P<secret>[^\s+-][^\n]*+(?:\n(?![+-]?[ \t]*+(?:quit|exit)\b)[^\n]*+){0,99})"
        r"(?=\n[+-]?[ \t]*+quit\b)",
    ),
    pair(("\\\n", "\\\r\n"), _QUOTED, rf"(?:[^\s\"'\\]|{_CUT}|\\|[\"'](?![\s,;:}}\])]|\Z))++"),
)
# Of what a program says or shows, also where it stands in an error.
IN_ANY_TEXT: tuple[Section, ...] = (
    _below("credentials:", r"credentials:[ \t\r]*+$", rf"^[+-]?[ \t]*+enable:{GAP}(?P<secret>{_QUOTED}|\S++)"),
    _section(
        "community  ",
        r"^[^\n]*?\bCommunity[ ]++Group / Access[^\n]*+\n[- ]++\n(?:\S[^\n]*+(?:\n|\Z))*+",
        r"^(?!Community\b|-)(?P<secret>\S++)(?=[ ]{2,}\S)",
    ),
)
SECTIONS: tuple[Section, ...] = (
    *IN_ANY_TEXT,
    _below(
        "snmp {",
        r"(?:sys )?snmp \{",
        rf"^[+-]?[ \t]*+(?:community|trap-group){GAP}(?P<secret>{_QUOTED}|[^\s;{{\"']++)(?=[ \t\r]*+(?:[;{{]|$))",
    ),
    *(
        _below(words, f"config {header}", rf"^[+-]?[ \t]*+set name{GAP}(?P<secret>{_QUOTED}|\S++)")
        for words, header in (
            ("snmp community", "system snmp community"),
            ("snmp-community", "(?:switch-controller )?snmp-community"),
        )
    ),
    _below(
        "snmp-dca",
        r"ltm monitor snmp-dca\S*+ \S++ \{",
        rf"^[+-]?[ \t]*+community{GAP}(?P<secret>{_QUOTED}|\S++)",
    ),
    _below(
        "environment",
        rf"environment [\"']?(?=[\w-]*?{_OF_SECRETS})[\w-]++[\"']? \{{",
        rf"^[+-]?[ \t]*+value{GAP}(?P<secret>{_QUOTED}|\S++)",
    ),
    _below(
        "http-headers",
        "config http-headers",
        rf"(?<=set key )(?=[^\n]*?{_OF_SECRETS})[^\n]*+\n[+-]?[ \t]*+set value{GAP}(?P<secret>{_QUOTED}|\S++)",
    ),
    _section(
        "sys db",
        rf"^[+-]?[ \t]*+sys db \S*?{_OF_SECRETS} \{{[^{{}}]*+\}}",
        rf"value{GAP}(?P<secret>{_QUOTED}|\S++)",
    ),
    _below(
        "snmp-server vrf",
        r"snmp-server vrf\b",
        rf"^[+-]?[ \t]*+host{GAP}\S++{GAP}(?:traps?|informs?){GAP}(?:version{GAP}(?:1|2c){GAP})?(?!version\b){STORED}(?P<secret>\S++)",
    ),
    _below(
        "mac security", r"mac security[ \t\r]*+$", rf"^[+-]?[ \t]*+license{GAP}\S++{GAP}(?P<secret>\S++)(?=[ \t\r]*+$)"
    ),
    _section(
        '_community"',
        r"\"SNMP_(?:SERVER_)?COMMUNITY\"\s*+:\s*+\{(?:[^{}]|\{[^{}]*+\})*+\}?",
        r"\"(?!SNMP_(?:SERVER_)?COMMUNITY\")(?P<secret>[^\"\n]++)\"(?=\s*+:\s*+\{)",
    ),
    _section(
        "ntp_key",
        r"\"NTP_KEY\"\s*+:\s*+\{(?:[^{}]|\{[^{}]*+\})*+\}?",
        r"\"value\"\s*+:\s*+(?P<secret>\"[^\"\n]*+\")",
    ),
    _section(
        "community",
        r"\"(?:[\w-]++:)?community(?:-config)?\"\s*+:\s*+\[(?:[^\[\]]|\[[^\[\]]*+\])*+\]",
        r"(?:\"name\"\s*+:\s*+\"[^\"\n]*+\"\s*+,\s*+\"members\")|\"name\"\s*+:\s*+(?P<secret>\"[^\"\n]*+\")",
    ),
    _section(
        "/container envs",
        r"^/container[ /]envs\b[^\n]*+\n(?:(?!/)[^\n]*+(?:\n|\Z))*+",
        rf"(?<=[ \t])value=(?P<secret>{_QUOTED}|\S++)",
    ),
    _below(
        "server",
        "(?:radius|tacacs|ldap) server|(?:radius|tacacs|aaa)-server|crypto isakmp client configuration group",
        rf"^[+-]?[ \t]*+key{GAP}(?P<secret>\d++)(?=[ \t\r]*+$)",
    ),
    _below(
        "hsrp",
        r"hsrp \d++",
        rf"^[+-]?[ \t]*+authentication{GAP}(?!md5{GAP}|text{GAP}){STORED}(?P<secret>\S++)(?=[ \t\r]*+$)",
    ),
    _section(
        "/snmp community",
        r"^/snmp community[ \t\r]*+\n(?:(?!/)[^\n]*+(?:\n|\Z))*+",
        rf"(?<=[ \t])name=(?P<secret>{_QUOTED}|\S++)",
    ),
)

LINES: tuple[Rule, ...] = (
    rule("/snmp", rf"/snmp{GAP}community{GAP}(?:add|set)\b[^\n]{{0,300}}?[ \t]name=(?P<secret>{_QUOTED}|[^\s;]++)"),
    rule("set-key", rf"set-key{GAP}ascii{GAP}{STORED}{_REST}"),
    # Nothing but the word and the secret, which may hold blanks; `key 1` is the number of a key.
    rule(
        "pass secret key enable",
        rf"^[+-]?[ \t]*+(?:(?:enable{GAP}(?:algorithm-type{GAP}\S++{GAP})?)?(?:password|passwd|secret|passphrase){GAP}"
        rf"{SENTENCE}{SETTING}|(?:key-string|key(?!{GAP}\d++;?+[ \t\r]*+$|{GAP}[{{]|{GAP}\w++{GAP}[{{07])){GAP}"
        rf"(?!fingerprint[ \t]*+[:i]|[\"']?[\w./-]{{1,200}}\.(?:key|pem|crt)\b|(?:generate|chain|config-key|zeroize|param|import|export|pubkey-chain|client|server)\b|"
        rf"\d++{GAP}(?:secret|start-time|algorithm)\b)){STORED}{_REST}",
    ),
    rule(
        "set key",
        rf"{_START}set{GAP}key{GAP}(?!\"(?:X-[\w-]++|Authorization|Cookie|Content-Type)\"|\[){STORED}{_VALUE}",
    ),
    *lines(CONFIG_WORDS, "", _VALUE, _START),
    *lines(WORDS, "", _VALUE, _START),
    *lines(PASSWORDS, SETTING, _VALUE, _START),
    *lines(CONFIG_ENDINGS, SETTING, _VALUE, r"(?<![^\s\w+-])"),
    rule("trap-group", rf"set{GAP}snmp{GAP}trap-group{GAP}{_VALUE}"),
    rule("cak= ckn=", rf"(?<=\s)c[ak][kn]=(?P<secret>{MARKED}|{_VALUE[11:-1]})"),
    rule("## secret-data", r"(?P<secret>\"(?:[^\"\\\n]|\\.)*+\"|(?<![^\s])[^\s\";{}#]++)(?=;?[ \t}]*+## SECRET-DATA)"),
)
IN_CONFIGS = Table(LINES + RULES)
# Words of people: only the rules for any text hold in such a line.
PROSE = re.compile(
    r"[ \t]*+(?:set[ \t]++)?(?:snmp(?:-server)?[ \t]++|access-list[ \t]++\S++[ \t]++)?(?:description|remark|alias|banner|comments?|location|contact|message)\b",
    re.IGNORECASE,
)
