"""What presence streams: transitions to services, statuses and typing to people."""
