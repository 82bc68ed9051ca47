"""Gives a command's `run` what it needs: WebNet as one caller may see it, bound to the workspace's customer.

A handler never names a customer and never sees the store; whatever it asks for here is of this customer only. It says itself
which device its request concerns, by `ctx.audit.concerns`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.callers import Callers
from bot.configs.access import Configs, ConfigSources
from bot.configs.drift_alerts import Alerts
from bot.core import permissions
from bot.core.audit import RequestAudit
from bot.core.commands import Caller, Command, Registry
from bot.core.dispatch import Admitted, Rules
from bot.devices.access import Devices
from bot.devices.directory import Directory
from bot.jobs.access import Jobs, JobSources
from bot.jobs.outcome import Outcomes
from bot.webnet.client import WebNet


@dataclass(frozen=True, slots=True)
class Services:
    """Holds what all contexts share, and the feeds with them: `callers` and `outcomes` are for these."""

    webnet: WebNet
    directory: Directory
    callers: Callers
    outcomes: Outcomes
    jobs: JobSources
    configs: ConfigSources
    registry: Registry
    rules: Rules
    job_page: Callable[[int], str]
    webnet_page: str
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Context:
    """Serves one request of one caller."""

    caller: Caller
    audit: RequestAudit
    devices: Devices
    jobs: Jobs
    configs: Configs
    alerts: Alerts
    _services: Services

    @classmethod
    def of(cls, admitted: Admitted, save: Callable[[], None], services: Services) -> Context:
        """Binds the services to the caller and the customer of one request; `save` writes its record as it stands."""
        customer, caller, webnet = admitted.workspace.customer, admitted.caller, services.webnet
        audit = RequestAudit(admitted.record, save)
        devices = Devices(customer, admitted.command.name, admitted.devices, webnet, services.directory)
        jobs = Jobs(customer, caller, audit, devices, services.jobs)
        alerts = Alerts(customer, webnet, services.directory)
        return cls(caller, audit, devices, jobs, Configs(customer, services.configs), alerts, services)

    @property
    def now(self) -> datetime:
        return self._services.now()

    @property
    def prompt(self) -> str:
        """The slash command's name, such as `/webnet`."""
        return self._services.rules.prompt

    @property
    def webnet_page(self) -> str:
        """The address of WebNet's user interface."""
        return self._services.webnet_page

    def job_page(self, job_id: int) -> str:
        """Returns the address where WebNet shows that job."""
        return self._services.job_page(job_id)

    def allowed(self) -> tuple[Command[object, object], ...]:
        """Returns the commands that this caller may run."""
        return permissions.allowed(self.caller, self._services.registry.values(), self._services.rules.roles)
