"""Runs a bot from its start to its stop."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

from bot.app.lifecycle import Bot
from bot.app.slack_part import SlackPart
from bot.core.text import count

log = logging.getLogger("webnet_bot")

SWITCH_S = 0.001  # a thread hands the interpreter over to one that waits for so long; Python's 0.005 delays acks
LOOK_S = 0.1  # between two looks whether a signal has come, or a thread has died
DEAD_STOP_S = 85.0  # for the stop of a bot that has lost a thread, which may hang; a whole one takes up to 80 s
CONNECT_S = 5.0  # how long the start waits for a first connection before it says so


def serve(bot: Bot, ready: Callable[[], None] | None) -> int:
    """Starts the bot, and stops it at a signal or once one of its threads is dead. `ready` is called when it runs. Returns 0 if every
    command that was begun was also answered and all threads lived."""
    sys.setswitchinterval(SWITCH_S)
    ended, dead = threading.Event(), ""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    bot.start()
    _log_running(bot)
    if ready is not None:
        ready()
    # Waiting on the event would hold its lock for a moment, and a signal at that moment would wait for the lock.
    look = bot.common.vitals.heartbeats.look
    while not ended.is_set() and not (dead := look()):
        time.sleep(LOOK_S)
    if dead:
        log.critical("%s The bot ends with an error, so that it is started again.", dead)
        last_resort = threading.Timer(DEAD_STOP_S, os._exit, (1,))
        last_resort.daemon = True
        last_resort.start()
    log.info("stopping: answering what is running")
    left = bot.stop()
    if left:
        log.error("%s not answered before the stop", count(left, "command"))
    return 1 if left or dead else 0


def _log_running(bot: Bot) -> None:
    settings, rows = bot.common.settings, bot.common.store.workspaces.list(enabled=True)
    workspaces = count(len(rows), "workspace")
    by_teams_alone = settings.teams.enabled and all(row.chat == "teams" for row in rows)
    if not settings.slack.socket_mode or by_teams_alone:
        log.info("running; %s, by HTTP alone", workspaces)
    elif connections := bot.part(SlackPart).connections(CONNECT_S):
        log.info("running; %s, %s to Slack so far", workspaces, count(connections, "connection"))
    else:
        log.warning("running; %s, but no connection to Slack yet; `check` says what may be wrong", workspaces)
