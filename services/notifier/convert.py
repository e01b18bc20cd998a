"""What the door answers, of what is kept; and the other way round."""

from collections.abc import Sequence

from conversations.notifier.v1 import notifier_pb2

from services.notifier.choices import NAMES, Choices, Week
from services.notifier.explain import Explanation
from services.notifier.facts import Client, Decision, Kind, Level, Preferences, PushTiming, QuietHours, Reason, Surface
from services.notifier.records import Alert, Delivery, DeliveryState
from services.notifier.trial import Trial

_SURFACES = {each: getattr(notifier_pb2, f"SURFACE_{each.value}") for each in Surface}
_REASONS = {each: getattr(notifier_pb2, f"REASON_{each.value}") for each in Reason}
_STATES = {each: getattr(notifier_pb2, f"DELIVERY_STATE_{each.value}") for each in DeliveryState}
_TIMINGS = {each: getattr(notifier_pb2, f"PUSH_TIMING_{each.value}") for each in PushTiming}
_LEVELS = {each: getattr(notifier_pb2, f"LEVEL_{each.value}") for each in Level}
_FIELDS = {name: getattr(notifier_pb2, f"PREFERENCE_FIELD_{name.upper()}") for name in NAMES}

NAME_OF_FIELD = {value: name for name, value in _FIELDS.items()}
"""The contract's preferences by their names here."""

LEVEL_OF = {value: level for level, value in _LEVELS.items()}
"""The contract's levels; the unspecified is no level."""

SURFACE_OF = {value: surface for surface, value in _SURFACES.items()}
"""The contract's surfaces."""

_TIMING_OF = {value: timing for timing, value in _TIMINGS.items()}


def decision(person: str, of: Decision, at_ms: int = 0) -> notifier_pb2.Decision:
    """The decision for a person; the time only of a later one."""
    return notifier_pb2.Decision(
        person=person,
        surface=_SURFACES[of.surface],
        reason=_REASONS[of.reason],
        client=of.client,
        tab=of.tab,
        push_beside=of.push_beside,
        at_ms=at_ms,
    )


def alert(of: Alert) -> notifier_pb2.Alert:
    """The decisions for one message."""
    return notifier_pb2.Alert(
        conversation=of.content.conversation,
        revision=of.revision,
        number=of.content.number,
        persons=of.persons,
        common=decision("", of.common),
        decisions=[decision(*entry) for entry in sorted(of.decisions.items())],
        escalations=[decision(*entry, at_ms) for entry, at_ms in zip(of.escalations, of.escalated_ms, strict=True)],
        check_pending=bool(of.check_at_ms),
        decided_at_ms=of.decided_at_ms,
        edited_revision=of.edited_revision,
        deleted=of.deleted,
        check_given_up=of.given_up,
    )


def delivery(of: Delivery) -> notifier_pb2.Delivery:
    """One attempt-chain."""
    return notifier_pb2.Delivery(
        delivery=of.id,
        conversation=of.conversation,
        number=of.number,
        person=of.person,
        device=of.device,
        state=_STATES[of.state],
        reason=of.reason,
        attempts=of.attempts,
        act=getattr(notifier_pb2, f"ACT_{of.act.value}"),
        collapsed_into=of.collapsed_into,
        answers=[notifier_pb2.Attempt(at_ms=each.at_ms, status=each.status, reason=each.reason) for each in of.answers],
        at_ms=of.ended_ms or of.due_ms,
    )


def choices(request: notifier_pb2.Preferences) -> Choices:
    """What a request chooses."""
    # An enumeration has no presence of its own; unspecified is not set.
    values = {name: getattr(request, name) for name in NAMES if name != "push_timing" and request.HasField(name)}
    if "quiet_hours" in values:
        week = values["quiet_hours"]
        hours = tuple(QuietHours(each.weekday - 1, each.start_minute, each.end_minute) for each in week.hours)
        values["quiet_hours"] = Week(hours, week.time_zone or "UTC")
    if request.push_timing:
        values["push_timing"] = _TIMING_OF[request.push_timing]
    return Choices(**values)


