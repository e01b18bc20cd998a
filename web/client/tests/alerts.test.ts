import { Code, ConnectError } from "@connectrpc/connect";
import { beforeEach, describe, expect, it } from "vitest";
import { Alerts } from "../src/alerts.js";
import { BANNER_MS } from "../src/banners.js";
import type { Badge } from "../src/model.js";
import type { Services } from "../src/transport.js";
import { banner } from "./values.js";
import { ManualClock } from "./world.js";

describe("what alerts in a tab", () => {
  let clock: ManualClock;
  let alerts: Alerts;
  let tray: string[];
  let sent: string[];
  let read: number[];
  let badge: Partial<Badge> | undefined;
  let failures: Code[];
  const tags = (): string[] => alerts.banners.value.map((one) => one.tag);

  beforeEach(() => {
    clock = new ManualClock();
    tray = [];
    sent = [];
    read = [];
    badge = undefined;
    failures = [];
    let key = 0;
    const sendMessage = ({ clientKey, text = "" }: { clientKey: string; text?: string }) => {
      sent.push(`${clientKey} ${text}`);
      const code = failures.shift();
      return code === undefined ? Promise.resolve({}) : Promise.reject(new ConnectError("no", code));
    };
    alerts = new Alerts({
      ...{ services: { messaging: { sendMessage } } as unknown as Services, clock, tab: "one", newKey: () => `k${String(++key)}` },
      tray: {
        show: ({ tag }) => tray.push(`show ${tag}`),
        update: ({ tag }) => tray.push(`update ${tag}`),
        takeBack: (tag) => tray.push(`take back ${tag}`),
        clearRead: () => tray.push("clear read"),
      },
      unread: {
        ask: () => Promise.resolve([]),
        badge: () => badge as Badge | undefined,
        markRead: (_, number) => Promise.resolve(void read.push(number)),
      },
    });
  });

  it("is a banner in the page or a notification of the browser, and goes wherever it is", () => {
    alerts.show(banner());
    alerts.show(banner({ surface: "browser", tag: "d:1" }));
    expect([tags(), tray]).toEqual([["c:5"], ["show d:1"]]);
    for (const tag of ["c:5", "d:1"]) alerts.takeBack(tag);
    expect([tags(), tray]).toEqual([[], ["show d:1", "take back c:5", "take back d:1"]]);
  });

  it("changes its words in all tabs, and in the tray by one of them", () => {
    for (const tag of ["c:5", "d:1"]) alerts.show(banner({ tag }));
    alerts.show(banner({ update: true, text: "Edited" }));
    alerts.show(banner({ update: true, text: "Edited", tag: "d:1", tab: "two" }));
    expect([alerts.banners.value.map((one) => one.text), tray]).toEqual([["Edited", "Edited"], ["update c:5"]]);
  });

  describe("and is answered at once", () => {
    it("stands until the answer is written, which is then viewed", async () => {
      alerts.show(banner());
      badge = { unread: 1, number: 5 };
      failures.push(Code.Unavailable, Code.Unavailable, Code.Unavailable, Code.Unavailable, Code.Unavailable);
      clock.chance = 0.99;
      const replied = alerts.reply(banner(), ["Yes"]);
      await clock.pass(BANNER_MS + 1_000);
      expect([tags(), read]).toEqual([["c:5"], []]);
      await clock.pass(10_000);
      await replied;
      expect([tags(), read, new Set(sent)]).toEqual([[], [5], new Set(["k1 Yes"])]);
    });

    it("stays when it cannot be, and the same words are written once", async () => {
      alerts.show(banner());
      failures.push(Code.PermissionDenied, Code.PermissionDenied);
      await expect(alerts.reply(banner(), ["Yes"])).rejects.toThrow(ConnectError);
      await clock.pass(60_000);
      expect(tags()).toEqual(["c:5"]);
      await expect(alerts.reply(banner(), ["No"])).rejects.toThrow(ConnectError);
      await alerts.reply(banner(), ["Yes"]);
      await alerts.reply(banner(), ["Yes"]);
      expect(sent).toEqual(["k1 Yes", "k2 No", "k1 Yes", "k3 Yes"]);
    });

    it("leaves unread what the banner does not tell of", async () => {
      for (const [unread, number, count] of [[2, 5, 1], [2, 5, 2], [1, 4, 1], [1, 4, 2]] as const) {
        badge = { unread, number };
        await alerts.reply(banner({ count }), ["Yes"]);
        read.push(0);
      }
      badge = undefined;
      await alerts.reply(banner(), ["Yes"]);
      expect(read).toEqual([0, 5, 0, 0, 5, 0, 5]);
    });
  });
});
