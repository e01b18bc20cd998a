"""Slips of a pen in the rules: each is one small change that the cases must notice.

A slip is its words, a piece of `services/notifier/rules.py`, and what stands there instead.
"""

SLIPS: tuple[tuple[str, str, str], ...] = (
    ("read exactly up to it is not read", "facts.read >= facts.number", "facts.read > facts.number"),
    ("read beyond it is not read", "facts.read >= facts.number", "facts.read == facts.number"),
    ("whoever has read anything has read all", "facts.read >= facts.number", "facts.read > 0"),
    ("a mute lasts a moment longer", "facts.now_ms < facts.muted_until_ms", "facts.now_ms <= facts.muted_until_ms"),
    ("a mute never ends", "facts.now_ms < facts.muted_until_ms", "facts.muted_until_ms"),
    (
        "a snooze lasts a moment longer",
        "facts.now_ms < preferences.snoozed_until_ms",
        "facts.now_ms <= preferences.snoozed_until_ms",
    ),
    ("a snooze never ends", "facts.now_ms < preferences.snoozed_until_ms", "preferences.snoozed_until_ms"),
    ("quiet hours are all hours", "any(hours.contain(moment) for hours in preferences.quiet)", "True"),
    ("one kind off is all kinds off", "facts.kind in preferences.kinds_off", "preferences.kinds_off"),
    ("the switch of mentions is not looked at", "told = mentioned and preferences.mentions", "told = mentioned"),
    (
        "everything breaks through a mute",
        "breaks = mentioned and preferences.mention_breaks_mute",
        "breaks = preferences.mention_breaks_mute",
    ),
    ("told of all is not told", "facts.level is Level.ALL or ", ""),
    ("a kind that is off wins over the conversation", "    elif facts.kind in", "    if facts.kind in"),
    (
        "what breaks a mute breaks a kind that is off",
        "not told:\n        return Reason.KIND_OFF",
        "not told and not breaks:\n        return Reason.KIND_OFF",
    ),
    ("what breaks a mute does not break a level", "if not (breaks or facts", "if not (facts"),
    (
        "what breaks a mute breaks a snooze",
        "preferences.snoozed_until_ms:",
        "preferences.snoozed_until_ms and not breaks:",
    ),
    ("a mention breaks a snooze", "preferences.snoozed_until_ms:", "preferences.snoozed_until_ms and not told:"),
    ("what breaks a mute breaks quiet hours", "if preferences.quiet:", "if preferences.quiet and not breaks:"),
    (
        "what breaks a mute breaks the status",
        "if facts.do_not_disturb else",
        "if facts.do_not_disturb and not breaks else",
    ),
    (
        "a mention breaks every mute",
        "and not breaks:\n        return Reason.MUTED",
        "and not told:\n        return Reason.MUTED",
    ),
    (
        "a level takes the mute away",
        "if facts.now_ms < facts.muted_until_ms and not breaks:",
        "if facts.level is None and facts.now_ms < facts.muted_until_ms and not breaks:",
    ),
    ("idle a moment sooner", "tab.input_age_ms <= idle_ms", "tab.input_age_ms < idle_ms"),
    ("the focus is not looked at", "if tab.focused and tab", "if tab"),
    ("whoever views anything views this", "tab.conversation == facts.conversation for", "tab.conversation for"),
    (
        "open behind others is viewed",
        "any(tab.conversation == facts.conversation for _, tab in places)",
        "any(tab.conversation == facts.conversation for c in facts.clients for tab in c.tabs)",
    ),
    ("viewed in every tab or not at all", "if any(tab.conv", "if all(tab.conv"),
    ("the switch of browser notifications is not looked at", "if not facts.preferences.browser:", "if False:"),
    ("the browser's permission is not looked at", "if client.may_notify for tab", "for tab"),
    (
        "banners off is browser notifications off",
        "if not facts.preferences.browser:",
        "if not facts.preferences.browser or not facts.preferences.in_app:",
    ),
    (
        "a banner needs the browser's permission",
        "preferences.in_app and not",
        "place[0].may_notify and preferences.in_app and not",
    ),
    (
        "banners off on a client is not looked at",
        "preferences.in_app and not place[0].in_app_off",
        "preferences.in_app",
    ),
    (
        "banners off on one client is banners off",
        "if not willing",
        "if len(willing) < len(places)",
    ),
    ("always is not, where banners are off", "IN_APP_OFF, push_beside=beside)", "IN_APP_OFF)"),
    ("always pushes although pushes are off", "beside = preferences.push and", "beside ="),
    (
        "always pushes what is being viewed",
        "return _NOWHERE[Reason.VIEWING]",
        "return Decision(Surface.NONE, Reason.VIEWING, push_beside=beside)",
    ),
    ("always is not beside a browser notification", "*open_, beside)", "*open_)"),
    (
        "a client without a tab notifies",
        "for tab in client.tabs]",
        "for tab in (client.tabs or (Tab('x', True, False, 0, ''),))]",
    ),
    ("the tab used first is elected", "return tab.input_age_ms, client", "return -tab.input_age_ms, client"),
    (
        "unread unknown holds a push back",
        "decision.surface in {Surface.BANNER, Surface.BROWSER}:",
        "decision.surface is not Surface.NONE:",
    ),
    (
        "unread unknown forgets always",
        "Reason.UNREAD_UNKNOWN, push_beside=decision.push_beside)",
        "Reason.UNREAD_UNKNOWN)",
    ),
    (
        "what had waited is not decided by the whole table",
        "    if before.reason in WAITS:\n        return decide(facts)\n",
        "",
    ),
    (
        "looked at again, what is settled is pushed",
        "return _NOWHERE[settled]\n    if facts.clients is None or in_use(",
        "pass\n    if facts.clients is None or in_use(",
    ),
    (
        "looked at again, nobody is in use",
        "if facts.clients is None or in_use(facts.clients, facts.idle_ms):",
        "if facts.clients is None:",
    ),
    (
        "looked at again, unknown is away",
        "if facts.clients is None or in_use(facts.clients, facts.idle_ms)",
        "if in_use(facts.clients, facts.idle_ms)",
    ),
    (
        "looked at again, no device is no matter",
        "if facts.preferences.push and facts.reachable:",
        "if facts.preferences.push:",
    ),
)
