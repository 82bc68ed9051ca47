"""Holds one file per section of the report: what it reads, and how that is shown."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

from bot.core.reports import Section


def discover() -> tuple[Section[Any], ...]:
    """Collects every module's SECTION by rising order. Raises ValueError for a module without one, or with one of another name."""
    found: list[Section[Any]] = []
    for module in pkgutil.iter_modules(__path__):
        section = getattr(import_module(f"{__name__}.{module.name}"), "SECTION", None)
        if section is None or section.name != module.name:
            raise ValueError(f"handlers/reports/{module.name}.py must hold a SECTION that is named {module.name!r}")
        found.append(section)
    return tuple(sorted(found, key=lambda section: section.order))