def preferences(of: Choices) -> notifier_pb2.Preferences:
    """What is chosen, or holds."""
    values = {name: getattr(of, name) for name in of.own if name not in {"quiet_hours", "push_timing"}}
    answer = notifier_pb2.Preferences(**values)
    if of.quiet_hours is not None:
        answer.quiet_hours.CopyFrom(_week(of.quiet_hours.hours, of.quiet_hours.time_zone))
    if of.push_timing is not None:
        answer.push_timing = _TIMINGS[of.push_timing]
    return answer


def own(names: Sequence[str]) -> list[notifier_pb2.PreferenceField]:
    """The names of what is chosen."""
    return [_FIELDS[name] for name in names]


def level(of: Level | None) -> notifier_pb2.Level:
    """A level, or none."""
    return notifier_pb2.LEVEL_UNSPECIFIED if of is None else _LEVELS[of]


def explanation(of: Explanation, idle_ms: int) -> notifier_pb2.Explanation:
    """Why and how one person was told."""
    content, seen = of.alert.content, of.evidence
    return notifier_pb2.Explanation(
        conversation=content.conversation,
        number=content.number,
        person=of.person,
        sent_at_ms=content.at_ms,
        decided_at_ms=of.alert.decided_at_ms,
        decision=decision(of.person, of.decision),
        path=[notifier_pb2.Step(row=row, condition=_REASONS[condition], held=held) for row, condition, held in of.path],
        facts=notifier_pb2.DecisionFacts(
            presence_known=of.known,
            clients=[_client(each, content.conversation, idle_ms) for each in seen.clients],
            read=seen.read,
            muted_until_ms=seen.muted_until_ms,
            mentioned=seen.mentioned,
            preferences=_held(seen.preferences),
            level=level(seen.level),
            do_not_disturb=seen.do_not_disturb,
        ),
        escalations=[decision(of.person, each, at_ms) for each, at_ms in of.escalations],
        check_pending=bool(of.alert.check_at_ms) and of.person in of.alert.waiting,
        deliveries=map(delivery, of.deliveries),
        deleted=of.alert.deleted,
        edited_revision=of.alert.edited_revision,
        check_given_up=of.alert.given_up,
    )


def _held(of: Preferences) -> notifier_pb2.Preferences:
    answer = notifier_pb2.Preferences(
        in_app=of.in_app,
        browser=of.browser,
        push=of.push,
        direct=Kind.DIRECT not in of.kinds_off,
        group=Kind.GROUP not in of.kinds_off,
        item=Kind.ITEM not in of.kinds_off,
        mentions=of.mentions,
        mention_breaks_mute=of.mention_breaks_mute,
        snoozed_until_ms=of.snoozed_until_ms,
        quiet_hours=_week(of.quiet, str(of.time_zone)),
        push_timing=_TIMINGS[of.push_timing],
    )
    if of.escalation_ms:
        answer.escalation_delay_ms = of.escalation_ms
    return answer


def _week(hours: Sequence[QuietHours], time_zone: str) -> notifier_pb2.Week:
    return notifier_pb2.Week(
        hours=[
            notifier_pb2.QuietHours(
                weekday=each.weekday + 1, start_minute=each.start_minute, end_minute=each.end_minute
            )
            for each in hours
        ],
        time_zone=time_zone,
    )


def _client(of: Client, conversation: str, idle_ms: int) -> notifier_pb2.SeenClient:
    return notifier_pb2.SeenClient(
        client=of.client,
        may_notify=of.may_notify,
        in_app_off=of.in_app_off,
        tabs=[
            notifier_pb2.SeenTab(
                tab=tab.tab,
                visible=tab.visible,
                focused=tab.focused,
                input_age_ms=tab.input_age_ms,
                conversation_open=tab.conversation == conversation,
                in_use=tab.focused and tab.input_age_ms <= idle_ms,
            )
            for tab in of.tabs
        ],
    )


def trial(of: Trial) -> notifier_pb2.Trial:
    """What happened in one tab or on one device."""
    return notifier_pb2.Trial(
        client=of.client,
        tab=of.tab,
        device=of.device,
        result=getattr(notifier_pb2, f"TRIAL_RESULT_{of.result.value}"),
        reason=of.reason,
        status=of.status,
    )
