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

export function Due({ item, words = false }: { readonly item: Pick<Item, "due" | "open">; readonly words?: boolean }): ReactNode {
  const now = useNow();
  if (item.due === null) return <span className="hint">–</span>;
  const late = item.open && item.due < 0;
  return (
    <span className={late ? "late" : undefined}>
      {shortDate(dateOf(item.due, now), now)}
      {item.open && (words || late || item.due <= 1) ? <span className="due-words"> · {dueWords(item.due)}</span> : null}
    </span>
  );
}
