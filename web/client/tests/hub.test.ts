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

describe("the hub", () => {
  it("tells at once what has changed in a tab while a report was under way", async () => {
    const clock = new ManualClock();
    const reported: string[] = [];
    const answers: (() => void)[] = [];
    let attached: Feed<object> | undefined;
    const services = {
      presence: {
        attach: (_: object, { signal }: { signal: AbortSignal }) => (attached = new Feed(signal)),
        reportTabs: ({ tabs }: { tabs: TabReport[] }) => {
          reported.push(tabs.map((tab) => tab.conversation).join());
          return new Promise<void>((resolve) => answers.push(resolve));
        },
      },
      unread: { watchBadges: (_: object, { signal }: { signal: AbortSignal }) => new Feed(signal) },
      notifier: { watchBanners: (_: object, { signal }: { signal: AbortSignal }) => new Feed(signal) },
    } as unknown as Services;
    const hub = new Hub({ clock, services: () => services, gone: () => new Promise(() => undefined) });
    let say: (message: ToHub) => void = () => undefined;
    hub.connect({ post: () => undefined, listen: (take) => (say = take) });
    say({ is: "join", gateway: "http://gateway", client: "browser", report: report({}) });
    await settle();
    attached?.push({ caughtUp: {} });
    await clock.pass(100);
    expect(reported).toEqual([""]);
    say({ is: "report", report: report({ conversation: "opened" }) });
    await settle();
    answers[0]?.();
    await clock.pass(100);
    expect(reported).toEqual(["", "opened"]);
  });
});
