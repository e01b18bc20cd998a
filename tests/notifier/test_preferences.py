"""What people and tenants choose, through the whole service; and why somebody was told or was not."""

from collections.abc import Callable

import grpc
import pytest
from conversations.notifier.v1 import notifier_pb2 as pb

from services.notifier.choices import Own
from services.notifier.chosen import Chosen
from services.notifier.facts import Level
from services.notifier.stores.preferences import PreferenceStore, preferences_feed
from tests.conftest import eventually
from tests.harness import as_person, as_service
from tests.notifier.conftest import World, named
from tests.notifier.fakes import conversation_id, tab


async def test_an_answer_says_what_holds_and_what_of_it_is_the_persons_own(world: World) -> None:
    stub, bob = await world.replica(), as_person(world.issuer, "bob")
    first = await stub.GetPreferences(pb.GetPreferencesRequest(), metadata=bob)
    assert (first.effective.push, first.effective.mention_breaks_mute, list(first.own), first.version) == (
        True,
        False,
        [],
        0,
    )
    assert first.effective.escalation_delay_ms == 30_000
    changed = await stub.UpdatePreferences(
        pb.UpdatePreferencesRequest(preferences=pb.Preferences(push=False)), metadata=bob
    )
    assert (changed.effective.push, list(changed.own)) == (False, [pb.PREFERENCE_FIELD_PUSH])
    await stub.PutTenantDefaults(
        pb.PutTenantDefaultsRequest(tenant="acme", defaults=pb.Preferences(push=True, browser=False)),
        metadata=as_service(world.issuer),
    )
    now = await stub.GetPreferences(pb.GetPreferencesRequest(), metadata=bob)
    assert (now.effective.push, now.effective.browser) == (False, False)
    cleared = await stub.UpdatePreferences(
        pb.UpdatePreferencesRequest(clear=[pb.PREFERENCE_FIELD_PUSH], version=now.version), metadata=bob
    )
    assert (cleared.effective.push, list(cleared.own)) == (True, [])


async def test_a_change_that_was_overtaken_is_refused_and_changes_nothing(world: World) -> None:
    stub, bob = await world.replica(), as_person(world.issuer, "bob")

    async def update(version: int, **preferences: bool) -> pb.UpdatePreferencesResponse:
        request = pb.UpdatePreferencesRequest(preferences=pb.Preferences(**preferences), version=version)  # type: ignore[arg-type]
        return await stub.UpdatePreferences(request, metadata=bob)

    first = await update(0, push=False)
    await update(first.version, push=True)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await update(first.version, push=False)
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert (await stub.GetPreferences(pb.GetPreferencesRequest(), metadata=bob)).effective.push


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (
            pb.UpdatePreferencesRequest(preferences=pb.Preferences(quiet_hours=pb.Week(time_zone="Mars/Olympus"))),
            "preferences.quiet_hours.time_zone",
        ),
        (
            pb.UpdatePreferencesRequest(preferences=pb.Preferences(push=True), clear=[pb.PREFERENCE_FIELD_PUSH]),
            "clear",
        ),
    ],
)
async def test_bad_preferences_are_refused_by_their_field(
    world: World, request_: pb.UpdatePreferencesRequest, field: str
) -> None:
    stub = await world.replica()
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.UpdatePreferences(request_, metadata=as_person(world.issuer, "bob"))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert field in str(refused.value.details())


async def test_a_choice_made_at_one_replica_holds_for_what_another_decides(world: World) -> None:
    one, two = await world.replica(), await world.replica()
    conversation = await world.others.messaging.group("ann", "bob", "cem")
    await world.others.messaging.send(conversation, "ann")
    await world.decided(one, conversation)
    for stub, person in ((one, "bob"), (two, "cem")):
        await stub.SetConversationPreference(
            pb.SetConversationPreferenceRequest(conversation=conversation, level=pb.LEVEL_NOTHING),
            metadata=as_person(world.issuer, person),
        )

    async def both_are_left_out() -> bool:
        await world.others.messaging.send(conversation, "ann")
        alert = (await world.alerts(one, conversation))[-1]
        told = {each.person: each.reason for each in alert.decisions}
        return told == {"bob": pb.REASON_LEVEL, "cem": pb.REASON_LEVEL}

    await eventually(both_are_left_out)


