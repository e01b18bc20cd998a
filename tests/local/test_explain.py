"""What `conversations explain` says."""

from conversations.notifier.v1 import notifier_pb2 as pb

from local.commands.explain import lines


def test_an_explanation_names_the_rule_the_facts_and_what_the_push_service_answered() -> None:
    explanation = pb.Explanation(
        conversation="g_one",
        number=7,
        person="bob",
        sent_at_ms=1_760_000_000_000,
        decided_at_ms=1_760_000_000_005,
        decision=pb.Decision(
            surface=pb.SURFACE_BANNER, reason=pb.REASON_TAB_IN_USE, client="laptop", tab="t1", person="bob"
        ),
        path=[
            pb.Step(row=3, condition=pb.REASON_VIEWING, held=False),
            pb.Step(row=4, condition=pb.REASON_TAB_IN_USE, held=True),
        ],
        facts=pb.DecisionFacts(
            presence_known=True,
            clients=[
                pb.SeenClient(
                    client="laptop", tabs=[pb.SeenTab(tab="t1", focused=True, input_age_ms=1_500, in_use=True)]
                )
            ],
            mentioned=True,
        ),
        escalations=[pb.Decision(surface=pb.SURFACE_PUSH, reason=pb.REASON_AWAY, at_ms=1_760_000_030_000)],
        deliveries=[
            pb.Delivery(
                device="phone",
                state=pb.DELIVERY_STATE_DEAD,
                reason="410 gone",
                attempts=2,
                act=pb.ACT_SHOW,
                at_ms=1_760_000_031_000,
                answers=[
                    pb.Attempt(at_ms=1_760_000_030_000, reason="no answer"),
                    pb.Attempt(at_ms=1_760_000_031_000, status=410, reason="gone"),
                ],
            )
        ],
        check_pending=True,
        deleted=True,
    )
    assert list(lines(explanation)) == [
        "message 7 of g_one, for bob",
        (
            "written 2025-10-09 08:53:20.000, decided 2025-10-09 08:53:20.005: "
            "banner in laptop, tab t1, because tab in use"
        ),
        "  row 3: viewing: no",
        "  row 4: tab in use: yes",
        "on these facts:",
        "  client laptop, may not notify",
        "    tab t1: focused, input 1.5 s before",
        "  read up to 0; mentioned",
        "later, 2025-10-09 08:53:50.000: push, because away",
        "still unread; it will be looked at again",
        "deleted since",
        "show on phone: dead (410 gone), 2025-10-09 08:53:51.000, attempts 2",
        "  2025-10-09 08:53:50.000 the push service answered - no answer",
        "  2025-10-09 08:53:51.000 the push service answered 410 gone",
    ]
