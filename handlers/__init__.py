"""One file per subcommand: what it does (`run`) and what it shows (`view`)."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

from bot.core.commands import Command, Registry


def discover() -> Registry:
    """Every module's COMMAND, by name with help last. Two of one name stop the start (ValueError)."""
    found: list[Command[Any, Any]] = []
    for module in pkgutil.iter_modules(__path__):
        command = getattr(import_module(f"{__name__}.{module.name}"), "COMMAND", None)
        if command is not None:
            found.append(command)
    return Registry(sorted(found, key=lambda command: (command.name == "help", command.name)))
