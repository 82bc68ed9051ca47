"""Secrets that a log shows: tokens with a shape of their own, command lines, calls of libraries. Facts only.

An entry is the hints of its rule, a pattern with the group `secret`, and whether upper and lower case differ.
"""

from __future__ import annotations

Shape = tuple[str, str, bool]

_WORD = r"(?:\"(?:[^\"\\\n]|\\.)*+\"|'[^'\n]*+'|[^\s\"']++)"
_OPTIONS = r"(?:[ \t]++[^\n|;&]{0,120}?)?[ \t]++"
_LITERAL = r"(?:\"[^\"\n]*+\"|'[^'\n]*+')"
# Options of programs that take a secret as the next word; the programs are also the hints.
_OPTION_OF: tuple[tuple[str, str], ...] = (
    ("ldapsearch ldapmodify ldapadd ldapwhoami", "-w"),
    ("ipmitool", "-P"),
    ("redis-cli", "-a"),
    ("plink pscp", "-pw"),
    ("docker podman netconf-console", "-p"),
    ("openssl", "-k"),
)

# NETCONF and JunOS: a community of SNMP, where that of BGP has members.
COMMUNITY_ELEMENT = (
    r"<(?:community(?:-config)?|trap-group)(?:[ \t][^<>\n]*+)?>\s*+<name>(?:[^<>\n]++</name>\s*+<(?:members|invert-match)\b|"
    r"(?P<secret>[^<>\n]++)(?=</name>))"
)

