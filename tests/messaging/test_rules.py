"""The log's values: members folded from events, snapshots, mentions, and what is stored of each."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.messaging.documents import from_document, state_of, to_document
from services.messaging.rules import (
    FOLDED,
    AddDraft,
    Attachment,
    Change,
    Created,
    Deleted,
    Draft,
    Edited,
    Event,
    EveryonePart,
    Head,
    History,
    Item,
    Kind,
    Members,
    MembersChanged,
    Mention,
    Now,
    PersonPart,
    Refusal,
    RemoveDraft,
    RoleDraft,
    Sent,
    State,
    UpdateDraft,
    compose,
    first_state,
    follow,
    head_of,
    removal,
    utf16_length,
)

PEOPLE = tuple(f"p{index:02}" for index in range(12))

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sets(st.sampled_from(PEOPLE), min_size=1)),
        st.tuples(st.just("remove"), st.sets(st.sampled_from(PEOPLE), min_size=1, max_size=3)),
        st.tuples(st.just("leave"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("own"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("disown"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("hide"), st.booleans()),
        st.tuples(st.just("rename"), st.text(max_size=3)),
        st.tuples(st.just("send"), st.none()),
    ),
    max_size=60,
)


def beginning() -> Event:
    change = Created(Kind.GROUP, "Site", None, "", PEOPLE[:6], PEOPLE[:1])
    return Event("g_a", 1, 0, 1, "acme", 1_000, PEOPLE[0], change)


def proposal(author: str, step: tuple[str, object]) -> object:
    verb, what = step
    common = ("g_a", "acme", author, "k", b"")
    if verb == "add":
        return AddDraft(*common, what, owners=False)  # type: ignore[arg-type]
    if verb == "remove":
        return RemoveDraft(*common, what)  # type: ignore[arg-type]
    if verb in {"own", "disown"}:
        return RoleDraft(*common, str(what), verb == "own")
    if verb == "hide":
        history = History.SINCE_JOINING if what else History.ALL
        return UpdateDraft(*common, None, None, history)
    if verb == "rename":
        return UpdateDraft(*common, str(what), None, None)
    return Draft(*common, "text")


class Naive:
    """Members as anybody would write them down."""

    def __init__(self) -> None:
        self.joined: dict[str, tuple[int, int, int]] = dict.fromkeys(PEOPLE[:6], (1, 0, 0))
        self.owners = {PEOPLE[0]}
        self.hidden = False
        self.title = "Site"

    def take(self, event: Event) -> None:
        change = event.change
        if isinstance(change, MembersChanged):
            for person in change.moves.added:
                assert person not in self.joined
                self.joined[person] = (event.revision, event.number, event.number if self.hidden else 0)
            for person in change.moves.removed:
                del self.joined[person]
                self.owners.discard(person)
            self.owners |= set(change.moves.made_owners)
            self.owners -= set(change.moves.made_members)
        elif not isinstance(change, (Sent, Created, Edited, Deleted)):
            self.hidden = change.history is History.SINCE_JOINING
            self.title = change.title

    def check(self, state: State) -> None:
        joins = state.members.joins
        assert {name: (one.revision, one.number, one.above) for name, one in joins.items()} == self.joined
        assert state.members.owners == self.owners
        assert state.title == self.title


def loaded(documents: dict[int, dict[str, object]], revision: int) -> State:
    """A state as a store reads it: the last snapshot, and what came after."""
    wanted = documents[revision]
    base = int(str(wanted.get("base", revision)))
    state = first_state(from_document(documents[1])) if base == 1 else state_of(documents[base])
    for later in sorted(documents):
        if base < later <= revision and documents[later].get("base") == base:
            state = state.after(from_document(documents[later]))
    return state


@given(STEPS, st.data())
def test_any_sequence_of_changes_folds_from_snapshots_to_what_anybody_would_write_down(
    steps: list[tuple[str, object]], data: st.DataObject
) -> None:
    created = beginning()
    head, naive = head_of(created), Naive()
    documents = {1: to_document(created)}
    for step in steps:
        members = sorted(naive.joined)
        if not members:
            break
        verb, what = step
        leaves = verb == "leave"
        author = str(what) if leaves else data.draw(st.sampled_from(sorted(naive.owners) or members))
        decided = proposal(author, ("remove", {what}) if leaves else step).decide(head, 2_000)  # type: ignore[attr-defined]
        if isinstance(decided, Refusal):
            continue
        event, following = decided
        assert from_document(to_document(event)) == event
        assert follow(head, event) == following
        head = following
        naive.take(event)
        naive.check(head.state)
        documents[event.revision] = to_document(event)
        assert bool(head.state.members.owners) == bool(len(head.state.members))
        assert loaded(documents, event.state_revision) == head.state


def test_a_snapshot_comes_when_the_names_since_the_last_fill_half_of_one_and_after_so_many_changes() -> None:
    people = [f"q{index}" for index in range(1_000)]
    created = replace(beginning(), change=Created(Kind.GROUP, "Site", None, "", tuple(people), (people[0],)))
    head = head_of(created)
    kinds: list[bool] = []
    for turn in range(2 * FOLDED + 4):
        draft = AddDraft("g_a", "acme", people[0], "k", b"", [f"new{turn}"], owners=False)
        decided = draft.decide(head, 0)
        assert not isinstance(decided, Refusal)
        event, head = decided
        assert isinstance(event.change, MembersChanged)
        kinds.append(event.change.snapshot is not None)
    assert [turn for turn, snapshot in enumerate(kinds) if snapshot] == [FOLDED, 2 * FOLDED + 1]
    many = AddDraft("g_a", "acme", people[0], "k", b"", [f"more{turn}" for turn in range(700)], owners=False)
    decided = many.decide(head, 0)
    assert not isinstance(decided, Refusal)
    assert isinstance(decided[0].change, MembersChanged)
    assert decided[0].change.snapshot is not None


def test_the_last_owner_who_goes_leaves_the_conversation_to_the_longest_standing_member() -> None:
    members = Members.first(["ann", "bob", "cem"], ["cem"])
    assert removal(members, ["cem"]).made_owners == ("ann",)
    assert removal(members, ["cem", "ann"]).made_owners == ("bob",)
    assert removal(members, ["cem", "ann", "bob"]).made_owners == ()
    assert removal(members, ["ann"]).made_owners == ()


PARTS = st.lists(
    st.one_of(
        st.text(min_size=1, max_size=8),
        st.builds(PersonPart, st.sampled_from(PEOPLE), st.text(max_size=5)),
        st.builds(EveryonePart, st.text(max_size=5)),
    ),
    max_size=8,
)


@given(PARTS)
def test_mentions_stand_where_javascript_finds_them(parts: list[object]) -> None:
    text, mentions = compose(parts)  # type: ignore[arg-type]
    raw = text.encode("utf-16-le", "surrogatepass")
    wanted = [part for part in parts if not isinstance(part, str)]
    assert len(mentions) == len(wanted)
    for mention, part in zip(mentions, wanted, strict=True):
        found = raw[2 * mention.start : 2 * (mention.start + mention.length)].decode("utf-16-le", "surrogatepass")
        if isinstance(part, PersonPart):
            assert (found, mention.person, mention.everyone) == (f"@{part.label or part.person}", part.person, False)
        else:
            assert isinstance(part, EveryonePart)
            assert (found, mention.person, mention.everyone) == (f"@{part.label or 'everyone'}", "", True)
    assert utf16_length(text) * 2 == len(raw)


def test_every_kind_of_event_comes_back_from_its_document() -> None:
    mentions = (Mention("bob", everyone=False, start=0, length=4), Mention("", everyone=True, start=5, length=9))
    files = (Attachment("f1", "plan.pdf", "application/pdf", 10, "/files/f1"),)
    changes: list[Change] = [
        Created(Kind.ITEM, "RFI 7", Item("p", "rfi", "7"), "/rfi/7", ("ann",), ("ann",), History.SINCE_JOINING),
        Sent(Kind.GROUP, "x", "k", b"d", mentions, 3, files),
        Sent(Kind.GROUP, "y", "k", b"d", mentions, 3, files, Now(9, 5, (), files), "x", 0, 4, 77),
        Sent(Kind.GROUP, "", "k", b"d", mentions, deleted_revision=12),
        Edited(Kind.GROUP, 4, "x", mentions, files, "k", b"d", superseded=True),
        Deleted(4, "k", b"d"),
    ]
    for change in changes:
        for author, service in (("ann", ""), ("", "rfis")):
            event = Event("g_a", 5, 4, 2, "acme", 9, author, change, service, 3)
            assert from_document(to_document(event)) == event


def test_a_document_of_the_first_version_is_still_read() -> None:
    old = {
        "conversation": "g_a",
        "revision": 1,
        "number": 0,
        "membership_revision": 1,
        "tenant": "acme",
        "at_ms": 5,
        "author": "ann",
        "type": "created",
        "kind": 2,
        "title": "Site",
        "link": "",
        "members": ["ann", "bob"],
        "digest": b"",
    }
    head: Head = head_of(from_document(old))
    assert head.state.members.names == ["ann", "bob"]
    assert head.state.revision == 1
