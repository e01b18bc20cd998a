"""Sends a recorded chat through a running suite and proves every badge, alert and delivery right."""
