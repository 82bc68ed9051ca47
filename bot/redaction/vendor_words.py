"""The words that stand before a secret in the configs of devices: facts only, compiled in `bot.redaction.rules`.

The platforms: IOS, IOS-XE, IOS-XR, NX-OS, ASA, EOS, JunOS, FortiOS, PAN-OS, Huawei VRP, Comware,
RouterOS. An entry is the hints of its rule and a pattern in which a space is any gap.
"""

from __future__ import annotations

# How a secret is stored, if something follows: type 7, encrypted, md5, ENC, the number of a key; and what is no secret:
# brackets, signs.
STORED = (
    r"(?:(?:\d|10|8a|(?:level|index)[ \t]++\d{1,3}|\d{1,10}(?=[ \t]++(?:md[57]|sha|hmac|cmac|cipher|simple|plain|encrypted(?!-)|clear|key))|"
    r"encrypted|hash(?:ed)?|(?:irreversible-)?cipher(?:text)?|localized-key|simple|plain(?:-?text(?:-password)?)?|clear(?:-?text)?|ascii(?:-text)?|"
    r"hex(?:adecimal)?|md[57]|sha-?\d*|(?:hmac|cmac)-[\w-]+|cmac|password6?|pass-?phrase|usual|nonstandard|rfc\d{4}|text|local|remote|ENC|"
    r"accept(?=[ \t]++(?:encrypted|clear)[ \t])|required(?=[ \t]++\d[ \t])|"
    r"(?:authentication|authorization|accounting)(?=[ \t]++(?:cipher|simple)[ \t]))"
    r"[ \t]++(?=\S)){0,4}+(?!encrypt[ \t]++\d[ \t]++[0-9a-f]++[ \t])(?![\[\]{}();|:=>]++(?:[ \t\r;]|$))"
)
# What may stand where a secret would: the rest of a sentence and, after "password", a setting.
SENTENCE = r"(?!(?:for|is|was|are|has|must|not|and|or|of|in|on|to|the|will|cannot|failed|incorrect|expired|mismatch|missing)[ \t]++[a-z<])"
SETTING = (
    r"(?!(?:disable|inheritance-disable|required|secure-mode|strength-check|complexity-check|verify|common|mandatory|authentication|"
    r"keyboard|keyboard-interactive|public-?key|hash[ \t]++(?:md5|sha\d*+)|multi-factor|restriction|set|complexity|none|expired|missing|mismatch|incorrect|ipsec-preshared-key|auto-generate|configuration-control)[ \t\r;]*+$|required,[ \t]|(?:manager|operator)[ \t]++(?:user-name|sha1|sha256|plaintext)\b|rule[ \t]++\d|"
    r"[\"']?/[\w./-]{1,200}\.(?:key|pem|crt)\b|(?:(?:tacplus|radius|ldap|local)[ \t]++){1,3}\]|required[ \t]++for[ \t]|(?:permit|deny|destination)[ \t]++\S|"
    r"(?:\d{1,3}\.){3}\d{1,3}[ \t]++\S|(?:add|set|remove|print|export)[ \t]++[\w.-]++=|\d[ \t]++[0-9a-f]++[ \t]++[0-9a-f]++[ \t]++\d++[ \t]++[0-9a-f<]|key[ \t]{3,}\S|(?:minimum|maximum)-[a-z-]++[ \t]++\S|"
    r"(?:format|profile|policy|encryption|encryption-key|minimum|minimum-length|min-length|min-password-len|"
    r"max-length|history|expire|alert|complexity|lifetime|option|fallback|change-type|change-offline|keyboard|publickey|key-chain|"
    r"keychain|rollover|shared-secret[ \t]++profile|value|color|protocol|min-len|complexity-check|prompting-only|common|configuration|default|peer|authentication|mode|name|role)[ \t]++\S)"
)

Entry = tuple[str, str]

