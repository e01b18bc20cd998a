import { describe, expect, it } from "vitest";
import { daysName, nextQuiet, overlaps, quietSentences, rangeName, weekName, type QuietRange } from "../../src/notifications/pure/quiet.js";

const utc = (text: string): number => Date.parse(text);
const style = { hour12: false, zone: "Europe/Vienna" };
const nights: QuietRange[] = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, startMinute: 1080, endMinute: 420 }));
const range = (weekday: number, from: string, until: string): QuietRange => {
  const minute = (text: string): number => Number(text.split(":")[0]) * 60 + Number(text.split(":")[1]);
  return { weekday, startMinute: minute(from), endMinute: minute(until) };
};

describe("quiet hours in words", () => {
  it("say what ends on the next day", () => {
    expect(rangeName(range(1, "12:00", "13:00"), false)).toBe("12:00–13:00");
    expect(rangeName(range(1, "18:00", "07:00"), false)).toBe("18:00–07:00 the next day");
    expect(rangeName(range(1, "18:00", "00:00"), false)).toBe("18:00–midnight");
    expect(rangeName(range(1, "18:00", "07:00"), true)).toBe("6:00 PM–7:00 AM the next day");
    expect(rangeName(range(1, "00:00", "00:00"), false)).toBe("all day");
  });

  it("put days with the same hours together", () => {
    expect(weekName(nights, false)).toBe("every day 18:00–07:00 the next day");
    expect(weekName([...nights.slice(0, 5), range(6, "00:00", "00:00"), range(7, "00:00", "00:00")], false)).toBe(
      "Monday to Friday 18:00–07:00 the next day; Saturday and Sunday all day",
    );
    expect(weekName([range(3, "12:00", "13:00"), range(3, "08:00", "09:00")], false)).toBe("Wednesday 08:00–09:00 and 12:00–13:00");
    expect(weekName([], false)).toBe("never");
    expect(daysName([1, 3, 5])).toBe("Monday, Wednesday and Friday");
  });

  it("notice hours that are said twice, over midnight and over the week's end", () => {
    expect(overlaps(nights)).toBe(false);
    expect(overlaps([range(1, "18:00", "07:00"), range(2, "06:00", "08:00")])).toBe(true);
    expect(overlaps([range(7, "22:00", "07:00"), range(1, "06:00", "08:00")])).toBe(true);
    expect(overlaps([range(1, "08:00", "09:00"), range(1, "09:00", "10:00")])).toBe(false);
  });
});

describe("the next quiet hours", () => {
  it("are those that hold now, else the next", () => {
    const noon = utc("2026-01-14T11:00:00Z"); // a Wednesday, 12:00 in Vienna
    expect(nextQuiet(nights, "Europe/Vienna", noon)).toEqual({
      from: utc("2026-01-14T17:00:00Z"),
      until: utc("2026-01-15T06:00:00Z"),
      longer: 0,
    });
    const early = utc("2026-01-14T05:00:00Z");
    expect(nextQuiet(nights, "Europe/Vienna", early)).toMatchObject({ from: utc("2026-01-13T17:00:00Z"), until: utc("2026-01-14T06:00:00Z") });
    expect(nextQuiet([], "Europe/Vienna", noon)).toBeNull();
  });

  it("are found a whole week ahead, and are over at their end", () => {
    const only = [range(3, "12:00", "13:00")];
    const after = utc("2026-01-14T12:00:00Z"); // 13:00, just over
    expect(nextQuiet(only, "Europe/Vienna", after)).toMatchObject({ from: utc("2026-01-21T11:00:00Z") });
    expect(nextQuiet(only, "Europe/Vienna", after - 1)).toMatchObject({ from: utc("2026-01-14T11:00:00Z") });
  });

  it("that touch are one", () => {
    const weekend = [range(5, "18:00", "00:00"), range(6, "00:00", "00:00"), range(7, "00:00", "00:00")];
    expect(nextQuiet(weekend, "UTC", utc("2026-01-14T12:00:00Z"))).toMatchObject({
      from: utc("2026-01-16T18:00:00Z"),
      until: utc("2026-01-19T00:00:00Z"),
    });
  });

  it("last an hour less in the night when summer time begins, and an hour longer when it ends", () => {
    expect(nextQuiet(nights, "Europe/Vienna", utc("2026-03-28T12:00:00Z"))).toEqual({
      from: utc("2026-03-28T17:00:00Z"),
      until: utc("2026-03-29T05:00:00Z"),
      longer: -3_600_000,
    });
    expect(nextQuiet(nights, "Europe/Vienna", utc("2026-10-24T12:00:00Z"))?.longer).toBe(3_600_000);
  });
});

describe("what stands below the editor", () => {
  it("says when it is quiet next, and that the hours follow the wall clock", () => {
    expect(quietSentences(nights, style, utc("2026-01-14T11:00:00Z"))).toEqual([
      "Next: today at 18:00 until tomorrow at 07:00, 13 h.",
      "Clocks go forward 1 h on Sunday, 29 March. Your hours follow the clock on the wall: what you set is what you get, in winter and in summer.",
    ]);
  });

  it("says that it is quiet now, and what the change of clocks does tonight", () => {
    expect(quietSentences(nights, style, utc("2026-03-28T20:00:00Z"))).toEqual([
      "It is quiet now, until tomorrow at 07:00.",
      "The clocks change within these hours, so they last 1 h less this time.",
    ]);
  });

  it("says so if nobody would ever be told", () => {
    const always = [1, 2, 3, 4, 5, 6, 7].map((weekday) => range(weekday, "00:00", "00:00"));
    expect(quietSentences(always, style, utc("2026-01-14T11:00:00Z"))).toEqual([
      "These hours cover the whole week: you would never be told of anything.",
    ]);
    expect(quietSentences([], style, 0)).toEqual(["No quiet hours: you are told at any time of day."]);
  });
});
