"""What conversations are at revisions, cached: a state never changes, so what is cached is never stale."""

from collections import OrderedDict

from services.messaging.rules import State
from services.messaging.store import LogStore

STATES = 50_000
STATE_MEMBERS = 2_000_000
"""How many states are cached, and how many members they may have together: about 130 bytes each."""


class States:
    """The states that were read by a majority.

    Args:
        store: the log.
    """

    def __init__(self, store: LogStore) -> None:
        self._store = store
        self._states: OrderedDict[str, State] = OrderedDict()
        self._members = 0

    async def get(self, conversation: str, revision: int) -> State | None:
        """The conversation after the event of this revision that gave it its state.

        Raises:
            PyMongoError: it cannot be read.
        """
        known = self._states.get(conversation)
        if known is not None and known.revision == revision:
            return known
        state = await self._store.state(conversation, revision)
        if state is not None:
            self._keep(conversation, state)
        return state

    def _keep(self, conversation: str, state: State) -> None:
        """Keeps the latest state of each conversation: that is the one that is asked for."""
        known = self._states.get(conversation)
        if known is not None and known.revision >= state.revision:
            return
        self._members += len(state.members) - (len(known.members) if known else 0)
        self._states[conversation] = state
        while len(self._states) > STATES or self._members > STATE_MEMBERS:
            _, oldest = self._states.popitem(last=False)
            self._members -= len(oldest.members)
