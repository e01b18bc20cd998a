"""`conversations watch`."""


def watch() -> None:
    """To come."""
