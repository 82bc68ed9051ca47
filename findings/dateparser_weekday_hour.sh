#!/usr/bin/env bash
# dateparser: a weekday with an hour is a day of some month, even one that is past when the future is preferred.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check dateparser==1.5.0 python-dateutil==2.9.0.post0 regex==2026.11.19 tzlocal==5.4.5 pytz==2026.6
"$folder/venv/bin/python" - <<'EOF'
import sys
from datetime import datetime
from importlib.metadata import version

from dateparser import parse

NOW = datetime(2026, 11, 30, 8, 0)  # a Monday
KNOWN = {
    "fri 18:00": "2026-12-04 18:00:00",
    "fri at 18": "2026-11-18 00:00:00",
    "mon 7": "2027-07-30 00:00:00",
    "tomorrow at 7am": "2026-12-01 07:00:00",
    "tomorrow at 7": "2026-12-01 08:00:00",
    "today at 22": "2026-11-30 08:00:00",
}
settings = {"RELATIVE_BASE": NOW, "PREFER_DATES_FROM": "future"}
seen = {text: str(parse(text, languages=["en"], settings=settings)) for text in KNOWN}
print("VERSION  dateparser", version("dateparser"))
print("EXPECTED Friday 18:00, Monday 07:00, tomorrow 07:00, today 22:00, or None; nothing before", NOW)
for text, moment in seen.items():
    print("SEEN    ", text, "=>", moment)
sys.exit(seen != KNOWN)
EOF
