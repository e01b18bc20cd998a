"""`conversations token`."""


def token() -> None:
    """To come."""
