"""unread: read pointers and counts."""
