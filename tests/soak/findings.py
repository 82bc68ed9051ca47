"""What a soak has shown, as the rows of its report; those that are not `right` make it fail."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator

from bot.app.webnet_part import READERS
from bot.delivery.worker import SENDERS
from bot.settings.table import Settings
from store.audit import AuditFilter
from store.models import CardRow
from tests.delivery.scenarios import Finding
from tests.soak.growth import ALLOWED, WHAT, Life, Stored, fitted
from tests.soak.run import PLACES, Soak

MOST_GROWTH = 0.10
LEAST_SAMPLES = 10
BOT = 9  # its user in WebNet
WORKERS = Settings().commands.workers
POOLED = WORKERS + READERS + WORKERS + SENDERS + 4 + 2 * Settings().slack.connections
"""Connections to WebNet, to Slack, and Socket Mode's, of which the old ones stay a while. They are kept open once they were needed."""
LINES = ("config_block", "config_digest", "config_place")  # tables of the lines of the configs
BY_DESIGN = (
    "chatops_command",
    "event",
    "delivery",
    "job",
    "job_device",
    "job_outcome",
    "card",
    "notice_message",
    "mark",
    "open_fault",
)  # until they are older than `retention`
KEPT_FOR_A_WHILE = ("seen_key", "compliance_state")


def counted(soak: Soak) -> Iterator[Finding]:
    """All that is a count, and so does not depend on the machine."""
    yield from events(soak)
    yield from commands(soak)
    yield from jobs(soak)
    yield from cards(soak)
    yield from never_at_all(soak)
    yield from rows(soak)


def events(soak: Soak) -> Iterator[Finding]:
    for (channel, kind), count in sorted(soak.delivered.counts().items()):
        measured = f"{count.expected:,}: {count.once:,} delivered once, {count.again} again, {count.never} never"
        yield Finding(f"{kind} events for {channel}", measured, not count.never and bool(count.expected))
    kills, lost = sum(len(replica.kills) for replica in soak.replicas), soak.troubles.ambiguous
    again = Counter(channel for _, channel, _ in soak.delivered.again)
    measured = (
        f"{again.total()} of {soak.delivered.messages:,}; {kills} kills, {lost.total()} posts whose answer was lost"
    )
    # A kill can meet a post in each channel.
    right = all(number <= kills + lost[channel] for channel, number in again.items())
    yield Finding("messages that delivered something again", measured, right)


