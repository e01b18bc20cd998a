"""The gRPC door of the catalog: convert, call an action, convert."""

from conversations.messaging.v1 import messaging_pb2 as pb

from services.chassis.doors import Call
from services.messaging.catalog.listing import PREVIEW_CHARACTERS, Filters, Listing, Listings
from services.messaging.catalog.search import Search, Wanted
from services.messaging.convert import conversation_message, message_message
from services.messaging.rules import Event, Kind, utf16_length

MEMBERS = 10
"""So many members are named in a list."""


class CatalogHandlers:
    """The RPCs of MessagingService about lists, search and stars."""

    _listings: Listings
    _search: Search

    async def SetStar(self, request: pb.SetStarRequest, call: Call) -> pb.SetStarResponse:
        """See the contract."""
        await self._listings.star(call.identity, request.conversation, starred=request.starred)
        return pb.SetStarResponse()

    async def ListConversations(self, request: pb.ListConversationsRequest, call: Call) -> pb.ListConversationsResponse:
        """See the contract."""
        filters = Filters(
            frozenset(Kind(kind) for kind in request.kinds),
            request.project,
            request.unread,
            request.starred,
            request.archived,
        )
        page = await self._listings.page(call.identity, filters, request.page_size or 50, request.page_token)
        person = call.identity.person
        return pb.ListConversationsResponse(
            listings=[listing_message(listing, person) for listing in page.listings], next_page_token=page.token
        )

    async def SearchMessages(self, request: pb.SearchMessagesRequest, call: Call) -> pb.SearchMessagesResponse:
        """See the contract."""
        wanted = Wanted(request.query, request.conversation, request.author)
        found = await self._search.page(call.identity, wanted, request.page_size or 20, request.page_token)
        return pb.SearchMessagesResponse(
            found=[
                pb.FoundMessage(conversation=event.conversation, message=message_message(event))
                for event in found.messages
            ],
            next_page_token=found.token,
        )


def listing_message(listing: Listing, person: str) -> pb.Listing:
    """A conversation in a list, for the contract."""
    state = listing.head.state
    conversation = conversation_message(listing.conversation, listing.head, person)
    del conversation.members[MEMBERS:]
    conversation.ClearField("owners")
    return pb.Listing(
        conversation=conversation,
        member_count=len(state.members),
        starred=listing.starred,
        role=pb.ROLE_OWNER if state.owns(person) else pb.ROLE_MEMBER,
        active_at_ms=listing.active_at_ms,
        last_message=preview_message(listing.last) if listing.last else None,
    )


def preview_message(event: Event) -> pb.Message:
    """A message whose text is cut; mentions beyond the cut are left out."""
    message = message_message(event)
    if len(message.text) > PREVIEW_CHARACTERS:
        message.text = message.text[:PREVIEW_CHARACTERS]
        end = utf16_length(message.text)
        inside = [mention for mention in message.mentions if mention.start + mention.length <= end]
        del message.mentions[:]
        message.mentions.extend(inside)
    return message
