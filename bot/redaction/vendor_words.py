"""The words that stand before a secret in the configs of devices: facts only, compiled in `bot.redaction.rules`.

The platforms: IOS, IOS-XE, IOS-XR, NX-OS, ASA, EOS, JunOS, FortiOS, PAN-OS, Huawei VRP, Comware,
RouterOS. An entry is the hints of its rule and a pattern in which a space is any gap.
"""

from __future__ import annotations

# How a secret is stored, if something follows: type 7, encrypted, md5, ENC, the number of a key; and what is no secret:
# brackets, signs.
STORED = (
    r"(?:(?:\d|10|8a|level[ \t]++\d{1,2}|\d{1,10}(?=[ \t]++(?:md[57]|sha|hmac|cipher|simple|plain|encrypted|clear|key))|"
    r"encrypted|hash(?:ed)?|(?:irreversible-)?cipher|simple|plain(?:-?text)?|clear(?:-?text)?|ascii(?:-text)?|"
    r"hex(?:adecimal)?|md[57]|sha-?\d*|hmac-[\w-]+|password6?|pass-?phrase|usual|nonstandard|text|local|remote|ENC)"
    r"[ \t]++(?=\S)){0,4}+(?![\[\]{}();|:=>]++(?:[ \t\r;]|$))"
)
# What may stand where a secret would: the rest of a sentence and, after "password", a setting.
SENTENCE = r"(?!(?:for|is|was|are|has|must|not|and|or|of|in|on|to|the|will|cannot|failed)[ \t]++[a-z])"
SETTING = (
    r"(?!(?:disable|inheritance-disable|required|strength-check|complexity-check|verify|common|mandatory|authentication|"
    r"keyboard)[ \t\r;]*+$|(?:policy|encryption|encryption-key|minimum|minimum-length|min-length|min-password-len|"
    r"max-length|history|expire|alert|complexity|lifetime|option|fallback|change-type|change-offline|keyboard|publickey|key-chain|"
    r"keychain|common|default|peer|authentication|mode|name|role)[ \t]++\S)"
)

Entry = tuple[str, str]

_SNMP_HOST = (
    r"snmp-server host (?:[\w-]++ (?=\d++\.))?+\S++(?: vrf \S++)?+(?: (?:traps?|informs?|poll))?+"
    r"(?: version (?:1|2c|3 \w++))?+(?: community)?+(?! (?:use-vrf|source-interface|filter-vrf|udp-port|version)\b)"
)
_KEY = (
    r"(?:key-string|(?:authentication|message-digest|pre-?shared|shared|encryption|privacy|server|auth)-key|"
    r"(?:isakmp|failover) key)(?! (?:address|hostname|key|cak|ckn|common|key-chain|keychain|\d++ type)\b)"
)

# Distinct enough for any text; a `SETTING` may follow the first.
PASSWORDS: tuple[Entry, ...] = (
    ("enable", r"enable (?:algorithm-type \S++ )?(?:secret|password)"),
    ("username", r"username \S++[^\n]{0,120}?\s(?:password|secret)"),
    ("password", r"(?:user|neighbor|peer|sent-username|ip ftp|ip http client|ppp chap|isis) (?:\S++ )?password"),
    ("-password", r"(?:area|domain|lsp|hello|encrypted|plain-text|authentication|privacy|auth|priv|simple)-password"),
    (
        "set",
        r"set (?!(?:save|reuse|change)-)[\w-]*?(?:passwd|password|passphrase|secret|psk|pwd|-pass|-token)(?:-remote|-l[12]|\d)?",
    ),
)
WORDS: tuple[Entry, ...] = (
    ("super", r"super password role \S++"),
    ("-secret", r"(?:shared|radius|tacacs|client|chap)-secret"),
    # --- SNMP
    ("commun", r"snmp(?:-server)? community"),
    ("commun", r"snmp-agent community(?! complexity-check)(?: (?:read|write)(?= \S))?"),
    ("snmp-server", _SNMP_HOST),
    (
        "auth",
        r"(?:auth|authentication(?:-mode)?) (?:md5|sha(?:-?\d++)?(?: (?:224|256|384|512))?+|text)(?!(?: \d++)? key)",
    ),
    ("priv", r"priv(?:acy(?:-mode)?)? (?:3?des|aes)(?:-?\d++)?(?: (?:128|192|256|56|168))?"),
    # --- keys
    ("key", _KEY),
    ("wpa-psk", "wpa-psk"),
    ("pre-shared", r"pre-shared-key (?:(?:address|hostname) \S++ (?:[\d.]++ )?)?key"),
    ("key", r"(?:tacacs|radius|server-private)[^\n]{0,200}?\skey"),
)

