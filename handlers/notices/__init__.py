"""One file per kind of event: what its notice shows."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from bot.core.notices import Notices


def discover() -> Notices:
    """Every module's NOTICE. Two for one kind of event stop the start (ValueError)."""
    modules = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    return Notices(notice for module in modules if (notice := getattr(module, "NOTICE", None)) is not None)
