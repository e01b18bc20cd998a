import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.replay.input import InputError, Line, Room, read_plan, share_out
from local.replay.roles import Habit, assign


def entry(room: str, sender: str, text: str) -> dict[str, str]:
    return {"room": room, "time": "09:14", "sender": sender, "text": text}


CHAT = [
    entry("one", "ann", "hello"),
    entry("two", "bob", "first here"),
    entry("one", "cem [away]", "hi – “quoted”"),
    entry("one", "dora", " \t\n"),
    entry("one", "ann", ""),
    entry("three", "ann", "alone"),
    entry("two", "ann", "second here"),
    entry("one", "ann", "bye"),
]


def write(path: Path, entries: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in entries))
    return path


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    return write(tmp_path / "chat.jsonl", CHAT)


def test_a_room_is_made_of_its_lines_in_order_and_of_everybody_who_wrote(chat: Path) -> None:
    plan = read_plan(chat)
    one, two, three = plan.rooms
    assert (one.title, two.title, three.title) == ("one", "two", "three")
    assert one.lines == [Line(1, "ann", "hello"), Line(3, "cem [away]", "hi – “quoted”"), Line(8, "ann", "bye")]
    assert one.members == ["ann", "cem [away]", "dora"]
    assert plan.persons == ("ann", "bob", "cem [away]", "dora")
    assert plan.messages == 6


def test_messages_without_text_are_skipped_and_counted(chat: Path) -> None:
    assert read_plan(chat).skipped_empty == 2
    assert read_plan(chat, rooms=1).skipped_empty == 2


def test_gzip_is_told_by_the_content(chat: Path, tmp_path: Path) -> None:
    packed = tmp_path / "whatever"
    packed.write_bytes(gzip.compress(chat.read_bytes()))
    assert read_plan(packed) == read_plan(chat)


def test_only_the_first_rooms_are_taken(chat: Path) -> None:
    plan = read_plan(chat, rooms=2)
    assert [room.title for room in plan.rooms] == ["one", "two"]
    assert plan.messages == 5


def test_a_limit_is_shared_out_and_leaves_the_members(chat: Path) -> None:
    plan = read_plan(chat, limit=4)
    assert [len(room.lines) for room in plan.rooms] == [2, 1, 1]
    assert plan.rooms[0].members == ["ann", "cem [away]", "dora"]
    assert read_plan(chat, limit=100) == read_plan(chat)


@settings(deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=9), min_size=1, max_size=6), st.integers(min_value=1, max_value=60))
def test_a_limit_takes_as_much_as_there_is_and_is_fair(sizes: list[int], limit: int) -> None:
    rooms = [Room(str(index), lines=[Line(1, "ann", "x")] * size) for index, size in enumerate(sizes)]
    share_out(rooms, limit)
    kept = [len(room.lines) for room in rooms]
    assert sum(kept) == min(limit, sum(sizes))
    for size, count in zip(sizes, kept, strict=True):
        assert count == size or count >= max(kept) - 1


def test_a_client_key_names_the_line_whatever_is_left_out(chat: Path) -> None:
    keys = [line.client_key for line in read_plan(chat).rooms[1].lines]
    assert keys == ["line-2", "line-7"]
    assert [line.client_key for line in read_plan(chat, limit=2).rooms[1].lines] == ["line-2"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no message"),
        (b"\n\n", "no message"),
        (b'{"room": "one", "sender": "ann", "text": ""}\n', "no message"),
        (b"not json\n", "line 1: not a JSON object"),
        (b"[1]\n", "line 1: not a JSON object"),
        (b'{"room": "one", "sender": "ann"}\n', "line 1: `text`"),
        (b'{"room": "one", "sender": "ann", "text": 5}\n', "line 1: `text`"),
        (b'{"room": "one", "sender": "ann", "text": "\\ud800"}\n', "line 1: `text`"),
        (b'{"room": "", "sender": "ann", "text": "x"}\n', "line 1: `room`"),
        (b'{"room": "one", "sender": "a\\u0000", "text": "x"}\n', "line 1: `sender`"),
        (b'{"room": "one", "sender": "\\udfff", "text": "x"}\n', "line 1: `sender`"),
        (b"\xff\xfe\n", "UTF-8"),
        (b"\x1f\x8bnot gzip", "cannot be read"),
        (gzip.compress(b"x" * 99, mtime=0)[:-9], "cannot be read"),
    ],
)
def test_what_cannot_be_replayed_is_refused_with_the_place(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "chat"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_plan(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            read_plan(path)


def test_too_many_people_in_a_room_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "chat", [entry("one", f"person {index}", "x") for index in range(2_001)])
    with pytest.raises(InputError, match="2001 people"):
        read_plan(path)


def test_a_tenth_is_attached_and_another_tenth_has_a_device(tmp_path: Path) -> None:
    path = write(tmp_path / "chat", [entry(f"room {n % 7}", f"person {n % 95}", "x") for n in range(900)])
    plan = read_plan(path)
    cast = assign(plan)
    assert len(cast.attached) == len(cast.devices) == 10
    assert not cast.attached.keys() & cast.devices.keys()
    assert len(set(cast.devices.values())) == 10
    assert {role.habit for role in cast.attached.values()} == set(Habit)
    for role in cast.attached.values():
        assert all(role.person in plan.rooms[index].members for index in role.rooms)
        assert (role.shows in role.rooms) == (role.habit in {Habit.READER, Habit.VIEWER})
    assert assign(plan) == cast
    assert assign(plan, seed=1) != cast
