/** Explanations that were asked for, a few at a time, so that a list of them does not flood the notifier. */
import type { Conversations, notifier } from "@conversations/client";

const AT_ONCE = 4;

export type Found = { readonly explanation: notifier.Explanation | null } | { readonly why: unknown };

/** Runs at most so many at once; the rest waits in order. */
export class Few {
  readonly #atOnce: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  async run<T>(act: () => Promise<T>, wanted: () => boolean): Promise<T | null> {
    while (this.#running >= this.#atOnce) {
      await new Promise<void>((go) => {
        this.#waiting.push(go);
      });
    }
    this.#running++;
    try {
      return wanted() ? await act() : null;
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }
}

const few = new Few(AT_ONCE);

/** The explanation of one message, when its turn has come. */
export async function explained(
  client: Pick<Conversations, "explain">,
  conversation: string,
  number: number,
  wanted: () => boolean,
): Promise<Found | null> {
  return few.run(
    () =>
      client.explain(conversation, number).then(
        (explanation) => ({ explanation }),
        (why: unknown) => ({ why }),
      ),
    wanted,
  );
}
