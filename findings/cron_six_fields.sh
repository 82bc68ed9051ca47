#!/usr/bin/env bash
# croniter and cron-descriptor: six fields mean one time in the words and another one in the schedule.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check croniter==7.0.0 cron-descriptor==2.2.1 python-dateutil==2.9.0.post0
"$folder/venv/bin/python" - <<'EOF'
import sys
from datetime import datetime
from importlib.metadata import version

from cron_descriptor import get_description
from croniter import croniter

LINE = "0 0 7 * * 1"
words = get_description(LINE)
schedule = croniter(LINE, datetime(2026, 11, 29))
due = [schedule.get_next(datetime).strftime("%A %Y-%m-%d %H:%M:%S") for _ in range(2)]
print("VERSION  croniter", version("croniter"), "cron-descriptor", version("cron-descriptor"))
print("EXPECTED the next runs of the one are those that the other puts into words")
print("SEEN    ", repr(words), "but the next runs are", due)
sys.exit((words, due) != ("At 07:00 AM, only on Monday", ["Monday 2026-12-07 00:00:01", "Thursday 2027-01-07 00:00:01"]))
EOF
