#!/usr/bin/env bash
# hier-config: a secondary address that must go is not in the remediation of IOS and EOS.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check hier-config==3.7.1 pydantic==2.14.4
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from hier_config import Platform, WorkflowRemediation, get_hconfig

MASK = {Platform.CISCO_IOS: " 255.255.255.0", Platform.ARISTA_EOS: "/24", Platform.CISCO_NXOS: "/24"}


def remediation(platform: Platform) -> list[str]:
    intended = f"interface Vlan10\n ip address 192.0.2.1{MASK[platform]}\n"
    running = f"{intended} ip address 198.51.100.1{MASK[platform]} secondary\n"
    work = WorkflowRemediation(get_hconfig(platform, running), get_hconfig(platform, intended))
    return [line.cisco_style_text().strip() for line in work.remediation_config.all_children_sorted()]


seen = {platform.name: remediation(platform) for platform in MASK}
print("VERSION  hier-config", version("hier-config"))
print("EXPECTED each platform: the interface, then no ip address 198.51.100.1… secondary")
print("SEEN    ", seen)
known = {"CISCO_IOS": [], "ARISTA_EOS": [], "CISCO_NXOS": ["interface Vlan10", "no ip address 198.51.100.1/24 secondary"]}
sys.exit(seen != known)
EOF
