/** What is unread, as the hub tells it, and what the person says about it: read, unread again, muted. */
import { NO_BADGES, type ArrivingBadge } from "./badges.js";
import type { Clock } from "./clock.js";
import { badgeOf } from "./convert.js";
import type { Badge as WireBadge } from "./gen/conversations/unread/v1/unread_pb.js";
import type { Badge, Badges } from "./model.js";
import { Reads } from "./reads.js";
import { CHANGE_MS, repeated } from "./repeat.js";
import { Cell } from "./store.js";
import type { Services } from "./transport.js";

/** A conversation opens without knowing what is unread if that is not answered within this, ms. */
const ASK_MS = 2_000;
/** Muted until this, a conversation is muted for ever. */
export const FOR_EVER = Number.MAX_SAFE_INTEGER;

export interface UnreadParts {
  readonly services: Pick<Services, "unread">;
  readonly clock: Clock;
  /** The answer to a change of the person's own: the hub has it before its stream brings it. */
  readonly tell: (badge: ArrivingBadge) => void;
}

export class Unread {
  readonly badges = new Cell<Badges>(NO_BADGES);
  readonly #parts: UnreadParts;
  readonly #reads: Reads;

  constructor(parts: UnreadParts) {
    this.#parts = parts;
    const take = (badge: WireBadge | undefined): void => {
      this.#tell(badge);
    };
    this.#reads = new Reads({ ...parts, badges: this.badges, take });
  }

  /** What is known of a conversation; nothing if it has neither unread messages nor a mute, or that is not known yet. */
  badge(conversation: string): Badge | undefined {
    return this.badges.value.conversations[conversation];
  }

  /** Everything up to `number` has been viewed. */
  markRead(conversation: string, number: number): Promise<void> {
    return this.#reads.viewed(conversation, number);
  }

  /** This message and all after it count as unread again. */
  async markUnread(conversation: string, number: number): Promise<void> {
    this.#reads.forget(conversation);
    const request = { conversation, number: BigInt(number) };
    this.#tell((await this.#again(() => this.#parts.services.unread.markUnread(request))).badge);
  }

  async markAllRead(): Promise<void> {
    await this.#again(() => this.#parts.services.unread.markAllRead({}));
  }

  /** Mutes until a time, ms since 1970 UTC; 0 unmutes, `FOR_EVER` mutes for ever. */
  async mute(conversation: string, untilMs: number): Promise<void> {
    const request = { conversation, mutedUntilMs: BigInt(untilMs) };
    this.#tell((await this.#again(() => this.#parts.services.unread.setMute(request))).badge);
  }

  /** Until when a conversation is muted, ms since 1970 UTC; 0 if it is not (any more). */
  mutedUntilMs(conversation: string): number {
    const untilMs = this.badge(conversation)?.mutedUntilMs ?? 0;
    return untilMs > this.#parts.clock.now() ? untilMs : 0;
  }

  /** The first unread message of a conversation; 0 for none. */
  async first(conversation: string): Promise<number> {
    let badge: Pick<Badge, "unread" | "read"> | undefined = this.badge(conversation);
    if (!this.badges.value.known) {
      // The page has just begun: asking is faster than waiting for the stream.
      const found = await this.ask([conversation], ASK_MS).catch(() => []);
      badge = found[0] ?? this.badge(conversation);
    }
    return badge !== undefined && badge.unread > 0 ? badge.read + 1 : 0;
  }

  /** Reads the badges of some conversations. */
  async ask(conversations: string[], timeoutMs?: number): Promise<ArrivingBadge[]> {
    const options = timeoutMs === undefined ? {} : { timeoutMs };
    return (await this.#parts.services.unread.getBadges({ conversations }, options)).badges.map(badgeOf);
  }

  /** Forgets all of it: the person has signed out. */
  forget(): void {
    this.#reads.forget();
    this.badges.set(NO_BADGES);
  }

  #tell(badge: WireBadge | undefined): void {
    if (badge !== undefined) this.#parts.tell(badgeOf(badge));
  }

  #again<T>(call: () => Promise<T>): Promise<T> {
    return repeated(this.#parts.clock, CHANGE_MS, call);
  }
}
