/** How long a conversation can be muted. Pure; times are ms since 1970 UTC. */
import { FOR_EVER } from "@conversations/client";
import { listTime } from "../app/time.js";

const HOUR_MS = 3_600_000;

/** The next time that a clock shows an hour, from `days` days on. */
function at(now: number, days: number, hour: number): number {
  const date = new Date(now);
  date.setDate(date.getDate() + days);
  return date.setHours(hour, 0, 0, 0);
}

/** Monday at eight: the one after this week. */
function nextMonday(now: number): number {
  const day = new Date(now).getDay();
  return at(now, day === 0 ? 1 : 8 - day, 8);
}

export const MUTES: readonly { readonly label: string; readonly until: (now: number) => number }[] = [
  { label: "For 1 hour", until: (now) => now + HOUR_MS },
  { label: "For 8 hours", until: (now) => now + 8 * HOUR_MS },
  { label: "Until tomorrow, 08:00", until: (now) => at(now, 1, 8) },
  { label: "Until Monday, 08:00", until: nextMonday },
  { label: "Until I unmute it", until: () => FOR_EVER },
];

/** What stands behind "Muted". */
export function muteWords(untilMs: number, now: number): string {
  if (untilMs >= FOR_EVER) return "";
  const sameDay = new Date(untilMs).toDateString() === new Date(now).toDateString();
  const time = listTime(untilMs, untilMs);
  return sameDay ? ` until ${time}` : ` until ${new Intl.DateTimeFormat("en-US", { weekday: "short" }).format(untilMs)}, ${time}`;
}
