"""What the demo says, in which order, and what it answers."""

import itertools
import random
from collections.abc import Collection

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.demo import answers, content
from local.demo.answers import Answers, Topic, Wit
from local.demo.content import Line, Talk
from local.demo.script import REST, Cue, Script
from local.demo.words import At, AtEveryone, Piece, Plain, pieces

PROJECT = content.read()
ANSWERS = answers.read()


def test_the_demos_project_is_consistent() -> None:
    assert len(PROJECT.people) >= 12
    assert {talk.kind for talk in PROJECT.talks} == {"group", "item", "direct"}
    assert {talk.tool for talk in PROJECT.talks if talk.kind == "item"} == {
        *("rfi", "submittal", "change_order", "punch_item")
    }
    for talk in PROJECT.talks:
        assert set(talk.members) <= set(PROJECT.people), talk.key
        assert {line.author for line in talk.lines} <= set(talk.members), talk.key
    assert {PROJECT.watch, *PROJECT.attached, *PROJECT.devices} <= set(PROJECT.people)
    assert PROJECT.watch not in PROJECT.attached, "the watcher's own tab must be the one in use"
    assert not set(PROJECT.attached) & set(PROJECT.devices)


def test_every_mention_is_of_a_member_and_every_reply_under_an_earlier_line() -> None:
    for talk in PROJECT.talks:
        for exchange in talk.threads:
            for place, line in enumerate(exchange, 1):
                mentioned = [each.person for each in pieces(line.text, PROJECT.people) if isinstance(each, At)]
                assert set(mentioned) <= set(talk.members) - {line.author}, line
                assert "@" not in "".join(
                    each.text for each in pieces(line.text, PROJECT.people) if isinstance(each, Plain)
                )
                assert 0 <= line.under < place, line
                assert line.was != line.text
                if line.under:
                    assert not exchange[line.under - 1].under, "threads have one level"


def test_there_is_enough_life_in_it() -> None:
    lines = [line for talk in PROJECT.talks for line in talk.lines]
    assert len(lines) > 300
    assert len({line.text for line in lines}) > 0.97 * len(lines)
    to_dana = [line for line in lines if At("dana") in pieces(line.text, PROJECT.people)]
    assert len(to_dana) > 10
    assert sum(bool(line.under) for line in lines) > 10
    assert sum(bool(line.was) for line in lines) > 5
    assert sum(talk.kind == "direct" and PROJECT.watch in talk.members for talk in PROJECT.talks) > 4


def test_a_text_is_taken_apart_into_words_and_mentions() -> None:
    assert pieces("@everyone ask @dana, not @nobody or a@b.example", {"dana"}) == [
        AtEveryone(),
        Plain(" ask "),
        At("dana"),
        Plain(", not @nobody or a@b.example"),
    ]
    assert pieces("no mention", {"dana"}) == [Plain("no mention")]


def _written(part: Piece) -> str:
    if isinstance(part, At):
        return f"@{part.person}"
    return part.text if isinstance(part, Plain) else "@everyone"


@settings(deadline=None)
@given(st.text(alphabet="@ adn,é\n", max_size=30))
def test_nothing_of_a_text_is_lost_by_taking_it_apart(text: str) -> None:
    parts = pieces(text, {"dana", "dan", "a"})
    assert "".join(_written(part) for part in parts) == text
    assert all(part.text for part in parts if isinstance(part, Plain))


def _said(script: Script, how_many: int, guests: Collection[str] = ()) -> list[Cue]:
    return [cue for cue in (script.next(guests) for _ in range(how_many)) if cue]


def test_every_line_of_a_conversation_is_said_in_its_order_and_then_again() -> None:
    script = Script(PROJECT.talks, random.Random(7))
    once = _said(script, sum(len(talk.lines) for talk in PROJECT.talks))
    for talk in PROJECT.talks:
        assert [cue.line for cue in once if cue.talk.key == talk.key] == talk.lines
    changes = sum(one.talk.key != other.talk.key for one, other in itertools.pairwise(once))
    assert changes > len(PROJECT.talks), "conversations must go on beside each other"
    assert script.next()


def test_a_place_counts_within_its_exchange() -> None:
    for cue in _said(Script(PROJECT.talks, random.Random(7)), 400):
        assert any(cue.place <= len(exchange) and exchange[cue.place - 1] == cue.line for exchange in cue.talk.threads)


@settings(deadline=None, max_examples=20)
@given(st.sets(st.sampled_from(sorted(PROJECT.people)), max_size=5), st.integers(0, 100))
def test_nobody_speaks_for_somebody_who_is_there(guests: set[str], seed: int) -> None:
    script = Script(PROJECT.talks, random.Random(seed))
    cues = _said(script, 200, guests)
    assert not {cue.line.author for cue in cues} & guests
    assert len(cues) > 50, "the others go on"


TWO = Talk(
    "two",
    "direct",
    ("marco", "dana"),
    ((Line("marco", "one?"), Line("dana", "yes"), Line("marco", "good")), (Line("marco", "two?"),)),
)
OTHER = Talk("other", "group", ("tom", "wei"), ((Line("tom", "a"), Line("wei", "b")),), title="Other")


def test_a_question_waits_for_the_answer_of_somebody_who_is_there() -> None:
    script = Script([TWO, OTHER], random.Random(1))
    said = [script.next({"dana"}) for _ in range(REST)]
    mine = [cue.line.text for cue in said if cue and cue.talk.key == "two"]
    assert mine in ([], ["one?"])
    later = [script.next({"dana"}) for _ in range(2 * REST)]
    texts = [cue.line.text for cue in (*said, *later) if cue and cue.talk.key == "two"]
    assert texts[:2] == ["one?", "two?"]
    assert "good" not in texts


