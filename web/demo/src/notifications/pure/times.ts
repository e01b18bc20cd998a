/** Times and spans in words. The application speaks English. */
import { browserZone, instantOf, wallAt } from "./zones.js";

export interface Style {
  /** Clocks with 12 hours and a.m., p.m. */
  readonly hour12: boolean;
  /** The zone whose wall clock is read. */
  readonly zone: string;
}

/** As this application writes times: 24 hours, by the clock of the browser's zone. */
export function browserStyle(): Style {
  return { hour12: false, zone: browserZone() };
}

export const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;

/** The name of a weekday, 1 for Monday to 7 for Sunday. */
export function weekdayName(weekday: number): string {
  return WEEKDAYS[(weekday + 6) % 7] ?? "";
}

/** Minutes after midnight as a clock shows them: "18:00", "6:00 PM". */
export function minuteName(minute: number, hour12: boolean): string {
  const hours = Math.floor(minute / 60) % 24;
  const minutes = String(minute % 60).padStart(2, "0");
  if (!hour12) return `${String(hours).padStart(2, "0")}:${minutes}`;
  return `${String(hours % 12 || 12)}:${minutes} ${hours < 12 ? "AM" : "PM"}`;
}

/** "14:05", "2:05 PM". */
export function timeName(at: number, style: Style): string {
  return minuteName(wallAt(style.zone, at).minute, style.hour12);
}

/** "14:05:09.120": of use where the order of steps within a second matters. */
export function exactTime(at: number, style: Style): string {
  const { minute } = wallAt(style.zone, at);
  const seconds = String(Math.floor(at / 1000) % 60).padStart(2, "0");
  return `${minuteName(minute, false)}:${seconds}`;
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** "today", "tomorrow", "yesterday", a weekday within six days, else "Sunday, 29 March", with the year if it is another. */
export function dayName(at: number, now: number, zone: string): string {
  const day = wallAt(zone, at);
  const today = wallAt(zone, now);
  const days = Math.round(
    (Date.UTC(day.year, day.month - 1, day.day) - Date.UTC(today.year, today.month - 1, today.day)) / 86_400_000,
  );
  if (days === 0) return "today";
  if (days === 1) return "tomorrow";
  if (days === -1) return "yesterday";
  if (days > 1 && days < 7) return weekdayName(day.weekday);
  const date = `${weekdayName(day.weekday)}, ${String(day.day)} ${MONTHS[day.month - 1] ?? ""}`;
  return day.year === today.year ? date : `${date} ${String(day.year)}`;
}

/** "today at 18:00". */
export function momentName(at: number, now: number, style: Style): string {
  return `${dayName(at, now, style.zone)} at ${timeName(at, style)}`;
}

/** A span in its two largest units: "12 h 30 min", "45 s", "3 days". */
export function spanName(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds === 0) return "less than a second";
  if (seconds < 120 && seconds !== 60) return `${String(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${String(hours)} h` : `${String(hours)} h ${String(minutes % 60)} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${String(days)} days` : `${String(days)} days ${String(hours % 24)} h`;
}

/** How long ago, as a banner says it: "now", "2 min", "3 h". */
export function agoName(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${String(minutes)} min`;
  return minutes < 1440 ? `${String(Math.floor(minutes / 60))} h` : `${String(Math.floor(minutes / 1440))} d`;
}

/** The value of an `<input type="datetime-local">` for an instant. */
export function inputOf(at: number, zone: string): string {
  const { year, month, day, minute } = wallAt(zone, at);
  const two = (of: number): string => String(of).padStart(2, "0");
  return `${String(year)}-${two(month)}-${two(day)}T${minuteName(minute, false)}`;
}

/** The instant that an `<input type="datetime-local">` names; null if it names none. */
export function instantOfInput(value: string, zone: string): number | null {
  const [, year, month, day, hours, minutes] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(value) ?? [];
  if (minutes === undefined) return null;
  return instantOf(zone, {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    minute: Number(hours) * 60 + Number(minutes),
  });
}

/** Minutes after midnight of an `<input type="time">`; null if it is empty. */
export function minuteOfInput(value: string): number | null {
  const [, hours, minutes] = /^(\d\d):(\d\d)/.exec(value) ?? [];
  return minutes === undefined ? null : Number(hours) * 60 + Number(minutes);
}