_SNMP_HOST = (
    r"snmp-server host (?:[\w-]++ (?=\d++\.))?+\S++(?: vrf \S++)?+(?: (?:traps?|informs?|poll)(?= ))?+"
    r"(?: version v?(?:1|2c)(?= ))?+(?: community(?= ))?+(?! (?:use-vrf|source-interface|filter-vrf|udp-port|version)\b)"
)
_KEY = (
    r"(?<!method=)(?<!tls\x20)(?:key-string|(?:(?:encrypted-)?authentication|message-digest|pre-?shared|shared|encryption|privacy|server|auth)-key(?:-cipher)?|"
    r"(?:isakmp|failover) key)(?! (?:address|hostname|key|cak|ckn|common|key-chain|keychain|\d++ (?:type|key|value|encryption-type|c[ak][kn]))\b)"
)

# Distinct enough for any text; a `SETTING` may follow the first.
PASSWORDS: tuple[Entry, ...] = (
    ("enable", r"enable (?:algorithm-type \S++ )?(?:secret|password)"),
    ("username", r"username \S++[^\n]{0,120}?\s(?:password|secret)"),
    (
        "password",
        r"(?:(?:local-)?user|neighbor|peer|sent-username|ip ftp|ip http client|ppp chap|isis) (?:\S++ )?password",
    ),
    (
        "-password",
        r"(?:area|domain|lsp|hello|encrypted|plain-text|authentication|privacy|auth|priv|simple)-password(?:-value)?",
    ),
    (
        "set",
        r"set (?!(?:save|reuse|change)-|(?:secure|ssh)-password enable\b|admin-ssh-password (?:en|dis)able\b)[\w-]*?(?:passwd|password|passphrase|secret|psk|pwd|-pass|auth-string|-token(?! (?:enable|dynamic)\b))(?:-remote|-l[12]|\d)?",
    ),
)
WORDS: tuple[Entry, ...] = (
    ("super", r"super password role \S++"),
    ("-secret", r"(?<!openvpn\x20)(?:shared|radius|tacacs|client|chap)-secret(?! profile \S)"),
    # --- SNMP
    (
        "commun",
        r"snmp(?:-server)? community(?: community-name(?= ))?+(?: string(?! (?:ro|rw|view|\d++)\b)(?= \S))?+(?! (?:(?:add|set|print|remove|export|accessmode|mode|ipaddr|create|delete) \S|replace (?!r[ow]\b)\S++ \S++\s*+$))",
    ),
    ("commun", r"snmp community (?:accessmode r[ow]|mode (?:enable|disable)|create|delete)"),
    ("commun", r"snmp community ipaddr \S++ \S++"),
    ("commun", r"snmp-agent community(?! complexity-check)(?: (?:read|write)(?= \S))?"),
    ("snmp-server", _SNMP_HOST),
    (
        "auth",
        (
            r"(?:auth|authentication(?:-mode)?) (?:md5|sha(?:-?\d++)?(?: (?:224|256|384|512)(?= ))?+|text)"
            r"(?!(?: \d++| encrypted)? (?:(?:hex-|ascii-|encrypted-)?key(?:-string|-chain|-value|-id)?|keychain|start-time) \S| (?:auth-pass|auth-encrypted|localized-key) \S)"
        ),
    ),
    (
        "priv",
        r"priv(?:acy(?:-mode)?)? (?:encrypted )?(?:3?des|aes)(?:-?\d++)?(?: (?:128|192|256|56|168)(?= ))?+(?! (?:priv-pass|privacy-encrypted|localized-key) \S)",
    ),
    (
        "auth-pass priv-pass auth-encrypted privacy-encrypted",
        r"(?:(?:auth|priv)-pass|(?:auth|privacy)-encrypted|(?:auth|privacy)-pass-phrase-hashed)",
    ),
    # --- keys
    ("key", _KEY),
    ("wpa-psk", "wpa-psk"),
    ("pre-shared", r"pre-shared-key (?:(?:address|hostname) \S++ (?:[\d.]++ )?)?key"),
    # --- commands and options
    ("commun", r"snmp (?:add|delete) community (?:readonly|readwrite)(?! all\b)"),
    ("newpass new-key new-secret", r"(?:newpass|new-(?:key|secret))"),
    ("create account", r"create account (?:admin|user) (?:\"[^\"\n]*+\"|\S++)"),
    ("password", r"password (?:manager|operator)(?: user-name \S++)?+(?= (?:sha1|sha256|plaintext) )"),
    (
        "-pass -rad -secret -ldapbinddnpass -snmpcommunity -keyvalue -activationcode",
        r"-(?:passcrypt|password|radKey|secret|ldapBindDnPassword|snmpCommunity|keyValue|activationCode)",
    ),
    ("psk", r"psk \S++ secret"),
    ("key", r"(?:tacacs|radius|server-private)[^\n]{0,200}?\skey(?! (?:(?:mismatch|missing|invalid)\b|chain \S))"),
)