# Tokens as their makers describe them: GitHub, GitLab, HashiCorp Vault, AWS; addresses that are a secret as a whole.
SHAPES: tuple[Shape, ...] = (
    ("ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"(?<![A-Za-z0-9])(?P<secret>(?:gh[pousr]_|github_pat_)\w{16,}+)", True),
    ("glpat- gldt- glrt-", r"(?<![A-Za-z0-9])(?P<secret>gl(?:pat|dt|rt)-[\w.-]{16,}+)", True),
    ("hvs. hvb. hvr.", r"(?<![\w.])(?P<secret>hv[sbr]\.[\w-]{16,}+)", True),
    (
        "akia asia",
        (
            r"(?<!\w)A(?:KIA|SIA)[A-Z0-9]{12,16}[^\n]{1,40}?(?<![\w/+=])"
            r"(?P<secret>(?=[a-z0-9/+=]*+[A-Z])(?=[A-Z0-9/+=]*+[a-z])[A-Za-z0-9/+=]{36,44})(?![\w/+=])"
        ),
        True,
    ),
    ("telegram.org/bot", r"api\.telegram\.org/bot\d++:(?P<secret>[\w-]++)", False),
    ("api/webhooks/", r"discord(?:app)?\.com/api/webhooks/\d++/(?P<secret>[\w-]++)", False),
    ("webhook.office.com", r"webhook\.office\.com/\w++/(?P<secret>[^\s\"'<>|]++)", False),
    (":0:", r"(?<![0-9a-f])[0-9a-f]{10}:0:[0-9a-f]{128}:(?P<secret>[0-9a-f]{64,256})(?![0-9a-f])", False),
    ("$aes", r"(?P<secret>\$aes\d?\$[^\s\"';,]++)", False),
    ("$m$", r"(?P<secret>\$M\$[^\s\"';]++)", True),
)
LOG_LINES: tuple[Shape, ...] = (
    *(
        (programs, rf"(?<![\w-])(?:{programs.replace(' ', '|')}){_OPTIONS}{option}[ \t]++(?P<secret>{_WORD})", True)
        for programs, option in _OPTION_OF
    ),
    *(  # a list of words, as Python shows one
        (program, rf"[\"']{words}[\"'],[^\n\]]{{0,160}}?[\"']{option}[\"'],[ \t]*+(?P<secret>{_LITERAL})", True)
        for program, words, options in (("snmp", "snmp[a-z]++", "cAX"), ("sshpass", "sshpass", "p"))
        for option in (f"-{letter}" for letter in options)
    ),
    *(
        ("usmuserdata", rf"UsmUserData\([ \t]*+(?:[^,()\n]++,[ \t]*+){{{place}}}(?P<secret>{_LITERAL})", False)
        for place in (1, 2)
    ),
    ("sshpass=", rf"(?<!\w)SSHPASS=(?P<secret>{_WORD})", True),
    ("radtest", rf"(?<![\w-])radtest[ \t]++\S++[ \t]++(?P<secret>{_WORD})", True),
    ("radtest", rf"(?<![\w-])radtest(?:[ \t]++\S++){{4}}[ \t]++(?P<secret>{_WORD})", True),
    ("pass:", rf"-pass(?:in|out)?[ \t]++pass:(?P<secret>{_WORD})", True),
    ("smbclient", rf"(?<![\w-])smbclient{_OPTIONS}-U[ \t]*+[\"']?[^\s%\"']++%(?P<secret>[^\s\"']++)", True),
    ("assword", r"assword:?[\"'][^\n]{0,20}?send(?:line)?[ \t(]++[\"'](?P<secret>[^\s\"'\\]++)", False),
    ("lftp", rf"(?<![\w-])lftp{_OPTIONS}-u[ \t]*+[\"']?[^\s,\"']++,(?P<secret>[^\s\"']++)", False),
    ("x-chkp-sid", r"x-chkp-sid[\"']?[ \t]*+:[ \t]*+[\"']?(?P<secret>[^\s\"',]++)", False),
    ('"sid"', r"\"sid\"[ \t]*+:[ \t]*+\"(?P<secret>[\w-]{16,}+)\"", False),
    ("sshpass", rf"sshpass{_OPTIONS}-p[ \t]*+(?P<secret>{_WORD})", False),
    (
        "curl wget",
        rf"(?<![\w-])(?:curl|wget){_OPTIONS}(?:-u|--user|--proxy-user)[ \t=]++[\"']?[^\s:\"'@]++:(?P<secret>[^\s\"'@]++)",
        False,
    ),
    (
        "snmp",
        rf"(?<![\w-])snmp(?:walk|bulkwalk|get|bulkget|getnext|set|table|trap|inform|status|df|delta){_OPTIONS}-c[ \t]*+(?P<secret>{_WORD})",
        True,
    ),
    ("snmp", rf"(?<!\w)snmp[a-z-]++{_OPTIONS}-A[ \t]++(?P<secret>{_WORD})", True),
    ("snmp", rf"(?<!\w)snmp[a-z-]++{_OPTIONS}-X[ \t]++(?P<secret>{_WORD})", True),
    (
        "gnmic mysql mariadb",
        rf"(?<![\w-])(?:gnmic|mysql|mysqldump|mariadb){_OPTIONS}-p[ \t=]?(?P<secret>{_WORD})",
        True,
    ),
    ("<community <trap-group", COMMUNITY_ELEMENT, False),
    (
        "communitydata",
        r"CommunityData\([ \t]*+(?:[\"'][^\"'\n]*+[\"'],[ \t]*+(?=[\"']))?(?P<secret>\"[^\"\n]*+\"|'[^'\n]*+')",
        False,
    ),
    (
        "get_network_driver",
        r"get_network_driver\([^()\n]*+\)\([ \t]*+(?:[^,()\n]++,[ \t]*+){2}(?P<secret>\"[^\"\n]*+\"|'[^'\n]*+')",
        False,
    ),
    (
        "ssword",
        r"not detected:[^\n]{0,80}?ssword[^\n]{0,80}? Output(?: was)?:[ \t]*+[\"'](?P<secret>[^\s\\\"']++)",
        False,
    ),
    (
        "password passphrase secret community",
        (
            r"(?<![\w-])(?:password|passphrase|secret|community) (?:is|was|to|with|set to) [\"']?"
            r"(?P<secret>(?=[^\s.]*?\d)(?=[^\s.]*?[A-Za-z])[^\s\"',;]*[^\s\"',;.:])"
        ),
        False,
    ),
    (
        "password passphrase community",
        (
            r"(?<![\w-])(?:with|using|try|trying|tried|sent|sending|wrong|bad|invalid) (?:the )?(?:password|passphrase|community) "
            r"[\"']?(?P<secret>(?=[^\s.]*?\d)[^\s\"',;]*[^\s\"',;.:])"
        ),
        False,
    ),
    (
        ":local :global :set",
        (
            r":(?:local|global|set)[ \t]++\$?(?=\w*?(?:pw|pass|secret|token|key|psk|communit))\w++[ \t]++"
            r"(?!(?:true|false|yes|no|\d{1,5})(?![^\s;]))(?:\\*+\")?+(?P<secret>(?<=\")[^\"\\\n]++|[^\s\"'\\;\[({$]++)"
        ),
        False,
    ),
    ("-encrypted", r"(?<=[ \t])(?P<secret>[^\s\"]++|\"[^\"\n]*+\")(?=[ \t]++-encrypted\b)", False),
    (
        "psk eap xauth",
        r":[ \t]++(?:PSK|EAP|XAUTH|NTLM)[ \t]++(?P<secret>\"[^\"\n]*+\"|[^\s\"]++)(?=[ \t\r]*+$)",
        True,
    ),
    ("activation", r"activation[- ]key:?[ \t]++(?P<secret>0x[0-9a-f]++(?:[ \t]++0x[0-9a-f]++)*+)", False),
    ("license smart url", r"license smart url [^\n]{0,200}?/pi/(?P<secret>[^\s/\"]++)", False),
)
