/** Wall clocks of time zones, by the browser's own data base. Pure, except for what the browser knows of zones. */

/** A wall clock's reading; `weekday` is 1 for Monday to 7 for Sunday (ISO 8601). */
export interface Wall {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  /** Minutes after midnight. */
  readonly minute: number;
}

const MINUTE = 60_000;
const DAY = 86_400_000;
const clocks = new Map<string, Intl.DateTimeFormat>();

function clock(zone: string): Intl.DateTimeFormat {
  let found = clocks.get(zone);
  if (found === undefined) {
    found = new Intl.DateTimeFormat("en-US", {
      timeZone: zone || "UTC",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    clocks.set(zone, found);
  }
  return found;
}

/** Whether the browser knows a zone of this name. */
export function isZone(zone: string): boolean {
  try {
    clock(zone);
    return true;
  } catch {
    return false;
  }
}

/** The zone that this browser is set to. */
export function browserZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** All zones that the browser knows, UTC first. */
export function allZones(): string[] {
  return ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
}

/** How far the zone's wall clock is ahead of UTC at an instant, ms. */
export function offsetAt(zone: string, at: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of clock(zone).formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/** What the zone's wall clock reads at an instant. */
export function wallAt(zone: string, at: number): Wall {
  const shifted = new Date(at + offsetAt(zone, at));
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    weekday: shifted.getUTCDay() || 7,
    minute: shifted.getUTCHours() * 60 + shifted.getUTCMinutes(),
  };
}

/**
 * The instant at which a wall clock reads this; `day` may lie beyond the month's end.
 *
 * A reading that the change to summer time leaves out is the moment of the change. Of one that comes twice it is the
 * first, or with `last` the second.
 */
export function instantOf(zone: string, wall: Pick<Wall, "year" | "month" | "day" | "minute">, last = false): number {
  const asIfUtc = Date.UTC(wall.year, wall.month - 1, wall.day) + wall.minute * MINUTE;
  const before = offsetAt(zone, asIfUtc - DAY);
  const after = offsetAt(zone, asIfUtc + DAY);
  const early = asIfUtc - Math.max(before, after);
  const late = asIfUtc - Math.min(before, after);
  const fits = [early, late].filter((at) => at + offsetAt(zone, at) === asIfUtc);
  if (fits.length > 0) return last ? Math.max(...fits) : Math.min(...fits);
  return changeBetween(zone, early - DAY, late + DAY) ?? late;
}

/** The instant between two at which the zone's offset changes; null if it does not. Two changes may look like none. */
function changeBetween(zone: string, from: number, to: number): number | null {
  const before = offsetAt(zone, from);
  if (offsetAt(zone, to) === before) return null;
  let low = from;
  let high = to;
  while (high - low > MINUTE) {
    const middle = Math.floor((low + high) / 2 / MINUTE) * MINUTE;
    if (middle <= low) break;
    if (offsetAt(zone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

export interface ClockChange {
  /** The instant of the change, ms since 1970 UTC. */
  readonly at: number;
  /** By how much the clocks go forward, ms; negative if they go back. */
  readonly by: number;
}

/** The next time within a year that the clocks of a zone change. */
export function nextChange(zone: string, now: number): ClockChange | null {
  for (let from = now; from < now + 366 * DAY; from += 7 * DAY) {
    const at = changeBetween(zone, from, from + 7 * DAY);
    if (at !== null) return { at, by: offsetAt(zone, at) - offsetAt(zone, at - MINUTE) };
  }
  return null;
}

/** "UTC+1", "UTC−3:30", "UTC". */
export function offsetName(zone: string, at: number): string {
  const minutes = Math.round(offsetAt(zone, at) / MINUTE);
  if (minutes === 0) return "UTC";
  const rest = Math.abs(minutes) % 60;
  const hours = String(Math.floor(Math.abs(minutes) / 60));
  return `UTC${minutes < 0 ? "−" : "+"}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}

/** "Europe/Vienna" as people read it: "Vienna", "America, Port of Spain" only where there is no better. */
export function zoneName(zone: string): string {
  if (zone === "" || zone === "UTC") return "UTC";
  return zone.split("/").slice(1).join(", ").replaceAll("_", " ") || zone;
}
