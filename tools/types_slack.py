"""Checks that every golden message and modal fits Slack's own types, the npm package @slack/types, under `tsc --strict`.

It needs node and npm, which fetches the two packages into a temporary folder; nothing else here needs them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGES = ("@slack/types@3.2.0", "typescript@5.9.3")
GOLDENS = Path(__file__).parents[1] / "tests" / "golden"
INSTALL = (
    "npm",
    "install",
    "--no-save",
    "--no-package-lock",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--silent",
)
CHECK = ("node_modules/.bin/tsc", "--strict", "--noEmit", "--skipLibCheck", "--module", "node16", "--pretty", "false")
FILE = "goldens.ts"


def declarations() -> Iterator[str]:
    """Yields a typed constant for each golden that Slack would be sent. A literal has to name each field as the type does."""
    yield 'import type { KnownBlock, View } from "@slack/types";'
    number = 0
    for path in sorted(GOLDENS.rglob("*.json")):
        for kind, value in _typed(json.loads(path.read_text(encoding="utf-8"))):
            number += 1
            yield f"// {path.relative_to(GOLDENS)}"
            yield f"export const golden{number}: {kind} = {json.dumps(value)};"


def _typed(golden: Any) -> Iterator[tuple[str, Any]]:
    """Yields the view or the blocks of the message, or of each of several, with the name of the type; nothing for other goldens."""
    if not isinstance(golden, dict):
        return
    blocks = golden.get("blocks")
    if isinstance(blocks, list) and all(isinstance(block, dict) for block in blocks):
        yield ("View", golden) if "type" in golden else ("KnownBlock[]", blocks)
    else:
        yield from (typed for value in golden.values() for typed in _typed(value))


def main() -> None:
    if not shutil.which("npm"):
        sys.exit("There is no npm here: install node.")
    lines = list(declarations())
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, FILE).write_text("\n".join(lines), encoding="utf-8")
        subprocess.run((*INSTALL, *PACKAGES), cwd=folder, check=True)  # noqa: S603  # its words are those above
        wrong = subprocess.run((*CHECK, FILE), cwd=folder, check=False, capture_output=True, text=True)  # noqa: S603
    for line in wrong.stdout.splitlines():
        place, _, words = line.partition("): ")
        number = place.rpartition("(")[2].partition(",")[0]
        print(f"{lines[int(number) - 2][3:]}: {words}" if number.isdecimal() else line)
    if wrong.returncode:
        sys.exit(1)
    print(f"{sum(line.startswith('export') for line in lines)} golden messages fit {PACKAGES[0]}.")


if __name__ == "__main__":
    main()
