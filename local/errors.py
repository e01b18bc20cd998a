"""Failures of the local run that a person can do something about."""


class LocalError(Exception):
    """The local run cannot go on; the words say what is wrong and what to do."""
