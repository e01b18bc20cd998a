import { describe, expect, it } from "vitest";
import { browserOf, helpFor } from "../../src/notifications/pure/help.js";
import { snoozeChoices, tomorrowMorning } from "../../src/notifications/pure/snooze.js";
import { agoName, dayName, exactTime, inputOf, instantOfInput, minuteName, minuteOfInput, momentName, spanName } from "../../src/notifications/pure/times.js";

const utc = (text: string): number => Date.parse(text);

describe("times in words", () => {
  it("have the browser's clock", () => {
    expect([minuteName(0, false), minuteName(0, true), minuteName(765, true)]).toEqual(["00:00", "12:00 AM", "12:45 PM"]);
    expect(exactTime(utc("2026-01-14T11:02:03.456Z"), { hour12: true, zone: "Europe/Vienna" })).toBe("12:02:03");
  });

  it("name days as people do", () => {
    const now = utc("2026-01-14T23:30:00Z"); // Thursday 00:30 in Vienna
    const day = (text: string): string => dayName(utc(text), now, "Europe/Vienna");
    expect(day("2026-01-15T11:00:00Z")).toBe("today");
    expect(day("2026-01-16T11:00:00Z")).toBe("tomorrow");
    expect(day("2026-01-14T11:00:00Z")).toBe("yesterday");
    expect(day("2026-01-21T11:00:00Z")).toBe("Wednesday");
    expect(day("2026-01-22T11:00:00Z")).toBe("Thursday, 22 January");
    expect(day("2025-12-31T11:00:00Z")).toBe("Wednesday, 31 December 2025");
    expect(momentName(utc("2026-01-16T07:00:00Z"), now, { hour12: false, zone: "Europe/Vienna" })).toBe("tomorrow at 08:00");
  });

  it("say spans in two units at most", () => {
    expect([0, 400, 1_000, 45_000, 60_000, 119_000, 150_000, 3_600_000, 45_000_000, 259_200_000, 300_000_000].map(spanName)).toEqual([
      "less than a second",
      "less than a second",
      "1 s",
      "45 s",
      "1 min",
      "119 s",
      "3 min",
      "1 h",
      "12 h 30 min",
      "3 days",
      "3 days 11 h",
    ]);
  });

  it("say how long ago", () => {
    expect([0, 59_999, 60_000, 7_200_000, 200_000_000].map((ms) => agoName(0, ms))).toEqual(["now", "now", "1 min", "2 h", "2 d"]);
  });

  it("go into inputs and back", () => {
    const at = utc("2026-07-14T11:02:00Z");
    expect(inputOf(at, "Europe/Vienna")).toBe("2026-07-14T13:02");
    expect(instantOfInput("2026-07-14T13:02", "Europe/Vienna")).toBe(at);
    expect(instantOfInput("", "Europe/Vienna")).toBeNull();
    expect([minuteOfInput("07:30"), minuteOfInput("")]).toEqual([450, null]);
  });
});

describe("snooze", () => {
  it("until tomorrow is 8:00 on the person's clock, also over a change of the clocks", () => {
    expect(tomorrowMorning(utc("2026-03-28T12:00:00Z"), "Europe/Vienna")).toBe(utc("2026-03-29T06:00:00Z"));
    expect(tomorrowMorning(utc("2026-01-31T23:30:00Z"), "UTC")).toBe(utc("2026-02-01T08:00:00Z"));
  });

  it("offer half an hour, an hour and the night", () => {
    expect(snoozeChoices(1_000, "UTC").map(({ until }) => until)).toEqual([1_801_000, 3_601_000, 115_200_000]);
  });
});

describe("help with a permission that is denied", () => {
  const agents = {
    Chrome: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    Edge: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
    Firefox: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    Safari: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
  } as const;

  it("begins with the browser that this is, and has all four", () => {
    for (const [name, agent] of Object.entries(agents)) {
      expect(browserOf(agent)).toBe(name);
      expect(helpFor(agent)[0]?.browser).toBe(name);
      expect(helpFor(agent)).toHaveLength(4);
    }
    expect(browserOf("curl/8.5")).toBeNull();
    expect(helpFor("curl/8.5").map(({ browser }) => browser)).toEqual(["Chrome", "Edge", "Firefox", "Safari"]);
  });
});
