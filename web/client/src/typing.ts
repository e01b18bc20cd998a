/** Telling others that the person types: called at each key, it speaks seldom, and stops by itself. */
import type { Clock } from "./clock.js";

/** It is told again after this while typing goes on, ms: presence holds it for 6 s and asks for 3 s (presence.proto). */
export const AGAIN_MS = 3_000;
/** Without a key for this long the person has stopped, ms. */
export const IDLE_MS = 5_000;

interface Typed {
  toldAtMs: number;
  cancel: () => void;
}

export class Typist {
  readonly #clock: Clock;
  readonly #tell: (conversation: string, stopped: boolean) => void;
  readonly #typed = new Map<string, Typed>();

  constructor(clock: Clock, tell: (conversation: string, stopped: boolean) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** A key was pressed. */
  typed(conversation: string): void {
    const now = this.#clock.now();
    const before = this.#typed.get(conversation);
    before?.cancel();
    const due = before === undefined || now - before.toldAtMs >= AGAIN_MS;
    const cancel = this.#clock.later(IDLE_MS, () => {
      this.stopped(conversation);
    });
    this.#typed.set(conversation, { toldAtMs: due ? now : before.toldAtMs, cancel });
    if (due) this.#tell(conversation, false);
  }

  /** The message is sent or thrown away. Says nothing if nothing was said. */
  stopped(conversation: string): void {
    const typed = this.#typed.get(conversation);
    if (typed === undefined) return;
    typed.cancel();
    this.#typed.delete(conversation);
    this.#tell(conversation, true);
  }

  stopAll(): void {
    for (const conversation of [...this.#typed.keys()]) this.stopped(conversation);
  }
}
