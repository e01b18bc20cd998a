"""messaging: conversations, their members and the log of their events."""
