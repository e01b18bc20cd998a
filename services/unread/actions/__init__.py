"""The verbs of unread."""

from services.unread.actions.asking import Asking, Badges
from services.unread.actions.moving import Moving
from services.unread.actions.recounting import Drift, Recounting

__all__ = ["Actions", "Badges", "Drift", "Recounting"]


class Actions(Moving, Asking):
    """What people and services can do and ask; `Recounting` is what operators can do."""
