"""What every proposal has: who wants it, and how it becomes an event of the log."""

from dataclasses import dataclass

from services.messaging.rules.events import Change, Event
from services.messaging.rules.head import Head, append
from services.messaging.rules.policy import NO_CONVERSATION, Refusal
from services.messaging.rules.state import State


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants to append.

    Attributes:
        author: the person who wants it; empty if a service does.
        client_key: names it among all of the author's in this conversation; empty for none.
        digest: the keyed digest of what is wanted; tells a repeat from something else with the same key.
    """

    conversation: str
    tenant: str
    author: str
    client_key: str
    digest: bytes

    @property
    def service(self) -> str:
        """The service that wants it; empty if a person does."""
        return ""

    @property
    def deletes(self) -> int:
        """The number of the message that this deletes; 0 for none."""
        return 0

    def decide(self, head: Head, now_ms: int) -> tuple[Event, Head] | Refusal:
        """The event that this becomes right after `head` and the head that follows, or why not."""
        state = head.state
        if state.tenant != self.tenant or (self.author and self.author not in state.members):
            return NO_CONVERSATION
        change = self.change(state)
        if isinstance(change, Refusal):
            return change
        return append(head, self.conversation, self.author, self.service, change, now_ms)

    def change(self, state: State) -> Change | Refusal:
        """What happens, as things are."""
        raise NotImplementedError
