/** What a table of items shows, and in which order. Pure. */
import type { Item } from "./items.js";
import { numberOf } from "./items.js";

export const SHOWS = ["Open", "Closed", "All"] as const;
export type Show = (typeof SHOWS)[number];
export type Column = "number" | "title" | "status" | "court" | "due" | "place" | "trade" | "amount" | "days";

/** Those of a status in which every word occurs somewhere. */
export function shownItems(items: readonly Item[], show: Show, query: string, nameOf: (person: string) => string): Item[] {
  const words = query.toLocaleLowerCase().split(/\s+/u).filter(Boolean);
  return items.filter((item) => {
    if (show !== "All" && item.open !== (show === "Open")) return false;
    const all = [item.id, numberOf(item), item.title, item.status, item.place, item.trade, nameOf(item.court)].join(" ").toLocaleLowerCase();
    return words.every((word) => all.includes(word));
  });
}

/** By a column; what has no value there comes last, both ways. */
export function sorted(items: readonly Item[], column: Column, down: boolean, nameOf: (person: string) => string): Item[] {
  const valueOf = (item: Item): string | number | null => {
    switch (column) {
      case "number":
        return item.id;
      case "court":
        return nameOf(item.court) || null;
      case "due":
        return item.due;
      case "amount":
        return item.amount ?? null;
      case "days":
        return item.days ?? null;
      default:
        return item[column];
    }
  };
  return [...items].sort((one, other) => {
    const [a, b] = [valueOf(one), valueOf(other)];
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
    return down ? -order : order;
  });
}
