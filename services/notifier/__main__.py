"""Runs the notifier service."""

from services.chassis.server import main
from services.notifier.app import build
from services.notifier.settings import NotifierSettings

if __name__ == "__main__":
    main("notifier", NotifierSettings, build)
