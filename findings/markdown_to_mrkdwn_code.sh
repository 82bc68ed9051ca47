#!/usr/bin/env bash
# markdown-to-mrkdwn: what stands in a code span is changed, so that a pattern reads differently.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check markdown-to-mrkdwn==0.3.3
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from markdown_to_mrkdwn import SlackMarkdownConverter

KNOWN = {
    "`ip as-path access-list 1 permit ^65001(_.*)?$` `.*`": "`ip as-path access-list 1 permit ^65001(_._)?$` `._`",
    "`show run | include __vrf__`": "`show run | include *vrf*`",
    "```\nip as-path access-list 1 permit ^65001(_.*)?$ .*\n```": "```\nip as-path access-list 1 permit ^65001(_.*)?$ .*\n```",
}
convert = SlackMarkdownConverter().convert
seen = {text: convert(text) for text in KNOWN}
print("VERSION  markdown-to-mrkdwn", version("markdown-to-mrkdwn"))
print("EXPECTED code as it was, in a span as in a block")
for text, converted in seen.items():
    print("SEEN    ", repr(text), "=>", repr(converted))
sys.exit(seen != KNOWN)
EOF
