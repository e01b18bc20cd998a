"""Makes `docs/screens/*.png`, the pictures of the demo application, of a real run.

python docs/screenshots.py [READY_FILE]   beside a running `make up`; without one it starts one, and ends it
"""

import asyncio
import struct
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from conversations.messaging.v1 import messaging_pb2
from playwright.async_api import Browser, Page, async_playwright

from local.client import CALL_S, Connection
from local.demo import content
from local.ready import Ready

CHROMIUM = Path("/usr/bin/chromium")
SCREENS = Path(__file__).with_name("screens")
WIDE = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
MOST_BYTES = 150_000
"""A page with all pictures should still load quickly, bytes for each."""

COLOURS, ALIKE = 256, 40
"""So many colours a picture has, and how near two are that nobody tells apart, by the square of their distance."""

START_S, TALK_S, PACE_S = 90, 25, 0.15
"""How long the stack may take, how long the project talks before the pictures, how long between two lines, s."""


@asynccontextmanager
async def running() -> AsyncIterator[Path]:
    """A stack of its own; answers its ready file."""
    with tempfile.TemporaryDirectory(prefix="conversations-") as folder:
        ready = Path(folder) / "ready.json"
        command = [sys.executable, "-m", "local", "up", "--ephemeral", "--ready-file", str(ready)]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
        try:
            async with asyncio.timeout(START_S):
                while not ready.exists():
                    await asyncio.sleep(0.2)
            yield ready
        finally:
            process.terminate()
            await process.wait()


async def demo(ready: Path, *options: str) -> asyncio.subprocess.Process:
    """The project, talking."""
    command = [sys.executable, "-m", "local", "demo", "--seed", "11", "--against", str(ready), *options]
    return await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)


@asynccontextmanager
async def talking(ready: Path) -> AsyncIterator[None]:
    """Lets the project talk for a while; its people stay at their desks until the pictures are taken."""
    if await (await demo(ready, "--pace", str(PACE_S), "--for", str(TALK_S))).wait() != 0:
        raise SystemExit("the demo did not run")
    quiet = await demo(ready, "--pace", "30")
    try:
        await asyncio.sleep(5)
        yield
    finally:
        quiet.terminate()
        await quiet.wait()


class Camera:
    """Takes pictures of one person's screen.

    Args:
        browser: in which browser.
        address: where the application is.
        project: the project's id.
    """

    def __init__(self, browser: Browser, address: str, project: str) -> None:
        self._browser = browser
        self._address = address
        self._project = project

    async def page(self, place: str, *, dark: bool = False, phone: bool = False, person: str = "dana") -> Page:
        """A tab at a page, live and settled."""
        look: dict[str, Any] = {**(PHONE if phone else WIDE), "color_scheme": "dark" if dark else "light"}
        context = await self._browser.new_context(**look)
        page = await context.new_page()
        path = place if place.startswith("/") else f"/projects/{self._project}/{place}"
        await page.goto(f"{self._address}{path}?as={person}")
        await page.locator("[data-testid=connection][data-state=connected]").wait_for(state="attached")
        await asyncio.sleep(2)
        return page

    async def take(self, name: str, page: Page) -> None:
        """A picture of what the tab shows; the tab is closed."""
        if page.viewport_size == WIDE["viewport"]:
            await page.mouse.move(2, 400)
        picture = small(await page.screenshot())
        if len(picture) > MOST_BYTES:
            raise SystemExit(f"{name} has {len(picture):,} bytes")
        SCREENS.mkdir(exist_ok=True)
        (SCREENS / f"{name}.png").write_bytes(picture)
        print(f"{name}.png {len(picture):,} bytes")
        await page.context.close()


