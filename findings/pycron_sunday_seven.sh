#!/usr/bin/env bash
# pycron: a schedule for weekday 7, which cron takes for Sunday, never runs, and 5-7 leaves Sunday out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pycron==3.3.0 croniter==6.0.0
"$folder/venv/bin/python" - <<'EOF'
import sys
from datetime import datetime, timedelta
from importlib.metadata import version

import pycron
from croniter import croniter

WEEK = [datetime(2026, 11, 30, 7) + timedelta(days=day) for day in range(7)]
seen, other = {}, {}
for schedule in ("0 7 * * 0", "0 7 * * 7", "0 7 * * 5-7"):
    seen[schedule] = [f"{moment:%a}" for moment in WEEK if pycron.is_now(schedule, moment)]
    other[schedule] = [f"{moment:%a}" for moment in WEEK if croniter.match(schedule, moment)]
print("VERSION  pycron", version("pycron"), "croniter", version("croniter"))
print(f"EXPECTED {other}, as croniter and crontab(5) have it")
print("SEEN    ", seen)
sys.exit(seen != {"0 7 * * 0": ["Sun"], "0 7 * * 7": [], "0 7 * * 5-7": ["Fri", "Sat"]} or other["0 7 * * 7"] != ["Sun"])
EOF
