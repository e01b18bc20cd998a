"""`conversations up`."""


def up() -> None:
    """To come."""
