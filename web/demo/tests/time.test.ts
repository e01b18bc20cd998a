import { expect, test } from "vitest";
import { clockTime, dayName, daysAgo, listTime } from "../src/app/time.js";

const at = (text: string): number => new Date(text).getTime();
const NOW = at("2026-11-25T14:00:00");

test("a list says the time of today, then the day, then the date", () => {
  expect(listTime(at("2026-11-25T09:05:00"), NOW)).toBe("09:05");
  expect(listTime(at("2026-11-24T23:59:00"), NOW)).toBe("Yesterday");
  expect(listTime(at("2026-11-20T12:00:00"), NOW)).toBe("Fri");
  expect(listTime(at("2026-11-03T12:00:00"), NOW)).toBe("Nov 3");
  expect(listTime(at("2024-11-03T12:00:00"), NOW)).toBe("Nov 3, 2024");
});

test("days are those of the calendar, not of 24 hours", () => {
  expect(daysAgo(at("2026-11-24T23:59:59"), at("2026-11-25T00:00:01"))).toBe(1);
  expect(daysAgo(at("2026-11-25T00:00:00"), at("2026-11-25T23:59:59"))).toBe(0);
});

test("a clock that is ahead is today", () => {
  expect(listTime(NOW + 60_000, NOW)).toBe(clockTime(NOW + 60_000));
});

test("a day has a name", () => {
  expect(dayName(NOW, NOW)).toBe("Today");
  expect(dayName(at("2026-11-24T08:00:00"), NOW)).toBe("Yesterday");
  expect(dayName(at("2026-11-16T08:00:00"), NOW)).toBe("Monday, November 16");
  expect(dayName(at("2025-11-16T08:00:00"), NOW)).toBe("Sunday, November 16, 2025");
});
