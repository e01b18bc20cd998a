"""Runs the presence service."""

from services.chassis.server import main
from services.presence.app import build
from services.presence.settings import PresenceSettings

if __name__ == "__main__":
    main("presence", PresenceSettings, build)
