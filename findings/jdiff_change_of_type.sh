#!/usr/bin/env bash
# jdiff: a value that becomes null, or anything of another type, is no difference, not even for exact_match.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jdiff==1.0.2 deepdiff==8.6.2 jmespath==1.1.0
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from jdiff import CheckType

PAIRS = {
    "up, then down": ({"state": "up"}, {"state": "down"}),
    "up, then null": ({"state": "up"}, {"state": None}),
    "a peer, then none": ({"peers": {"192.0.2.2": {"state": "up"}}}, {"peers": []}),
    "an AS number, then another one as text": ({"asn": 65001}, {"asn": "65002"}),
}
exact, tolerance = CheckType.create("exact_match"), CheckType.create("tolerance")
seen = {name: exact.evaluate(*pair)[1] for name, pair in PAIRS.items()}
seen["10 prefixes, then null, 10 % allowed"] = tolerance.evaluate({"prefixes": 10}, {"prefixes": None}, tolerance=10)[1]
print("VERSION  jdiff", version("jdiff"), "deepdiff", version("deepdiff"))
print("EXPECTED False (not a match) for each")
print("SEEN    ", seen)
sys.exit(list(seen.values()) != [False, True, True, True, True])
EOF
