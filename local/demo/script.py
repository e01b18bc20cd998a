"""In which order the demo's lines are said. Pure but for chance."""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from local.demo.content import Line, Talk

STAY = 0.6
"""How likely the next line belongs to the conversation of the last one."""

REST = 30
"""A conversation waits for so many lines said elsewhere for the answer of somebody who is really there."""


@dataclass(frozen=True)
class Cue:
    """What is said next.

    Attributes:
        talk: in which conversation.
        line: the line.
        place: its place in its exchange, from 1.
    """

    talk: Talk
    line: Line
    place: int


@dataclass
class _Part:
    """A conversation, and how far it is said."""

    talk: Talk
    exchanges: list[tuple[Line, ...]] = field(default_factory=list)
    said: int = 0
    resting: int = 0

    @property
    def left(self) -> int:
        return sum(map(len, self.exchanges)) - self.said

    def begin(self) -> None:
        self.exchanges, self.said = list(self.talk.threads), 0

    def next(self) -> Line:
        return self.exchanges[0][self.said]

    def take(self) -> Cue:
        cue = Cue(self.talk, self.next(), self.said + 1)
        self.said += 1
        if self.said == len(self.exchanges[0]):
            self.cut()
        return cue

    def cut(self) -> None:
        """The rest of the exchange is left unsaid."""
        del self.exchanges[0]
        self.said = 0


class Script:
    """Every line of every conversation, each conversation in its own order, several at a time; then from the start.

    Args:
        talks: the conversations.
        chance: which goes on.
    """

    def __init__(self, talks: Sequence[Talk], chance: random.Random) -> None:
        self._parts = {talk.key: _Part(talk) for talk in talks}
        self._chance = chance
        self._key = ""
        self._lines = sum(len(talk.lines) for talk in talks)
        for part in self._parts.values():
            part.begin()

    def skip_ahead(self, key: str) -> None:
        """Lets a conversation, of which the first lines were said before, begin with any of its exchanges."""
        part = self._parts[key]
        for _ in range(self._chance.randrange(len(part.exchanges))):
            part.cut()

    def opening(self, key: str, lines: int) -> Iterator[Cue]:
        """The first lines of a conversation, no further than its first exchange."""
        part = self._parts[key]
        for _ in range(min(lines, len(part.exchanges[0]) - part.said)):
            yield part.take()

    def rest(self, key: str, lines: int = REST) -> None:
        """Leaves a conversation to those who are really there, while so many lines are said elsewhere."""
        if key in self._parts:
            self._parts[key].resting = lines

    def next(self, guests: Collection[str] = ()) -> Cue | None:
        """The next line; none while every conversation rests.

        An exchange ends where somebody should speak who is really there, and the conversation waits for them.

        Args:
            guests: for whom nobody else may speak.
        """
        for part in self._parts.values():
            part.resting = max(0, part.resting - 1)
        for _ in range(self._lines):
            if not any(part.exchanges for part in self._parts.values()):
                for part in self._parts.values():
                    part.begin()
            chosen = self._choose()
            if chosen is None:
                return None
            if chosen.next().author not in guests:
                return chosen.take()
            if chosen.said:
                chosen.resting = REST
            chosen.cut()
        return None

    def _choose(self) -> _Part | None:
        open_ = [part for part in self._parts.values() if part.exchanges and not part.resting]
        if not open_:
            return None
        # Long conversations are taken up more often, so that all end at about the same time.
        part = self._chance.choices(open_, weights=[part.left for part in open_])[0]
        if self._chance.random() < STAY:
            part = next((stays for stays in open_ if stays.talk.key == self._key), part)
        self._key = part.talk.key
        return part
