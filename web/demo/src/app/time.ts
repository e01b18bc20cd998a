/** Times as people read them. `now` is handed in; all are ms since 1970 UTC, shown in the browser's time zone. */

const DAY_MS = 86_400_000;

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat("en-US", { weekday: "short" });
const longDay = new Intl.DateTimeFormat("en-US", { weekday: "long", month: "long", day: "numeric" });
const longDayYear = new Intl.DateTimeFormat("en-US", { weekday: "long", month: "long", day: "numeric", year: "numeric" });
const shortDay = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric" });
const shortDayYear = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric", year: "numeric" });
const full = new Intl.DateTimeFormat("en-US", { dateStyle: "full", timeStyle: "short" });

/** Midnight before, in the browser's time zone. */
export function dayOf(atMs: number): number {
  return new Date(atMs).setHours(0, 0, 0, 0);
}

/** How many days of the calendar lie between, whatever the clocks do: 0 today, 1 yesterday. */
export function daysAgo(atMs: number, now: number): number {
  return Math.round((dayOf(now) - dayOf(atMs)) / DAY_MS);
}

/** 10:42. */
export function clockTime(atMs: number): string {
  return clock.format(atMs);
}

/** Today, Yesterday, Monday, November 23. */
export function dayName(atMs: number, now: number): string {
  const days = daysAgo(atMs, now);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return new Date(atMs).getFullYear() === new Date(now).getFullYear() ? longDay.format(atMs) : longDayYear.format(atMs);
}

/** In a list: 10:42, Yesterday, Mon, Nov 3, Nov 3, 2024. */
export function listTime(atMs: number, now: number): string {
  const days = daysAgo(atMs, now);
  if (days <= 0) return clock.format(atMs);
  if (days === 1) return "Yesterday";
  if (days < 7) return weekday.format(atMs);
  return new Date(atMs).getFullYear() === new Date(now).getFullYear() ? shortDay.format(atMs) : shortDayYear.format(atMs);
}

/** With everything, for a tooltip. */
export function fullTime(atMs: number): string {
  return full.format(atMs);
}

/** Nov 3 or Nov 3, 2024. */
export function shortDate(atMs: number, now: number): string {
  return new Date(atMs).getFullYear() === new Date(now).getFullYear() ? shortDay.format(atMs) : shortDayYear.format(atMs);
}