async def test_a_mute_of_long_ago_is_known_with_the_first_message(world: World) -> None:
    stub = await world.replica()
    await world.register(stub, "bob")
    conversation = await world.others.messaging.group("ann", "bob")
    world.others.unread.mute(conversation, "bob", world.clock() + 60_000)
    await world.others.messaging.send(conversation, "ann")
    (alert,) = await world.decided(stub, conversation)
    assert [named(each)[:3] for each in alert.decisions] == [("bob", "NONE", "MUTED")]
    assert await world.deliveries(stub, conversation) == []


async def test_the_explanation_names_the_path_the_facts_and_the_deliveries(world: World) -> None:
    stub = await world.replica()
    await world.register(stub, "cem")
    world.others.presence.attach("bob", "laptop", tab("t1", age_ms=5))
    conversation = await world.others.messaging.group("ann", "bob", "cem")
    number = await world.others.messaging.send(conversation, "ann")
    await world.settled(stub, conversation, ("cem", "SENT", ""))
    asked = pb.ExplainAlertRequest(conversation=conversation, number=number)
    bobs = (await stub.ExplainAlert(asked, metadata=as_person(world.issuer, "bob"))).explanation
    assert named(bobs.decision) == ("bob", "BANNER", "TAB_IN_USE", "laptop", "t1")
    assert [(step.row, step.held) for step in bobs.path][-2:] == [(3, False), (4, True)]
    (client,) = bobs.facts.clients
    assert [(each.tab, each.in_use, each.input_age_ms) for each in client.tabs] == [("t1", True, 5)]
    assert (bobs.facts.presence_known, bobs.check_pending) == (True, True)
    inspected = pb.InspectAlertRequest(tenant="acme", person="cem", conversation=conversation, number=number)
    cems = (await stub.InspectAlert(inspected, metadata=as_service(world.issuer))).explanation
    assert named(cems.decision)[:3] == ("cem", "PUSH", "AWAY")
    assert [(each.device, each.state) for each in cems.deliveries] == [("phone", pb.DELIVERY_STATE_SENT)]


async def test_whom_a_message_was_not_for_learns_nothing_of_it(world: World) -> None:
    stub = await world.replica()
    conversation = await world.others.messaging.group("ann", "bob")
    number = await world.others.messaging.send(conversation, "ann")
    await world.decided(stub, conversation)
    words = set()
    for person, where in (("eve", conversation), ("bob", conversation_id(600))):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.ExplainAlert(
                pb.ExplainAlertRequest(conversation=where, number=number), metadata=as_person(world.issuer, person)
            )
        words.add((refused.value.code(), refused.value.details()))
    assert len(words) == 1
    assert words.pop()[0] is grpc.StatusCode.NOT_FOUND


async def test_what_changes_while_a_tenant_is_read_is_not_lost(world: World) -> None:
    store = PreferenceStore(world.database)
    chosen = Chosen(store, preferences_feed(world.database))
    older = await store.set_level("acme", "bob", "g_x", Level.NOTHING)
    newer = await store.set_level("acme", "bob", "g_x", Level.ALL)
    changed: Callable[[], object] = lambda: chosen.learn([newer])  # noqa: E731 - called in the middle of the reading

    class Slow(PreferenceStore):
        async def of_tenant(self, tenant: str) -> list[Own]:
            changed()
            return [older]

    chosen._store = Slow(world.database)
    assert (await chosen.of("acme")).level("bob", "g_x") is Level.ALL


async def test_an_explanation_tells_every_attempt_and_every_later_decision_with_its_time(world: World) -> None:
    stub, bob = await world.replica(), as_person(world.issuer, "bob")
    world.others.presence.attach("bob", "laptop", tab("t1"))
    await world.register(stub, "bob")
    conversation = await world.others.messaging.group("ann", "bob")
    await world.others.messaging.send(conversation, "ann")
    await world.decided(stub, conversation)
    world.others.presence.clients.clear()
    world.clock.pass_ms(31_000)
    await world.settled(stub, conversation, ("bob", "SENT", ""))
    answer = await stub.ExplainAlert(pb.ExplainAlertRequest(conversation=conversation, number=1), metadata=bob)
    (later,), (delivery,) = answer.explanation.escalations, answer.explanation.deliveries
    assert (later.reason, later.at_ms) == (pb.REASON_AWAY, world.clock())
    assert [(each.at_ms, each.status) for each in delivery.answers] == [(world.clock(), 0)]
    assert (delivery.act, delivery.at_ms) == (pb.ACT_SHOW, world.clock())
