"""`conversations watch`: one person's screen."""

from typing import Annotated

import typer
from rich.console import Console

from local.client import Connection
from local.commands.options import Against, Tenant, User, find, run
from local.ready import Ready
from local.watching.screen import Lines, Terminal, live
from local.watching.session import Session


def watch(
    tenant: Tenant,
    user: User,
    focused: Annotated[
        bool,
        typer.Option(
            "--focused/--away",
            help="A focused tab in use gets banners; one in the background gets browser notifications.",
        ),
    ] = True,
    open_conversation: Annotated[
        str, typer.Option("--open", metavar="CONVERSATION", help="The tab shows this conversation and reads it.")
    ] = "",
    for_s: Annotated[float | None, typer.Option("--for", metavar="SECONDS", help="End by itself after this.")] = None,
    against: Against = None,
) -> None:
    """Show one person's badges and banners, live, as a browser tab would.

    Not on a terminal, it prints one line for each change: `total N`, `unread N CONVERSATION TITLE`,
    `banner TAG WHO: TEXT`, `browser TAG WHO: TEXT`, `gone TAG`.

    **Examples**

    * `conversations watch --tenant northgate --user dana`
    * `conversations watch --tenant northgate --user dana --away` and see browser notifications instead
    * `conversations watch --tenant northgate --user dana --open g_...` and see its badge vanish as it is read
    * `conversations watch --tenant northgate --user dana --for 60 | tee changes.txt`
    """
    run(_watch(find(against), tenant, user, focused, open_conversation, for_s))


async def _watch(
    ready: Ready, tenant: str, user: str, focused: bool, open_conversation: str, for_s: float | None
) -> None:
    console = Console(highlight=False)
    async with Connection(ready) as connection:
        person = connection.person(tenant, user)
        if not console.is_terminal:
            await Session(person, Lines(), focused=focused, open_conversation=open_conversation).run(for_s)
            return
        with live(console) as drawing:
            screen = Terminal(f"{user} @ {tenant}", drawing)
            await Session(person, screen, focused=focused, open_conversation=open_conversation).run(for_s)
