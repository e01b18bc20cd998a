import { describe, expect, it } from "vitest";
import { Hub } from "../src/hub.js";
import type { TabReport } from "../src/model.js";
import type { Services } from "../src/transport.js";
import type { ToHub } from "../src/wire.js";
import { Feed, ManualClock, settle } from "./world.js";

const report = (change: Partial<TabReport>): TabReport => ({
  tab: "one",
  visible: true,
  focused: true,
  inputAtMs: 0,
  conversation: "",
  permission: "granted",
  inAppOff: false,
  ...change,
});

/** A hub with one tab, its presence in the test's hands. */
function attachedHub(answer: () => Promise<void> = () => Promise.resolve()) {
  const clock = new ManualClock();
  const reported: string[] = [];
  let stream: Feed<object> | undefined;
  const services = {
    presence: {
      attach: (_: object, { signal }: { signal: AbortSignal }) => (stream = new Feed(signal)),
      reportTabs: ({ tabs }: { tabs: TabReport[] }) => {
        reported.push(tabs.map((tab) => tab.conversation).join());
        return answer();
      },
    },
    unread: { watchBadges: (_: object, { signal }: { signal: AbortSignal }) => new Feed(signal) },
    notifier: { watchBanners: (_: object, { signal }: { signal: AbortSignal }) => new Feed(signal) },
  } as unknown as Services;
  const hub = new Hub({ clock, services: () => services, gone: () => new Promise(() => undefined) });
  let say: (message: ToHub) => void = () => undefined;
  hub.connect({ post: () => undefined, listen: (take) => (say = take) });
  say({ is: "join", gateway: "http://gateway", client: "browser", report: report({}) });
  const attached = (): Feed<object> => {
    if (stream === undefined) throw new Error("not attached");
    return stream;
  };
  return { clock, reported, attached, say };
}

describe("the hub", () => {
  it("tells at once what has changed in a tab while a report was under way", async () => {
    const answers: (() => void)[] = [];
    const { clock, reported, attached, say } = attachedHub(() => new Promise<void>((resolve) => answers.push(resolve)));
    await settle();
    attached().push({ caughtUp: {} });
    await clock.pass(100);
    expect(reported).toEqual([""]);
    say({ is: "report", report: report({ conversation: "opened" }) });
    await settle();
    answers[0]?.();
    await clock.pass(100);
    expect(reported).toEqual(["", "opened"]);
  });

  it("reports again, not at once, when presence has lost what it knew", async () => {
    const { clock, reported, attached } = attachedHub();
    await settle();
    attached().push({ caughtUp: {} });
    await clock.pass(100);
    expect(reported).toEqual([""]);
    attached().push({ caughtUp: {} });
    await clock.pass(5_100);
    expect(reported).toEqual(["", ""]);
  });
});
