"""What the notifier reads from others and keeps: plain values, and the names under which they are kept."""

from services.notifier.records.alerts import Alert, Content, Evidence, News
from services.notifier.records.events import (
    Change,
    Deletion,
    Edit,
    Event,
    Head,
    MembersChange,
    Membership,
    Message,
    Renaming,
)
from services.notifier.records.names import alert_id, delivery_id, device_id, encoded
from services.notifier.records.people import UNKNOWN, Pointer, Transition, Whereabouts
from services.notifier.records.pushes import Act, Answer, Delivery, DeliveryState, Device, Push
from services.notifier.records.trials import Place, Showing

__all__ = [
    "UNKNOWN",
    "Act",
    "Alert",
    "Answer",
    "Change",
    "Content",
    "Deletion",
    "Delivery",
    "DeliveryState",
    "Device",
    "Edit",
    "Event",
    "Evidence",
    "Head",
    "MembersChange",
    "Membership",
    "Message",
    "News",
    "Place",
    "Pointer",
    "Push",
    "Renaming",
    "Showing",
    "Transition",
    "Whereabouts",
    "alert_id",
    "delivery_id",
    "device_id",
    "encoded",
]
