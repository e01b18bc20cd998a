"""MongoDB: the log, what messages say now, and what holds for tenants."""

from services.messaging.documents import from_document, to_document
from services.messaging.store.log import (
    CLIENT_KEY_INDEX,
    DELETES_INDEX,
    PAGE_BYTES,
    REVISION_INDEX,
    LogStore,
    Outcome,
)
from services.messaging.store.messages import MessageStore
from services.messaging.store.tenants import TenantStore

__all__ = [
    "CLIENT_KEY_INDEX",
    "DELETES_INDEX",
    "PAGE_BYTES",
    "REVISION_INDEX",
    "LogStore",
    "MessageStore",
    "Outcome",
    "TenantStore",
    "from_document",
    "to_document",
]
