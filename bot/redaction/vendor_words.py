"""The words that stand before a secret in the configs of devices: facts only, compiled in `bot.redaction.rules`.

The platforms: IOS, IOS-XE, IOS-XR, NX-OS, ASA, EOS, JunOS, FortiOS, PAN-OS, Huawei VRP, Comware,
RouterOS. An entry is the hints of its rule and a pattern in which a space is any gap.
"""

from __future__ import annotations

# How a secret is stored, if something follows: type 7, encrypted, md5, ENC, the number of a key; and what is no secret:
# brackets, signs.
STORED = (
    r"(?:(?:\d|10|8a|(?:level|index)[ \t]++\d{1,3}|\d{1,10}(?=[ \t]++(?:md[57]|sha|hmac|cipher|simple|plain|encrypted|clear|key))|"
    r"encrypted|hash(?:ed)?|(?:irreversible-)?cipher(?:text)?|localized-key|simple|plain(?:-?text)?|clear(?:-?text)?|ascii(?:-text)?|"
    r"hex(?:adecimal)?|md[57]|sha-?\d*|(?:hmac|cmac)-[\w-]+|password6?|pass-?phrase|usual|nonstandard|text|local|remote|ENC)"
    r"[ \t]++(?=\S)){0,4}+(?![\[\]{}();|:=>]++(?:[ \t\r;]|$))"
)
# What may stand where a secret would: the rest of a sentence and, after "password", a setting.
SENTENCE = r"(?!(?:for|is|was|are|has|must|not|and|or|of|in|on|to|the|will|cannot|failed)[ \t]++[a-z<])"
SETTING = (
    r"(?!(?:disable|inheritance-disable|required|secure-mode|strength-check|complexity-check|verify|common|mandatory|authentication|"
    r"keyboard|keyboard-interactive|public-?key|multi-factor|restriction|set|complexity)[ \t\r;]*+$|required,[ \t]|(?:manager|operator)[ \t]++(?:user-name|sha1|sha256|plaintext)\b|rule[ \t]++\d|"
    r"[\"']?/[\w./-]{1,200}\.(?:key|pem|crt)\b|(?:(?:tacplus|radius|ldap|local)[ \t]++){1,3}\]|required[ \t]++for[ \t]|(?:permit|deny|destination)[ \t]++\S|"
    r"(?:\d{1,3}\.){3}\d{1,3}[ \t]++\S|\d[ \t]++[0-9a-f]++[ \t]++[0-9a-f]++[ \t]++\d++[ \t]++[0-9a-f<]|key[ \t]{3,}\S|(?:minimum|maximum)-[a-z-]++[ \t]++\S|"
    r"(?:format|profile|policy|encryption|encryption-key|minimum|minimum-length|min-length|min-password-len|"
    r"max-length|history|expire|alert|complexity|lifetime|option|fallback|change-type|change-offline|keyboard|publickey|key-chain|"
    r"keychain|rollover|shared-secret[ \t]++profile|common|configuration|default|peer|authentication|mode|name|role)[ \t]++\S)"
)

Entry = tuple[str, str]

_SNMP_HOST = (
    r"snmp-server host (?:[\w-]++ (?=\d++\.))?+\S++(?: vrf \S++)?+(?: (?:traps?|informs?|poll)(?= ))?+"
    r"(?: version v?(?:1|2c)(?= ))?+(?: community(?= ))?+(?! (?:use-vrf|source-interface|filter-vrf|udp-port|version)\b)"
)
_KEY = (
    r"(?<!method=)(?:key-string|(?:authentication|message-digest|pre-?shared|shared|encryption|privacy|server|auth)-key|"
    r"(?:isakmp|failover) key)(?! (?:address|hostname|key|cak|ckn|common|key-chain|keychain|\d++ (?:type|key))\b)"
)

