"""Follows Teams where a channel gets another name, which lists and notices show."""

from __future__ import annotations

import logging

from bot.teams.activities import Activity
from bot.teams.tenants import Tenants
from store.channels import Channels
from store.errors import StoreError

log = logging.getLogger(__name__)


class Renamed:
    """Is called with every change of a conversation. Raises nothing: a name is shown and nothing follows from it."""

    def __init__(self, channels: Channels, tenants: Tenants) -> None:
        self._channels = channels
        self._tenants = tenants

    def __call__(self, activity: Activity) -> None:
        workspace = self._tenants.workspace(activity.tenant)
        if activity.change != "renamed" or workspace is None or not activity.place_name:
            return
        try:
            channel = self._channels.find(workspace.id, activity.place)
            if channel is not None:
                self._channels.update(channel.id, channel_name=activity.place_name)
        except StoreError as error:
            log.warning("the channel %s keeps its old name: %s", activity.place, error.words)
