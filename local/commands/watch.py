"""`conversations watch`: one person's screen."""

from typing import Annotated, NamedTuple

import typer
from rich.console import Console

from local.client import Connection
from local.commands.options import Against, Tenant, User, fail, find, run
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
    phone: Annotated[
        bool, typer.Option("--phone", help="No browser is open: everything goes to the person's phone.")
    ] = False,
    for_s: Annotated[float | None, typer.Option("--for", metavar="SECONDS", help="End by itself after this.")] = None,
    against: Against = None,
) -> None:
    """Show one person's badges and banners, live, as a browser tab would, and what the person's phone shows.

    Not on a terminal, it prints one line for each change: `total N`, `unread N CONVERSATION TITLE`,
    `banner TAG WHO: TEXT`, `browser TAG WHO: TEXT`, `gone TAG`, `phone TAG TITLE: TEXT`, `phone gone TAG`,
    `phone badge N`.

    **Examples**

    * `conversations watch --tenant northgate --user dana`
    * `conversations watch --tenant northgate --user dana --away` and see browser notifications instead
    * `conversations watch --tenant northgate --user dana --phone` and see the phone alone get everything
    * `conversations watch --tenant northgate --user dana --open g_...` and see its badge vanish as it is read
    * `conversations watch --tenant northgate --user dana --for 60 | tee changes.txt`
    """
    if phone and (open_conversation or not focused):
        fail("--phone is without a tab: --away and --open say what a tab does.")
    options = _Options(focused, open_conversation, phone)
    run(_watch(find(against), tenant, user, options, for_s))


class _Options(NamedTuple):
    focused: bool
    open_conversation: str
    phone_only: bool


async def _watch(ready: Ready, tenant: str, user: str, options: _Options, for_s: float | None) -> None:
    console = Console(highlight=False)
    async with Connection(ready) as connection:
        person = connection.person(tenant, user)
        if not console.is_terminal:
            await Session(person, Lines(), **options._asdict()).run(for_s)
            return
        with live(console) as drawing:
            await Session(person, Terminal(f"{user} @ {tenant}", drawing), **options._asdict()).run(for_s)
