import { describe, expect, it } from "vitest";
import { allZones, instantOf, isZone, nextChange, offsetName, wallAt, zoneName } from "../../src/notifications/pure/zones.js";

const utc = (text: string): number => Date.parse(text);

describe("wall clocks", () => {
  it("reads the clock of a zone, the day and the weekday with it", () => {
    expect(wallAt("Europe/Vienna", utc("2026-03-28T23:30:00Z"))).toEqual({
      year: 2026,
      month: 3,
      day: 29,
      weekday: 7,
      minute: 30,
    });
    expect(wallAt("America/New_York", utc("2026-01-01T03:00:00Z"))).toMatchObject({ year: 2025, month: 12, day: 31, minute: 1320 });
  });

  it("finds the instant of a reading, in winter and in summer", () => {
    expect(instantOf("Europe/Vienna", { year: 2026, month: 1, day: 5, minute: 480 })).toBe(utc("2026-01-05T07:00:00Z"));
    expect(instantOf("Europe/Vienna", { year: 2026, month: 7, day: 5, minute: 480 })).toBe(utc("2026-07-05T06:00:00Z"));
    expect(instantOf("America/St_Johns", { year: 2026, month: 1, day: 5, minute: 0 })).toBe(utc("2026-01-05T03:30:00Z"));
  });

  it("takes a day beyond the end of the month as one of the next", () => {
    expect(instantOf("UTC", { year: 2026, month: 12, day: 32, minute: 0 })).toBe(utc("2027-01-01T00:00:00Z"));
  });

  it("takes a reading that summer time leaves out as the moment of the change", () => {
    // 29 March 2026, 2:00 becomes 3:00 in Vienna (01:00 UTC).
    expect(instantOf("Europe/Vienna", { year: 2026, month: 3, day: 29, minute: 150 })).toBe(utc("2026-03-29T01:00:00Z"));
  });

  it("takes a reading that comes twice as the first, or as the last if asked", () => {
    // 25 October 2026, 3:00 becomes 2:00 in Vienna (01:00 UTC).
    const wall = { year: 2026, month: 10, day: 25, minute: 150 };
    expect(instantOf("Europe/Vienna", wall)).toBe(utc("2026-10-25T00:30:00Z"));
    expect(instantOf("Europe/Vienna", wall, true)).toBe(utc("2026-10-25T01:30:00Z"));
  });

  it("goes there and back, through the year and hour by hour around each change of the clocks", () => {
    for (const zone of ["UTC", "Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]) {
      const begin = utc("2026-01-01T00:00:00Z");
      const tried = Array.from({ length: 180 }, (_, index) => begin + index * 49 * 3_600_000);
      for (let change = nextChange(zone, begin); change && change.at < utc("2027-01-01T00:00:00Z"); change = nextChange(zone, change.at)) {
        const { at } = change;
        tried.push(...Array.from({ length: 96 }, (_, index) => at + (index - 48) * 1_800_000));
      }
      for (const at of tried) {
        const wall = wallAt(zone, at);
        expect([instantOf(zone, wall), instantOf(zone, wall, true)]).toContain(at);
      }
    }
  });

  it("knows when the clocks change next, and by how much", () => {
    expect(nextChange("Europe/Vienna", utc("2026-01-10T12:00:00Z"))).toEqual({ at: utc("2026-03-29T01:00:00Z"), by: 3_600_000 });
    expect(nextChange("Europe/Vienna", utc("2026-06-10T12:00:00Z"))).toEqual({ at: utc("2026-10-25T01:00:00Z"), by: -3_600_000 });
    expect(nextChange("Australia/Lord_Howe", utc("2026-06-10T12:00:00Z"))?.by).toBe(1_800_000);
    expect(nextChange("Asia/Tokyo", utc("2026-06-10T12:00:00Z"))).toBeNull();
  });
});

describe("names of zones", () => {
  it("are read as people say them", () => {
    expect(zoneName("Europe/Vienna")).toBe("Vienna");
    expect(zoneName("America/Argentina/Buenos_Aires")).toBe("Argentina, Buenos Aires");
    expect(zoneName("")).toBe("UTC");
  });

  it("carry the distance from UTC of the season", () => {
    expect(offsetName("Europe/Vienna", utc("2026-01-10T12:00:00Z"))).toBe("UTC+1");
    expect(offsetName("Europe/Vienna", utc("2026-07-10T12:00:00Z"))).toBe("UTC+2");
    expect(offsetName("America/St_Johns", utc("2026-01-10T12:00:00Z"))).toBe("UTC−3:30");
    expect(offsetName("UTC", 0)).toBe("UTC");
  });

  it("are all known, and nonsense is not", () => {
    expect(allZones()).toContain("Europe/Vienna");
    expect(allZones().filter((zone) => zone === "UTC")).toHaveLength(1);
    expect(isZone("Europe/Vienna")).toBe(true);
    expect(isZone("Middle/Earth")).toBe(false);
  });
});
