import type { Clock } from "../src/clock.js";

/** A clock that moves only when it is told to; its chance is `chance`. */
export class ManualClock implements Clock {
  chance = 0.5;
  #now = 1_760_000_000_000;
  #timers: { at: number; act: () => void }[] = [];

  now = (): number => this.#now;
  random = (): number => this.chance;
  later = (ms: number, act: () => void): (() => void) => {
    const timer = { at: this.#now + ms, act };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  };

  /** Lets time pass; everything that is due happens in order, with what follows from it. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at);
      next.act();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  /** The machine sleeps: time passes and nothing happens. */
  sleep(ms: number): void {
    this.#now += ms;
  }
}

/** Lets promises that are ready go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** A stream that the test feeds. */
export class Feed<F> {
  #waiting: ((result: IteratorResult<F>) => void) | null = null;
  #fail: ((error: unknown) => void) | null = null;
  #queue: F[] = [];
  #end: { error?: Error } | null = null;

  constructor(readonly signal: AbortSignal) {
    signal.addEventListener("abort", () => {
      this.end(new Error("aborted"));
    });
  }

  push(frame: F): void {
    if (this.#waiting) {
      this.#waiting({ value: frame, done: false });
      this.#waiting = this.#fail = null;
    } else this.#queue.push(frame);
  }

  end(error?: Error): void {
    this.#end ??= error === undefined ? {} : { error };
    if (!this.#waiting) return;
    if (error === undefined) this.#waiting({ value: undefined, done: true });
    else this.#fail?.(error);
    this.#waiting = this.#fail = null;
  }

  [Symbol.asyncIterator](): AsyncIterator<F> {
    return {
      next: () =>
        new Promise((resolve, reject) => {
          const frame = this.#queue.shift();
          if (frame !== undefined) resolve({ value: frame, done: false });
          else if (this.#end) {
            if (this.#end.error) reject(this.#end.error);
            else resolve({ value: undefined, done: true });
          } else {
            this.#waiting = resolve;
            this.#fail = reject;
          }
        }),
    };
  }
}

/** Random numbers that are the same in each run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What localStorage does. */
export class Kept {
  readonly held = new Map<string, string>();
  get length(): number {
    return this.held.size;
  }
  key = (index: number): string | null => [...this.held.keys()][index] ?? null;
  getItem = (key: string): string | null => this.held.get(key) ?? null;
  setItem = (key: string, value: string): void => {
    this.held.set(key, value);
  };
  removeItem = (key: string): void => {
    this.held.delete(key);
  };
}