# Distinct enough for any text; a `SETTING` may follow the first.
PASSWORDS: tuple[Entry, ...] = (
    ("enable", r"enable (?:algorithm-type \S++ )?(?:secret|password)"),
    ("username", r"username \S++[^\n]{0,120}?\s(?:password|secret)"),
    ("password", r"(?:user|neighbor|peer|sent-username|ip ftp|ip http client|ppp chap|isis) (?:\S++ )?password"),
    (
        "-password",
        r"(?:area|domain|lsp|hello|encrypted|plain-text|authentication|privacy|auth|priv|simple)-password(?:-value)?",
    ),
    (
        "set",
        r"set (?!(?:save|reuse|change)-|secure-password enable\b)[\w-]*?(?:passwd|password|passphrase|secret|psk|pwd|-pass|-token)(?:-remote|-l[12]|\d)?",
    ),
)
WORDS: tuple[Entry, ...] = (
    ("super", r"super password role \S++"),
    ("-secret", r"(?<!openvpn\x20)(?:shared|radius|tacacs|client|chap)-secret(?! profile \S)"),
    # --- SNMP
    (
        "commun",
        r"snmp(?:-server)? community(?: string(?! (?:ro|rw|view|\d++)\b)(?= \S))?+(?! (?:add|set|print|remove|export|accessmode|mode|ipaddr|create|delete) \S)",
    ),
    ("commun", r"snmp community (?:accessmode r[ow]|mode (?:enable|disable)|create|delete)"),
    ("commun", r"snmp community ipaddr \S++ \S++"),
    ("commun", r"snmp-agent community(?! complexity-check)(?: (?:read|write)(?= \S))?"),
    ("snmp-server", _SNMP_HOST),
    (
        "auth",
        (
            r"(?:auth|authentication(?:-mode)?) (?:md5|sha(?:-?\d++)?(?: (?:224|256|384|512)(?= ))?+|text)"
            r"(?!(?: \d++)? (?:key(?:-string|-chain|-value|-id)?|keychain|start-time) \S| (?:auth-pass|auth-encrypted|localized-key) \S)"
        ),
    ),
    (
        "priv",
        r"priv(?:acy(?:-mode)?)? (?:encrypted )?(?:3?des|aes)(?:-?\d++)?(?: (?:128|192|256|56|168))?(?! (?:priv-pass|privacy-encrypted|localized-key) \S)",
    ),
    (
        "auth-pass priv-pass auth-encrypted privacy-encrypted",
        r"(?:(?:auth|priv)-pass|(?:auth|privacy)-encrypted|(?:auth|privacy)-pass-phrase-hashed)",
    ),
    # --- keys
    ("key", _KEY),
    ("wpa-psk", "wpa-psk"),
    ("pre-shared", r"pre-shared-key (?:(?:address|hostname) \S++ (?:[\d.]++ )?)?key"),
    ("key", r"(?:tacacs|radius|server-private)[^\n]{0,200}?\skey(?! (?:(?:mismatch|missing|invalid)\b|chain \S))"),
)

