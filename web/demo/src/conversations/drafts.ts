/** What was being written in each conversation: kept for each person in this browser until it is sent. */

const KEEP_MS = 300;
const pending = new Map<string, { readonly text: string; readonly timer: ReturnType<typeof setTimeout> }>();

/** The name of a draft: of a conversation, or of a thread in it. */
export function draftKey(person: string, conversation: string, thread = 0): string {
  return `gridline/draft/${person}/${conversation}${thread > 0 ? `/${String(thread)}` : ""}`;
}

export function draftOf(key: string): string {
  return pending.get(key)?.text ?? localStorage.getItem(key) ?? "";
}

/** Keeps a draft, soon; an empty one at once. */
export function keepDraft(key: string, text: string): void {
  const before = pending.get(key);
  if (before !== undefined) clearTimeout(before.timer);
  pending.delete(key);
  if (text === "") localStorage.removeItem(key);
  else pending.set(key, { text, timer: setTimeout(write, KEEP_MS) });
}

function write(): void {
  for (const [key, { text }] of pending) {
    try {
      localStorage.setItem(key, text);
    } catch {
      return; // The browser's store is full: what is written is on screen all the same.
    }
  }
  pending.clear();
}

window.addEventListener("pagehide", write);
