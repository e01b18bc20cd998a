"""Bugs that are put into the services on purpose, to see that a check finds them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Patch = Callable[[], Iterator[tuple[Any, str, Any]]]
"""A bug: what it replaces, as (owner, name, value)."""


@contextmanager
def seeded(bug: Patch) -> Iterator[None]:
    """The services have this bug within the context."""
    patches = [(owner, name, getattr(owner, name), value) for owner, name, value in bug()]
    for owner, name, _, value in patches:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, original, _ in patches:
            setattr(owner, name, original)