# These would tear ordinary sentences apart, so they hold for the lines of a config only. The first may end a longer word.
CONFIG_ENDINGS: tuple[Entry, ...] = (
    (
        "pass secret",
        r"(?=[ps])(?<!md5-)(?<!save-)(?<!reuse-)(?<!change-)(?<!secure-(?=password enable\b))(?<!ssh-(?=password enable\b))(?<!prompt-)(?<!strong)(?<!\bno)(?<!mgmtuser\x20)(?<!openvpn\x20shared-)(?:passw(?:or)?d|pass-?phrase|secret)(?:-remote|-l[12]|\d)?",
    ),
    (
        "pwd psk common-pw",
        r"(?=[pc])(?<!wpa2-)(?<!wpa3-)(?<!strong-)(?<!active-)(?:pwd|psk|common-pw)(?! (?:(?:pass-phrase|set-key|no-show|ckn|list|provisioning)\b|(?:enable|disable) \d|\S++ (?:secret|id|secret-type) ))",
    ),
    ("-community", r"rf-switch snmp-community"),
    ("community-", r"community-(?:name|string)"),
    (
        "key",
        r"(?=[adehlmpstvw])(?<!=pre-)(?<!tls\x20)(?:shared|secondary|tertiary|encrypt|plaintext|auth|priv|hello-authentication|secret|access|api|wpa|md5|ddns|private|master|license|encrypted|virtual-controller)-?key(?: \d++(?= \S))?+(?! (?:address|hostname|key|c[ak][kn]|enable|encryption-type|pregenerated)\b)",
    ),
    ("mpls", r"mpls ldp (?:vrf \S++ )?password (?:fallback|option \d++ for \S++)(?! key-chain \S)"),
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
        r"(?:area-|domain-)?authentication-mode (?:md5|simple|hmac-[\w-]++)(?: key-id \d++(?= ))?+(?! (?:key-value|keychain|encrypted-key) )",
    ),
    ("authentication", r"authentication-keyid \d++ authentication-mode [\w-]++"),
    ("authentication", r"authentication key(?: eigrp \d++)?(?! management\b)"),
    ("authentication", r"nhrp authentication"),
    ("authentication", r"authentication manager \S++"),
    ("authentication", r"authentication mode hmac-[\w-]++"),
    ("authentication", r"(?:standby|vrrp|glbp)(?: \d++)?+(?: peer)?+ authentication(?! (?:(?:ietf-)?md5|text)\b)"),
    ("authentication", r"(?:text-authentication|ssh authentication publickey)"),
    ("authentication", r"authentication-key \d++ (?:(?:type \S++ )?value|md5|(?:hmac-)?sha[\w-]*)"),
    ("key phash cak ckn", r"(?:authkey|enckey|(?:\w[\w-]*-)?keytab|phash|key-octet-string|ckn|cak(?:-name)?)"),
    ("public-key", r"set [^\n]{0,200}? public-key"),
    ("token", r"set (?:[^\n]{0,200}? )?token(?! (?:enable|disable|yes|no|none|read-only)\b)"),
    ("tls", r"tls key"),
    ("key", r"(?:key-hash|config-key) [\w-]++"),
    (
        "key",
        r"key (?:0|[5-9]|8a|10)(?! (?:prefer|source|version|i?burst|m(?:in|ax)poll|use-vrf|vrf|local-interface|wep-?\d++|secret|start-time|algorithm|options)\b)",
    ),
    ("key", r"key [0-9a-f]++ (?:0|7|8a)"),
    ("key", r"(?:set-)?key(?= (?:ascii(?:-text)?|hex(?:adecimal)?|cipher(?:text)?|simple|plain(?:text)?) )"),
    ("sap pmk", r"sap pmk(?! use-dot1x\b)"),
    ("key", r"(?:md5|sha\d*)(?: \d++)? key(?! \d++ secret )"),
    ("key", r"set (?:[^\n]{0,200}? (?:keys|encryption|pre-shared-key|\d++) key)(?! \[)"),
    (
        "string-key -hex",
        r"(?:string-key|authentication-hex|encryption-hex|hex-key (?:authentication|encryption)) \w+ \w+",
    ),
    ("session-key", r"session-key \w++ ah \d++"),
    ("session-key", r"session-key [^\n]{0,60}? cipher"),
    ("session-key", r"session-key [^\n]{0,300}? authenticator"),
    ("ipsec", r"ipsec spi \d++ esp [\w-]++(?: (?:128|192|256)(?= ))?+"),
    ("ipsec", r"ipsec spi [^\n]{0,300}? (?:md5|sha1)"),
    ("encryption key", r"encryption key \d++ size \w++"),
    ("aaa-server", r"aaa-server \S++ \([^)\s]++\) host \S++(?! (?:timeout|key)\b)"),
    ("enc", r"(?-i:ENC)(?! -)"),
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
    ("commun", r"(?<!snmpv3\x20)notify-community"),
    ("authentication", r"authentication hash (?:md5|sha\S*+)"),
    ("privacy", r"privacy (?:3?des|aes)\S*?-key"),
    ("entry", r"entry \d++ key(?= (?:\"[^\"\n]++\"|\S++) (?:hash2?|algorithm)\b)"),
    ("authentication-key", r"authentication-key \d++ key"),
    ("cisco-auth", r"cisco-authentication"),
    ("string", r"rip authentication string"),
    ("sha-key md5-key", r"(?:sha|md5)-key \d++ (?:sha\S*+|md5)"),
    ("commun", r"snmp-server (?:read|write|readonly|readwrite|trap)-community"),
    # --- NetScaler, AireOS, ArubaOS
    ("v3user", r"snmp v3user create \S++ (?:ro|rw) \S++ \S++"),
    ("v3user", r"snmp v3user create \S++ (?:ro|rw) \S++ \S++ \S++"),
    ("radius tacacs", r"(?:radius|tacacs) (?:auth|acct|athr) add \d++ \S++ \d++ (?:ascii|hex)"),
    ("mgmtuser", r"mgmtuser add (?!encrypt |username )\S++(?= \S++ (?:read-write|read-only|lobby-admin)\b)"),
    ("netuser", r"netuser add \S++(?= \S++ (?:wlan|guest-lan|userType|description)\b)"),
    ("mgmtuser", r"mgmtuser password \S++"),
    ("mgmtuser", r"mgmtuser add encrypt \S++ \d++ \S++ \S++ \d++"),
    ("static-wep-key", r"static-wep-key encryption \d++(?: \d++)?+"),
    ("-communityname", r"-communityName"),
    (
        "encrypt password secret md5",
        r"(?:encrypt|password|secret|md5) \d [0-9a-f]{2,64} [0-9a-f]{2,64} \d{1,4}(?= \S)",
    ),
    ("ipsec", r"(?:masterip|localip|peer-ip-address) \S++ ipsec"),
    # --- EXOS, VOSS, ICX, Gaia, A10, SAOS
    ("commun", r"trapreceiver \S++ community"),
    ("authentication", r"authentication encrypted (?:md5 \d++|simple-password)"),
    ("account", r"account (?:(?:admin|user) )?\S++ encrypted"),
    ("-encrypted", r"(?:(?:auth|privacy)-password|preshared-key)-encrypted"),
    ("bind-pw", r"bind-pw"),
    ("commun", r"community-entry \S++ community"),
    ("commun", r"snmpv3 add community"),
    ("commun", r"snmpv3 add community \S++(?: encrypted)?+ name"),
    ("ntp key", r"ntp key \d++ (?:md5|sha\d*)"),
    ("commun", r"traps receiver \S++ version \S++ community"),
    ("authtype", r"authtype simple(?! password )"),
    ("password-hash", r"(?:expert-|grub2-)?password-hash"),
    ("key-value", r"key-value"),
    ("snmp-server", r"snmp-server user \S++ group \S++ (?:md5|sha\d*)"),
    ("snmp-server", r"snmp-server user \S++ group \S++ (?:md5|sha\d*) \S++ (?:3?des|aes\d*)"),
    ("key-id", r"md5-authentication key-id \d++ key(?: \d)?"),
    ("secret", r"authtype md5 key \d++ secret"),
    ("commun", r"community (?:read|write)(?= encrypted \S)"),
    ("commun", r"community-index \S++ community"),
    # --- commands and options of several platforms
    ("host-group", r"snmp-server host-group \S++ \S++(?: (?:trap|poll)(?= ))?+ community"),
    ("pkcs12", r"crypto ca (?:import|export) \S++ pkcs12"),
    ("pkcs12", r"crypto pki (?:import|export) \S++ pkcs12 \S++(?! password )"),
    ("des", r"crypto (?:ca|pki) (?:import|export) \S++ pem [^\n]{0,200}?(?<=\x20)3?des"),
    ("-token activation-code", r"(?:(?:auth|id)-token|activation-code)"),
    ("provisioning", r"psk provisioning key(?: \d++(?= [08] \S))?+"),
    ("wep", r"(?:static-)?wep key(?: \d(?= ))?+(?! wep)"),
    ("license", r"license(?= [0-9A-F]{32}\s*+$)"),
    (
        "value",
        r"(?:environment|headers|http-hdr|ddns-vendor-config) [\"']?(?=[\w-]*?(?:pass|pwd|key|token|auth|secret|cookie))[\w-]++[\"']? value",
    ),
    ("scep-challenge", r"scep-challenge fixed"),
    (
        "vlink-peer sham-link",
        r"(?:vlink-peer|sham-link \S++) \S++ (?:[^\n]{0,80}? )?(?:md5|simple|hmac-[\w-]++)(?: \d++(?= ))?+",
    ),
    ("rsvp-te", r"rsvp-te authentication(?= (?:plain|cipher) )"),
    ("md5-authentication", r"md5-authentication \S++(?= (?:plain|cipher) )"),
    ("ipsec", r"ipsec spi [^\n]{0,300}? (?:3?des|aes)(?:-\d++)?(?= (?:hex|plaintext|ciphertext) )"),
    ("commun", r"snmpv3 community index (?:\"[^\"\n]*+\"|\S++) name"),
    ("-key", r"(?:hex|ascii)-key(?! (?:authentication|encryption) )"),
    ("-profile", r"tls (?:server|client)-profile \S++ key"),
    ("set", r"set (?:static::)?\w*_(?:key|token)(?= \")"),
    ("static secondary", r"set [^\n]{0,200}? (?:security static(?: peer \S++)?|config-sync secondary) key"),
    ("localized-key", r"localized-key"),
    ("mac-list", r"mac-list (?:default|\S++(?: \d++)?+)(?= (?:encrypted \S|\"))"),
    ("netlogin", r"netlogin local-user \S++(?! (?:vlan-vsa|security-profile)\b)"),
    ("encrypted-", r"encrypted-(?:auth|cak)"),
    ("pregenerated", r"ssh2 key pregenerated"),
    ("encrypted key", r"authentication md5 encrypted key"),
    ("add commun", r"add community(?= \S++ (?:readonly|readwrite|trap-only)\b)"),
    ("bkup-passwords", r"bkup-passwords"),
    ("commun", r"(?:r[ow]community6?|trapcommunity|authCommunity \S++)"),
    ("passkey", r"(?:tacacs|radius|ldap) passkey"),
    ("commun", r"snmp community (?:add|del)(?= [^\s=]++ r[ow]\b)"),
    ("commun", r"snmp community replace"),
    ("commun", r"snmp community replace \S++"),
    ("user add", r"snmp user add \S++ \S++ r[ow] (?:md5|sha\S*+|hmac\S*+)"),
    ("user add", r"snmp user add \S++ \S++ r[ow] \S++ \S++ (?:3?des|aes)"),
    ("system user", r"(?:set|add) system user \S++(?! -)"),
    ("bind-user", r"bind-user \S++"),
    ("key-auth", r"key-auth add \d++ \S++(?= (?:ascii|hex) )"),
)
