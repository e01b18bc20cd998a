"""Runs the messaging service."""

from services.chassis.server import main
from services.messaging.app import build
from services.messaging.settings import MessagingSettings

if __name__ == "__main__":
    main("messaging", MessagingSettings, build)
