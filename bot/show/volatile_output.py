"""What of the output of a command changes by itself: uptimes, clocks, dates, counters and rates. Facts only.

The patterns are of `re`, for lines in which every digit is 0, so that lines of one shape need one look. They leave alone what only looks
alike: an address such as `00:00:00:00:00:00` or `0000:00:00::0`, a community or a route distinguisher (`00:000`), an MTU, a speed, a
bandwidth, and every time that somebody configured, such as `keepalive 10 sec` or `ARP Timeout 04:00:00`.
"""

from __future__ import annotations

_CONFIGURED = "".join(
    rf"(?<!{word}{sign})"
    for word in ("meout", "erval", "timer", "Timer", "etime", "se-time", "idle")
    for sign in (" ", ": ", "=", " is ")
)
_BEGIN = r"(?<![\w.:/=-])"
_END = r"(?![\w/])(?![:.]\w)"
_NUMBER = rf"{_BEGIN}0+"
_LIMIT = "".join(
    f"(?<!{word} )" for word in ("imit", "cir", "pir", "width", "aining", "hold", "cent")
)  # set, not counted
_UNIT = r"(?:years?|weeks?|days?|hours?|hrs?|minutes?|mins?|seconds?|secs?)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_DAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +)?"
_COUNTED = (
    r"(?:packets?|pkts|octets|frames?|drops|errors|(?:input|output) (?:errors|drops|packets|bytes)|broadcasts|multicasts?|runts|giants|"
    r"throttles|CRC|overruns?|ignored|collisions|underruns|interface resets|unknown protocol drops|late collision|deferred|babbles|no buffer|watchdog|"
    r"pause (?:in|out)put|(?:lost|no) carrier|output buffer failures|output buffers swapped out|input packets with dribble condition detected|"
    r"(?:bits|bytes|packets|pkts)/sec|bps|pps|bytes (?:free|used|copied))"
)

WHOLE = (
    r"(?:Current|Uncompressed) configuration *:",
    r"! (?:Last configuration change|NVRAM config last updated|No configuration change)",
    r"(?:.*\b)?load averages?: ",
)
PIECES = (
    rf"{_CONFIGURED}{_NUMBER} {_UNIT}\b(?:,? (?:and )?0+ {_UNIT}\b)+",  # 12 weeks, 3 days
    rf"(?:(?<=uptime is )|(?<=[Uu]p ))0+ {_UNIT}\b|{_NUMBER} {_UNIT}(?= ago\b)",  # 5 minutes
    rf"{_CONFIGURED}{_NUMBER}[ywdh](?:0+[wdhms])+(?: ?0?0:00(?::00)?)?{_END}",  # 3d04h, 3w2d04:05:06
    rf"{_CONFIGURED}{_NUMBER}[wd] ?0?0:00(?::00)?{_END}",  # 1d 2:03
    rf"{_CONFIGURED}{_BEGIN}0{{1,3}}:00:00(?:\.0+)?{_END}",  # 12:34:56.789
    rf"\b{_DAY}{_MONTH} +0?0(?: +0000)?{_END}",  # Sun Nov 29 2026, Nov 29
    rf"{_BEGIN}{_DAY}0?0[ -]{_MONTH}(?:[ -]0000)?{_END}",  # 29 Nov 2026
    rf"{_BEGIN}0000[-/]00[-/]00(?:T00:00:00\S*)?{_END}",  # 2026-11-29, 2026-11-29T12:34:56Z
    r"\b[a-z]{3}/00/0000\b",  # nov/29/2026
    rf"{_LIMIT}{_NUMBER}(?:\.0+)?%(?:/0+%)?",  # 5%/0%
    rf"{_LIMIT}{_NUMBER} {_COUNTED}{_END}",  # 1234 packets
    r"(?<=packets input, )0+(?= bytes)",
    r"(?<=packets output, )0+(?= bytes)",
    r"(?:(?<=bytes)|(?<=packets)|(?<=octets)|(?<=errors)|(?<=drops)) *[:=] *0+",  # Input bytes : 1234
    r"(?<=load )0+/000\b",  # txload 1/255
    r"(?:free-memory|free-hdd-space|write-sect-[a-z-]+): \S+",  # RouterOS: /system resource print
)
# Headings of columns, in lower case: what stands below one is left out if it is a number or a time.
HEADINGS = frozenset(
    (
        "age",
        "uptime",
        "up/down",
        "up/dwn",
        "dead",
        "holdtime",
        "hold-time",
        "hldtme",
        "holdtme",
        "expires",
        "msgrcvd",
        "msgsent",
        "tblver",
        "inq",
        "outq",
        "inpkt",
        "outpkt",
        "flaps",
        "inoctets",
        "outoctets",
        "inucastpkts",
        "outucastpkts",
    )
)