# These would tear ordinary sentences apart, so they hold for the lines of a config only. The first may end a longer word.
CONFIG_ENDINGS: tuple[Entry, ...] = (
    (
        "pass secret",
        r"(?<!md5-)(?<!save-)(?<!reuse-)(?<!change-)(?:passw(?:or)?d|pass-?phrase|secret)(?:-remote|-l[12]|\d)?",
    ),
    ("pwd psk common-pw", r"(?<!wpa2-)(?<!wpa3-)(?:pwd|psk|common-pw)(?! (?:pass-phrase|set-key)\b)"),
    ("-community", r"rf-switch snmp-community"),
    ("community-", r"community-(?:name|string)"),
    (
        "key",
        r"(?:shared|auth|hello-authentication|secret|access|api|wpa|md5|ddns|private|master|license)-?key(?: \d++)?(?! (?:address|hostname|key|c[ak][kn])\b)",
    ),
    ("mpls", r"mpls ldp password (?:fallback|option \d++ for \S++)(?! key-chain)"),
    ("password", r"password peer \S++"),
    ("md5-password", r"md5-password (?:cipher|plain) \S++(?= \S)"),
)
CONFIG_WORDS: tuple[Entry, ...] = (
    ("commun", r"snmptrap[^\n]{0,200}? community"),
    ("commun", r"community-map"),
    ("commun", r"set community(?= \")"),
    ("rmon", r"rmon event \S++[^\n]{0,80}? trap"),
    ("securityname", r"securityname"),
    ("snmp-server", r"snmp-server user [^\n]{0,200}? priv(?: (?:3?des|aes)(?:-?\d++)?(?: (?:128|192|256))?+)?+"),
    ("usm-user", r"usm-user [^\n]{0,200}? authentication-mode [\w-]++"),
    ("usm-user", r"usm-user [^\n]{0,200}? privacy-mode [\w-]++"),
    ("authentication", r"(?:area-|domain-)?authentication-mode (?:md5|simple|hmac-[\w-]++)"),
    ("authentication", r"authentication-keyid \d++ authentication-mode [\w-]++"),
    ("authentication", r"authentication key(?: eigrp \d++)?"),
    ("authentication", r"nhrp authentication"),
    ("authentication", r"authentication manager \S++"),
    ("authentication", r"authentication mode hmac-[\w-]++"),
    ("authentication", r"(?:standby|vrrp|glbp)(?: \d++)?+(?: peer)?+ authentication(?! (?:(?:ietf-)?md5|text)\b)"),
    ("authentication", r"(?:text-authentication|ssh authentication publickey)"),
    ("authentication", r"authentication-key \d++ (?:type \S++ value|md5|(?:hmac-)?sha[\w-]*)"),
    ("key phash cak ckn", r"(?:authkey|enckey|keytab|phash|key-octet-string|ckn|cak)"),
    ("public-key", r"set [^\n]{0,200}? public-key"),
    ("token", r"set (?:[^\n]{0,200}? )?token(?! (?:enable|disable|yes|no|none|read-only)\b)"),
    ("tls", r"tls key"),
    ("key", r"(?:key-hash|config-key) [\w-]++"),
    ("key", r"key (?:0|[5-9]|8a|10)(?! (?:prefer|source|version|iburst)\b)"),
    ("key", r"key [0-9a-f]++ (?:0|7|8a)"),
    ("key", r"(?:set-)?key(?= (?:ascii(?:-text)?|hexadecimal|cipher|simple|plain) )"),
    ("sap pmk", r"sap pmk"),
    ("key", r"(?:md5|sha\d*)(?: \d++)? key"),
    ("key", r"set (?:key|[^\n]{0,200}? (?:keys|encryption|pre-shared-key|\d++) key)"),
    ("string-key -hex", r"(?:string-key|authentication-hex|encryption-hex) \w+ \w+"),
    ("session-key", r"session-key \w++ ah \d++"),
    ("session-key", r"session-key [^\n]{0,60}? cipher"),
    ("session-key", r"session-key [^\n]{0,300}? authenticator"),
    ("ipsec", r"ipsec spi \d++ esp [\w-]++(?: (?:128|192|256))?+"),
    ("ipsec", r"ipsec spi [^\n]{0,300}? (?:md5|sha1)"),
    ("encryption key", r"encryption key \d++ size \w++"),
    ("aaa-server", r"aaa-server \S++ \([^)\s]++\) host \S++(?! (?:timeout|key)\b)"),
    ("enc", r"(?-i:ENC)"),
)
