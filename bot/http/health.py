"""`/healthz`, `/readyz` and `/metrics` serve what watches the bot. None of them names a tenant or a caller."""

from __future__ import annotations

from collections.abc import Iterator

from anyio import CapacityLimiter, to_thread
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.core.metrics import Family, Metrics
from bot.http.parts import Parts

_THREADS = 2  # of their own: they are asked most when everything else is busy


class _Ours(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        return map(_shown, self._metrics.families())


def _shown(family: Family) -> Metric:
    name, words, labels = family.name, family.words, family.labels
    if family.kind == "histogram":
        histogram = HistogramMetricFamily(name, words, labels=labels)
        for each in family.series:
            buckets = [("+Inf" if bound == float("inf") else str(bound), float(n)) for bound, n in each.buckets]
            histogram.add_metric(each.labels, buckets, each.total)
        return histogram
    found = (CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily)(name, words, labels=labels)
    for each in family.series:
        found.add_metric(each.labels, each.value)
    return found


def health(parts: Parts) -> list[Route]:
    limiter: list[CapacityLimiter] = []

    async def alive(_: Request) -> Response:
        """Says whether every thread lives and every loop comes round: it asks nobody and waits for nothing."""
        wrong, ages_s = parts.vitals.wrong(), parts.vitals.heartbeats.ages_s()
        body = {
            "status": "not ok" if wrong else "ok",
            "wrong": dict(wrong),
            "loops_s": {name: round(age_s, 1) for name, age_s in sorted(ages_s.items())},
            "oldest_command_s": round(parts.vitals.load().oldest_s, 1),
        }
        return JSONResponse(body, 503 if wrong else 200)

    async def ready(_: Request) -> Response:
        if not limiter:  # made on the loop that it belongs to
            limiter.append(CapacityLimiter(_THREADS))
        trouble = await to_thread.run_sync(parts.trouble, limiter=limiter[0])
        degraded = parts.degraded()
        body = {
            "status": "not ready" if trouble else "degraded" if degraded else "ready",
            "wrong": dict(trouble),
            "degraded": dict(degraded),
            "last_write_s": round(parts.vitals.written_s(), 1),
        }
        return JSONResponse(body, 503 if trouble else 200)

    return [Route("/healthz", alive), Route("/readyz", ready)]


def metrics(counted: Metrics) -> Route:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Ours(counted))

    async def shown(_: Request) -> Response:
        text = await to_thread.run_sync(generate_latest, registry)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    return Route("/metrics", shown)
