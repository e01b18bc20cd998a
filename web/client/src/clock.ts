/** Time and chance, handed in so that tests can make them travel. */
export interface Clock {
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** A random number from 0 (included) to 1 (not included). */
  random(): number;
  /** Calls `action` once after `ms`; the answer cancels it. */
  later(ms: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  later: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};
