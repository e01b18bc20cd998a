/** When something is due, and whether that is past. */
import type { ReactNode } from "react";
import { shortDate } from "../app/time.js";
import { useNow } from "../conversations/hooks.js";
import { dateOf, type Item } from "./items.js";

export function dueWords(due: number): string {
  if (due === 0) return "today";
  if (due === 1) return "tomorrow";
  if (due < 0) return due === -1 ? "1 day overdue" : `${String(-due)} days overdue`;
  return `in ${String(due)} days`;
}

export interface DueProps {
  readonly item: Pick<Item, "due" | "open">;
  /** Always in words too. */
  readonly words?: boolean;
  /** Where there is little room: what is late only in words. */
  readonly short?: boolean;
}

export function Due({ item, words = false, short = false }: DueProps): ReactNode {
  const now = useNow();
  if (item.due === null) return <span className="hint">–</span>;
  const late = item.open && item.due < 0;
  if (short && item.open && item.due <= 1) return <span className={late ? "late" : undefined}>{dueWords(item.due)}</span>;
  return (
    <span className={late ? "late" : undefined}>
      {shortDate(dateOf(item.due, now), now)}
      {item.open && (words || late || item.due <= 1) ? <span className="due-words"> · {dueWords(item.due)}</span> : null}
    </span>
  );
}
