"""The collection `alerts`: the decisions for each message, inserted before any effect."""

from services.notifier.stores.alerts.news import COLLECTION, news_feed
from services.notifier.stores.alerts.store import Alerts, Next, Taken

__all__ = ["COLLECTION", "Alerts", "Next", "Taken", "news_feed"]
