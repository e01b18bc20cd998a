"""B10: a chat replayed through all services, with everything checked; messages a second and CPU by process."""

import asyncio
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import log, stack
from bench.measure import Result, rate
from services.chassis import mongo
from services.messaging.store import LogStore

ROOMS, PEOPLE, MESSAGES = 8, 400, 4_000
WORDS = [
    "slab",
    "pour",
    "rebar",
    "crane",
    "level",
    "grid",
    "column",
    "drawing",
    "revised",
    "sheet",
    "inspector",
    "morning",
    "delivery",
    "concrete",
]


def generate(file: Path) -> None:
    """Writes a chat with the shape of a real one: few rooms, many people, a few of whom say most."""
    chance = random.Random(10)
    people = [f"person-{number}" for number in range(PEOPLE)]
    rooms = {f"room-{room}": chance.sample(people, 100) for room in range(ROOMS)}
    with file.open("w", encoding="utf-8") as out:
        for _ in range(MESSAGES):
            room = chance.choice(list(rooms))
            sender = rooms[room][min(99, int(chance.expovariate(1 / 20)))]
            text = " ".join(chance.choices(WORDS, k=chance.randint(3, 25)))
            out.write(json.dumps({"room": room, "time": "12:00", "sender": sender, "text": text}) + "\n")


async def b10(_runs: int, file: Path | None) -> Result:
    """Replays once; the ratio is to raw insertions of single messages in the same minute."""
    with tempfile.TemporaryDirectory() as name:
        if file is None:
            chat = Path(name) / "chat.jsonl"
            generate(chat)
        else:
            chat = file
        report = await _replay(chat)
    async with stack.running([]) as running:
        client = mongo.connect(running.mongodb, "bench")
        store = LogStore(mongo.database(client, "raw"))
        await store.prepare()
        names = await log.conversations(store, log.SENDERS)
        collection = mongo.database(client, "raw")["log"]
        raw = await rate(log.SENDERS, log.SECONDS, log.inserting(collection, names))
        await client.close()
    ours = float(report["messages_per_s"])
    what = (
        f"replay of {report['messages']} messages{'' if file else ' (generated)'} through all services : raw insert_one"
    )
    result = Result("B10", what, "messages/s", ours, raw, ours / raw, [ours / raw], None)
    units = {"send_ms": "send latency, ms", "badge_ms": "send to badge, ms", "cpu_s": "CPU seconds by process"}
    result.notes.update({units.get(key, key): value for key, value in report.items() if key != "checks"})
    return result


async def _replay(chat: Path) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "local", "replay", str(chat), "--json", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise SystemExit(f"the replay failed with status {process.returncode}:\n{out.decode()[-2000:]}")
    report: dict[str, Any] = json.loads(out)
    return report
