/** What this tab follows by the shared streams, each by a number of its own; `watches.ts` is the hub's side. */
import type { Part, ToHub, Watch } from "./wire.js";

export class Watching {
  readonly #post: (message: ToHub) => void;
  readonly #takers = new Map<number, (part: Part) => void>();
  #last = 0;

  constructor(post: (message: ToHub) => void) {
    this.#post = post;
  }

  /** Follows something; the answer ends it. */
  watch(watch: Watch, take: (part: Part) => void): () => void {
    const id = ++this.#last;
    this.#takers.set(id, take);
    this.#post({ is: "watch", id, watch });
    return () => {
      if (this.#takers.delete(id)) this.#post({ is: "unwatch", id });
    };
  }

  /** The hub brings a part; who has ended it hears nothing. */
  take(id: number, part: Part): void {
    this.#takers.get(id)?.(part);
  }
}
