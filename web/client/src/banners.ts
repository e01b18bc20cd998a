/** The banners of one tab: how long each stands, and what changes or ends it. */
import type { Clock } from "./clock.js";
import type { Banner } from "./model.js";
import { Cell, type Store } from "./store.js";

/** A banner stays this long, ms, unless the pointer or the focus rests on it. */
export const BANNER_MS = 6_000;

export class BannerStand implements Store<readonly Banner[]> {
  readonly #clock: Clock;
  readonly #cell = new Cell<readonly Banner[]>([]);
  readonly #timers = new Map<string, () => void>();
  readonly #held = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get value(): readonly Banner[] {
    return this.#cell.value;
  }

  subscribe(listener: (value: readonly Banner[]) => void): () => void {
    return this.#cell.subscribe(listener);
  }

  /** Shows one, the newest last; it replaces what stands under its tag. */
  show(banner: Banner): void {
    this.#cell.set([...this.value.filter((one) => one.tag !== banner.tag), banner]);
    if (!this.#held.has(banner.tag)) this.#time(banner.tag);
  }

  /** It says something else now: the words change where they stand, and the time does not begin anew. */
  update({ tag, text, title, mentioned, count }: Banner): void {
    if (!this.value.some((one) => one.tag === tag)) return;
    this.#cell.set(this.value.map((one) => (one.tag === tag ? { ...one, text, title, mentioned, count } : one)));
  }

  dismiss(tag: string): void {
    this.#timers.get(tag)?.();
    this.#timers.delete(tag);
    this.#held.delete(tag);
    if (this.value.some((one) => one.tag === tag)) this.#cell.set(this.value.filter((one) => one.tag !== tag));
  }

  /** Takes those of a conversation away: it is on screen now. */
  dismissOf(conversation: string): void {
    for (const { tag } of this.value.filter((one) => one.conversation === conversation)) this.dismiss(tag);
  }

  clear(): void {
    for (const { tag } of this.value) this.dismiss(tag);
  }

  /** The pointer or the focus rests on it: it stays. */
  hold(tag: string): void {
    if (!this.value.some((one) => one.tag === tag)) return;
    this.#held.add(tag);
    this.#timers.get(tag)?.();
    this.#timers.delete(tag);
  }

  /** It rests no more: the whole time begins again. */
  release(tag: string): void {
    if (this.#held.delete(tag) && this.value.some((one) => one.tag === tag)) this.#time(tag);
  }

  #time(tag: string): void {
    this.#timers.get(tag)?.();
    this.#timers.set(
      tag,
      this.#clock.later(BANNER_MS, () => {
        this.dismiss(tag);
      }),
    );
  }
}
