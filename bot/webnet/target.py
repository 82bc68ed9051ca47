"""Describes a device as it was found, which is all that the gate lets a job be started on."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.core.targets import Known


@dataclass(frozen=True, slots=True)
class Target:
    """A device as it was found. The gate refuses it if WebNet knows it by another name or address by then. `platform` is what WebNet
    calls its system, empty where that is not known: what is sent to a device depends on it."""

    id: int
    hostname: str
    mgmt_ip: str
    platform: str = field(default="", compare=False)

    @classmethod
    def of(cls, device: Known) -> Target:
        return cls(device.id, device.hostname, device.mgmt_ip, device.platform)

    def names(self, device: Known) -> bool:
        """The device goes by what it was found by."""
        return (device.hostname, device.mgmt_ip) == (self.hostname, self.mgmt_ip)
