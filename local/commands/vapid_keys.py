"""`conversations vapid-keys`: the keys of web push."""

from typing import Annotated

import typer

from local.commands.options import fail
from services.chassis.clock import system_clock
from services.notifier.senders.webpush.vapid import Vapid, VapidKeyError, new_pair


def vapid_keys(
    subject: Annotated[
        str, typer.Option(help="How push services reach you when something is wrong: mailto: or https:.")
    ] = "mailto:operator@example.com",
) -> None:
    """Print a fresh pair of keys for web push, as settings of the notifier, and nothing else.

    Give the same key to every replica, keep it secret, and keep it: browsers subscribe with its public half, and every
    subscription is void once it changes. The public key is a comment; browsers get it by `GetWebPushKey`.

    **Examples**

    * `conversations vapid-keys --subject mailto:ops@example.com >> notifier.env`
    """
    private, public = new_pair()
    try:
        Vapid(private, subject, system_clock)
    except VapidKeyError as error:
        fail(f"--subject: {error}")
    print(f"# public key: {public}")
    print(f"CONVERSATIONS_VAPID_PRIVATE_KEY={private}")
    print(f"CONVERSATIONS_VAPID_SUBJECT={subject}")
