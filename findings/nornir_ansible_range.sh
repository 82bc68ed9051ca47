#!/usr/bin/env bash
# nornir_ansible: a range of hosts in an Ansible inventory is one host whose name has brackets.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nornir-ansible==2023.12.28 nornir==3.6.0 ansible-core==2.17.7
printf '[core]\nrtr[1:3].example.net\n' >"$folder/hosts.ini"
"$folder/venv/bin/ansible-inventory" -i "$folder/hosts.ini" --list >"$folder/ansible.json" 2>/dev/null
"$folder/venv/bin/python" - "$folder" <<'EOF'
import json
import sys
from importlib.metadata import version

from nornir_ansible.plugins.inventory.ansible import AnsibleInventory

folder = sys.argv[1]
with open(f"{folder}/ansible.json") as text:
    ansible = sorted(json.load(text)["core"]["hosts"])
seen = sorted(AnsibleInventory(hostsfile=f"{folder}/hosts.ini").load().hosts)
print("VERSION  nornir-ansible", version("nornir-ansible"), "nornir", version("nornir"), "ansible-core", version("ansible-core"))
print(f"EXPECTED {ansible}, as Ansible itself reads this file")
print("SEEN    ", seen)
sys.exit(len(ansible) != 3 or seen != ["rtr[1:3].example.net"])
EOF
