"""Members: who comes, who goes, and what they may do; and what holds for tenants."""

from typing import cast

from conversations.messaging.v1 import messaging_pb2 as pb

from services.chassis.doors import Call
from services.messaging.actions import Membership, Tenants
from services.messaging.settings import WRITE_TIMEOUT_S


class MemberHandlers:
    """The RPCs about members and tenants."""

    _members: Membership
    _tenants: Tenants

    async def AddMembers(self, request: pb.AddMembersRequest, call: Call) -> pb.AddMembersResponse:
        """See the contract."""
        event = await self._members.add(
            call.identity,
            request.conversation,
            request.client_key,
            request.members,
            owners=request.role == pb.ROLE_OWNER,
            timeout_s=call.deadline_s(WRITE_TIMEOUT_S),
        )
        return pb.AddMembersResponse(revision=event.revision, at_ms=event.at_ms)

    async def RemoveMembers(self, request: pb.RemoveMembersRequest, call: Call) -> pb.RemoveMembersResponse:
        """See the contract."""
        event = await self._members.remove(
            call.identity,
            request.conversation,
            request.client_key,
            request.members,
            call.deadline_s(WRITE_TIMEOUT_S),
        )
        return pb.RemoveMembersResponse(revision=event.revision, at_ms=event.at_ms)

    async def LeaveConversation(self, request: pb.LeaveConversationRequest, call: Call) -> pb.LeaveConversationResponse:
        """See the contract."""
        event = await self._members.leave(
            call.identity, request.conversation, request.client_key, call.deadline_s(WRITE_TIMEOUT_S)
        )
        return pb.LeaveConversationResponse(revision=event.revision, at_ms=event.at_ms)

    async def SetRole(self, request: pb.SetRoleRequest, call: Call) -> pb.SetRoleResponse:
        """See the contract."""
        event = await self._members.set_role(
            call.identity,
            request.conversation,
            request.client_key,
            request.person,
            owner=request.role == pb.ROLE_OWNER,
            timeout_s=call.deadline_s(WRITE_TIMEOUT_S),
        )
        return pb.SetRoleResponse(revision=event.revision, at_ms=event.at_ms)

    async def GetTenantSettings(
        self, request: pb.GetTenantSettingsRequest, _call: Call
    ) -> pb.GetTenantSettingsResponse:
        """See the contract."""
        found = await self._tenants.get(request.tenant)
        return pb.GetTenantSettingsResponse(
            settings=pb.TenantSettings(
                edit_within_ms=found.get("edit_within_ms"),
                delete_within_ms=found.get("delete_within_ms"),
                versions=cast("pb.Versions", found.get("versions", 0)),
            )
        )

    async def PutTenantSettings(
        self, request: pb.PutTenantSettingsRequest, _call: Call
    ) -> pb.PutTenantSettingsResponse:
        """See the contract."""
        said = request.settings
        settings = {name: getattr(said, name) for name in ("edit_within_ms", "delete_within_ms") if said.HasField(name)}
        if said.versions:
            settings["versions"] = int(said.versions)
        await self._tenants.put(request.tenant, settings)
        return pb.PutTenantSettingsResponse()
