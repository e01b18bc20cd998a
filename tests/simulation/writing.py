"""What people write, edit and delete, and who comes into conversations and leaves them."""

import random

from tests.simulation.others import DIRECT, GROUP, ITEM, Conversation
from tests.simulation.reading import Reading
from tests.simulation.world import World


class Writing:
    """The conversations and their messages."""

    def __init__(self, world: World, reading: Reading, rng: random.Random) -> None:
        self.world = world
        self.conversations: list[Conversation] = []
        self.weights: list[float] = []
        self._reading = reading
        self._rng = rng

    def begin(self) -> None:
        """Makes conversations of all kinds and sizes."""
        rng, people = self._rng, list(self.world.people)
        count = len(people)

        def some(share: float) -> list[str]:
            return rng.sample(people, max(2, int(count * share)))

        shapes = [
            *((GROUP, some(0.95), 6.0) for _ in range(2)),
            *((ITEM, some(0.8), 4.0) for _ in range(2)),
            *((GROUP, some(0.4), 2.0) for _ in range(3)),
            *((ITEM, some(0.2), 1.5) for _ in range(3)),
            *((GROUP, some(0.06), 1.0) for _ in range(4)),
            *((DIRECT, rng.sample(people, 2), 0.5) for _ in range(16)),
        ]
        for kind, members, weight in shapes:
            self.conversations.append(self.world.messaging.create(kind, members))
            self.weights.append(weight)

    def write(self) -> None:
        rng, world = self._rng, self.world
        of = rng.choices(self.conversations, self.weights)[0]
        if len(of.members) < 2:
            return
        author = rng.choice(sorted(of.members))
        mentioned = frozenset(rng.sample(sorted(of.members), 1)) if rng.random() < 0.15 else frozenset()
        for _ in range(5 if rng.random() < 0.03 else 1):
            message = world.messaging.send(
                of, author, f"words {len(of.messages)}", mentioned, everyone=rng.random() < 0.03
            )
            for person in sorted(of.members):
                if person != author:
                    self._reading.soon(person, of.id, message.number)

    def change_members(self) -> None:
        rng, world = self._rng, self.world
        of = rng.choice([each for each in self.conversations if each.kind != DIRECT])
        outside = sorted(set(world.people) - of.members)
        if outside and rng.random() < 0.6:
            world.messaging.add(of, rng.choice(outside), min(of.members))
        elif len(of.members) > 2:
            person = rng.choice(sorted(of.members))
            world.messaging.remove(of, person)
            for message in of.messages:
                world.books.dirty.add((person, message.tag))
            world.people[person].log.append((world.clock(), f"leaves {of.id}"))

    def change_message(self) -> None:
        rng, world = self._rng, self.world
        of = rng.choices(self.conversations, self.weights)[0]
        recent = [each for each in of.messages[-8:] if not each.deleted and each.author in of.members]
        if not recent:
            return
        message = rng.choice(recent)
        if rng.random() < 0.4:
            world.messaging.delete(message)
        else:
            mentioned = message.mentioned
            if rng.random() < 0.4:
                mentioned |= frozenset(rng.sample(sorted(of.members), min(3, len(of.members))))
            world.messaging.edit(message, f"{message.text} edited {len(message.edits)}", mentioned, everyone=False)
        for person in sorted(of.members):
            world.books.dirty.add((person, message.tag))
