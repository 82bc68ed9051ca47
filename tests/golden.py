"""Golden files: what a view shows, as JSON, to be read in the diff. `make goldens` writes them again."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "golden"
# A full stop of a text from outside, and a sign of ours.
DOUBLED = re.compile(r".{0,30}[.,;!?][.,;:](?=\s|$)|.{0,30}\. ·")


def golden(name: str, value: Any) -> None:
    """Holds `value` against tests/golden/<name>.json; `name` may hold slashes."""
    path = FOLDER / f"{name}.json"
    golden_text(path, json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n")


def golden_text(path: Path, text: str) -> None:
    """The same for a file that is generated as it is."""
    if os.environ.get("UPDATE_GOLDENS") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    assert path.is_file(), f"there is no {path.name} yet; `make goldens` writes it"
    assert text == path.read_text(encoding="utf-8"), f"{path.name} differs; `make goldens` rewrites it"
