"""The host of the demo application: the part of the platform team's own web application."""
