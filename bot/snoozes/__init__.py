"""Holds the notices about a device, a policy or a drift alert back for a while, and those of backups that an unreachable device fails."""
