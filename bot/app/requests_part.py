"""Brings stored requests on: those that wait for a decision, and those that were allowed."""

from __future__ import annotations

from functools import partial

from bot.app.chats import Chats
from bot.app.part import Common, Part, Task
from bot.approvals.messages import Messages, RequestViews
from bot.approvals.runner import Runner
from bot.context import Services
from bot.core.cards import CardOpener, NewCard
from bot.core.commands import CommandRequest
from bot.core.message import AnyCard, DeployCard, LiveLogCard, RequestCard
from bot.core.pipeline import Performer
from bot.deploys.deploy import COMMAND as DEPLOY

EVERY_S = 5.0  # what is decided here is worked on at once
ADVANCING = "advancing requests"  # the name of the task


class Openers:
    """Is `core.cards.CardOpener` for every kind of card: those of jobs, of requests, of deploys and of live logs."""

    def __init__(self, jobs: CardOpener, requests: CardOpener, deploys: CardOpener, live_logs: CardOpener) -> None:
        self._jobs = jobs
        self._requests = requests
        self._deploys = deploys
        self._live_logs = live_logs

    def open(self, card: AnyCard, request: CommandRequest, *, ephemeral: bool, ref: str) -> NewCard | None:
        match card:
            case RequestCard():
                opener = self._requests
            case DeployCard():
                opener = self._deploys
            case LiveLogCard():
                opener = self._live_logs
            case _:
                opener = self._jobs
        return opener.open(card, request, ephemeral=ephemeral, ref=ref)


class RequestsPart(Part):
    def __init__(
        self,
        common: Common,
        chats: Chats,
        services: Services,
        dispatcher: Performer,
        jobs: CardOpener,
        deploys: CardOpener,
        live_logs: CardOpener,
        views: RequestViews,
    ) -> None:
        store, requests = common.store, services.approvals.requests
        messages = Messages(store.requests, chats, views, chats)
        self.cards = Openers(jobs, messages, deploys, live_logs)
        requests.listeners.append(partial(common.hurry, ADVANCING))
        self._runner = Runner(
            requests,
            services.approvals.approvers,
            messages,
            dispatcher,
            self.cards,
            chats,
            services.webnet,
            store.leases,
            store.audit,
            chats.by_id,
            common.instance,
            elsewhere=(DEPLOY,),
        )

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (Task(ADVANCING, EVERY_S, self._runner.tick),)

    def drain(self) -> int:
        self._runner.stop()
        return 0