async def pictures(ready: Ready, camera: Camera) -> None:
    """All of them."""
    page = await camera.page("home")
    async with Connection(ready) as connection:
        marco = connection.person(content.read().tenant, "marco", actor="demo")
        await page.mouse.move(640, 400)
        await page.mouse.move(650, 410)
        direct = messaging_pb2.CreateDirectConversationRequest(person="dana")
        answer = await connection.messaging.CreateDirectConversation(direct, metadata=marco.metadata(), timeout=CALL_S)
        said = messaging_pb2.SendMessageRequest(
            conversation=answer.conversation.conversation,
            client_key="picture",
            text="Inspector is at the south gate. Do you want to come down?",
        )
        await connection.messaging.SendMessage(said, metadata=marco.metadata(), timeout=CALL_S)
    await page.get_by_test_id("banner").wait_for()
    await asyncio.sleep(0.5)
    await camera.take("home", page)

    async def thread(tab: str, title: str, *, dark: bool = False, phone: bool = False) -> Page:
        page = await camera.page("/conversations", dark=dark, phone=phone)
        rows = page.get_by_role("list", name="Conversations", exact=True)
        # Among all of them it may be so far down that it is not there yet.
        await page.get_by_role("button", name=tab, exact=True).click()
        await rows.get_by_role("link", name=title).first.click()
        if not phone:
            await page.get_by_role("button", name="All", exact=True).click()
        await page.get_by_role("log", name="Messages", exact=True).get_by_role("article").first.wait_for()
        await asyncio.sleep(1.5)
        return page

    await camera.take("item", await camera.page("rfis/114"))
    await camera.take("rfis", await camera.page("rfis"))
    await camera.take("conversations", await thread("Items", "Change order 017"))
    await camera.take("conversations-dark", await thread("Groups", "Level 3 deck pour", dark=True))
    await camera.take("item-dark", await camera.page("rfis/121", dark=True))
    await camera.take("notifications", await camera.page("/settings/notifications"))
    await camera.take("phone-home", await camera.page("home", phone=True))
    await camera.take("phone-conversations", await camera.page("/conversations", phone=True))
    await camera.take("phone-thread", await thread("Groups", "Northgate – site daily", dark=True, phone=True))


def small(png: bytes) -> bytes:
    """The same picture with at most 256 colours, which is enough for flat surfaces and text."""
    width, height, pixels = unfiltered(png)
    colours = Counter(pixels[at : at + 3] for at in range(0, len(pixels), 3))
    palette, index = few([colour for colour, _ in colours.most_common()])
    rows = bytearray()
    for y in range(height):
        start = y * width * 3
        rows.append(0)
        rows.extend(index[pixels[at : at + 3]] for at in range(start, start + width * 3, 3))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", b"".join(palette)), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in chunks)


def few(colours: list[bytes]) -> tuple[list[bytes], dict[bytes, int]]:
    """At most 256 of these colours, the frequent ones first, and for each colour the place of the nearest of them.

    A colour that is hardly another than one that is taken already does not take a place from what is rare, but seen.
    """
    palette: list[bytes] = []
    index: dict[bytes, int] = {}
    for colour in colours:
        distances = [_distance(taken, colour) for taken in palette]
        best = min(range(len(palette)), key=distances.__getitem__, default=0)
        if len(palette) < COLOURS and (not palette or distances[best] > ALIKE):
            index[colour] = len(palette)
            palette.append(colour)
        else:
            index[colour] = best
    return palette, index


def _distance(one: bytes, other: bytes) -> int:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 + (one[2] - other[2]) ** 2


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def unfiltered(png: bytes) -> tuple[int, int, bytes]:
    """Width, height and the RGB pixels of a PNG as browsers make it: 8 bits, RGB or RGBA, not interlaced."""
    at, data, width, height, bpp = 8, b"", 0, 0, 3
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, _, colour = struct.unpack(">IIBB", body[:10])
            bpp = 4 if colour == 6 else 3
        elif kind == b"IDAT":
            data += body
        at += 12 + length
    raw, stride = zlib.decompress(data), width * bpp
    before, pixels = bytearray(stride), bytearray()
    for y in range(height):
        start = y * (stride + 1)
        line = bytearray(raw[start + 1 : start + 1 + stride])
        _unfilter(raw[start], line, before, bpp)
        pixels += line if bpp == 3 else b"".join(line[x : x + 3] for x in range(0, stride, 4))
        before = line
    return width, height, bytes(pixels)


def _unfilter(kind: int, line: bytearray, above: bytearray, bpp: int) -> None:
    """Takes a line's filter away, in place (PNG, section 9.2)."""
    for x in range(len(line)):
        a, b = (line[x - bpp] if x >= bpp else 0), above[x]
        c = above[x - bpp] if x >= bpp else 0
        if kind == 1:
            line[x] = (line[x] + a) & 255
        elif kind == 2:
            line[x] = (line[x] + b) & 255
        elif kind == 3:
            line[x] = (line[x] + (a + b) // 2) & 255
        elif kind == 4:
            p = a + b - c
            distances = (abs(p - a), abs(p - b), abs(p - c))
            line[x] = (line[x] + (a, b, c)[distances.index(min(distances))]) & 255


async def main() -> None:
    """Takes all pictures."""
    if len(sys.argv) > 1:
        await photographed(Path(sys.argv[1]))
        return
    async with running() as ready:
        await photographed(ready)


async def photographed(ready_file: Path) -> None:
    """The project talks, then the pictures are taken."""
    ready = Ready.read(ready_file)
    async with talking(ready_file), async_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-lcd-text"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        await pictures(ready, Camera(browser, ready.web, content.read().project))
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