# These would tear ordinary sentences apart, so they hold for the lines of a config only. The first may end a longer word.
CONFIG_ENDINGS: tuple[Entry, ...] = (
    (
        "pass secret",
        r"(?=[ps])(?<!md5-)(?<!save-)(?<!reuse-)(?<!change-)(?<!secure-(?=password enable\b))(?<!prompt-)(?<!strong)(?<!mgmtuser\x20)(?<!openvpn\x20shared-)(?:passw(?:or)?d|pass-?phrase|secret)(?:-remote|-l[12]|\d)?",
    ),
    (
        "pwd psk common-pw",
        r"(?=[pc])(?<!wpa2-)(?<!wpa3-)(?<!strong-)(?:pwd|psk|common-pw)(?! (?:(?:pass-phrase|set-key|no-show)\b|(?:enable|disable) \d| \S++ (?:secret|id) |\S++ (?:secret|id) ))",
    ),
    ("-community", r"rf-switch snmp-community"),
    ("community-", r"community-(?:name|string)"),
    (
        "key",
        r"(?=[adehlmpsvw])(?<!=pre-)(?:shared|auth|priv|hello-authentication|secret|access|api|wpa|md5|ddns|private|master|license|encrypted|virtual-controller)-?key(?: \d++)?(?! (?:address|hostname|key|c[ak][kn]|enable)\b)",
    ),
    ("mpls", r"mpls ldp password (?:fallback|option \d++ for \S++)(?! key-chain \S)"),
    ("password", r"password peer \S++"),
    ("md5-password", r"md5-password (?:cipher|plain) \S++(?= \S)"),
)
CONFIG_WORDS: tuple[Entry, ...] = (
    ("commun", r"snmptrap[^\n]{0,200}? community"),
    ("commun", r"community-map"),
    ("commun", r"set community(?= \")"),
    ("rmon", r"rmon event \S++[^\n]{0,80}? trap"),
    ("securityname", r"securityname"),
    (
        "snmp-server",
        r"snmp-server user [^\n]{0,200}? priv(?: encrypted(?= ))?+(?: (?:3?des|aes)(?:-?\d++)?(?: (?:128|192|256)(?= ))?+(?= ))?+",
    ),
    ("usm-user", r"usm-user [^\n]{0,200}? authentication-mode [\w-]++"),
    ("usm-user", r"usm-user [^\n]{0,200}? privacy-mode [\w-]++"),
    (
        "authentication",
        r"(?:area-|domain-)?authentication-mode (?:md5|simple|hmac-[\w-]++)(?! (?:key-value|keychain) )",
    ),
    ("authentication", r"authentication-keyid \d++ authentication-mode [\w-]++"),
    ("authentication", r"authentication key(?: eigrp \d++)?(?! management\b)"),
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
    ("key", r"key (?:0|[5-9]|8a|10)(?! (?:prefer|source|version|iburst|secret|start-time|algorithm|options)\b)"),
    ("key", r"key [0-9a-f]++ (?:0|7|8a)"),
    ("key", r"(?:set-)?key(?= (?:ascii(?:-text)?|hex(?:adecimal)?|cipher(?:text)?|simple|plain(?:text)?) )"),
    ("sap pmk", r"sap pmk"),
    ("key", r"(?:md5|sha\d*)(?: \d++)? key(?! \d++ secret )"),
    ("key", r"set (?:key|[^\n]{0,200}? (?:keys|encryption|pre-shared-key|\d++) key)"),
    ("string-key -hex", r"(?:string-key|authentication-hex|encryption-hex) \w+ \w+"),
    ("session-key", r"session-key \w++ ah \d++"),
    ("session-key", r"session-key [^\n]{0,60}? cipher"),
    ("session-key", r"session-key [^\n]{0,300}? authenticator"),
    ("ipsec", r"ipsec spi \d++ esp [\w-]++(?: (?:128|192|256)(?= ))?+"),
    ("ipsec", r"ipsec spi [^\n]{0,300}? (?:md5|sha1)"),
    ("encryption key", r"encryption key \d++ size \w++"),
    ("aaa-server", r"aaa-server \S++ \([^)\s]++\) host \S++(?! (?:timeout|key)\b)"),
    ("enc", r"(?-i:ENC)"),
    # --- IOS and IOS-XE
    ("pre-share", r"(?:local|remote) pre-?share key"),
    ("mab", r"mab request format attribute 2"),
    ("environment", r"event manager environment \w*?(?:pw|pass|secret|token|communit)\w*+"),
    ("user-pin", r"user-pin"),
    ("idtoken", r"idtoken"),
    ("token", r"token(?= [0-9A-F]{32,}\s*+$)"),
    ("pin", r"pin(?= \d{4,16}\s*+$)"),
    ("profile create", r"profile create \d++ \S++ (?:pap|chap|pap_chap) \S++"),
    ("sim", r"lte sim (?:unlock|lock|change-pin)"),
    ("encryptedstrings", r"encryptedStrings \S++ \S++"),
    # --- NX-OS, EOS, JunOS, VRP
    ("hello-auth", r"hello-authentication ah-md5"),
    ("msdp", r"msdp password (?!peer )\S++(?= \S)"),
    ("wpa-personal", r"wpa-personal key"),
    ("pin", r"pin verify(?: auto)?"),
    ("auth-code", r"auth-code"),
    # --- Nokia, VyOS, FRR, Cumulus
    ("commun", r"community(?= (?:\"[^\"\n]++\"|\S++) (?:hash2? )?(?:r|rw|rwa|mgmt|vpls-mgmt) version )"),
    ("usm-community", r"usm-community"),
    ("private", r"pki \S++ \S++ private key"),
    ("api keys", r"api keys id \S++ key"),
    ("shared-secret", r"openvpn shared-secret \S++ key"),
    ("otp", r"otp key"),
    ("commun", r"trap-target \S++ community"),
    ("commun", r"notify-community"),
    ("authentication", r"authentication hash (?:md5|sha\S*+)"),
    ("privacy", r"privacy (?:3?des|aes)\S*?-key"),
    ("entry", r"entry \d++ key(?= (?:\"[^\"\n]++\"|\S++) (?:hash2?|algorithm)\b)"),
    ("authentication-key", r"authentication-key \d++ key"),
    ("cisco-auth", r"cisco-authentication"),
    ("string", r"rip authentication string"),
    ("sha-key md5-key", r"(?:sha|md5)-key \d++ (?:sha\S*+|md5)"),
    ("commun", r"snmp-server (?:readonly|readwrite|trap)-community"),
    # --- NetScaler, AireOS, ArubaOS
    ("-pass -rad -secret", r"-(?:passcrypt|password|radKey|secret|ldapBindDnPassword)"),
    ("v3user", r"snmp v3user create \S++ (?:ro|rw) \S++ \S++"),
    ("v3user", r"snmp v3user create \S++ (?:ro|rw) \S++ \S++ \S++"),
    ("radius tacacs", r"(?:radius|tacacs) (?:auth|acct|athr) add \d++ \S++ \d++ (?:ascii|hex)"),
    ("mgmtuser", r"mgmtuser add (?!encrypt |username )\S++(?= \S++ (?:read-write|read-only|lobby-admin)\b)"),
    ("netuser", r"netuser add \S++(?= \S++ (?:wlan|guest-lan|userType|description)\b)"),
    ("mgmtuser", r"mgmtuser password \S++"),
    ("mgmtuser", r"mgmtuser add encrypt \S++ \d++ \S++ \S++ \d++"),
    ("static-wep-key", r"static-wep-key encryption \d++ \d++"),
    ("-communityname", r"-communityName"),
    ("encrypt", r"(?:auth|acct) add encrypt [^\n]{0,99}? password \d \S++ \S++ \d++"),
    ("ipsec", r"(?:masterip|localip|peer-ip-address) \S++ ipsec"),
    # --- EXOS, VOSS, ICX, Gaia, A10, SAOS
    ("commun", r"snmp add community (?:readonly|readwrite)"),
    ("commun", r"trapreceiver \S++ community"),
    ("authentication", r"authentication encrypted (?:md5 \d++|simple-password)"),
    ("account", r"account (?:(?:admin|user) )?\S++ encrypted"),
    ("-encrypted", r"(?:(?:auth|privacy)-password|preshared-key)-encrypted"),
    ("bind-pw", r"bind-pw"),
    ("commun", r"community-entry \S++ community"),
    ("commun", r"snmpv3 add community"),
    ("commun", r"snmpv3 add community \S++(?: encrypted)?+ name"),
    ("ntp key", r"ntp key \d++ md5"),
    ("commun", r"traps receiver \S++ version \S++ community"),
    ("authtype", r"authtype simple(?! password )"),
    ("password-hash", r"(?:expert-|grub2-)?password-hash"),
    ("password", r"password (?:manager|operator)(?: user-name \S++)?+(?= (?:sha1|sha256|plaintext) )"),
    ("key-value", r"key-value"),
    ("snmp-server", r"snmp-server user \S++ group \S++ (?:md5|sha\d*)"),
    ("snmp-server", r"snmp-server user \S++ group \S++ (?:md5|sha\d*) \S++ (?:3?des|aes\d*)"),
    ("key-id", r"md5-authentication key-id \d++ key(?: \d)?"),
    ("secret", r"authtype md5 key \d++ secret"),
    ("commun", r"community (?:read|write)(?= encrypted \S)"),
    ("commun", r"community-index \S++ community"),
)
