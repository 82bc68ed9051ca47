"""Holds one file per kind of event, with the notice that shows it."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from bot.core.notices import Notices
from handlers.notices._marks import marked


def discover() -> Notices:
    """Collects every module's NOTICE, each with the marks of its events. Raises ValueError for two of one kind of event."""
    modules = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    return Notices(marked(notice) for module in modules if (notice := getattr(module, "NOTICE", None)) is not None)
