/** A value that can be watched. */
export interface Store<T> {
  /** The present value. Never changed in place: a change is a new value. */
  readonly value: T;
  /** Calls `listener` now and after each change; the answer ends that. */
  subscribe(listener: (value: T) => void): () => void;
}

/** A store whose owner changes it. */
export class Cell<T> implements Store<T> {
  readonly #listeners = new Set<(value: T) => void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  subscribe(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#value);
    return () => this.#listeners.delete(listener);
  }
}
