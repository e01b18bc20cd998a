"""`conversations explain`: why and how one person was told of one message, or was not."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer
from conversations.notifier.v1 import notifier_pb2 as pb

from local.client import CALL_S, Connection
from local.commands.options import Against, Tenant, User, find, run
from local.ready import Ready


def explain(
    tenant: Tenant,
    user: User,
    conversation: Annotated[str, typer.Argument(help="The conversation's id.")],
    number: Annotated[int, typer.Argument(min=1, help="The message's number.")],
    operator: Annotated[
        bool, typer.Option("--operator", help="Ask as a service, as a support desk does, not as the person.")
    ] = False,
    against: Against = None,
) -> None:
    """Tell why and how one person was told of one message: the path through the decision table, and every delivery.

    **Examples**

    * `conversations explain --tenant northgate --user dana g_... 12`
    * `conversations explain --tenant northgate --user dana g_... 12 --operator`
    """
    run(_explain(find(against), tenant, user, conversation, number, operator))


async def _explain(ready: Ready, tenant: str, user: str, conversation: str, number: int, operator: bool) -> None:
    async with Connection(ready) as connection:
        if operator:
            token = connection.issuer.service("support")
            inspected = await connection.notifier.InspectAlert(
                pb.InspectAlertRequest(tenant=tenant, person=user, conversation=conversation, number=number),
                metadata=(("authorization", f"Bearer {token}"),),
                timeout=CALL_S,
            )
            explanation = inspected.explanation
        else:
            own = await connection.notifier.ExplainAlert(
                pb.ExplainAlertRequest(conversation=conversation, number=number),
                metadata=connection.person(tenant, user).metadata(),
                timeout=CALL_S,
            )
            explanation = own.explanation
    for line in lines(explanation):
        print(line)


def lines(explanation: pb.Explanation) -> Iterator[str]:
    """An explanation in words, line by line."""
    decision, facts = explanation.decision, explanation.facts
    yield f"message {explanation.number} of {explanation.conversation}, for {explanation.person}"
    yield f"written {_time(explanation.sent_at_ms)}, decided {_time(explanation.decided_at_ms)}: {_told(decision)}"
    for step in explanation.path:
        yield f"  row {step.row}: {_reason(step.condition)}: {'yes' if step.held else 'no'}"
    yield "on these facts:"
    if not facts.presence_known:
        yield "  presence could not tell where the person was"
    for client in facts.clients:
        yield f"  client {client.client}, {'may notify' if client.may_notify else 'may not notify'}"
        for tab in client.tabs:
            focus = "focused" if tab.focused else "not focused"
            shows = ", shows this conversation" if tab.conversation_open else ""
            yield f"    tab {tab.tab}: {focus}, input {tab.input_age_ms / 1000:.1f} s before{shows}"
    yield f"  read up to {facts.read}; {'mentioned' if facts.mentioned else 'not mentioned'}"
    if facts.muted_until_ms:
        yield f"  muted until {_time(facts.muted_until_ms)}"
    if facts.level:
        yield f"  told of {pb.Level.Name(facts.level).removeprefix('LEVEL_').lower()}"
    for later in explanation.escalations:
        yield f"later, {_time(later.at_ms)}: {_told(later)}"
    yield from _since(explanation)
    for delivery in explanation.deliveries:
        state = pb.DeliveryState.Name(delivery.state).removeprefix("DELIVERY_STATE_").lower()
        why = f" ({delivery.reason})" if delivery.reason else ""
        act = pb.Act.Name(delivery.act).removeprefix("ACT_").lower()
        yield f"{act} on {delivery.device}: {state}{why}, {_time(delivery.at_ms)}, attempts {delivery.attempts}"
        for answer in delivery.answers:
            yield f"  {_time(answer.at_ms)} the push service answered {answer.status or '-'} {answer.reason}".rstrip()


def _since(explanation: pb.Explanation) -> Iterator[str]:
    """What else became of the message."""
    if explanation.check_pending:
        yield "still unread; it will be looked at again"
    if explanation.check_given_up:
        yield f"it is not looked at again: {explanation.check_given_up}"
    if explanation.edited_revision:
        yield f"edited since, at revision {explanation.edited_revision}"
    if explanation.deleted:
        yield "deleted since"


def _told(decision: pb.Decision) -> str:
    surface = pb.Surface.Name(decision.surface).removeprefix("SURFACE_").lower()
    where = f" in {decision.client}, tab {decision.tab}" if decision.client else ""
    beside = ", and a push beside it" if decision.push_beside else ""
    return f"{surface}{where}, because {_reason(decision.reason)}{beside}"


def _reason(reason: pb.Reason) -> str:
    return pb.Reason.Name(reason).removeprefix("REASON_").replace("_", " ").lower()


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(sep=" ", timespec="milliseconds").removesuffix("+00:00")
