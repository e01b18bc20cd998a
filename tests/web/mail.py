"""Looks for e-mail wherever a channel for it would have to leave a trace."""

import ast
import asyncio
import re
import tomllib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from gateway.routes import SERVICES
from services.chassis.settings import ServiceSettings
from services.messaging.settings import MessagingSettings
from services.notifier.settings import NotifierSettings
from services.presence.settings import PresenceSettings
from services.unread.settings import UnreadSettings

ROOT = Path(__file__).resolve().parents[2]
WORDS = re.compile(r"e_?-?mail|smtp|sendgrid|mailgun|postmark|sparkpost|mailer|imap|pop3", re.IGNORECASE)
MODULES = ("smtplib", "smtpd", "imaplib", "poplib", "aiosmtplib", "email", "mailbox", "nntplib")
NO_MAIL = "email.utils"
"""Reads dates of HTTP."""

PORTS = frozenset({25, 110, 143, 465, 587, 993, 995, 2525})
"""Of SMTP, submission, POP3 and IMAP (IANA), and the usual one beside them."""


class Connections:
    """To which ports some processes connect while they are looked at (Linux: /proc)."""

    def __init__(self, processes: Iterable[int]) -> None:
        self.ports: set[int] = set()
        self._processes = list(processes)

    @property
    def of_mail(self) -> set[int]:
        """Those of mail services."""
        return self.ports & PORTS

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Looks as often as it can until the block ends."""
        looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

    async def _look(self) -> None:
        while True:
            for process in self._processes:
                self.ports |= _ports(Path(f"/proc/{process}"))
            await asyncio.sleep(0.02)


def _ports(process: Path) -> set[int]:
    """The remote ports of a process's TCP connections."""
    own = set()
    for file in (process / "fd").iterdir():
        with suppress(OSError):
            own.add(str(file.readlink()))
    found = set()
    for table in ("net/tcp", "net/tcp6"):
        for line in (process / table).read_text().splitlines()[1:]:
            parts = line.split()
            if f"socket:[{parts[9]}]" in own:
                found.add(int(parts[2].rsplit(":", 1)[1], 16))
    return found


def in_contracts() -> list[str]:
    """Services, methods, messages, fields and values of the contracts that name it."""
    names: list[str] = []
    for service in SERVICES.values():
        file = service.file
        names += [method.full_name for method in service.methods]
        messages = list(file.message_types_by_name.values())
        while messages:
            message = messages.pop()
            messages += message.nested_types
            names += [message.full_name, *(field.full_name for field in message.fields)]
            names += [value.name for enum in message.enum_types for value in enum.values]
        names += [value.name for enum in file.enum_types_by_name.values() for value in enum.values]
    assert len(names) > 500, "the contracts were read"
    return _named(names)


def in_settings() -> list[str]:
    """Settings of the services that name it; the operator's own address, for push services, is one of theirs."""
    every: tuple[type[ServiceSettings], ...] = (MessagingSettings, NotifierSettings, PresenceSettings, UnreadSettings)
    return _named(name for settings in every for name in settings.model_fields)


def in_dependencies() -> list[str]:
    """Packages that the application is made of, and that are for it."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    names = [package["name"] for package in lock["package"]]
    assert "grpcio" in names
    return _named(names)


def in_code() -> list[str]:
    """Modules of the services, the gateway and the local run that import a library for it."""
    found = []
    files = [file for part in ("services", "local", "gateway") for file in (ROOT / part).rglob("*.py")]
    assert len(files) > 100
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                imported.append(node.module)
            found += [
                f"{file.relative_to(ROOT)}: {name}"
                for name in imported
                if name != NO_MAIL and name.split(".")[0] in MODULES
            ]
    return found


def _named(names: Iterable[str]) -> list[str]:
    return [name for name in names if WORDS.search(name)]
