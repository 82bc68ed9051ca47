#!/usr/bin/env bash
# circuit-maintenance-parser: of a maintenance that recurs on several nights, only the first is kept.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check circuit-maintenance-parser==2.12.0 icalendar==5.0.14 python-dateutil==2.9.0.post0
"$folder/venv/bin/python" - <<'EOF'
import sys
from datetime import UTC, datetime
from importlib.metadata import version

from circuit_maintenance_parser import GenericProvider, NotificationData
from dateutil.rrule import rrulestr

RULE = "FREQ=DAILY;COUNT=3"
LINES = f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example Carrier//Maintenance//EN
BEGIN:VEVENT
SUMMARY:Software upgrade on three nights
DTSTART:20261201T220000Z
DTEND:20261202T020000Z
RRULE:{RULE}
DTSTAMP:20261120T100000Z
UID:4711@carrier.example
SEQUENCE:1
X-MAINTNOTE-PROVIDER:carrier.example
X-MAINTNOTE-ACCOUNT:acme
X-MAINTNOTE-MAINTENANCE-ID:CHG-4711
X-MAINTNOTE-IMPACT:OUTAGE
X-MAINTNOTE-OBJECT-ID:circuit-1
X-MAINTNOTE-STATUS:CONFIRMED
ORGANIZER;CN="NOC":mailto:noc@carrier.example
END:VEVENT
END:VCALENDAR
"""
data = NotificationData.init_from_raw("ical", LINES.replace("\n", "\r\n").encode())
found = GenericProvider().get_maintenances(data)
seen = [datetime.fromtimestamp(window.start, UTC).strftime("%d %b %H:%M") for window in found]
nights = [night.strftime("%d %b %H:%M") for night in rrulestr(RULE, dtstart=datetime(2026, 12, 1, 22))]
print("VERSION  circuit-maintenance-parser", version("circuit-maintenance-parser"))
print("EXPECTED three maintenances, which begin", nights)
print("SEEN    ", seen, "to", datetime.fromtimestamp(found[0].end, UTC).strftime("%d %b %H:%M"))
sys.exit((nights, seen) != (["01 Dec 22:00", "02 Dec 22:00", "03 Dec 22:00"], ["01 Dec 22:00"]))
EOF
