import grpc
import pytest
import structlog
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    OperationFailure,
    ServerSelectionTimeoutError,
    WTimeoutError,
)
from redis.exceptions import ConnectionError as RedisConnectionError

from services.chassis.errors import Fault, invalid
from tests.chassis.house import CANARY, House, status_of


async def test_a_fault_arrives_with_its_status_words_and_details(house: House) -> None:
    code, words, details = await status_of(house.badges(invalid("number", "is beyond the end")))
    assert (code, words) == (grpc.StatusCode.INVALID_ARGUMENT, "number: is beyond the end")
    assert details[0].field_violations[0].field == "number"

    slow = Fault(grpc.StatusCode.RESOURCE_EXHAUSTED, "slow down", retry_after_ms=1_500)
    code, words, details = await status_of(house.badges(slow))
    assert (code, words) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "slow down")
    assert details[0].retry_delay.ToMilliseconds() == 1_500


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError(CANARY),
        KeyError(CANARY),
        DuplicateKeyError(CANARY, 11000, {"keyValue": {"text": CANARY}}),
        BulkWriteError({"writeErrors": [{"code": 2, "errmsg": CANARY, "op": {"text": CANARY}}]}),
        OperationFailure(CANARY, 2, {"errmsg": CANARY}),
        Fault(grpc.StatusCode.DATA_LOSS, CANARY),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_is_not_expected_becomes_internal_with_a_reference_that_the_log_has_too(
    house: House, error: Exception
) -> None:
    with structlog.testing.capture_logs() as lines:
        code, words, details = await status_of(house.badges(error))
    assert (code, details) == (grpc.StatusCode.INTERNAL, [])
    assert CANARY not in words
    (line,) = [line for line in lines if line["log_level"] == "error"]
    assert words == f"internal error {line['reference']}"
    assert line["rpc"] == "GetBadges"
    assert "house.py" in line["stack"], "the log must say where it happened"
    assert house.counted("GetBadges", "INTERNAL") == 1


@pytest.mark.parametrize(
    "error",
    [
        DuplicateKeyError(CANARY, 11000, {"keyValue": {"text": CANARY}}),
        BulkWriteError({"writeErrors": [{"code": 2, "errmsg": CANARY, "op": {"text": CANARY}}]}),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_documents_in_a_database_error_never_reach_the_log(house: House, error: Exception) -> None:
    with structlog.testing.capture_logs() as lines:
        await status_of(house.badges(error))
    assert lines
    assert CANARY not in repr(lines)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionFailure(CANARY),
        AutoReconnect(CANARY),
        ServerSelectionTimeoutError(CANARY),
        WTimeoutError(CANARY, 64),
        OperationFailure(CANARY, 91),
        OperationFailure(CANARY, 43),
        RedisConnectionError(CANARY),
    ],
    ids=lambda error: f"{type(error).__name__} {getattr(error, 'code', '')}",
)
async def test_a_store_that_is_away_makes_the_call_unavailable(house: House, error: Exception) -> None:
    code, words, _ = await status_of(house.badges(error))
    assert code == grpc.StatusCode.UNAVAILABLE
    assert CANARY not in words


async def test_a_handlers_own_time_limit_is_deadline_exceeded(house: House) -> None:
    assert (await status_of(house.badges(TimeoutError())))[0] == grpc.StatusCode.DEADLINE_EXCEEDED
