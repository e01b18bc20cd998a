/** The part of a conversation that is held: a run of messages without a gap, of bounded length. Pure. */
import { changedBy } from "./messages.js";
import type { LogEvent, Message } from "./model.js";

/** So many messages are held at most; what is far from where the person reads is dropped, and read again. */
export const HELD = 500;

export interface Held {
  /** In ascending number. */
  readonly messages: readonly Message[];
  /** Whether there is more before the first message, and after the last. */
  readonly earlier: boolean;
  readonly later: boolean;
}

export interface Page {
  readonly messages: readonly Message[];
  readonly more: boolean;
}

export const NOTHING: Held = { messages: [], earlier: false, later: false };

const dropLast = (held: Held): Held =>
  held.messages.length <= HELD ? held : { ...held, messages: held.messages.slice(0, HELD), later: true };

const dropFirst = (held: Held): Held =>
  held.messages.length <= HELD ? held : { ...held, messages: held.messages.slice(-HELD), earlier: true };

/** Puts a page before what is held; what lies far behind is dropped. */
export function withEarlier(held: Held, page: Page): Held {
  const first = held.messages[0]?.number ?? Number.POSITIVE_INFINITY;
  const fresh = page.messages.filter((message) => message.number < first);
  return dropLast({ ...held, messages: [...fresh, ...held.messages], earlier: page.more });
}

/** Puts a page behind what is held; what lies far before is dropped. */
export function withLater(held: Held, page: Page): Held {
  const last = held.messages.at(-1)?.number ?? 0;
  const fresh = page.messages.filter((message) => message.number > last);
  return dropFirst({ ...held, messages: [...held.messages, ...fresh], later: page.more });
}

/**
 * Folds an event into what is held.
 *
 * @param thread the root, if only the replies under it are held; 0 for all messages.
 * @param keepFirst the person reads at the beginning of what is held: then a new message is left for later.
 */
export function withEvent(held: Held, event: LogEvent, thread: number, keepFirst: boolean): Held {
  const { change } = event;
  if (change.is === "edited" || change.is === "deleted") {
    const index = indexOf(held.messages, change.number);
    const before = held.messages[index];
    if (before === undefined) return held;
    const after = changedBy(before, event);
    if (after === before) return held;
    const messages = held.messages.with(index, after);
    const gone = after.deleted && !before.deleted && after.thread > 0;
    return { ...held, messages: gone ? counted(messages, after.thread, (root) => ({ replies: Math.max(0, root.replies - 1) })) : messages };
  }
  if (change.is !== "sent") return held;
  const { message } = change;
  let { messages } = held;
  if (message.thread > 0 && !message.deleted) {
    // A page that was read later counts this reply already; the time of its last one tells.
    messages = counted(messages, message.thread, (root) =>
      message.atMs > root.lastReplyAtMs ? { replies: root.replies + 1, lastReplyAtMs: message.atMs } : {},
    );
  }
  const next = messages === held.messages ? held : { ...held, messages };
  if (thread > 0 && message.thread !== thread) return next;
  if (held.later || message.number <= (messages.at(-1)?.number ?? 0)) return next;
  if (keepFirst && messages.length >= HELD) return { ...next, later: true };
  return dropFirst({ ...next, messages: [...messages, message] });
}

function counted(messages: readonly Message[], root: number, change: (root: Message) => Partial<Message>): readonly Message[] {
  const index = indexOf(messages, root);
  const before = messages[index];
  if (before === undefined) return messages;
  const changes = change(before);
  return Object.keys(changes).length === 0 ? messages : messages.with(index, { ...before, ...changes });
}

/** Where a number stands; -1 if it is not held. */
export function indexOf(messages: readonly Message[], number: number): number {
  let low = 0;
  let high = messages.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = messages[middle]?.number ?? 0;
    if (found === number) return middle;
    if (found < number) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
