/** The order of badges, and the state that a stream of badges makes. Pure. */
import type { Badge, Badges } from "./model.js";

export const NO_BADGES: Badges = { known: false, total: 0, totalMentions: 0, conversations: {}, left: [] };

/** Whether `a` is at least as new as `b`: by epoch, then revision, then version (unread.proto, `Badge.revision`). */
export function isNewer(a: Badge, b: Badge | undefined): boolean {
  if (b === undefined) return true;
  if (a.epoch !== b.epoch) return a.epoch > b.epoch;
  if (a.revision !== b.revision) return a.revision > b.revision;
  return a.version >= b.version;
}

/** A badge as it arrives: `left` says that the person is no member any more. */
export interface ArrivingBadge extends Badge {
  readonly left: boolean;
}

/** What has changed in a state of badges. */
export interface BadgeChanges {
  readonly total: number;
  readonly totalMentions: number;
  readonly badges: readonly Badge[];
  /** What the person has left since. */
  readonly left: readonly string[];
}

/** The state after some changes; a badge that does not change stays the same object. */
export function withChanges(held: Badges, { total, totalMentions, badges, left }: BadgeChanges): Badges {
  const conversations: Record<string, Badge> = { ...held.conversations };
  for (const badge of badges) conversations[badge.conversation] = badge;
  const gone = new Set([...held.left, ...left]);
  for (const badge of badges) gone.delete(badge.conversation);
  const named = left.length > 0 ? Object.entries(conversations).filter(([one]) => !gone.has(one)) : null;
  return {
    known: true,
    total,
    totalMentions,
    conversations: named === null ? conversations : Object.fromEntries(named),
    left: [...gone],
  };
}

/** Folds what a badge stream brings into one state that never goes back in time. */
export class BadgeBook {
  #held = new Map<string, ArrivingBadge>();
  #named: Set<string> | null = null;
  #total = { unread: 0, mentions: 0 };
  #known = false;
  #whole = true;
  readonly #changed = new Set<string>();

  /** A stream has begun: what it does not name until `caughtUp` has no unread messages. */
  hello(): void {
    this.#named = new Set();
    this.#whole = false;
  }

  take(badge: ArrivingBadge): void {
    this.#named?.add(badge.conversation);
    if (!isNewer(badge, this.#held.get(badge.conversation))) return;
    this.#held.set(badge.conversation, badge);
    this.#changed.add(badge.conversation);
  }

  /** The answer to a change of the person's own; before the first snapshot it is not the whole state yet. */
  total(unread: number, mentions: number): void {
    this.#total = { unread, mentions };
  }

  caughtUp(): void {
    const named = this.#named;
    if (named !== null) {
      for (const [conversation, badge] of this.#held) {
        if (!named.has(conversation) && !badge.left) {
          this.#held.set(conversation, { ...badge, unread: 0, mentions: 0, mutedUntilMs: 0 });
        }
      }
    }
    this.#named = null;
    this.#known = this.#whole = true;
  }

  /** Whether `value` is a whole state: half a snapshot is no truth, and what is shown stays until all of it is there. */
  get whole(): boolean {
    return this.#known && this.#whole;
  }

  /** Drops everything; the numbers shown stay until the next snapshot is complete. */
  reset(): void {
    this.#held.clear();
    this.#named = null;
    this.#whole = false;
  }

  get value(): Badges {
    const conversations: Record<string, Badge> = {};
    const gone: string[] = [];
    for (const held of this.#held.values()) {
      if (held.left) gone.push(held.conversation);
      else conversations[held.conversation] = plain(held);
    }
    const { unread, mentions } = this.#total;
    return { known: this.#known, total: unread, totalMentions: mentions, conversations, left: gone };
  }

  /** What has changed since it was last asked: a person may have 1,000 badges. */
  changes(): BadgeChanges {
    const changed = [...this.#changed].flatMap((one) => this.#held.get(one) ?? []);
    this.#changed.clear();
    return {
      total: this.#total.unread,
      totalMentions: this.#total.mentions,
      badges: changed.filter((one) => !one.left).map(plain),
      left: changed.filter((one) => one.left).map((one) => one.conversation),
    };
  }
}

function plain(badge: ArrivingBadge): Badge {
  const copy: Badge & { left?: boolean } = { ...badge };
  delete copy.left;
  return copy;
}
