"""What people read, mark as unread and mute."""

import random

from tests.simulation.people import Person
from tests.simulation.world import World

FOREVER = 2**53 - 1


class Reading:
    """Read pointers and mutes, as people move them."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world = world
        self._rng = rng
        self._due: list[tuple[int, str, str, int]] = []

    @property
    def now(self) -> int:
        return self.world.clock()

    def views(self, person: Person, conversation: str) -> bool:
        return any(tab.conversation == conversation for _, tab in person.in_use(self.now, self.world.times.idle_ms))

    async def read_what_is_seen(self) -> None:
        due = [each for each in self._due if each[0] <= self.now]
        self._due = [each for each in self._due if each[0] > self.now]
        for _, person, conversation, number in due:
            who = self.world.people[person]
            if self.views(who, conversation):
                self._mark_read(who, conversation, number)

    def _mark_read(self, person: Person, conversation: str, number: int) -> None:
        unread = self.world.unread
        pointer = unread.pointers.get((conversation, person.name))
        if unread.away or pointer is None or pointer.left:
            return
        for each in unread.unread(conversation, person.name):
            if each <= number:
                self.world.books.dirty.add((person.name, f"{conversation}:{each}"))
        unread.read(conversation, person.name, number)
        person.log.append((self.now, f"reads {conversation} up to {number}"))

    def soon(self, person: str, conversation: str, number: int) -> None:
        """Has somebody who views a conversation read a message in a moment, most of the time."""
        if self.views(self.world.people[person], conversation) and self._rng.random() < 0.8:
            self._due.append((self.now + self._rng.randint(300, 2_000), person, conversation, number))

    async def read(self, person: Person) -> None:
        """Reads, on a screen or on a phone, everything or some."""
        unread = self.world.unread
        some = [each for each in sorted(unread.of_person[person.name]) if unread.unread(each, person.name)]
        if not some:
            return
        conversation = self._rng.choice(some)
        numbers = unread.unread(conversation, person.name)
        self._mark_read(person, conversation, self._rng.choice([numbers[-1], numbers[-1], self._rng.choice(numbers)]))

    async def mark_unread(self, person: Person) -> None:
        unread = self.world.unread
        theirs = sorted(unread.of_person[person.name])
        if not theirs or unread.away:
            return
        conversation = self._rng.choice(theirs)
        read = unread.pointers[conversation, person.name].read
        if read:
            number = self._rng.randint(max(1, read - 5), read)
            unread.mark_unread(conversation, person.name, number)
            person.log.append((self.now, f"marks {conversation} unread from {number}"))

    async def mute(self, person: Person) -> None:
        unread = self.world.unread
        theirs = sorted(unread.of_person[person.name])
        if not theirs or unread.away:
            return
        conversation = self._rng.choice(theirs)
        until = self._rng.choice([0, 0, FOREVER, self.now + self._rng.randint(1_000, 120_000)])
        unread.mute(conversation, person.name, until)
        person.log.append((self.now, f"mutes {conversation} until {until}"))
