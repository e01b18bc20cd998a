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

/** Folds what a badge stream brings into one state that never goes back in time. */
export class BadgeBook {
  #held = new Map<string, ArrivingBadge>();
  #named: Set<string> | null = null;
  #total = { unread: 0, mentions: 0 };
  #known = false;
  #whole = true;

  /** A stream has begun: what it does not name until `caughtUp` has no unread messages. */
  hello(): void {
    this.#named = new Set();
    this.#whole = false;
  }

  take(badge: ArrivingBadge): void {
    this.#named?.add(badge.conversation);
    if (isNewer(badge, this.#held.get(badge.conversation))) this.#held.set(badge.conversation, badge);
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
    for (const [conversation, { left, ...badge }] of this.#held) {
      if (left) gone.push(conversation);
      else conversations[conversation] = badge;
    }
    const { unread, mentions } = this.#total;
    return { known: this.#known, total: unread, totalMentions: mentions, conversations, left: gone };
  }
}
