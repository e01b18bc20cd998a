"""One replay from its first call to its report."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from local.ready import Ready
from local.replay.churn import churn
from local.replay.cpu import CpuTime
from local.replay.crowd import Crowd, register_devices
from local.replay.drive import Driver, create_rooms
from local.replay.input import Plan
from local.replay.latency import BadgeDelay
from local.replay.observe import Observer
from local.replay.patience import PATIENCE_S, Patience
from local.replay.report import Report, Times
from local.replay.roles import assign
from local.replay.rooms import Run
from local.replay.stubfile import StubFile
from local.replay.verify import Verifier, wait_for_presence
from local.replay.wire import Wire


@dataclass(frozen=True)
class Options:
    """How a plan is played.

    Attributes:
        rate: at most so many messages a second; 0 for no limit.
        patience_s: after so long without any progress what is still missing counts as missing, s.
        churn_seed: mixes edits, deletes, joins, leaves, reads and mutes in, as this seed wants it; None for none.
    """

    rate: float = 0
    patience_s: float = PATIENCE_S
    churn_seed: int | None = None


async def play(plan: Plan, ready: Ready, options: Options, console: Console) -> Report:
    """Plays a plan against a running suite, in a tenant of its own.

    Args:
        plan: what to send.
        ready: where the suite is.
        options: how to play it.
        console: where progress is shown.

    Raises:
        grpc.aio.AioRpcError: rooms or devices cannot be made, or results not be read back.
        NotAttachedError: somebody cannot be attached.
    """
    wire = Wire(ready, f"replay-{uuid.uuid4().hex[:12]}")
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
    try:
        with progress:
            return await _play(plan, ready, options, wire, progress)
    finally:
        await wire.close()


async def _play(plan: Plan, ready: Ready, options: Options, wire: Wire, progress: Progress) -> Report:
    bar = progress.add_task("making rooms and devices", total=plan.messages)
    cast = assign(plan)
    delay = BadgeDelay(len(plan.rooms))
    for person in plan.persons:
        wire.person(person)  # all tokens are signed now, so that none is within a measured time
    mixed = None if options.churn_seed is None else churn(plan, cast.attached, options.churn_seed)
    conversations = await create_rooms(wire, plan.rooms if mixed is None else mixed.first_rooms(plan))
    await register_devices(wire, cast)
    driver = Driver(wire, plan, conversations, delay, options.rate, mixed)
    moved = [mixed.moved(order) for order in range(len(plan.rooms))] if mixed else []
    crowd = Crowd(wire, cast, conversations, delay, moved)
    stub = StubFile(Path(ready.stub_file), wire.tenant, conversations, cast.devices.values())
    run = Run(plan, cast, conversations, driver, crowd, Observer(wire), stub, mixed)
    progress.update(bar, description=f"attaching {len(crowd.people):,} people")
    async with crowd.attached():
        progress.update(bar, description="waiting until presence knows who is here")
        await wait_for_presence(run.observer)
        progress.update(bar, description="sending")
        cpu = CpuTime(ready.pids)
        began = time.perf_counter()
        async with crowd.reading(), _shown(progress, bar, driver):
            await driver.run()
            sent_at = time.perf_counter()
        verifier = Verifier(
            run, lambda words: progress.update(bar, description=f"comparing: {words}"), Patience(options.patience_s)
        )
        await verifier.quiet()
        quiet_at, cpu_s = time.perf_counter(), cpu.seconds()
        verdict = await verifier.verify()
    progress.update(bar, description="done")
    return Report(
        rooms=len(plan.rooms),
        people=len(plan.persons),
        attached=len(cast.attached),
        devices=len(cast.devices),
        messages=driver.sent,
        failures=driver.failed,
        skipped_empty=plan.skipped_empty,
        retries=driver.retries,
        stream_losses=crowd.losses,
        send_s=round(sent_at - began, 3),
        quiet_s=round(quiet_at - sent_at, 3),
        messages_per_s=round(driver.sent / (sent_at - began), 1),
        send_ms=Times.of(driver.latency),
        badge_ms=Times.of(delay.histogram),
        surfaces=dict(verdict.surfaces),
        surfaces_again=dict(verdict.surfaces_again),
        pushes=verdict.pushes,
        banners=verdict.banners,
        cpu_s=cpu_s,
        checks=verdict.checks,
        seed=options.churn_seed,
        changes=dict(sorted(driver.hands.done.items())),
    )


@asynccontextmanager
async def _shown(progress: Progress, bar: object, driver: Driver) -> AsyncIterator[None]:
    """Shows how far the sending is, four times a second; a call for each message would cost more than the send."""

    async def show() -> None:
        while True:
            progress.update(bar, completed=driver.sent)  # type: ignore[arg-type]
            await asyncio.sleep(0.25)

    task = asyncio.create_task(show())
    try:
        yield
    finally:
        task.cancel()
        progress.update(bar, completed=driver.sent)  # type: ignore[arg-type]
