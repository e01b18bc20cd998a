/** Which banners stand on the screen: at most three, nothing moves under the pointer, and who leaves fades. */
import type { Banner, Store } from "@conversations/client";

/** So many stand at once; the rest is one line. */
export const SHOWN = 3;
/** How long a banner that leaves is still there, fading, ms. As long as the animation in banners.css. */
export const LEAVE_MS = 200;

/** A banner on the screen. */
export interface Standing {
  readonly banner: Banner;
  readonly leaving: boolean;
}

export interface StageView {
  /** The newest first; while something rests on one, what came since stands below. */
  readonly standing: readonly Standing[];
  /** The tag of the newest that stands; empty for none. */
  readonly newest: string;
  /** How many more there are. */
  readonly more: number;
  /** Whether all are asked for. */
  readonly all: boolean;
  /** The one that arrived last: what is said to screen readers, once. */
  readonly arrived: Banner | null;
}

export interface StageParts {
  readonly banners: Store<readonly Banner[]>;
  /** Stops the time of a banner, and begins it again. */
  readonly hold: (tag: string) => void;
  readonly release: (tag: string) => void;
  readonly later: (ms: number, act: () => void) => () => void;
}

const EMPTY: StageView = { standing: [], newest: "", more: 0, all: false, arrived: null };

/**
 * The stage of one tab.
 *
 * While somebody points at a banner, has the focus in one, or has begun a reply, all of them stay, and none takes
 * another's place: what came meanwhile is counted below.
 */
export class BannerStage implements Store<StageView> {
  readonly #parts: StageParts;
  readonly #listeners = new Set<(value: StageView) => void>();
  readonly #reasons = new Set<string>();
  readonly #held = new Set<string>();
  readonly #leaving = new Map<string, () => void>();
  #banners: readonly Banner[] = [];
  #view: StageView = EMPTY;
  #undo: (() => void) | null = null;

  constructor(parts: StageParts) {
    this.#parts = parts;
  }

  get value(): StageView {
    return this.#view;
  }

  subscribe(listener: (value: StageView) => void): () => void {
    this.#listeners.add(listener);
    this.#undo ??= this.#parts.banners.subscribe((banners) => {
      this.#take(banners);
    });
    listener(this.#view);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#undo?.();
      this.#undo = null;
    };
  }

  /** Something rests on a banner: the pointer, the focus, a reply that was begun. */
  rest(reason: string): void {
    this.#reasons.add(reason);
    for (const { tag } of this.#banners) this.#hold(tag);
  }

  /** It rests no more. */
  unrest(reason: string): void {
    if (!this.#reasons.delete(reason) || this.#reasons.size > 0) return;
    for (const tag of this.#held) this.#parts.release(tag);
    this.#held.clear();
    this.#settle(false);
  }

  /** Shows them all, until the pointer and the focus have gone. */
  showAll(): void {
    this.#settle(true);
  }

  #hold(tag: string): void {
    if (this.#held.has(tag)) return;
    this.#held.add(tag);
    this.#parts.hold(tag);
  }

  #take(banners: readonly Banner[]): void {
    const before = new Set(this.#banners.map(({ tag }) => tag));
    this.#banners = banners;
    const arrived = banners.filter(({ tag }) => !before.has(tag)).at(-1);
    if (this.#reasons.size > 0) for (const { tag } of banners) this.#hold(tag);
    for (const tag of this.#held) if (!banners.some((one) => one.tag === tag)) this.#held.delete(tag);
    this.#settle(this.#view.all && banners.length > 0, arrived);
  }

  #settle(all: boolean, arrived?: Banner): void {
    const newest = [...this.#banners].reverse();
    const byTag = new Map(newest.map((banner) => [banner.tag, banner]));
    const wanted = all ? newest : newest.slice(0, SHOWN);
    let stay = wanted.map(({ tag }) => tag);
    const standing = this.#view.standing.filter(({ leaving }) => !leaving).map(({ banner }) => banner.tag);
    if (this.#reasons.size > 0 && !all && standing.some((tag) => byTag.has(tag))) {
      // Those that stand, stay where they are; others fill what is free, below them.
      const kept = standing.filter((tag) => byTag.has(tag));
      const others = newest.map(({ tag }) => tag).filter((tag) => !kept.includes(tag));
      stay = [...kept, ...others.slice(0, Math.max(0, SHOWN - kept.length))];
    }
    const next: Standing[] = stay.flatMap((tag) => {
      const banner = byTag.get(tag);
      return banner ? [{ banner, leaving: false }] : [];
    });
    for (const tag of stay) {
      this.#leaving.get(tag)?.();
      this.#leaving.delete(tag);
    }
    // Who leaves keeps the place, to fade there.
    this.#view.standing.forEach(({ banner, leaving }, index) => {
      if (stay.includes(banner.tag)) return;
      if (!leaving) {
        const cancel = this.#parts.later(LEAVE_MS, () => {
          this.#leaving.delete(banner.tag);
          this.#settle(this.#view.all);
        });
        this.#leaving.set(banner.tag, cancel);
      }
      if (this.#leaving.has(banner.tag)) next.splice(Math.min(index, next.length), 0, { banner, leaving: true });
    });
    this.#view = {
      standing: next,
      newest: newest.find(({ tag }) => stay.includes(tag))?.tag ?? "",
      more: Math.max(0, this.#banners.length - stay.length),
      all,
      arrived: arrived ?? this.#view.arrived,
    };
    for (const listener of [...this.#listeners]) listener(this.#view);
  }
}
