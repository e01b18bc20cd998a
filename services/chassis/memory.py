"""The recent past of a feed: items in order, found by token, bounded in number and in bytes."""

from bisect import bisect_left, bisect_right
from typing import Generic, TypeVar

T = TypeVar("T")

BATCH = 1_000
"""How many items are handed on at once."""

BATCH_BYTES = 1024 * 1024
"""About how many bytes are handed on at once, by the weights that were given; one item more is possible."""


class Memory(Generic[T]):
    """Items with ascending tokens; a position counts all that ever were in here, from 0.

    Args:
        items: how many are kept; up to twice as many for a while, so that forgetting is cheap.
        size: how many bytes are kept, likewise.
    """

    def __init__(self, items: int, size: int) -> None:
        self._limit = items
        self._size = size
        self._tokens: list[str] = []
        self._items: list[T] = []
        self._sums: list[int] = []
        self._sum_before = 0
        self.base = 0

    @property
    def end(self) -> int:
        """The position after the last item."""
        return self.base + len(self._items)

    @property
    def empty(self) -> bool:
        """Whether nothing is kept."""
        return not self._items

    def add(self, token: str, item: T, weight: int) -> None:
        """Keeps an item of so many bytes."""
        self._sums.append((self._sums[-1] if self._sums else self._sum_before) + weight)
        self._tokens.append(token)
        self._items.append(item)

    def after(self, token: str) -> int:
        """The position of the first item with a greater token."""
        return self.base + bisect_right(self._tokens, token)

    def token_before(self, position: int) -> str:
        """The token of the item before a position, which must still be kept."""
        return self._tokens[position - self.base - 1]

    def chunk(self, position: int) -> list[T]:
        """The items from a position on, as many as are handed on at once."""
        start = position - self.base
        before = self._sums[start - 1] if start else self._sum_before
        end = bisect_left(self._sums, before + BATCH_BYTES, start) + 1
        return self._items[start : min(end, start + BATCH)]

    def trim(self) -> str:
        """Forgets the oldest where too much is kept; the token of the last that was forgotten, else empty."""
        held = (self._sums[-1] if self._sums else self._sum_before) - self._sum_before
        if len(self._items) <= 2 * self._limit and held <= 2 * self._size:
            return ""
        by_number = len(self._items) - self._limit
        by_size = bisect_left(self._sums, self._sums[-1] - self._size) + 1 if held > self._size else 0
        cut = min(max(by_number, by_size), len(self._items))
        token = self._tokens[cut - 1]
        self._sum_before = self._sums[cut - 1]
        del self._tokens[:cut], self._items[:cut], self._sums[:cut]
        self.base += cut
        return token

    def clear(self) -> None:
        """Forgets everything."""
        self.base = self.end
        self._sum_before = 0
        self._tokens, self._items, self._sums = [], [], []
