"""What a replay found: one object for machines, a table for people."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from local.replay.latency import Histogram
from local.replay.truth import Check

FIRST = 5
"""So many differences of each check are shown to people."""


@dataclass(frozen=True)
class Times:
    """A latency: how many samples, and two percentiles, ms; None without samples."""

    count: int
    p50: float | None
    p99: float | None

    @classmethod
    def of(cls, histogram: Histogram) -> "Times":
        """The percentiles of a histogram."""
        return cls(histogram.count, histogram.percentile_ms(50), histogram.percentile_ms(99))


@dataclass(frozen=True)
class Report:
    """The result of a replay.

    Attributes:
        messages: how many were acknowledged.
        failures: how many sends failed.
        skipped_empty: messages of the file that have no text.
        retries: calls that were made again because their outcome was unknown.
        stream_losses: how often a stream of an attached person had to be opened again.
        send_s: how long the sending took, s.
        quiet_s: how long it took from the last acknowledgement until every decision was made and every push sent, s.
        messages_per_s: acknowledged messages by `send_s`.
        send_ms: from the start of a send to its acknowledgement.
        badge_ms: from the start of a send to the first badge of each attached other member that counts it.
        surfaces: how many people were told where at first, by surface.
        surfaces_again: the same, of what was decided later: escalations, and what had waited for presence.
        pushes: pushes decided for registered devices.
        banners: banners and browser notifications that reached attached people.
        cpu_s: CPU seconds by process, from the first send until quiet.
        checks: the promises and what was compared.
        seed: of what happened beside the messages; None if nothing did.
        changes: what happened beside the messages, by kind.
    """

    rooms: int
    people: int
    attached: int
    devices: int
    messages: int
    failures: int
    skipped_empty: int
    retries: int
    stream_losses: int
    send_s: float
    quiet_s: float
    messages_per_s: float
    send_ms: Times
    badge_ms: Times
    surfaces: Mapping[str, int]
    surfaces_again: Mapping[str, int]
    pushes: int
    banners: int
    cpu_s: Mapping[str, float]
    checks: list[Check]
    seed: int | None = None
    changes: Mapping[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether every check holds."""
        return all(check.ok for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """The report as one object; each check has `ok`, what was compared, and the first differences."""
        content = asdict(self)
        content["checks"] = checks_as_json(self.checks)
        return {"ok": self.ok, **content}

    def print(self, console: Console) -> None:
        """Prints the table, and the first differences of each check that fails."""
        numbers = Table(show_header=False, box=None, pad_edge=False)
        numbers.add_column(style="bold")
        numbers.add_column(justify="right")
        for name, value in self._lines():
            numbers.add_row(name, value)
        console.print(numbers)
        print_checks(console, self.checks)

    def _lines(self) -> list[tuple[str, str]]:
        cpu = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.cpu_s.items())
        changes = ", ".join(f"{name} {count:,}" for name, count in self.changes.items())
        changed = [] if self.seed is None else [(f"changes (seed {self.seed})", changes or "none")]
        return [
            ("rooms", f"{self.rooms:,}"),
            ("people", f"{self.people:,} ({self.attached:,} attached, {self.devices:,} with a device)"),
            ("messages", f"{self.messages:,}"),
            *changed,
            ("failures", f"{self.failures:,}"),
            ("skipped, empty", f"{self.skipped_empty:,}"),
            ("calls made again", f"{self.retries:,}"),
            ("streams opened again", f"{self.stream_losses:,}"),
            ("messages/s", f"{self.messages_per_s:,.0f} (over {self.send_s:.1f} s; quiet {self.quiet_s:.1f} s later)"),
            ("send latency p50, p99", _ms(self.send_ms)),
            ("send to badge p50, p99", _ms(self.badge_ms)),
            ("decided at first", _counts(self.surfaces)),
            ("decided again later", _counts(self.surfaces_again)),
            ("pushes to devices", f"{self.pushes:,}"),
            ("banners shown", f"{self.banners:,}"),
            ("CPU seconds", cpu),
        ]


def print_checks(console: Console, checks: Sequence[Check]) -> None:
    """Prints a table of checks, and the first differences of each that fails."""
    table = Table("", "check", "compared", "wrong", box=None, pad_edge=False)
    for check in checks:
        mark = "[green]✓[/]" if check.ok else "[red]✗[/]"
        table.add_row(mark, check.name, f"{check.compared:,}", f"{check.wrong:,}")
    console.print()
    console.print(table)
    for check in checks:
        if not check.ok:
            console.print(f"\n✗ {check.name}: {check.wrong:,} wrong, the first:", style="red", highlight=False)
            for difference in check.differences[:FIRST]:
                console.print(f"  {difference}", markup=False, highlight=False, soft_wrap=True)


def checks_as_json(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Each check with `ok`, what was compared, and the first differences."""
    return [{**asdict(check), "ok": check.ok} for check in checks]


def _ms(times: Times) -> str:
    if times.p50 is None or times.p99 is None:
        return "no sample"
    return f"{times.p50:,.1f} ms, {times.p99:,.1f} ms ({times.count:,} samples)"


def _counts(surfaces: Mapping[str, int]) -> str:
    return ", ".join(f"{surface.lower()} {count:,}" for surface, count in sorted(surfaces.items())) or "nothing"