def commands(soak: Soak) -> Iterator[Finding]:
    desk, counts = soak.desk, soak.desk.counts
    shares = ", ".join(f"{number:,} {what}" for what, number in sorted(counts.items()) if what != "lost")
    acks = sorted(desk.acks_ms) or [0.0]
    p99 = acks[len(acks) * 99 // 100]
    measured = f"{shares}, {counts['lost']} lost; acks p50 {statistics.median(acks):.1f}, p99 {p99:.0f} ms"
    right = not desk.lost and not desk.open and counts["answered"] > 0
    yield Finding(f"{desk.total:,} commands and clicks", measured, right)
    traces = desk.traces()
    measured = ", ".join(f"{number} {what}" for what, number in traces.items()) or "none"
    right = not sum(
        number for what, number in traces.items() if not what.startswith(("interrupted, notified", "no row"))
    )
    yield Finding("changing commands that a kill cut off", measured, right)
    interrupted = list(soak.store.audit.each(AuditFilter(status="interrupted")))
    unnotified = sum(row.told_at is None for row in interrupted)
    refused = sum(replica.said("was not notified:") for replica in soak.replicas)
    measured = f"{len(interrupted)} rows, {soak.delivered.interruptions} direct messages, {refused} not taken by Slack"
    right = not unnotified and soak.delivered.interruptions + refused >= len(interrupted)
    yield Finding("commands closed as interrupted", measured, right and not soak.running_rows())


def jobs(soak: Soak) -> Iterator[Finding]:
    """Each that the bot's account started has its row, or one that says that nobody knows."""
    with soak.webnet.lock:
        rows = [row for row in soak.webnet.rows("jobs") if row["id"] >= soak.events.first_job]
        started = {row["id"] for row in rows if row["user"] == BOT}
    known: set[int] = set()
    unclear = 0
    for row in soak.store.audit.each():
        known |= {row.job_id} if row.job_id is not None else set()
        unclear += row.job_id is None and row.status in ("interrupted", "unclear")
    measured = f"{len(started)}, {len(started - known)} in no row; {unclear} rows say that it is not known"
    yield Finding(f"of {len(rows):,} jobs those that the bot started", measured, len(started - known) <= unclear)


def cards(soak: Soak) -> Iterator[Finding]:
    """The store says how many cards a job has in a channel: one that was cut off by a kill can be shown twice."""
    expected = Counter(
        (str(channel), str(job))
        for channel, job in soak.store.database.tuples(CardRow.select(CardRow.channel_id, CardRow.job_id))
    )
    delivered = soak.delivered
    with soak.slack.world.changed:
        never = [place for place in delivered.cards if not delivered.card_ends[place]]
        again = sum(max(0, ends - expected[place]) for place, ends in delivered.card_ends.items())
        ends = sum(delivered.card_ends.values())
    kills = sum(len(replica.kills) for replica in soak.replicas)
    measured = f"{sum(expected.values())}: {ends - again} ends delivered once, {again} again, {len(never)} never"
    yield Finding("cards", measured, not never and again <= kills)


def never_at_all(soak: Soak) -> Iterator[Finding]:
    for what, found in (
        ("delivered to a channel that had not asked, or that never happened", soak.delivered.uninvited()),
        ("messages that Slack refused", soak.delivered.refused),
        ("live markup from outside", soak.delivered.markup),
        ("names of another tenant's devices", soak.delivered.crossed),
        ("jobs started past the gate", soak.violations),
    ):
        yield Finding(what, f"{len(found)} {found[:2] if found else ''}".strip(), not found)


def rows(soak: Soak) -> Iterator[Finding]:
    """Rows that grow by design, each beside what it was written for; the others must not depend on the length."""
    last = soak.stored[-1].rows
    asked = {place.channel: place for place in PLACES}
    most = sum(
        place.may_get(customer, flag)
        for customer, flag, times in soak.delivered.happened.values()
        for _ in range(times)
        for place in asked.values()
    )
    measured = f"{last['delivery']:,} deliveries of {last['event']:,} events, where at most {most:,} were asked for"
    yield Finding("rows of the outbox", measured, last["delivery"] <= most)
    measured = f"{last['chatops_command']:,} rows of {soak.desk.total:,} commands and clicks, {soak.desk.acked:,} acked"
    yield Finding("rows of the audit log", measured, last["chatops_command"] <= soak.desk.total)
    others = sorted(set(last) - {*BY_DESIGN, *KEPT_FOR_A_WHILE})
    bounds = {"device": 170, "kept_config": 170, "missing_id": 200} | dict.fromkeys(LINES, 20_000)
    large = {name: last[name] for name in others if last[name] > bounds.get(name, 50)}
    measured = ", ".join(f"{name} {last[name]}" for name in others if last[name])
    yield Finding("rows that do not grow", measured, not large)


def grown(soak: Soak) -> Iterator[Finding]:
    for replica in soak.replicas:
        lives = [life for life in replica.lives if len(life.after(_warm_up_s(soak, life))) >= LEAST_SAMPLES]
        what = f"{replica.name}: {len(replica.lives)} lives" if replica.kills else f"{replica.name}: one life"
        if not lives:
            yield Finding(what, "none was long enough to say how it grows", right=True)
            continue
        life = max(lives, key=lambda each: len(each.samples))
        for name, words in WHAT.items():
            growth = fitted(life.after(_warm_up_s(soak, life)), name)
            length_s = life.samples[-1].at - life.samples[0].at
            measured = f"{growth.first:.1f} → {growth.last:.1f} ({growth.share:+.1%}), at most {growth.most:.1f}"
            measured += f", in {length_s / 60:.1f} minutes"
            yield Finding(f"{what}, {words}", measured, growth.within(MOST_GROWTH, ALLOWED[name]))
        most = max(sample.sockets for each in replica.lives for sample in each.samples)
        measured = f"at most {most}, where its pools may keep {POOLED}"
        yield Finding(f"{what}, connections to Slack and WebNet", measured, most <= POOLED)
    yield from _store(soak)


def _warm_up_s(soak: Soak, life: Life) -> float:
    """A killed replica's lives are short: the pools fill in the first third of a minute."""
    return soak.plan.warm_up_s if len(soak.replicas[0].lives) == 1 and life in soak.replicas[0].lives else 20.0


def _store(soak: Soak) -> Iterator[Finding]:
    """Bytes of the database per row that is kept by design, in the earlier and in the later half after the warm-up."""
    samples = soak.stored[len(soak.stored) // 4 :]
    if len(samples) < 5:
        return
    begin, middle, end = samples[0], samples[len(samples) // 2], samples[-1]
    earlier, later = _per_row(begin, middle), _per_row(middle, end)
    measured = f"{begin.size / 2**20:.1f} → {end.size / 2**20:.1f} MiB; {earlier:,.0f}, then {later:,.0f} bytes a row"
    measured += f" ({_kept(end):,} rows); most of it {_largest(begin, end)}"
    yield Finding("store", measured, later <= 1.5 * max(earlier, 1.0))


def _per_row(first: Stored, last: Stored) -> float:
    return (last.size - first.size) / max(1, _kept(last) - _kept(first))


def _largest(first: Stored, last: Stored) -> str:
    grown = {name: last.sizes[name] - first.sizes[name] for name in last.sizes}
    three = sorted(grown, key=grown.__getitem__, reverse=True)[:3]
    return ", ".join(f"{name} {grown[name] / 2**20:+.1f} ({last.rows[name]:,} rows)" for name in three)


def _kept(found: Stored) -> int:
    return sum(found.rows[name] for name in (*BY_DESIGN, *KEPT_FOR_A_WHILE))
