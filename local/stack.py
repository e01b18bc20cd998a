"""The whole local run: everything is started, watched, and ended in the right order."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path

from local import databases
from local.children import Child, describe_end
from local.console import Terminal
from local.errors import LocalError
from local.health import wait_for_gateway, wait_for_service
from local.parts import DRAIN_S, LAST_CALLED, Part, Plan
from local.ready import Ready
from local.together import together

START_S = 60.0
"""How long all parts together may take to get healthy, s."""

TOKENS_S = 3600.0
"""Services' tokens are written anew this often, s."""

AGAIN_S = 1.0
"""A signal this soon after the first is the same Ctrl-C, which came through the terminal and through `uv run`, s."""

END_S = {"service": DRAIN_S + 5, "gateway": 3.0, "surroundings": 3.0, "database": 15.0}
"""How long a part may take to end before it is killed, s."""


class PartEndedError(LocalError):
    """A part ended, or never got healthy, while it was needed."""


class Stack:
    """A local run.

    Args:
        plan: what to start.
        terminal: where log lines go.
    """

    def __init__(self, plan: Plan, terminal: Terminal) -> None:
        self._plan = plan
        self._terminal = terminal
        self._databases: list[Child] = []
        self._services: list[Child] = []
        self._gateway: list[Child] = []
        self._surroundings: list[Child] = []
        self._told_at = 0.0

    async def run(self, ready_files: list[Path], greet: Callable[[Ready], None]) -> None:
        """Starts everything, tells where it is, and ends it on SIGINT or SIGTERM.

        Args:
            ready_files: files that are written once everything is healthy, and removed at the end.
            greet: is called once everything is healthy.

        Raises:
            LocalError: something cannot be started, or ended unexpectedly; everything else has been ended.
        """
        told = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._on_signal, told)
        for file in ready_files:
            file.unlink(missing_ok=True)
        try:
            await self._until(told, self._start())
            if told.is_set():
                return
            ready = self._plan.ready({child.name: child.pid for child in self._all()})
            for file in ready_files:
                ready.write(file)
            self._terminal.calm = True
            greet(ready)
            await self._until(told, self._renew_tokens())
        finally:
            for file in ready_files:
                file.unlink(missing_ok=True)
            await self._end()

    async def _start(self) -> None:
        """What services need, then those that are called, then those that call; returns when all are healthy."""
        for part in self._plan.databases():
            self._databases.append(await self._child(part))
        mongodb, valkey = self._databases
        surroundings = [self._plan.push(), *([self._plan.web()] if self._plan.has_application else [])]
        for part in surroundings:
            self._surroundings.append(await self._child(part))
        await together(
            asyncio.to_thread(databases.wait_for_mongod, mongodb, self._plan.ports.mongodb, START_S),
            asyncio.to_thread(databases.wait_for_port, valkey, "valkey", self._plan.ports.valkey),
            *(self._listens(*pair) for pair in zip(surroundings, self._surroundings, strict=True)),
        )
        self._plan.renew_tokens()
        services = self._plan.services()
        # All are started before the first gRPC call of this process: gRPC's threads and forks do not mix.
        for part in services:
            self._services.append(await self._child(part))
            if part.name == LAST_CALLED:
                await together(*(self._listens(*pair) for pair in zip(services, self._services, strict=False)))
        self._gateway.append(await self._child(self._plan.gateway()))
        await together(
            *(
                wait_for_service(part.name, child, part.port, START_S)
                for part, child in zip(services, self._services, strict=True)
            ),
        )
        await wait_for_gateway(self._gateway[0], self._plan.ports.envoy_admin, START_S)

    async def _listens(self, part: Part, child: Child) -> None:
        await asyncio.to_thread(databases.wait_for_port, child, part.name, part.port, START_S)

    async def _child(self, part: Part) -> Child:
        log = self._plan.folder.logs / f"{part.name}.log"
        return await Child.start(part.name, part.command, part.environment, log, self._terminal.show)

    async def _renew_tokens(self) -> None:
        while True:
            await asyncio.sleep(TOKENS_S)
            self._plan.renew_tokens()

    async def _until(self, told: asyncio.Event, work: Coroutine[None, None, None]) -> None:
        """Works until the work is done, somebody says stop, or a part ends."""
        tasks = {
            asyncio.create_task(work): "work",
            asyncio.create_task(told.wait()): "told",
            asyncio.create_task(self._first_end()): "ended",
        }
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
        except databases.NotReadyError as error:
            await asyncio.sleep(0.2)  # its last words are still on their way
            raise PartEndedError(f"{error}{self._last_words(error.part)}") from None
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _first_end(self) -> None:
        while True:
            for child in self._all():
                if child.returncode is not None:
                    status = await child.wait()
                    raise PartEndedError(
                        f"{child.name} {describe_end(status)}, although it is needed; the others are ended too."
                        + self._last_words(child.name)
                    )
            await asyncio.sleep(0.1)

    def _last_words(self, part: str) -> str:
        child = next(child for child in self._all() if child.name == part)
        lines = "".join(f"\n    {line[:400]}" for line in child.last)
        where = f" (all of them: {child.log})" if self._plan.folder.kept else ""
        return f"\nIts last words{where}:{lines}" if lines else "\nIt said nothing."

    def _all(self) -> list[Child]:
        return [*self._databases, *self._surroundings, *self._services, *self._gateway]

    def _on_signal(self, told: asyncio.Event) -> None:
        now = asyncio.get_running_loop().time()
        if not told.is_set():
            self._told_at = now
            self._terminal.calm = False
            self._terminal.say("ending; once more ends everything at once", style="bold")
            told.set()
        elif now - self._told_at > AGAIN_S:
            for child in self._all():
                child.kill()

    async def _end(self) -> None:
        """The services drain first, while the gateway still carries their farewells; the databases come last."""
        for kind, children in (
            ("service", self._services),
            ("gateway", self._gateway),
            ("surroundings", self._surroundings),
            ("database", self._databases),
        ):
            ended = await asyncio.gather(*(child.end(END_S[kind]) for child in children))
            for child, by_itself in zip(children, ended, strict=True):
                if not by_itself:
                    self._terminal.say(f"{child.name} did not end within {END_S[kind]:.0f} s and was killed")
