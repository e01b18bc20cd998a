"""`conversations send`."""


def send() -> None:
    """To come."""
