#!/usr/bin/env bash
# recurring-ical-events: an evening that was cancelled is still in the list.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check recurring-ical-events==3.8.2 icalendar==7.3.2 x-wr-timezone==2.0.1
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

import icalendar
import recurring_ical_events

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//Maintenance//EN
BEGIN:VEVENT
UID:1@example.net
DTSTAMP:20261001T000000Z
SUMMARY:Maintenance
DTSTART:20261109T220000Z
DTEND:20261109T230000Z
RRULE:FREQ=DAILY;COUNT=3
END:VEVENT
BEGIN:VEVENT
UID:1@example.net
DTSTAMP:20261002T000000Z
SEQUENCE:1
SUMMARY:Maintenance
RECURRENCE-ID:20261110T220000Z
DTSTART:20261110T220000Z
DTEND:20261110T230000Z
STATUS:CANCELLED
END:VEVENT
END:VCALENDAR
"""
calendar = icalendar.Calendar.from_ical(CALENDAR.replace("\n", "\r\n"))
found = recurring_ical_events.of(calendar).between((2026, 11, 1), (2026, 12, 1))
seen = [(event.start.strftime("%m-%d"), event.get("STATUS")) for event in found]
print("VERSION  recurring-ical-events", version("recurring-ical-events"), "icalendar", version("icalendar"))
print("EXPECTED 11-09 and 11-11")
print("SEEN    ", seen)
sys.exit(seen != [("11-09", None), ("11-10", "CANCELLED"), ("11-11", None)])
EOF
