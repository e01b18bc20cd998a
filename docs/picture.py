"""Makes `docs/watch.svg`, the picture in the README, of a real run.

python docs/picture.py [READY_FILE]   beside a running `make up` and `make demo`
"""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from local.client import Connection
from local.commands.options import find
from local.watching.phone import Phone, PhoneChange
from local.watching.screen import picture
from local.watching.session import Session
from local.watching.view import Change, View

WHO, TENANT, SECONDS, BANNERS, TRAY = "dana", "northgate", 60, 2, 3


class EnoughToSee(Exception):  # noqa: N818 - it is no error
    """The picture is worth taking."""


class Camera:
    """A screen that takes one picture, of a moment with something on it."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def say(self, text: str) -> None:
        """Nothing: the connection is not of interest."""

    def changed(self, change: Change | PhoneChange, titles: Mapping[str, str]) -> None:
        """Nothing: the next picture shows it."""

    def draw(self, view: View, phone: Phone, titles: Mapping[str, str]) -> None:
        """Takes the picture once there are banners, enough badges, and something on the phone."""
        if len(view.banners) < BANNERS or len(phone.tray) < TRAY or view.total < 12:
            return
        with Path("/dev/null").open("w") as nowhere:
            console = Console(record=True, width=124, file=nowhere, force_terminal=True)
            said = f"attached as {WHO}@{TENANT}, a focused tab"
            console.print(picture(f"{WHO} @ {TENANT}", view, phone, titles, said))
        console.save_svg(str(self._target), title="conversations watch")
        raise EnoughToSee


async def main() -> None:
    """Watches until the picture is taken."""
    ready = find(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    target = Path(__file__).with_name("watch.svg")
    async with Connection(ready) as connection:
        session = Session(connection.person(TENANT, WHO), Camera(target))
        try:
            await session.run(SECONDS)
        except EnoughToSee:
            return
    sys.exit(f"nothing to see within {SECONDS} s: is the demo running?")


if __name__ == "__main__":
    asyncio.run(main())
