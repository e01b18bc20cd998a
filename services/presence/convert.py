"""The contract of presence turned into plain values, and back."""

from typing import cast

from conversations.presence.v1 import presence_pb2

from services.presence import rules
from services.presence.rules import Client, Report, Tab, Transition
from services.presence.statuses import Chosen


def report_of(request: presence_pb2.ReportTabsRequest, now: int) -> Report:
    """What a client says of itself."""
    return Report(
        request.sequence,
        request.permission or presence_pb2.PERMISSION_DEFAULT,
        tuple(
            Tab(tab.tab, tab.visible, tab.focused, rules.input_time(now, tab.input_age_ms), tab.conversation)
            for tab in request.tabs
        ),
        request.in_app_off,
    )


def client_message(client: Client, now: int) -> presence_pb2.Client:
    """A live client, at this time."""
    report = client.report or Report(0, presence_pb2.PERMISSION_DEFAULT, ())
    return presence_pb2.Client(
        person=client.person,
        client=client.client,
        # The contract's enumerations travel through the store as numbers.
        platform=cast("presence_pb2.Platform", client.platform),
        permission=cast("presence_pb2.Permission", report.permission),
        tabs=[
            presence_pb2.Tab(
                tab=tab.tab,
                visible=tab.visible,
                focused=tab.focused,
                input_age_ms=rules.input_age(now, tab.input_at),
                conversation=tab.conversation,
            )
            for tab in report.tabs
        ],
        in_app_off=report.in_app_off,
    )


def chosen_message(person: str, chosen: Chosen) -> presence_pb2.PersonStatus:
    """What a person has chosen."""
    return presence_pb2.PersonStatus(
        person=person, status=cast("presence_pb2.Status", chosen.status.value), until_ms=chosen.until
    )


def transition_message(transition: Transition) -> presence_pb2.Transition:
    """Somebody began or ceased to be active."""
    return presence_pb2.Transition(
        tenant=transition.tenant,
        person=transition.person,
        active=transition.active,
        at_ms=transition.at,
        reason=cast("presence_pb2.Reason", transition.reason),
    )
