"""Makes the reports of channels when their time has come, and keeps the numbers of every day."""

from __future__ import annotations

from collections.abc import Callable

from bot.app.part import Common, Part, Task
from bot.context import Services, report_reader
from bot.reports.maker import Read, ReportMaker

EVERY_S = 10.0
NUMBERS_EVERY_S = 600.0  # not at the start, when the first bot of a store knows of nothing yet
REPORTING = "making reports"  # the name of the task


class ReportsPart(Part):
    def __init__(
        self,
        common: Common,
        services: Services,
        read: Read,
        written: Callable[[], None],
    ) -> None:
        """`read` reads every section, and `written` is called when a report was enqueued."""
        self.maker = ReportMaker(
            common.store,
            common.instance,
            lambda customer, workspace, since: report_reader(services, customer, workspace, since),
            read,
            services.customer_name,
            written,
            common.metrics,
            common.store.reports.now,
        )

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (
            Task(REPORTING, EVERY_S, self.maker.tick),
            Task("keeping the numbers of the day", NUMBERS_EVERY_S, self.maker.keep_numbers, at_once=False),
        )
