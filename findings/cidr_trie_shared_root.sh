#!/usr/bin/env bash
# cidr-trie: a default route is in every other trie, too, and a prefix is lost if a longer one came before it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cidr-trie==3.1.2
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from cidr_trie import PatriciaTrie


def trie(*prefixes: str) -> PatriciaTrie:
    made = PatriciaTrie()
    for prefix in prefixes:
        made.insert(prefix, prefix)
    return made


longest_last, longest_first = ("10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16"), ("10.1.0.0/16", "10.2.0.0/16", "10.0.0.0/8")
ordered = [trie(*prefixes).find_all("10.3.2.11") for prefixes in (longest_last, longest_first)]
vrf_blue = trie("192.0.2.0/24")
before = vrf_blue.find_all("198.51.100.1")
trie("0.0.0.0/0")
after = vrf_blue.find_all("198.51.100.1")
print("VERSION  cidr-trie", version("cidr-trie"))
print("EXPECTED 10.3.2.11 is in 10.0.0.0/8 in whatever order; 198.51.100.1 is in no prefix of the first VRF, whatever the second holds")
print("SEEN     in one order:", ordered[0], "in the other:", ordered[1])
print("SEEN     before there was a second trie:", before, "after it got a default route:", after)
sys.exit((ordered, before, after) != ([[("10.0.0.0/8", "10.0.0.0/8")], []], [], [("0.0.0.0/0", "0.0.0.0/0")]))
EOF
