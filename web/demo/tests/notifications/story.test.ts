import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { notifier, type Trial } from "@conversations/client";
import { describe, expect, it } from "vitest";
import { deviceName, storyOf, type Reader } from "../../src/notifications/pure/story.js";
import { placeOfTrial, trialWords } from "../../src/notifications/pure/trials.js";
import { ADVICE, answerOf, endOf, HEADLINES, NOT_SO, SO } from "../../src/notifications/pure/words.js";

const { Reason, Surface, DeliveryState, Act, Level } = notifier;
/** Without the form that is a message already, so that parts of it can be spread. */
type More = Exclude<MessageInitShape<typeof notifier.ExplanationSchema>, notifier.Explanation>;

const reader: Reader = {
  client: "mine",
  tab: "tab-1",
  read: 0,
  now: 1_000_000,
  style: { hour12: false, zone: "UTC" },
  author: "Marco Ruiz",
};

/** The conditions in the order in which the notifier tries them, with their rows. */
const TABLE: [number, notifier.Reason][] = [
  ...[Reason.AUTHOR, Reason.NOT_A_MEMBER, Reason.DELETED, Reason.READ].map((one): [number, notifier.Reason] => [1, one]),
  ...[Reason.MUTED, Reason.LEVEL, Reason.KIND_OFF, Reason.SNOOZED, Reason.DO_NOT_DISTURB, Reason.STATUS].map(
    (one): [number, notifier.Reason] => [2, one],
  ),
  [3, Reason.VIEWING],
  [4, Reason.TAB_IN_USE],
  [5, Reason.TAB_OPEN],
  [6, Reason.AWAY],
];

function path(reason: notifier.Reason, row: number): { row: number; condition: notifier.Reason; held: boolean }[] {
  const before = TABLE.filter(([at, condition]) => condition !== reason && at <= row);
  const upTo = TABLE.findIndex(([, condition]) => condition === reason);
  return [
    ...(upTo < 0 ? before.filter(([at]) => at < row) : TABLE.slice(0, upTo)).map(([at, condition]) => ({ row: at, condition, held: false })),
    { row, condition: reason, held: true },
  ];
}

function explanation(
  reason: notifier.Reason,
  row: number,
  surface: notifier.Surface,
  more: More = {},
): notifier.Explanation {
  return create(notifier.ExplanationSchema, {
    conversation: "g_x",
    number: 42n,
    person: "dana",
    sentAtMs: 500_000n,
    decidedAtMs: 500_020n,
    decision: { surface, reason },
    path: path(reason, row),
    facts: { presenceKnown: true, preferences: { inApp: true, browser: true, push: true, direct: true } },
    ...more,
  });
}

describe("every reason", () => {
  it("has words for what happened, and every one that is tried has words for when it does not hold", () => {
    for (const value of Object.values(Reason).filter((one) => typeof one === "number")) {
      expect(HEADLINES[value], String(value)).toBeTruthy();
      if (value !== Reason.UNSPECIFIED) expect(SO[value], String(value)).toBeTruthy();
    }
    for (const [, condition] of TABLE) if (condition !== Reason.AWAY) expect(NOT_SO[condition]).toBeTruthy();
  });
});

describe("the story of a banner", () => {
  const story = storyOf(
    explanation(Reason.TAB_IN_USE, 4, Surface.BANNER, {
      decision: { surface: Surface.BANNER, reason: Reason.TAB_IN_USE, client: "mine", tab: "tab-1" },
      facts: {
        presenceKnown: true,
        read: 40n,
        preferences: { inApp: true },
        clients: [
          {
            client: "mine",
            mayNotify: true,
            tabs: [
              { tab: "tab-1", visible: true, focused: true, inputAgeMs: 3_000n, inUse: true },
              { tab: "tab-2", visible: false, focused: false, inputAgeMs: 31_536_000_000n },
            ],
          },
        ],
      },
    }),
    reader,
  );

  it("asks the rows up to the one that held, in plain words", () => {
    expect(story.questions.map(({ row, answer }) => [row, answer])).toEqual([
      [1, "yes"],
      [2, "yes"],
      [3, "no"],
      [4, "yes"],
    ]);
    expect(story.questions.flatMap(({ conditions }) => conditions.filter(({ held }) => held))).toHaveLength(1);
    expect(story.questions[0]?.conditions.map(({ text }) => text)).toContain(
      "You had not read it yet. You had read up to message 40; this is message 42.",
    );
  });

  it("calls this browser and this tab what they are", () => {
    expect(story.browsers).toEqual([
      {
        name: "This browser",
        facts: ["may show notifications"],
        tabs: [
          "This tab: in use (in front, with the focus; last touched 3 s before)",
          "A tab: not in use (in the background; not touched yet)",
        ],
      },
    ]);
    expect(story.happenings.map(({ title }) => title)).toEqual(["Marco Ruiz wrote the message", "Decided to show a banner on this browser"]);
  });

  it("tells what came of it", () => {
    expect(story.outcome).toBe("It is still unread.");
    const read = storyOf(explanation(Reason.TAB_IN_USE, 4, Surface.BANNER), { ...reader, read: 42 });
    expect(read.outcome).toContain("You have read it since.");
    const pending = storyOf(explanation(Reason.TAB_IN_USE, 4, Surface.BANNER, { checkPending: true }), reader);
    expect(pending.outcome).toContain("looked at again");
    const deleted = storyOf(explanation(Reason.TAB_IN_USE, 4, Surface.BANNER, { deleted: true }), reader);
    expect(deleted.outcome).toContain("deleted");
  });
});

