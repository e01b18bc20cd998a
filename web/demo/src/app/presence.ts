/** Who is here: of the people on screen only, and each asked for once however often they are shown. */
import { useCallback, useSyncExternalStore } from "react";
import type { Conversations, PersonPresence } from "@conversations/client";
import { useSession } from "./session.js";

/** Rows come and go while somebody scrolls: the people are asked for when that has settled, ms. */
const SETTLE_MS = 120;

const UNKNOWN: Omit<PersonPresence, "person"> = { status: "unknown", lastSeenMs: 0, untilMs: 0, chosen: false };

/** The presence of everybody on screen. */
export class PresenceBook {
  readonly #client: Pick<Conversations, "presence">;
  readonly #known = new Map<string, PersonPresence>();
  readonly #shown = new Map<string, Set<() => void>>();
  #asked = new Set<string>();
  #end: (() => void) | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(client: Pick<Conversations, "presence">) {
    this.#client = client;
  }

  /** What is known of a person; the same object until it changes. */
  of(person: string): PersonPresence {
    let known = this.#known.get(person);
    if (known === undefined) {
      known = { person, ...UNKNOWN };
      this.#known.set(person, known);
    }
    return known;
  }

  /** A person is on screen; the answer says that they are not any more. */
  show(person: string, changed: () => void): () => void {
    const listeners = this.#shown.get(person) ?? new Set();
    listeners.add(changed);
    this.#shown.set(person, listeners);
    this.#soon();
    return () => {
      listeners.delete(changed);
      if (listeners.size === 0 && this.#shown.get(person) === listeners) this.#shown.delete(person);
      this.#soon();
    };
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#ask();
    }, SETTLE_MS);
  }

  #ask(): void {
    const wanted = [...this.#shown.keys()];
    // Who has left the screen may stay a while: asking anew costs more than a few people too many.
    if (wanted.every((person) => this.#asked.has(person)) && this.#asked.size <= 2 * wanted.length + 20) return;
    this.#end?.();
    this.#asked = new Set(wanted);
    this.#end =
      wanted.length === 0
        ? null
        : this.#client.presence(wanted, (persons) => {
            for (const one of persons) {
              this.#known.set(one.person, one);
              for (const changed of this.#shown.get(one.person) ?? []) changed();
            }
          });
  }
}

const books = new WeakMap<Conversations, PresenceBook>();

/** The presence of a person who is on screen. */
export function useStatus(person: string): PersonPresence {
  const { client } = useSession();
  let book = books.get(client);
  if (book === undefined) {
    book = new PresenceBook(client);
    books.set(client, book);
  }
  const held = book;
  const subscribe = useCallback((changed: () => void) => held.show(person, changed), [held, person]);
  return useSyncExternalStore(subscribe, () => held.of(person));
}
