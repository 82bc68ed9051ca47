from __future__ import annotations

from bot.core.metrics import MOST_SERIES, Ages, Counter, Gauges, Histogram, Labels, Metrics, Series, gauge


def test_what_is_counted_is_found_by_its_labels() -> None:
    counter = Counter("x_total", "X.", "command", "result")
    counter.add("ping", "success")
    counter.add("ping", "success", by=2)
    counter.add("ping", "failed")
    assert {series.labels: series.value for series in counter.family().series} == {
        ("ping", "success"): 3,
        ("ping", "failed"): 1,
    }


def test_a_counter_without_labels_begins_at_zero() -> None:
    assert [series.value for series in Counter("x_total", "X.").family().series] == [0]


def test_words_from_outside_cannot_make_series_without_end() -> None:
    counter = Counter("x_total", "X.", "reason")
    for number in range(10 * MOST_SERIES):
        counter.add(f"reason-{number}")
    counter.add("reason-0")
    found = {series.labels: series.value for series in counter.family().series}
    assert len(found) == MOST_SERIES + 1
    assert found["reason-0",] == 2
    assert found["other",] == 9 * MOST_SERIES


def test_a_histogram_counts_each_value_in_every_bucket_that_holds_it() -> None:
    histogram = Histogram("x_seconds", "X.", bounds=(0.1, 1.0))
    for seconds in (0.1, 0.5, 7.0):
        histogram.observe(seconds)
    (series,) = histogram.family().series
    assert series.buckets == ((0.1, 1), (1.0, 2), (float("inf"), 3))
    assert (series.value, series.total) == (3, 7.6)


def test_gauges_of_one_look_are_read_together_whenever_somebody_asks() -> None:
    gauges, looks = Gauges(gauge("x", "X.", "pool"), gauge("y", "Y.")), iter([1.0, 2.0])

    def look() -> list[dict[Labels, float]]:
        found = next(looks)
        return [{("side",): found}, {(): -found}]

    gauges.read = look
    for expected in (1.0, 2.0):
        x, y = gauges.families()
        assert (x.name, x.series) == ("x", (Series(("side",), expected),))
        assert (y.name, y.series) == ("y", (Series((), -expected),))
    assert [family.series for family in gauges.families()] == [
        (),
        (),
    ]  # the look failed: there is no value, and no error


def test_an_age_grows_with_the_clock() -> None:
    clock = [100.0]
    ages = Ages("x_seconds", "X.", "feed", monotonic=lambda: clock[0])
    ages.now("jobs")
    clock[0] = 130.0
    assert [(series.labels, series.value) for series in ages.family().series] == [(("jobs",), 30.0)]


def test_all_have_names_of_their_own_and_no_label_names_a_tenant_or_a_caller() -> None:
    families = list(Metrics().families())
    assert len({family.name for family in families}) == len(families) > 10
    labels = {label for family in families for label in family.labels}
    assert labels <= {
        "command",
        "result",
        "way",
        "webhook",
        "status",
        "kind",
        "reason",
        "state",
        "feed",
        "pool",
        "block",
    }
