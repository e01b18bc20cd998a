from hypothesis import given
from hypothesis import strategies as st

from services.chassis.memory import Memory


@given(
    weights=st.lists(st.integers(0, 100), max_size=60),
    limit=st.integers(1, 10),
    size=st.integers(1, 300),
)
def test_memory_keeps_the_newest_within_its_bounds_and_loses_none_between(
    weights: list[int], limit: int, size: int
) -> None:
    memory: Memory[int] = Memory(limit, size)
    forgotten = ""
    for number, weight in enumerate(weights):
        memory.add(f"{number:04}", number, weight)
        forgotten = memory.trim() or forgotten
        held = list(range(memory.base, memory.end))
        assert memory.end == number + 1
        assert len(held) <= 2 * limit
        assert sum(weights[position] for position in held) <= 2 * size
        assert memory.chunk(memory.base) == held
        assert (f"{memory.base - 1:04}" if memory.base else "") == forgotten
        assert memory.after(f"{number:04}") == memory.end
        if held:
            assert memory.after(forgotten) == memory.base
            assert memory.token_before(memory.end) == f"{number:04}"
