"""What the demo's people answer to somebody who is really there: who, and with which words. Pure but for chance."""

import random
import re
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("answers.yaml")

REMEMBERED = 40
"""So many answers are not repeated."""

SECOND = 0.25
"""How likely somebody else adds a remark, where there are several."""

SHORT = 3
"""A word of a topic that is no longer must be the whole word of the message."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Topic:
    """Something that people write about.

    Attributes:
        words: beginnings of words that tell it, in small letters.
        asks: words by which a question is about this, whatever else it names.
        who: those who know about it, the best first; nobody else answers. Empty for everybody.
        say: what is answered.
    """

    words: tuple[str, ...]
    asks: tuple[str, ...]
    who: tuple[str, ...]
    say: tuple[str, ...]


@dataclass(frozen=True)
class Answers:
    """Everything that can be answered.

    Attributes:
        topics: the first of those with the most words in a message is answered.
        question: answers a question that is about none of them.
        statement: answers anything else.
        remarks: what a second person adds.
    """

    topics: tuple[Topic, ...]
    question: tuple[str, ...]
    statement: tuple[str, ...]
    remarks: tuple[str, ...]


def read(file: Path = FILE) -> Answers:
    """Reads the answers.

    Raises:
        OSError: the file cannot be read.
        KeyError: something is missing in it.
    """
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Answers(
        topics=tuple(_topic(entry) for entry in content["topics"]),
        question=tuple(content["question"]),
        statement=tuple(content["statement"]),
        remarks=tuple(content["remarks"]),
    )


def _topic(entry: dict[str, Any]) -> Topic:
    return Topic(tuple(entry["words"]), tuple(entry.get("asks", ())), tuple(entry.get("who", ())), tuple(entry["say"]))


@dataclass(frozen=True)
class Answer:
    """What is answered.

    Attributes:
        author: by whom.
        text: the words.
    """

    author: str
    text: str


class Wit:
    """Finds answers, none twice in a while.

    Args:
        answers: all there are.
        chance: which of those that fit.
    """

    def __init__(self, answers: Answers, chance: random.Random) -> None:
        self._answers = answers
        self._chance = chance
        self._said: deque[str] = deque(maxlen=REMEMBERED)

    def answer(
        self, text: str, others: Sequence[str], *, mentioned: Collection[str] = (), spoke_last: str = ""
    ) -> list[Answer]:
        """What the others in a conversation answer to a message: nothing where nobody else is there.

        Args:
            text: the message.
            others: who may answer.
            mentioned: of them, who is mentioned; they answer, two at most.
            spoke_last: who said the last thing before; answers where nobody else is asked.
        """
        if not others:
            return []
        speakers = [each for each in others if each in mentioned][:2]
        if not speakers:
            topic = self._topic(text, others)
            knowing = [each for each in topic.who if each in others] if topic else []
            likely = [spoke_last] if spoke_last in others else [self._chance.choice(others)]
            speakers = (knowing or likely)[:1]
        answers = [Answer(speaker, self._choose(self._fitting(text, speaker))) for speaker in speakers]
        rest = [each for each in others if each not in speakers]
        if len(others) > 2 and rest and self._chance.random() < SECOND:
            answers.append(Answer(self._chance.choice(rest), self._choose(self._answers.remarks)))
        return answers

    def _fitting(self, text: str, speaker: str) -> Sequence[str]:
        if topic := self._topic(text, [speaker]):
            return topic.say
        return self._answers.question if "?" in text else self._answers.statement

    def _topic(self, text: str, speakers: Collection[str]) -> Topic | None:
        """What a message is about, of that about which one of the speakers may answer."""
        words = [word.lower() for word in _WORD.findall(text)]
        open_ = [each for each in self._answers.topics if not each.who or set(each.who) & set(speakers)]
        if "?" in text:
            for topic in open_:
                if set(topic.asks) & set(words):
                    return topic
        best = max(open_, key=lambda topic: _hits(topic, words), default=None)
        return best if best is not None and _hits(best, words) else None

    def _choose(self, lines: Sequence[str]) -> str:
        fresh = [line for line in lines if line not in self._said]
        # Of lines that were all said lately, the one that was said longest ago.
        line = self._chance.choice(fresh) if fresh else min(lines, key=list(self._said).index)
        if line in self._said:
            self._said.remove(line)
        self._said.append(line)
        return line


def _hits(topic: Topic, words: Sequence[str]) -> int:
    """How much of a message is of a topic; a longer beginning tells more."""
    return sum(max((len(stem) for stem in topic.words if _tells(stem, word)), default=0) for word in words)


def _tells(stem: str, word: str) -> bool:
    return word == stem if len(stem) <= SHORT else word.startswith(stem)
