"""Runs the unread service."""

from services.chassis.server import main
from services.unread.app import build
from services.unread.settings import UnreadSettings

if __name__ == "__main__":
    main("unread", UnreadSettings, build)
