"""`conversations demo`."""


def demo() -> None:
    """To come."""
