#!/usr/bin/env bash
# cron-converter and cron-validator: a day of the month and a weekday must both match, where crontab(5) wants either.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cron-converter==2.0.2 cron-validator==1.0.8 croniter==7.0.0 python-dateutil==2.9.0.post0
"$folder/venv/bin/python" - <<'EOF'
import sys
from datetime import datetime
from importlib.metadata import version
from itertools import islice

from cron_converter import Cron
from cron_validator import CronValidator
from croniter import croniter

LINE, NOW, FAR = "0 7 1 * 1", datetime(2026, 11, 28), datetime(2028, 1, 1)


def days(runs) -> list[str]:
    return [run.strftime("%a %Y-%m-%d") for run in islice(runs, 3)]


by_crontab = days(croniter(LINE, NOW).all_next(datetime))
converted = days(Cron(LINE).schedule(NOW))
validated = days(CronValidator.get_execution_time(LINE, NOW, FAR))
print("VERSION  cron-converter", version("cron-converter"), "cron-validator", version("cron-validator"))
print("EXPECTED each Monday and each first of a month, as croniter and crontab(5) say:", by_crontab)
print("SEEN     cron-converter:", converted)
print("SEEN     cron-validator:", validated)
both = ["Mon 2027-02-01", "Mon 2027-03-01", "Mon 2027-11-01"]
sys.exit((by_crontab, converted, validated) != (["Mon 2026-11-30", "Tue 2026-12-01", "Mon 2026-12-07"], both, both))
EOF
