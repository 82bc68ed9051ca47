#!/usr/bin/env bash
# holidays: the calendar of a country reads a date in that country's own form by luck, the month first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check holidays==0.109 python-dateutil==2.9.0.post0
"$folder/venv/bin/python" - <<'EOF'
import sys
from datetime import date
from importlib.metadata import version

from holidays import country_holidays

KNOWN = {"25.12.2026": True, "26.12.2026": True, "01.05.2026": False, "03.10.2026": False}
bavaria = country_holidays("DE", subdiv="BY", years=2026)
seen = {text: text in bavaria for text in KNOWN}
days = [date(2026, *reversed([int(part) for part in text.split(".")[:2]])) in bavaria for text in KNOWN]
print("VERSION  holidays", version("holidays"))
print("EXPECTED True for all: Christmas, the day after, Labour Day and the Day of German Unity; as dates they are", days)
print("SEEN    ", seen)
sys.exit((seen, days) != (KNOWN, [True] * 4))
EOF
