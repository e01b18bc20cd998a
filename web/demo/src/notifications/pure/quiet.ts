/** Weekly quiet hours: ranges by weekday, when they hold next, and what a change of the clocks does to them. */
import { minuteName, weekdayName, type Style, dayName, timeName, spanName } from "./times.js";
import { instantOf, nextChange, offsetAt, wallAt } from "./zones.js";

/** As in the contract: `weekday` 1 to 7; an end that is not later than the start is on the next day. */
export interface QuietRange {
  readonly weekday: number;
  readonly startMinute: number;
  readonly endMinute: number;
}

/** The contract's limit. */
export const MOST_RANGES = 21;
const DAY = 1440;
const WEEK = 7 * DAY;

/** Whether a range ends on the day after. */
export function overnight(range: QuietRange): boolean {
  return range.endMinute <= range.startMinute;
}

/** How long it lasts on a day on which no clock changes, minutes. */
export function lengthOf(range: QuietRange): number {
  return range.endMinute - range.startMinute + (overnight(range) ? DAY : 0);
}

/** "18:00–07:00 the next day", "all day". */
export function rangeName(range: QuietRange, hour12: boolean): string {
  if (range.startMinute === 0 && range.endMinute === 0) return "all day";
  const end = minuteName(range.endMinute, hour12);
  const next = overnight(range) && range.endMinute !== 0 ? " the next day" : "";
  return `${minuteName(range.startMinute, hour12)}–${range.endMinute === 0 ? "midnight" : end}${next}`;
}

/** A week's hours in one sentence, days with the same hours together: "Monday to Friday 18:00–07:00 the next day". */
export function weekName(ranges: readonly QuietRange[], hour12: boolean): string {
  const byDay = new Map<string, number[]>();
  for (let weekday = 1; weekday <= 7; weekday++) {
    const words = ranges
      .filter((range) => range.weekday === weekday)
      .sort((a, b) => a.startMinute - b.startMinute)
      .map((range) => rangeName(range, hour12))
      .join(" and ");
    if (words !== "") byDay.set(words, [...(byDay.get(words) ?? []), weekday]);
  }
  if (byDay.size === 0) return "never";
  return [...byDay].map(([words, days]) => `${daysName(days)} ${words}`).join("; ");
}

/** "every day", "Monday to Friday", "Saturday and Sunday", "Monday, Wednesday and Friday". */
export function daysName(days: readonly number[]): string {
  if (days.length === 7) return "every day";
  const run = days.length > 2 && days.every((day, index) => day === (days[0] ?? 0) + index);
  if (run) return `${weekdayName(days[0] ?? 1)} to ${weekdayName(days.at(-1) ?? 7)}`;
  const names = days.map(weekdayName);
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}

/** Pairs of ranges that overlap, as minutes of the week; what is said twice is no mistake, but worth a word. */
export function overlaps(ranges: readonly QuietRange[]): boolean {
  const spans = ranges.map((range) => ({
    from: (range.weekday - 1) * DAY + range.startMinute,
    length: lengthOf(range),
  }));
  return spans.some((one, index) =>
    spans.slice(index + 1).some((other) => {
      const ahead = (other.from - one.from + WEEK) % WEEK;
      const behind = (one.from - other.from + WEEK) % WEEK;
      return ahead < one.length || behind < other.length;
    }),
  );
}

export interface Occurrence {
  /** ms since 1970 UTC. */
  readonly from: number;
  readonly until: number;
  /** How much longer it lasts because clocks change within it, ms; negative for shorter. */
  readonly longer: number;
}

/** The quiet hours that hold now, or else the next ones; ranges that touch are one. Null for none. */
export function nextQuiet(ranges: readonly QuietRange[], zone: string, now: number): Occurrence | null {
  const today = wallAt(zone, now);
  const spans: { from: number; until: number; wall: number }[] = [];
  for (let ahead = -2; ahead <= 15; ahead++) {
    const weekday = ((today.weekday - 1 + ahead + 70) % 7) + 1;
    for (const range of ranges.filter((one) => one.weekday === weekday)) {
      const day = { year: today.year, month: today.month, day: today.day + ahead };
      const from = instantOf(zone, { ...day, minute: range.startMinute });
      const end = { ...day, day: day.day + (overnight(range) ? 1 : 0), minute: range.endMinute };
      spans.push({ from, until: instantOf(zone, end, true), wall: lengthOf(range) * 60_000 });
    }
  }
  spans.sort((a, b) => a.from - b.from);
  let held: { from: number; until: number } | null = null;
  for (const { from, until } of spans) {
    if (held !== null && from <= held.until) held.until = Math.max(held.until, until);
    else if (held !== null && held.until > now) break;
    else held = { from, until };
  }
  if (held === null || held.until <= now) return null;
  const longer = offsetAt(zone, held.from) - offsetAt(zone, held.until);
  return { ...held, longer };
}

/** What a person is told below the editor: whether it is quiet now, or when next, and what the clocks do to it. */
export function quietSentences(ranges: readonly QuietRange[], style: Style, now: number): string[] {
  const next = nextQuiet(ranges, style.zone, now);
  if (next === null) return ["No quiet hours: you are told at any time of day."];
  const { zone } = style;
  const always = next.until - now > 13 * 86_400_000;
  if (always) return ["These hours cover the whole week: you would never be told of anything."];
  const ends = `${dayName(next.until, now, zone)} at ${timeName(next.until, style)}`;
  const length = spanName(next.until - next.from);
  const sentences =
    next.from <= now
      ? [`It is quiet now, until ${ends}.`]
      : [`Next: ${dayName(next.from, now, zone)} at ${timeName(next.from, style)} until ${ends}, ${length}.`];
  if (next.longer !== 0) {
    const by = spanName(Math.abs(next.longer));
    sentences.push(
      `The clocks change within these hours, so they last ${by} ${next.longer > 0 ? "longer" : "less"} this time.`,
    );
  } else {
    const change = nextChange(zone, now);
    if (change !== null) {
      const moves = change.by > 0 ? "forward" : "back";
      sentences.push(
        `Clocks go ${moves} ${spanName(Math.abs(change.by))} ${onDay(dayName(change.at, now, zone))}. ` +
          "Your hours follow the clock on the wall: what you set is what you get, in winter and in summer.",
      );
    }
  }
  return sentences;
}

function onDay(name: string): string {
  return ["today", "tomorrow", "yesterday"].includes(name) ? name : `on ${name}`;
}