describe("the story of nothing", () => {
  it("says which of the person's own settings held it back, and where that is changed", () => {
    const story = storyOf(
      explanation(Reason.DO_NOT_DISTURB, 2, Surface.NONE, {
        facts: {
          presenceKnown: true,
          preferences: { quietHours: { timeZone: "Europe/Vienna", hours: [{ weekday: 3, startMinute: 1080, endMinute: 420 }] } },
        },
      }),
      reader,
    );
    expect(story).toMatchObject({ surface: "none", tone: "held", headline: HEADLINES[Reason.DO_NOT_DISTURB], advice: ADVICE[Reason.DO_NOT_DISTURB] });
    expect(story.questions.at(-1)).toMatchObject({ row: 2, answer: "no" });
    expect(story.questions.at(-1)?.conditions.at(-1)?.text).toBe(
      "It was inside your quiet hours. They were: Wednesday 18:00–07:00 the next day, Vienna time.",
    );
  });

  it("tells a mute that a mention broke through from one that had run out", () => {
    const words = (mutedUntilMs: bigint): string | undefined =>
      storyOf(explanation(Reason.AWAY, 6, Surface.PUSH, { facts: { presenceKnown: true, mutedUntilMs } }), reader)
        .questions[1]?.conditions[0]?.text;
    expect(words(0n)).toBe("The conversation was not muted for you.");
    expect(words(400_000n)).toBe("A mute of this conversation had run out.");
    expect(words(900_000n)).toContain("your mentions break through");
  });

  it("names a level, and for ever is not a date", () => {
    const level = storyOf(explanation(Reason.LEVEL, 2, Surface.NONE, { facts: { level: Level.MENTIONS } }), reader);
    expect(level.questions[1]?.conditions.at(-1)?.text).toBe(
      "For this conversation you had chosen “Only mentions of me”, and this message does not mention you.",
    );
    const muted = storyOf(
      explanation(Reason.MUTED, 2, Surface.NONE, { facts: { mutedUntilMs: BigInt(Number.MAX_SAFE_INTEGER) } }),
      reader,
    );
    expect(muted.questions[1]?.conditions.at(-1)?.text).toBe("The conversation was muted for you until you turn it back on.");
  });

  it("tells banners that are off in the settings from those that are off on a browser", () => {
    const words = (inApp: boolean): string | undefined =>
      storyOf(explanation(Reason.IN_APP_OFF, 4, Surface.NONE, { facts: { preferences: { inApp } } }), reader)
        .questions.at(-1)?.conditions.at(-1)?.text;
    expect(words(false)).toContain("in your settings");
    expect(words(true)).toContain("on that browser");
  });
});

