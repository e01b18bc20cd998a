/** Which messages a person has really seen: on screen, in a focused and visible tab, for a moment. */
import type { Clock } from "./clock.js";

/** How long a message must be on screen to count as viewed, ms: long enough not to count what is scrolled past. */
export const DWELL_MS = 700;

/** The rule, without a screen: told what is visible, it says up to which number everything was viewed. */
export class Dwell {
  readonly #clock: Clock;
  readonly #viewed: (number: number) => boolean;
  readonly #visible = new Map<number, (() => void) | null>();
  #attentive = false;
  #highest = 0;

  /** @param viewed is told the number; false if it does not count now, and then it may be told again. */
  constructor(clock: Clock, viewed: (number: number) => boolean) {
    this.#clock = clock;
    this.#viewed = viewed;
  }

  /** A message has come onto the screen. */
  enter(number: number): void {
    if (this.#visible.has(number)) return;
    this.#visible.set(number, null);
    this.#time(number);
  }

  /** It has left the screen: the time so far does not count. */
  exit(number: number): void {
    this.#visible.get(number)?.();
    this.#visible.delete(number);
  }

  /** Whether somebody is looking: the tab is visible and has the focus. Every dwell begins anew with it. */
  attend(attentive: boolean): void {
    if (attentive === this.#attentive) return;
    this.#attentive = attentive;
    for (const number of this.#visible.keys()) this.#time(number);
  }

  /** What is on screen may count now that did not before. */
  again(): void {
    for (const number of this.#visible.keys()) this.#time(number);
  }

  /** The person marked it as unread: nothing counts until the conversation is opened again. */
  stop(): void {
    for (const cancel of this.#visible.values()) cancel?.();
    this.#visible.clear();
    this.#highest = Number.POSITIVE_INFINITY;
  }

  #time(number: number): void {
    this.#visible.get(number)?.();
    const cancel = this.#attentive
      ? this.#clock.later(DWELL_MS, () => {
          if (number > this.#highest && this.#viewed(number)) this.#highest = number;
        })
      : null;
    this.#visible.set(number, cancel);
  }
}

/** The rule at a real screen: the elements of messages say their number by `data-number`. */
export class Viewport {
  readonly dwell: Dwell;
  readonly #observer: IntersectionObserver;
  readonly #shown = new Map<Element, number>();
  readonly #ended: () => void;

  /**
   * @param root the element that scrolls.
   * @param ended is called when it is disconnected.
   */
  constructor(root: Element, clock: Clock, viewed: (number: number) => boolean, ended: () => void) {
    this.#ended = ended;
    this.dwell = new Dwell(clock, viewed);
    this.#observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const number = this.#shown.get(entry.target);
          if (number === undefined) continue;
          // A long message need not fit: half of it, or half of the screen.
          const half = entry.intersectionRect.height >= (entry.rootBounds?.height ?? Infinity) / 2;
          if (entry.isIntersecting && (entry.intersectionRatio >= 0.5 || half)) this.dwell.enter(number);
          else this.dwell.exit(number);
        }
      },
      { root, threshold: [0, 0.25, 0.5, 0.75, 1] },
    );
  }

  /** Watches a message's element; give each once. */
  observe(element: Element, number: number): void {
    this.#shown.set(element, number);
    this.#observer.observe(element);
  }

  unobserve(element: Element): void {
    const number = this.#shown.get(element);
    this.#observer.unobserve(element);
    this.#shown.delete(element);
    if (number !== undefined) this.dwell.exit(number);
  }

  disconnect(): void {
    this.#observer.disconnect();
    for (const number of this.#shown.values()) this.dwell.exit(number);
    this.#shown.clear();
    this.#ended();
  }
}
