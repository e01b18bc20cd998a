"""A conversation that is missing, of another tenant, or of others answers in the same way."""

import asyncio

import pytest
from google.protobuf.descriptor import Descriptor

from tests.suite.hostile.conftest import READ_WAIT_MS
from tests.suite.hostile.fields import Leaf, leaves
from tests.suite.hostile.rpcs import RPCS, Rpc
from tests.suite.hostile.stage import MISSING, Stage


def conversation_fields(message: Descriptor) -> list[Leaf]:
    return [leaf for leaf in leaves(message) if leaf.field.name in {"conversation", "conversations"}]


NAMING = [rpc for rpc in RPCS if rpc.for_people and conversation_fields(rpc.method.input_type)]
"""Every RPC by which a person can name a conversation."""


@pytest.mark.parametrize("rpc", NAMING, ids=str)
async def test_missing_foreign_and_not_a_member_answer_alike_byte_for_byte(stage: Stage, rpc: Rpc) -> None:
    valid = stage.valid(rpc)
    (leaf,) = conversation_fields(rpc.method.input_type)
    # Leaving the stage's own conversation, or raising its epoch, ends all other tests: these have one of their own.
    elsewhere = str(rpc) in {"messaging.LeaveConversation", "unread.MarkUnread"}
    own = await stage.call(rpc, valid if elsewhere else leaf.put(valid, stage.conversation))
    assert own.code == "OK"
    outcomes = {
        name: await stage.call(rpc, leaf.put(valid, conversation))
        for name, conversation in (
            ("missing", MISSING),
            ("foreign", stage.foreign),
            ("of others", stage.strangers),
        )
    }
    assert outcomes["foreign"] == outcomes["missing"]
    assert outcomes["of others"] == outcomes["missing"]
    assert outcomes["missing"].code in {"NOT_FOUND", "OK"}
    if outcomes["missing"].code == "OK":
        # What does not refuse them may only leave them out.
        answer = rpc.response.FromString(outcomes["missing"].answers[0])
        assert not getattr(answer, "badges", ())


@pytest.mark.parametrize("name", ["MarkRead", "MarkUnread", "SetMute", "ListReaders", "WatchReaders"])
async def test_it_takes_as_long_to_refuse_a_conversation_of_others_as_one_that_is_missing(
    stage: Stage, name: str
) -> None:
    """The time would tell who talks with whom: a direct conversation's id can be computed from the names."""
    (rpc,) = [rpc for rpc in RPCS if str(rpc) == f"unread.{name}"]
    (leaf,) = conversation_fields(rpc.method.input_type)
    loop = asyncio.get_running_loop()
    for conversation in (MISSING, stage.foreign, stage.strangers):
        began = loop.time()
        outcome = await stage.call(rpc, leaf.put(stage.valid(rpc), conversation))
        assert outcome.code == "NOT_FOUND"
        assert loop.time() - began >= READ_WAIT_MS / 1000


async def test_the_rpcs_that_name_a_conversation_are_found() -> None:
    assert {"messaging.SendMessage", "messaging.WatchConversation", "unread.MarkRead"} <= {str(rpc) for rpc in NAMING}
