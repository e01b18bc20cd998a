"""Where a person's presence stands in the store.

People are dealt out to a fixed number of buckets. Everything of one bucket has the bucket's number as its hash tag, so
a script may touch it in one step also on a cluster, and people are looked up by one command for each bucket and not by
one for each person. The hash tag is never text that a client made.
"""

import zlib

BUCKETS = 64
"""How many buckets there are; also on how many shards of a cluster presence can be spread. Changing it loses presence
for one lease, which the service survives as it survives a lost store."""

WHOLE = "whole"
KEPT = "kept"
"""The two members of a bucket's sorted set that are no names: those begin with a digit."""


def name_of(tenant: str, person: str) -> str:
    """One text for a person of a tenant, different for any two of them, whatever characters they contain."""
    return f"{len(tenant)}:{tenant}{person}"


def bucket_of(name: str) -> int:
    """The bucket of a name.

    Raises:
        UnicodeEncodeError: the name holds half a surrogate pair, which is no text.
    """
    return zlib.crc32(name.encode()) % BUCKETS


def split(name: str) -> tuple[str, str]:
    """The tenant and the person of a name."""
    length, _, both = name.partition(":")
    cut = int(length)
    return both[:cut], both[cut:]


def people_key(bucket: int) -> str:
    """The key of a bucket's sorted set of people."""
    return f"presence:{{{bucket}}}:people"


def person_key(name: str) -> str:
    """The key of the hash of one person's clients."""
    return f"presence:{{{bucket_of(name)}}}:person:{name}"


def active_key(bucket: int) -> str:
    """The key of a bucket's sorted set of those who are active."""
    return f"presence:{{{bucket}}}:active"


def seen_key(bucket: int) -> str:
    """The key of a bucket's sorted set of when people last touched a tab."""
    return f"presence:{{{bucket}}}:seen"


def news_key(bucket: int) -> str:
    """The key of a bucket's stream of what has happened."""
    return f"presence:{{{bucket}}}:news"


def chosen_key(name: str) -> str:
    """The key of the status that a person has chosen."""
    return f"presence:{{{bucket_of(name)}}}:chosen:{name}"


def typing_key(conversation: str) -> str:
    """The key of the sorted set of those who are typing in a conversation; its id is a name like any other."""
    return f"presence:{{{bucket_of(conversation)}}}:typing:{conversation}"
