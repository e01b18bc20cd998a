/** Until when to hold everything back. */
import { instantOf, wallAt } from "./zones.js";

/** The hour at which "tomorrow" begins, minutes after midnight. */
const MORNING = 8 * 60;

export interface SnoozeChoice {
  readonly label: string;
  /** ms since 1970 UTC. */
  readonly until: number;
}

/** Tomorrow at 8:00 on the wall clock of a zone. */
export function tomorrowMorning(now: number, zone: string): number {
  const { year, month, day } = wallAt(zone, now);
  return instantOf(zone, { year, month, day: day + 1, minute: MORNING });
}

/** What is offered; anything else is said by date and time. */
export function snoozeChoices(now: number, zone: string): SnoozeChoice[] {
  return [
    { label: "30 minutes", until: now + 30 * 60_000 },
    { label: "1 hour", until: now + 60 * 60_000 },
    { label: "Until tomorrow 8:00", until: tomorrowMorning(now, zone) },
  ];
}
