"""The auditor: draws badges by lot, holds them against messaging's log, repairs what is wrong, and says so loudly."""

import asyncio
import random

import grpc
import structlog
from prometheus_client import CollectorRegistry, Counter
from pymongo.errors import PyMongoError

from services.chassis.errors import Fault
from services.chassis.tasks import describe
from services.unread.actions import Drift, Recounting
from services.unread.live import Live
from services.unread.recent import PersonKey
from services.unread.store import UnreadStore

CONVERSATIONS = 20
"""How many conversations of one person are looked at, those drawn by lot."""

_log = structlog.get_logger(__name__)


class Auditor:
    """Audits, on every replica.

    Exports `unread_audits_total`, badges looked at, and `unread_drift_total`, those that were wrong: it must stay 0.

    Args:
        store: what is stored.
        live: what attached people are shown here.
        recounting: counts again, and repairs.
        registry: where the counters are exported.
        per_minute: how many people are looked at a minute; 0 for none.
        lot: draws.
    """

    def __init__(
        self,
        store: UnreadStore,
        live: Live,
        recounting: Recounting,
        registry: CollectorRegistry,
        per_minute: int,
        lot: random.Random,
    ) -> None:
        self._store = store
        self._live = live
        self._recounting = recounting
        self._per_minute = per_minute
        self._lot = lot
        self._audits = Counter("unread_audits", "Badges held against messaging's log.", registry=registry)
        self._drifts = Counter("unread_drift", "Badges that were not what messaging's log says.", registry=registry)

    async def run(self) -> None:
        """Audits for ever, at the set rate; nothing if that is 0."""
        while self._per_minute:
            await asyncio.sleep(60 / self._per_minute * self._lot.uniform(0.5, 1.5))
            try:
                await self.audit_one()
            except (PyMongoError, Fault, grpc.aio.AioRpcError) as error:
                _log.info("not audited", error=describe(error))

    async def audit_one(self) -> None:
        """Audits one person: one who is attached here and one of all in turn, as the lot falls."""
        attached = self._live.attached()
        key = self._lot.choice(attached) if attached and self._lot.random() < 0.5 else await self._store.sample()
        if key is not None:
            await self.audit(key)

    async def audit(self, key: PersonKey) -> None:
        """Audits one person's conversations, or some of them."""
        conversations = await self._store.conversations_of(*key)
        if len(conversations) > CONVERSATIONS:
            conversations = self._lot.sample(conversations, CONVERSATIONS)
        for conversation in conversations:
            self._audits.inc()
            if drift := await self._recounting.audit(*key, conversation):
                self._say(key, drift, "stored")
            await self._look(key, conversation)

    async def _look(self, key: PersonKey, conversation: str) -> None:
        """Holds what is shown here against the log, too."""
        shown = self._live.shown(key, conversation)
        if shown is None:
            return
        badge, pointer = shown
        counted = await self._recounting.counted(pointer, badge)
        if counted is None or (badge.unread, badge.mentions) == (counted.unread, counted.mentions):
            return
        self._say(key, Drift(badge, counted), "shown")
        self._live.begin_again(conversation)

    def _say(self, key: PersonKey, drift: Drift, where: str) -> None:
        self._drifts.inc()
        stored, counted = drift.stored, drift.counted
        _log.error(
            "a badge was wrong and has been repaired",
            where=where,
            tenant=key[0],
            person=key[1],
            conversation=counted.conversation,
            revision=stored.revision,
            unread=stored.unread,
            mentions=stored.mentions,
            counted_unread=counted.unread,
            counted_mentions=counted.mentions,
        )
