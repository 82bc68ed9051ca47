"""Holds one file per subcommand, with what it does (`run`) and what it shows (`view`)."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

from bot.core.commands import Command, Registry


def discover() -> Registry:
    """Collects the COMMAND of every file whose name does not begin with `_`, sorted by name with help last.

    Raises ValueError for a file without one, or with one of another name: the settings know a command by its file.
    """
    found: list[Command[Any, Any]] = []
    for module in pkgutil.iter_modules(__path__):
        if not module.ispkg and not module.name.startswith("_"):
            command = getattr(import_module(f"{__name__}.{module.name}"), "COMMAND", None)
            if command is None or command.name != module.name:
                raise ValueError(f"handlers/{module.name}.py must hold a COMMAND that is named {module.name!r}")
            found.append(command)
    return Registry(sorted(found, key=lambda command: (command.name == "help", command.name)))
