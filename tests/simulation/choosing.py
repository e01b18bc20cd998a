"""What people choose: preferences, levels of conversations, their status."""

import random
from typing import Any

from conversations.presence.v1 import presence_pb2

from services.notifier.choices import Choices, Week
from services.notifier.facts import Level, PushTiming, QuietHours
from tests.simulation.others import TENANT
from tests.simulation.people import Person, Wishes
from tests.simulation.replicas import as_caller
from tests.simulation.world import World

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")

_LEVELS = {"ALL": Level.ALL, "MENTIONS": Level.MENTIONS, "NOTHING": Level.NOTHING}


class Choosing:
    """Everybody's preferences and statuses."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.world = world
        self._rng = rng

    @property
    def now(self) -> int:
        return self.world.clock()

    async def choose(self, person: Person) -> None:
        """Chooses something, or forgets a choice."""
        rng, wishes = self._rng, person.wishes
        name = rng.choice(
            (
                *("in_app", "browser", "push", "direct", "group", "item", "mentions", "mention_breaks_mute"),
                *("snoozed_until_ms", "quiet_hours", "push_timing", "push_timing", "escalation_delay_ms"),
            )
        )
        choices: dict[str, Any] = {}
        if rng.random() < 0.4:
            _forget(wishes, name)
        elif name == "snoozed_until_ms":
            choices[name] = wishes.snoozed_until_ms = self.now + rng.randint(1_000, 90_000)
        elif name == "quiet_hours":
            hours = tuple((rng.randint(0, 6), rng.randint(0, 1439), rng.randint(0, 1439)) for _ in range(3))
            wishes.hours, wishes.zone = hours, rng.choice(ZONES)
            choices[name] = Week(tuple(QuietHours(*each) for each in hours), wishes.zone)
        elif name == "push_timing":
            wishes.always = rng.random() < 0.6
            choices[name] = PushTiming.ALWAYS if wishes.always else PushTiming.WHEN_INACTIVE
        elif name == "escalation_delay_ms":
            choices[name] = wishes.delay_ms = rng.choice([5_000, 10_000, 60_000])
        else:
            value = rng.random() < 0.4 or name == "mention_breaks_mute"
            setattr(wishes, name, value)
            choices[name] = value
        replicas = self.world.notifiers_up
        if not replicas:
            return
        changes = rng.choice(replicas).handlers._preferences
        own = await changes.update(TENANT, person.name, Choices(**choices), [] if choices else [name], 0)
        await self._known(person, own.revision)
        person.log.append((self.now, f"chooses {choices or f'no {name}'}"))

    async def choose_level(self, person: Person) -> None:
        theirs = sorted(self.world.unread.of_person[person.name])
        replicas = self.world.notifiers_up
        if not theirs or not replicas:
            return
        conversation = self._rng.choice(theirs)
        level = self._rng.choice(["ALL", "MENTIONS", "NOTHING", None])
        handlers = self._rng.choice(replicas).handlers
        await handlers._preferences.set_level(TENANT, person.name, conversation, _LEVELS.get(level or ""))
        if level is None:
            person.wishes.levels.pop(conversation, None)
        else:
            person.wishes.levels[conversation] = level
        await self._known(person, (await handlers._preferences.of(TENANT, person.name)).revision)
        person.log.append((self.now, f"wants {level} of {conversation}"))

    async def _known(self, person: Person, revision: int) -> None:
        for replica in self.world.notifiers_up:
            await replica.preferences(person.name, revision)

    async def choose_status(self, person: Person) -> None:
        replicas = self.world.door.replicas
        if not replicas:
            return
        person.undisturbed = not person.undisturbed and self._rng.random() < 0.5
        person.status_unsure = False
        status = presence_pb2.STATUS_DO_NOT_DISTURB if person.undisturbed else presence_pb2.STATUS_UNSPECIFIED
        request = presence_pb2.SetStatusRequest(status=status)
        await self._rng.choice(replicas).handlers.SetStatus(request, as_caller(person.name))
        person.log.append((self.now, f"do not disturb: {person.undisturbed}"))


def _forget(wishes: Wishes, name: str) -> None:
    if name == "quiet_hours":
        wishes.hours = None
    elif name == "push_timing":
        wishes.always = None
    elif name == "escalation_delay_ms":
        wishes.delay_ms = None
    else:
        setattr(wishes, name, None)
