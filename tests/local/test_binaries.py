"""Where the programs of the local run come from."""

import sys

import pytest

from local import binaries
from local.binaries import MissingBinaryError


def test_another_server_can_take_the_place_of_valkey(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = binaries.valkey()
    monkeypatch.setenv("VALKEY_SERVER", sys.executable)
    assert str(binaries.valkey()) == sys.executable
    monkeypatch.setenv("VALKEY_SERVER", "")
    assert binaries.valkey() == ours


def test_a_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VALKEY_SERVER", "/nowhere/redis-server")
    with pytest.raises(MissingBinaryError, match="VALKEY_SERVER is /nowhere/redis-server"):
        binaries.valkey()
