import { beforeEach, describe, expect, it } from "vitest";
import type { Permission, TabReport } from "../src/model.js";
import { Reporter } from "../src/reporter.js";
import { PlayedPage } from "./page.js";
import { ManualClock } from "./world.js";

describe("what a tab reports of itself", () => {
  let clock: ManualClock;
  let page: PlayedPage;
  let reporter: Reporter;
  let told: TabReport[];
  let order: string[];
  let permission: Permission;
  let inApp: boolean;

  beforeEach(() => {
    clock = new ManualClock();
    page = new PlayedPage();
    told = [];
    order = [];
    permission = "default";
    inApp = true;
    reporter = new Reporter({
      ...{ tab: "one", clock, page, permission: () => permission },
      inApp: { read: () => inApp, write: (on) => (inApp = on) },
      changed: () => order.push(`changed ${reporter.permission.value}`),
      tell: (report) => {
        order.push("told");
        told.push(report);
      },
      woke: () => order.push("woke"),
    });
    reporter.start();
  });

  it("is whether somebody looks, and what they look at", () => {
    page.focus(false);
    page.shown = false;
    reporter.shown.set("c");
    reporter.tell();
    const rest = { tab: "one", inputAtMs: 0, permission: "default", inAppOff: false };
    expect(told).toEqual([
      { ...rest, visible: true, focused: false, conversation: "" },
      { ...rest, visible: false, focused: false, conversation: "c" },
    ]);
  });

  it("is input, at most every 5 s, and with whatever else is told", async () => {
    const began = clock.now();
    for (let second = 0; second < 12; second++) {
      page.events?.input();
      await clock.pass(1_000);
    }
    expect(told.map((one) => one.inputAtMs - began)).toEqual([0, 5_000, 10_000]);
    page.focus(false);
    expect(told.at(-1)?.inputAtMs).toBe(began + 11_000);
  });

  it("is what the browser permits by now, and whoever depends on it looks again before it is told", () => {
    permission = "granted";
    page.focus(true);
    expect(order).toEqual(["changed granted", "told"]);
    expect(told.at(-1)?.permission).toBe("granted");
  });

  it("is whether banners are on, whichever tab has switched them", () => {
    reporter.switchInApp(false);
    expect([inApp, reporter.inApp.value, told.at(-1)?.inAppOff]).toEqual([false, false, true]);
    inApp = true;
    reporter.tell();
    expect([reporter.inApp.value, told.at(-1)?.inAppOff]).toEqual([true, false]);
  });

  it("is nothing before it starts and after it has stopped", () => {
    page.events?.woke();
    reporter.stop();
    reporter.stop();
    reporter.tell();
    expect(order).toEqual(["woke"]);
    expect(page.events).toBeNull();
  });
});