def test_a_conversation_rests_while_others_go_on_and_with_none_left_nothing_is_said() -> None:
    script = Script([TWO, OTHER], random.Random(1))
    script.rest("two", 11)
    assert {cue.talk.key for cue in _said(script, 2)} == {"other"}
    assert script.next() is None
    script.rest("elsewhere")


def test_the_opening_is_of_the_first_exchange_and_is_not_said_again() -> None:
    script = Script([TWO], random.Random(1))
    assert [cue.line.text for cue in script.opening("two", 2)] == ["one?", "yes"]
    assert [cue.line.text for cue in _said(script, 2)] == ["good", "two?"]
    assert [cue.line.text for cue in Script([TWO], random.Random(1)).opening("two", 9)] == ["one?", "yes", "good"]


def test_a_conversation_that_is_not_new_begins_with_any_of_its_exchanges() -> None:
    begins = set()
    for seed in range(20):
        script = Script([TWO], random.Random(seed))
        script.skip_ahead("two")
        cue = script.next()
        assert cue
        begins.add(cue.line.text)
    assert begins == {"one?", "two?"}


def test_the_answers_are_consistent() -> None:
    lines = [
        *ANSWERS.question,
        *ANSWERS.statement,
        *ANSWERS.remarks,
        *(line for each in ANSWERS.topics for line in each.say),
    ]
    assert len(lines) > 100
    assert len(set(lines)) == len(lines)
    for topic in ANSWERS.topics:
        assert all(isinstance(word, str) and word == word.lower() for word in topic.words), topic
        assert set(topic.who) <= set(PROJECT.people), topic
    assert not any("@" in line for line in lines)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Is the cable tray in corridor 2-210 done?", "sofia"),
        ("How many m³ of concrete do we pour?", "hank"),
        ("When does the steel crew finish the concrete?", "olga"),
        ("Somebody took the guardrail down", "ben"),
        ("What does the clinic's board say?", "ruth"),
    ],
)
def test_who_knows_about_it_answers(text: str, who: str) -> None:
    found = Wit(ANSWERS, random.Random(3)).answer(text, ["tom", "ben", "hank", "olga", "ruth", "sofia"])
    assert found[0].author == who
    topic = next(each for each in ANSWERS.topics if found[0].text in each.say)
    assert who == next(each for each in topic.who if each in {"tom", "ben", "hank", "olga", "ruth", "sofia"})
    assert any(word in text.lower() for word in (*topic.words, *topic.asks))


def test_nobody_answers_about_what_others_know_better() -> None:
    wit = Wit(ANSWERS, random.Random(3))
    theirs = [line for topic in ANSWERS.topics if topic.who and "ruth" not in topic.who for line in topic.say]
    for text in ("Is the rebar for the slab tied?", "The duct hits the cable tray.", "Which drawing is right?"):
        assert wit.answer(text, ["ruth"])[0].text not in theirs
        assert wit.answer(text, ["ruth", "ben"], mentioned=["ruth"])[0].text not in theirs


def test_who_is_mentioned_answers_and_else_who_spoke_last() -> None:
    wit = Wit(ANSWERS, random.Random(3))
    others = ["ben", "hank", "olga"]
    assert wit.answer("Xyz.", others, mentioned=["hank", "dana"])[0].author == "hank"
    assert [each.author for each in wit.answer("Xyz.", others, mentioned=["olga", "ben"])][:2] == ["ben", "olga"]
    assert {wit.answer("Xyz.", others, spoke_last="olga")[0].author for _ in range(9)} == {"olga"}
    assert len({wit.answer("Xyz.", others, spoke_last="dana")[0].author for _ in range(30)}) == 3
    assert wit.answer("Xyz.", []) == []


def test_a_question_is_not_answered_as_a_statement() -> None:
    wit = Wit(ANSWERS, random.Random(3))
    assert wit.answer("Xyz?", ["ben"])[0].text in ANSWERS.question
    assert wit.answer("Xyz.", ["ben"])[0].text in ANSWERS.statement


def test_short_words_tell_a_topic_only_as_a_whole() -> None:
    few = Answers((Topic(("no", "pour"), (), (), ("no",)),), ("?",), (".",), ())
    wit = Wit(few, random.Random(3))
    assert wit.answer("Now the note.", ["ben"])[0].text == "."
    assert wit.answer("No!", ["ben"])[0].text == "no"
    assert wit.answer("We are pouring.", ["ben"])[0].text == "no"


def test_an_answer_is_repeated_only_when_all_others_were_given() -> None:
    wit = Wit(ANSWERS, random.Random(3))
    said = [wit.answer("Xyz.", ["ben"])[0].text for _ in range(2 * len(ANSWERS.statement))]
    once, again = said[: len(ANSWERS.statement)], said[len(ANSWERS.statement) :]
    assert sorted(once) == sorted(ANSWERS.statement)
    assert again == once


def test_in_a_group_somebody_else_adds_a_remark_now_and_then() -> None:
    wit = Wit(ANSWERS, random.Random(3))
    many = [wit.answer("Xyz.", ["ben", "hank", "olga"], spoke_last="ben") for _ in range(100)]
    second = [each[1] for each in many if len(each) > 1]
    assert 5 < len(second) < 60
    assert all(each.author != "ben" and each.text in ANSWERS.remarks for each in second)
    assert all(len(wit.answer("Xyz.", ["ben"])) == 1 for _ in range(50))
