"""The caller's view over conversations: lists, search, stars; by documents that are derived from the log."""

from dataclasses import dataclass

from services.messaging.catalog.listing import Listings
from services.messaging.catalog.paging import Seal
from services.messaging.catalog.projector import Projector
from services.messaging.catalog.search import Search
from services.messaging.catalog.store import CatalogStore
from services.messaging.catalog.unread import UnreadService

__all__ = ["Catalog", "CatalogStore", "Listings", "Projector", "Seal", "Search", "UnreadService"]


@dataclass(frozen=True, slots=True)
class Catalog:
    """What can be read of the catalog."""

    listings: Listings
    search: Search
