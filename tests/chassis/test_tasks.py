import asyncio

import pytest
import structlog
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.chassis import tasks as module
from services.chassis.consume import _until_one_ends
from services.chassis.tasks import Tasks, describe, end
from tests.conftest import eventually


async def deaf(times: int) -> None:
    """Loses some cancellations, as `asyncio.wait_for` does before Python 3.12."""
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if not times:
                raise
            times -= 1


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CANCEL_AGAIN_S", 0.02)


async def test_a_task_that_fails_runs_again_and_its_failure_is_logged() -> None:
    tasks, runs = Tasks(), 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        raise RuntimeError(f"failure {runs}\nwith more lines")

    with structlog.testing.capture_logs() as lines:
        tasks.forever("work", work, pause_s=0.01)
        await eventually(lambda: runs >= 3)
        await tasks.close()
    assert {"task": "work", "error": "RuntimeError: failure 1"}.items() <= lines[0].items()
    assert not tasks._tasks


async def test_a_task_that_ends_by_failing_is_logged_and_forgotten() -> None:
    tasks = Tasks()

    async def work() -> None:
        raise ValueError

    with structlog.testing.capture_logs() as lines:
        tasks.start("work", work())
        await eventually(lambda: not tasks._tasks)
    assert lines[0]["error"] == describe(ValueError()) == "ValueError: "


async def test_tasks_end_even_if_a_cancellation_is_lost() -> None:
    tasks = Tasks()
    for times in range(4):
        tasks.start("deaf", deaf(times))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await tasks.close()
    assert not tasks._tasks


async def test_who_is_cancelled_while_it_ends_others_ends_them_first() -> None:
    child = asyncio.create_task(deaf(3))
    await asyncio.sleep(0)
    ending = asyncio.create_task(end(child))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert child.done()


async def test_the_works_beside_one_that_ends_are_ended_even_if_a_cancellation_is_lost() -> None:
    async with asyncio.timeout(5):
        await _until_one_ends(deaf(2), asyncio.sleep(0))

    async def fail() -> None:
        raise ConnectionError("away")

    with pytest.raises(ConnectionError):
        await _until_one_ends(deaf(2), fail())
    # Whatever else the loop is at, such as the database's driver, is no concern of this test.
    left = {getattr(task.get_coro(), "__name__", "") for task in asyncio.all_tasks()}
    assert not left & {"deaf", "fail"}


def test_an_error_of_the_database_is_described_without_its_documents() -> None:
    bulk = BulkWriteError({"writeErrors": [{"code": 121, "errmsg": "canary", "op": {"text": "canary"}}]})
    assert describe(bulk) in {"BulkWriteError: code 65, 121", "BulkWriteError: code 121, 65"}
    duplicate = DuplicateKeyError("canary", 11000, {"keyValue": {"text": "canary"}})
    assert describe(duplicate) == "DuplicateKeyError: code 11000"


def test_an_error_is_described_by_its_first_line_and_not_at_length() -> None:
    assert describe(RuntimeError("first\nsecond")) == "RuntimeError: first"
    assert len(describe(RuntimeError("x" * 10_000))) < 400
