/** What the person has written and the log does not have yet, kept in this browser: a page may be closed, or loaded anew. */
import type { Attachment } from "./model.js";
import { wordsOf, type Piece } from "./pieces.js";

/** A message on its way. */
export interface Unsent {
  readonly clientKey: string;
  readonly conversation: string;
  /** The root of the thread whose view it was written in; 0 for the whole conversation. */
  readonly view: number;
  readonly thread: number;
  readonly pieces: readonly Piece[];
  readonly attachments: readonly Attachment[];
  /** When it was written, ms since 1970 UTC. */
  readonly atMs: number;
  /** Its place among those of the same time. */
  readonly place: number;
  /** Why it has failed, in the service's words; empty while it is on its way. */
  readonly why: string;
}

export type UnsentStorage = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

/** Those of one person; each under a key of its own, since several tabs write at a time. */
export class UnsentMessages {
  readonly #storage: UnsentStorage;
  readonly #prefix: string;

  /** @param scope names tenant and person. */
  constructor(storage: UnsentStorage, scope: string) {
    this.#storage = storage;
    this.#prefix = `${scope}/unsent/`;
  }

  /** All of them, in the order in which they were written. */
  all(): Unsent[] {
    const found = this.#keys().flatMap((key) => read(this.#storage.getItem(key)));
    return found.sort((one, other) => one.atMs - other.atMs || one.place - other.place);
  }

  /** False where the browser's store is full: it is sent all the same, as long as this page lives. */
  keep(message: Unsent): boolean {
    try {
      this.#storage.setItem(this.#prefix + message.clientKey, JSON.stringify(message));
      return true;
    } catch {
      return false;
    }
  }

  /** Whether it is still kept: another tab may have sent or discarded it, or signed out. */
  has(clientKey: string): boolean {
    return this.#storage.getItem(this.#prefix + clientKey) !== null;
  }

  drop(clientKey: string): void {
    this.#storage.removeItem(this.#prefix + clientKey);
  }

  /** Drops all: the person has signed out. */
  clear(): void {
    for (const key of this.#keys()) this.#storage.removeItem(key);
  }

  #keys(): string[] {
    const keys = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index) ?? "");
    return keys.filter((key) => key.startsWith(this.#prefix));
  }
}

function read(text: string | null): Unsent[] {
  try {
    const message = JSON.parse(text ?? "null") as Unsent;
    wordsOf(message.pieces);
    const { clientKey, conversation, attachments, view, thread, atMs, why } = message;
    const right = [clientKey, conversation, why].every((one) => typeof one === "string") && [view, thread, atMs].every(Number.isInteger);
    return right && Array.isArray(attachments) ? [message] : [];
  } catch {
    return [];
  }
}
