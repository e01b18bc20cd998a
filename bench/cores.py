"""Which core a process runs on, where the system lets one choose."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


def keep_to(core: int) -> None:
    """Keeps this process to one core; counted among those that it may use, round and round."""
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {allowed[core % len(allowed)]})


@contextmanager
def kept_to(core: int) -> Iterator[None]:
    """The same for the length of a block."""
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    keep_to(core)
    try:
        yield
    finally:
        if before:
            os.sched_setaffinity(0, before)
