/** The time, for what says how long ago or until when something is. */
import { useSyncExternalStore } from "react";

interface Ticker {
  readonly subscribe: (changed: () => void) => () => void;
  readonly now: () => number;
}

const tickers = new Map<number, Ticker>();

function ticker(everyMs: number): Ticker {
  let found = tickers.get(everyMs);
  if (found === undefined) {
    const listeners = new Set<() => void>();
    let timer: ReturnType<typeof setInterval> | undefined;
    let now = Date.now();
    found = {
      now: () => now,
      subscribe: (changed) => {
        listeners.add(changed);
        now = Date.now();
        timer ??= setInterval(() => {
          now = Date.now();
          for (const listener of [...listeners]) listener();
        }, everyMs);
        return () => {
          listeners.delete(changed);
          if (listeners.size > 0) return;
          clearInterval(timer);
          timer = undefined;
        };
      },
    };
    tickers.set(everyMs, found);
  }
  return found;
}

/** Now, ms since 1970 UTC, as of the last tick. */
export function useNow(everyMs: number): number {
  const { subscribe, now } = ticker(everyMs);
  return useSyncExternalStore(subscribe, now);
}
