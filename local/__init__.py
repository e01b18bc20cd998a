"""The one-machine run: databases, services and gateway as child processes, and the command line."""