describe("the story of a push", () => {
  const pushed = (more: More): ReturnType<typeof storyOf> =>
    storyOf(explanation(Reason.AWAY, 6, Surface.PUSH, more), reader);

  it("gives each attempt with what the push service answered, in order of time", () => {
    const story = pushed({
      deliveries: [
        {
          delivery: "d",
          device: "phone",
          state: DeliveryState.SENT,
          act: Act.SHOW,
          attempts: 2,
          atMs: 503_000n,
          answers: [
            { atMs: 501_000n, status: 429, reason: "429 too many requests" },
            { atMs: 503_000n, status: 201, reason: "201 created" },
          ],
        },
        {
          delivery: "d:read",
          device: "phone",
          state: DeliveryState.SENT,
          act: Act.CLEAR,
          attempts: 1,
          atMs: 600_000n,
          answers: [{ atMs: 600_000n, status: 200, reason: "200 ok" }],
        },
      ],
    });
    expect(story.happenings.map(({ title, tone }) => [title, tone])).toEqual([
      ["Marco Ruiz wrote the message", "plain"],
      ["Decided to push to your devices", "good"],
      ["Show the message on “phone”: the push service asked to slow down (429 too many requests)", "bad"],
      ["Show the message on “phone”: the push service accepted it (201 created)", "good"],
      ["Take the notification back on “phone”: the push service accepted it (200 ok)", "good"],
    ]);
  });

  it("does not claim a push where there was no device", () => {
    const story = pushed({});
    expect(story.happenings.at(-1)?.details).toContain("You had no registered device, so nothing could be sent.");
    expect(story.advice?.section).toBe("push");
  });

  it("says why nothing nearer was possible", () => {
    const words = (more: More): string[] =>
      pushed(more).questions.slice(3, 5).map(({ conditions }) => conditions[0]?.text ?? "");
    expect(words({})).toEqual([
      "The application was not open in any browser of yours.",
      "The application was not open in any browser of yours.",
    ]);
    const idle = { client: "mine", mayNotify: false, tabs: [{ tab: "t", focused: true, inputAgeMs: 400_000n }] };
    expect(words({ facts: { clients: [idle], preferences: { browser: true } } })).toEqual([
      "A tab had the focus, but nobody had touched it for 7 min.",
      "One tab was open, but the browser had no permission to notify you.",
    ]);
    const other = { client: "mine", mayNotify: true, tabs: [{ tab: "t" }, { tab: "u" }] };
    expect(words({ facts: { clients: [other], preferences: { browser: false } } })).toEqual([
      "2 tabs were open, but none had the focus.",
      "A tab was open, but browser notifications were switched off in your settings.",
    ]);
  });

  it("tells of a push that was not needed any more, and of one that was refused", () => {
    const titles = (state: notifier.DeliveryState, reason: string): string | undefined =>
      pushed({ deliveries: [{ device: "mine", state, reason, act: Act.SHOW, atMs: 502_000n }] }).happenings.at(-1)?.title;
    expect(titles(DeliveryState.SUPPRESSED, "read")).toBe("Show the message on this browser: not sent, you had read it");
    expect(titles(DeliveryState.DEAD, "410 gone")).toBe("Show the message on this browser: refused for good, 410 gone");
    expect(titles(DeliveryState.EXPIRED, "time to live")).toBe(
      "Show the message on this browser: too late, it could not be sent before it was of no more use",
    );
    expect(titles(DeliveryState.PENDING, "")).toBe("Show the message on this browser: waiting to be sent");
  });

  it("tells what was decided later", () => {
    const story = storyOf(
      explanation(Reason.TAB_IN_USE, 4, Surface.BANNER, {
        escalations: [{ surface: Surface.PUSH, reason: Reason.AWAY, atMs: 530_000n }],
      }),
      reader,
    );
    expect(story.happenings.at(-1)?.title).toBe("Looked at again: decided to push to your devices");
    expect(story.chips).toEqual(["Banner", "Push"]);
    expect(story.outcome).toBe(
      "It stayed unread and you had left, so it went to your devices as a push 30 s later. It is still unread.",
    );
  });
});

describe("answers of push services and results of tests", () => {
  it("are said as what they mean, with the answer itself", () => {
    expect(answerOf(201, "201 created")).toBe("accepted it (201 created)");
    expect(answerOf(410, "410 gone")).toContain("no longer registered");
    expect(answerOf(403, "403 forbidden")).toContain("key");
    expect(answerOf(503, "")).toBe("had a problem of its own (503)");
    expect(answerOf(0, "time-out")).toBe("could not be asked: time-out");
    expect(endOf("something new")).toBe("something new");
  });

  it("are only good where something was shown or taken", () => {
    const results: Trial["result"][] = ["sent", "not permitted", "switched off", "failed", "not following", "unknown"];
    const good = results.filter((result) => trialWords({ result, status: 0, reason: "" }).good);
    expect(good).toEqual(["sent", "switched off"]);
    expect(trialWords({ result: "failed", status: 410, reason: "410 gone" }).text).toContain("410 gone");
    expect(trialWords({ result: "sent", status: 201, reason: "201 created" }).text).toBe("The push service accepted it (201 created).");
  });

  it("say where", () => {
    const at = (trial: Partial<Trial>): string =>
      placeOfTrial({ here: false, tab: "", device: "", client: "", ...trial }, { tab: "mine" });
    expect(at({ here: true, tab: "mine" })).toBe("This tab.");
    expect(at({ here: true, tab: "other" })).toBe("Another tab of this browser.");
    expect(at({ tab: "other" })).toBe("Another browser.");
    expect(at({ device: "phone" })).toBe("Device “phone”.");
    expect(at({ device: "x", here: true })).toBe("Push on this browser.");
  });

  it("call a device by what is known of it", () => {
    expect(deviceName("mine", "mine")).toBe("this browser");
    expect(deviceName("0b9f2f1e-1111-4222-8333-123456789abc", "mine")).toBe("another browser");
    expect(deviceName("phone", "mine")).toBe("“phone”");
  });
});
