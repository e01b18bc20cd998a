/** The same call again while that can help: every change has a key, so that a repeat is harmless. */
import type { Clock } from "./clock.js";
import { mayRepeat } from "./transport.js";

/** The first wait is drawn below this, ms; each next one below twice as much. */
const FIRST_WAIT_MS = 250;
/** The longest wait between two tries, ms. */
const LONGEST_WAIT_MS = 5_000;
/** A change that the person waits for is tried for so long; then it fails, ms. */
export const CHANGE_MS = 15_000;

/**
 * @param patienceMs after this the last failure is thrown, ms; `Infinity` goes on until `wanted` says no.
 * @param wanted whether the answer is still of use.
 */
export async function repeated<T>(
  clock: Clock,
  patienceMs: number,
  call: () => Promise<T>,
  wanted: () => boolean = () => true,
): Promise<T> {
  const end = clock.now() + patienceMs;
  let pause = FIRST_WAIT_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!mayRepeat(error) || clock.now() >= end || !wanted()) throw error;
      const waitMs = clock.random() * pause;
      await new Promise<void>((resolve) => clock.later(waitMs, resolve));
      // The person may have signed out meanwhile.
      if (!wanted()) throw error;
    }
    pause = Math.min(2 * pause, LONGEST_WAIT_MS);
  }
}
