#!/usr/bin/env bash
# ics: the times of a calendar from Outlook, which brings its own time zone, are taken for UTC.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ics==0.7.3 arrow==1.4.0 python-dateutil==2.9.0.post0
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from ics import Calendar

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//Maintenance//EN
BEGIN:VTIMEZONE
TZID:{zone}
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:1@example.net
DTSTAMP:20261001T000000Z
SUMMARY:Maintenance
DTSTART;TZID={zone}:20261209T220000
DTEND;TZID={zone}:20261209T230000
END:VEVENT
END:VCALENDAR
"""


def start(zone: str) -> str:
    (event,) = Calendar(CALENDAR.format(zone=zone).replace("\n", "\r\n")).events
    return event.begin.to("utc").format("HH:mm")


seen = {zone: start(zone) for zone in ("Europe/Berlin", "W. Europe Standard Time")}
print("VERSION  ics", version("ics"), "arrow", version("arrow"), "python-dateutil", version("python-dateutil"))
print("EXPECTED 22:00 by the same rules for the zone is 21:00 UTC, whatever the zone is called")
print("SEEN    ", seen)
sys.exit(list(seen.values()) != ["21:00", "22:00"])
EOF
