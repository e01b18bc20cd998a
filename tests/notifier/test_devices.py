"""Where pushes go, and to whom a device belongs."""

import asyncio

import pytest

from services.chassis import mongo
from services.notifier.records import Device
from services.notifier.stores.devices import PER_PERSON, Devices, TooManyDevicesError
from tests.conftest import ManualClock


def device(person: str, name: str = "phone", target: str = "t", tenant: str = "acme") -> Device:
    return Device(tenant, person, name, "stub", target)


@pytest.fixture
async def devices(database: mongo.Database, clock: ManualClock) -> Devices:
    store = Devices(database, clock)
    await store.prepare()
    return store


async def held(devices: Devices, *persons: str) -> dict[str, list[str]]:
    found = await devices.of("acme", persons)
    return {person: sorted(each.device for each in theirs) for person, theirs in found.items()}


async def test_a_device_that_signs_in_as_somebody_else_moves_to_that_person_at_once(devices: Devices) -> None:
    await devices.put(device("ann"))
    await devices.put(device("bob", "other-name"))
    assert await held(devices, "ann", "bob") == {"bob": ["other-name"]}


async def test_a_target_moves_across_tenants_too(devices: Devices) -> None:
    await devices.put(device("ann"))
    await devices.put(device("ann", tenant="rival"))
    assert await held(devices, "ann") == {}
    assert list(await devices.of("rival", ["ann"])) == ["ann"]


async def test_a_refreshed_device_keeps_one_registration_with_its_new_target(devices: Devices) -> None:
    await devices.put(device("ann", target="old"))
    await devices.put(device("ann", target="new"))
    (found,) = (await devices.get([device("ann").id])).values()
    assert found.target == "new"
    await devices.put(device("bob", target="old"))
    assert await held(devices, "ann", "bob") == {"ann": ["phone"], "bob": ["phone"]}


async def test_many_who_register_the_same_target_at_once_leave_exactly_one(devices: Devices) -> None:
    people = [f"p{number}" for number in range(4)]
    await asyncio.gather(*(devices.put(device(person)) for person in people))
    assert len(await held(devices, *people)) == 1


async def test_a_dead_target_is_pruned_only_if_it_is_still_the_same(devices: Devices) -> None:
    await devices.put(device("ann", target="new"))
    await devices.prune(device("ann", target="old"))
    assert await held(devices, "ann") == {"ann": ["phone"]}
    await devices.prune(device("ann", target="new"))
    assert await held(devices, "ann") == {}


async def test_a_person_has_a_bounded_number_of_devices_and_may_refresh_each(devices: Devices) -> None:
    for number in range(PER_PERSON):
        await devices.put(device("ann", f"d{number}", f"t{number}"))
    with pytest.raises(TooManyDevicesError):
        await devices.put(device("ann", "one-more", "one-more"))
    await devices.put(device("ann", "d3", "fresh"))
    await devices.remove("acme", "ann", "d4")
    await devices.put(device("ann", "one-more", "one-more"))
    assert len((await held(devices, "ann"))["ann"]) == PER_PERSON


async def test_names_that_look_like_several_parts_do_not_meet(devices: Devices) -> None:
    await devices.put(Device("acme", "a:b", "c", "stub", "one"))
    await devices.put(Device("acme", "a", "b:c", "stub", "two"))
    assert await held(devices, "a:b", "a") == {"a:b": ["c"], "a": ["b:c"]}


async def test_a_browser_keeps_its_client_and_keys_and_loses_them_when_it_becomes_something_else(
    devices: Devices,
) -> None:
    browser = Device("acme", "ann", "b", "web_push", "https://push", client="laptop", p256dh=b"p" * 65, auth=b"a" * 16)
    await devices.put(browser)
    assert (await devices.get([browser.id]))[browser.id] == browser
    (listed,) = (await devices.of("acme", ["ann"]))["ann"]
    assert (listed.client, listed.target, listed.p256dh, listed.auth) == ("laptop", "", b"", b"")
    phone = Device("acme", "ann", "b", "fcm", "fid", installation=True)
    await devices.put(phone)
    assert (await devices.get([browser.id]))[browser.id] == phone


async def test_a_device_that_was_stored_before_there_were_transports_is_read(
    devices: Devices, database: mongo.Database
) -> None:
    old = {"tenant": "acme", "person": "ann", "device": "phone", "transport": "stub", "target": "t"}
    await database["devices"].insert_one({"_id": device("ann").id, **old})
    assert (await devices.get([device("ann").id]))[device("ann").id] == device("ann")


async def test_a_dead_target_that_meanwhile_serves_another_transport_stays(devices: Devices) -> None:
    await devices.put(device("ann", target="t"))
    await devices.prune(Device("acme", "ann", "phone", "fcm", "t"))
    assert await held(devices, "ann") == {"ann": ["phone"]}


def test_a_device_never_shows_its_target() -> None:
    browser = Device("acme", "ann", "b", "web_push", "secret", p256dh=b"secret", auth=b"secret")
    assert "secret" not in repr([device("ann", target="secret"), browser])
