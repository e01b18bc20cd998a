"""What must happen in one step in the store, in Lua (5.1, as Redis 7.2 and Valkey 8 have it).

All keys of a script have one hash tag. The keys, and what stands in them:

- `presence:{b}:people`, a sorted set of everybody in bucket b with clients: the person's name, and as score the latest
  deadline of the person's clients. Beside them two members that are no names: `whole`, since when the store has been
  whole, and `kept`, when a replica last looked after its leases.
- `presence:{b}:person:<name>`, a hash with up to three fields for each client: `lease:<client>` is
  "<deadline> <holder> <platform> <sequence>" (sequence -1: no report yet), `tabs:<client>` is the report's content,
  `used:<client>` is when a focused tab was last touched.
- `presence:{b}:active`, a sorted set of those who have a tab in use: the name, and until when if nothing happens.
- `presence:{b}:seen`, a sorted set: the name, and when the person last touched a tab.
- `presence:{b}:chosen:<name>`, the status that a person has chosen: "<status> <until> <seen when it was chosen>".
- `presence:{b}:typing:<conversation>`, a sorted set: the person, and until when they count as typing.
- `presence:{b}:news`, a stream of what has happened to whom, for all replicas: `kind`, `name`, `at`.

Times are ms since 1970 and come from the caller; only the ids of news are of the server's clock. Numbers are kept as
the text they came in, because Lua writes large ones with too few digits. The server's own expiry (`PEXPIRE`) only takes
away what nobody looks at any more.
"""

from services.presence.scripts.common import (
    ACTIVE,
    CHANGED,
    FOCUS_LOST,
    FULL,
    GAP,
    HELD,
    IDLE,
    LEASE_GONE,
    LOST,
    NEWS_KEPT,
    NO_REPORT,
    STALE,
    STORED,
    TAKEN,
    TYPING,
)
from services.presence.scripts.leases import ATTACH, PART, RENEW, RESTORE
from services.presence.scripts.news import LAPSE, LOOK
from services.presence.scripts.people import CHOOSE, REPORT, TYPE

__all__ = [
    "ACTIVE",
    "ATTACH",
    "CHANGED",
    "CHOOSE",
    "FOCUS_LOST",
    "FULL",
    "GAP",
    "HELD",
    "IDLE",
    "LAPSE",
    "LEASE_GONE",
    "LOOK",
    "LOST",
    "NEWS_KEPT",
    "NO_REPORT",
    "PART",
    "RENEW",
    "REPORT",
    "RESTORE",
    "STALE",
    "STORED",
    "TAKEN",
    "TYPE",
    "TYPING",
]
