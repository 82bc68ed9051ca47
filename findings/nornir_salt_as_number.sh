#!/usr/bin/env bash
# nornir-salt: a table of results shows two peers in AS 65000.1 and AS 65000.10 as one AS.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nornir-salt==0.23.4 nornir==3.6.0 tabulate==0.10.0
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Result
from nornir_salt.plugins.functions import TabulateFormatter

facts = {"rtr1": "65000.1", "rtr2": "65000.10"}
results = AggregatedResult("peer AS")
for name, number in facts.items():
    results[name] = MultiResult("peer AS")
    results[name].append(Result(host=Host(name=name), result=number, name="peer AS"))
table = TabulateFormatter(results, headers=["host", "result"])
print("VERSION  nornir-salt", version("nornir-salt"), "tabulate", version("tabulate"))
print("EXPECTED each number as it came:", facts)
print("SEEN    ", table, sep="\n")
words = [word for line in table.splitlines() for word in line.split() if word.startswith("65000")]
sys.exit(words != ["65000.1", "65000.1"])
EOF
