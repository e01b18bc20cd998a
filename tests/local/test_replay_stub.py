import json
from pathlib import Path

from local.replay.stubfile import StubFile


def line(conversation: str, number: int, device: str, tenant: str = "replay-1", act: str = "SHOW") -> str:
    return json.dumps({"act": act, "tag": f"{conversation}:{number}", "tenant": tenant, "device": device}) + "\n"


def read_all(stub: StubFile) -> None:
    while stub.read_on():
        pass


def test_each_push_of_the_run_is_counted_by_message_and_device(tmp_path: Path) -> None:
    path = tmp_path / "stub.ndjson"
    stub = StubFile(path, "replay-1", ["g_a", "g_b"], ["phone-0", "phone-1"])
    assert not stub.read_on()
    path.write_text(line("g_a", 1, "phone-0") + line("g_x", 7, "phone-0") + line("g_a", 1, "phone-1"))
    read_all(stub)
    with path.open("a") as file:
        file.write(line("g_a", 5, "phone-0", tenant="other"))
        file.write(line("g_a", 1, "phone-0") + line("g_b", 2**31, "phone-9"))
    read_all(stub)
    assert stub.lines == 4
    assert stub.pushes("g_a") == {(1, "phone-0"): 2, (1, "phone-1"): 1}
    assert stub.pushes("g_b") == {(2**31, "?"): 1}


def test_what_replaces_or_takes_back_is_no_push_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "stub.ndjson"
    path.write_text("".join(line("g_a", 1, "phone-0", act=act) for act in ("SHOW", "REPLACE", "CLEAR")))
    stub = StubFile(path, "replay-1", ["g_a"], ["phone-0"])
    read_all(stub)
    assert (stub.lines, stub.pushes("g_a")) == (1, {(1, "phone-0"): 1})


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "stub.ndjson"
    whole = line("g_a", 3, "phone-0").encode()
    path.write_bytes(whole[:10])
    stub = StubFile(path, "replay-1", ["g_a"], ["phone-0"])
    read_all(stub)
    assert stub.lines == 0
    with path.open("ab") as file:
        file.write(whole[10:])
    read_all(stub)
    assert stub.pushes("g_a") == {(3, "phone-0"): 1}


def test_a_long_file_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "stub.ndjson"
    path.write_text("".join(line("g_a", number, "phone-0") for number in range(1, 40_001)))
    stub = StubFile(path, "replay-1", ["g_a"], ["phone-0"])
    assert stub.read_on()
    assert 0 < stub.lines < 40_000
    read_all(stub)
    assert stub.lines == 40_000
    assert set(stub.pushes("g_a").values()) == {1}
