/** The lines of a thread: messages by author and day, and where the new ones begin. Pure. */
import type { Message, Outgoing } from "@conversations/client";
import { dayOf } from "../app/time.js";

/** Messages of one author this close together stand under one name, ms. */
const TOGETHER_MS = 5 * 60_000;

export type Row =
  | { readonly is: "begin"; readonly key: string }
  | { readonly is: "day"; readonly key: string; readonly atMs: number }
  | { readonly is: "new"; readonly key: string }
  | { readonly is: "message"; readonly key: string; readonly message: Message; readonly first: boolean }
  | { readonly is: "outgoing"; readonly key: string; readonly outgoing: Outgoing; readonly first: boolean };

export interface RowsOf {
  readonly messages: readonly Message[];
  readonly outgoing: readonly Outgoing[];
  readonly me: string;
  /** The first message that is new; 0 for none. */
  readonly newFrom: number;
  /** Whether there are messages before and after what is loaded. */
  readonly earlier: boolean;
  readonly later: boolean;
}

/** A message's key stays the same from the moment it is written to the moment the log has it. */
function keyOf(message: Message, me: string): string {
  return message.author === me && message.clientKey !== "" ? `c ${message.clientKey}` : `m ${String(message.number)}`;
}

export function rowsOf({ messages, outgoing, me, newFrom, earlier, later }: RowsOf): Row[] {
  const rows: Row[] = [];
  if (!earlier) rows.push({ is: "begin", key: "begin" });
  let day = 0;
  let author = "";
  let thread = 0;
  let atMs = 0;
  let divided = newFrom <= 0;
  const turn = (now: number, who: string, under: number): boolean => {
    const today = dayOf(now);
    let first = who !== author || under !== thread || now - atMs > TOGETHER_MS;
    if (today !== day) {
      rows.push({ is: "day", key: `day ${String(today)}`, atMs: now });
      first = true;
    }
    day = today;
    author = who;
    thread = under;
    atMs = now;
    return first;
  };
  // Whether the first of a page stands under its author's name is known only with the page before it: until then it is
  // not shown, so that no row changes its height when that page comes.
  const hidden = earlier && messages.length > 1 ? messages[0] : undefined;
  for (const message of messages) {
    const who = message.service === "" ? message.author : `service ${message.service}`;
    if (message === hidden) {
      turn(message.atMs, who, message.thread);
      rows.length = 0;
      continue;
    }
    let first = turn(message.atMs, who, message.thread);
    if (!divided && message.number >= newFrom && message.author !== me) {
      rows.push({ is: "new", key: "new" });
      divided = true;
      first = true;
    }
    rows.push({ is: "message", key: keyOf(message, me), message, first });
  }
  // Behind a gap, what is on its way would stand in the wrong place.
  if (!later) {
    const known = new Set(messages.map((message) => message.clientKey));
    for (const one of outgoing) {
      if (known.has(one.clientKey)) continue;
      const first = turn(Math.max(one.atMs, atMs), me, one.thread);
      rows.push({ is: "outgoing", key: `c ${one.clientKey}`, outgoing: one, first });
    }
  }
  return rows;
}
