"""What a fake push service answers, and how: well, badly, slowly, or not at all."""

import asyncio
import contextlib
import re
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

HUGE_BYTES = 100 * 1024 * 1024
"""The length of a body that nobody should read to its end."""

MANNERS = ("", "hang", "drip", "huge", "nonsense", "reset", "half")
"""How an answer is given: properly; never; one byte a second; with a huge body; as bytes that are no HTTP; by closing
the connection; by closing it in the middle of the answer."""

_SPEC = re.compile(
    r"(?P<status>[0-9]{3})?(?: ?(?P<code>[A-Z_]+))?(?:;retry-after=(?P<after>[^;]*))?(?:;(?P<manner>[a-z]+))?"
)


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes:
        status: of HTTP; 0 for what the service answers by itself.
        code: FCM's error code; empty for the usual one of the status.
        retry_after: the header of that name; empty for none.
        manner: one of `MANNERS`.
    """

    status: int = 0
    code: str = ""
    retry_after: str = ""
    manner: str = ""

    @classmethod
    def parse(cls, text: str) -> "Answer":
        """Reads "410", "404 UNREGISTERED", "429;retry-after=60", "201;drip", "hang".

        Raises:
            ValueError: it is none of these.
        """
        if text in MANNERS:
            return cls(manner=text)
        found = _SPEC.fullmatch(text)
        if not found or not text or (found["manner"] or "") not in MANNERS:
            raise ValueError(f"{text!r} is no answer; examples: 410, 404 UNREGISTERED, 429;retry-after=60, 201;drip")
        return cls(int(found["status"] or 0), found["code"] or "", found["after"] or "", found["manner"] or "")


OWN = Answer()
"""What the service answers by itself."""


@dataclass
class Script:
    """What each target is answered; who is not in it gets the service's own answer."""

    _lines: defaultdict[str, deque[Answer]] = field(default_factory=lambda: defaultdict(deque))

    def tell(self, target: str, *answers: Answer | str) -> None:
        """From now on a target gets these answers, one after the other; the last one stays. Without any, its own."""
        self._lines[target] = deque(Answer.parse(answer) if isinstance(answer, str) else answer for answer in answers)

    def next(self, target: str) -> Answer:
        """The answer of this time."""
        line = self._lines.get(target)
        if not line:
            return OWN
        return line.popleft() if len(line) > 1 else line[0]


async def give(
    request: web.Request, answer: Answer, status: int, headers: Mapping[str, str], body: bytes
) -> web.StreamResponse:
    """Answers a request in the manner that was asked for."""
    headers = {**headers, **({"Retry-After": answer.retry_after} if answer.retry_after else {})}
    if 300 <= status < 400:
        headers.setdefault("Location", f"{request.scheme}://{request.host}/elsewhere")
    if not answer.manner:
        return web.Response(status=status, headers=headers, body=body)
    # Who is answered badly gives up and closes; that is the expected end.
    with contextlib.suppress(ConnectionError):
        await _badly(request, answer.manner, status, headers)
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=status)


async def _badly(request: web.Request, manner: str, status: int, headers: Mapping[str, str]) -> None:
    transport = request.transport
    if manner == "hang":
        while transport is not None and not transport.is_closing():
            await asyncio.sleep(0.05)
    elif manner == "nonsense" and transport is not None:
        transport.write(b"\x00\x01 what is this \xff\xfe\r\n\r\n")
        await asyncio.sleep(0.05)
    elif manner == "half" and transport is not None:
        transport.write(f"HTTP/1.1 {status} Half\r\nContent-Length: 1000\r\n\r\n{{".encode())
        await asyncio.sleep(0.05)
    elif manner in {"drip", "huge"}:
        length = HUGE_BYTES if manner == "huge" else 3_600
        response = web.StreamResponse(status=status, headers={**headers, "Content-Length": str(length)})
        await response.prepare(request)
        while length:
            part = min(length, 65_536 if manner == "huge" else 1)
            await response.write(b"x" * part)
            length -= part
            if manner == "drip":
                await asyncio.sleep(1)
