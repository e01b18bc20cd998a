/** Moves read pointers for what was viewed: one call at a time for each conversation, always for the highest number. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock } from "./clock.js";
import type { Badge as WireBadge } from "./gen/conversations/unread/v1/unread_pb.js";
import type { Badges } from "./model.js";
import { repeated } from "./repeat.js";
import type { Store } from "./store.js";
import type { Services } from "./transport.js";

/** What is viewed together is told together, ms. */
const GATHER_MS = 50;
/** A read is repeated for so long; what is viewed later tells it again, ms. */
const PATIENCE_MS = 60_000;

export interface ReadsParts {
  readonly services: Pick<Services, "unread">;
  readonly clock: Clock;
  readonly badges: Store<Badges>;
  readonly take: (badge: WireBadge | undefined) => void;
}

export class Reads {
  readonly #parts: ReadsParts;
  readonly #highest = new Map<string, number>();
  readonly #running = new Map<string, Promise<void>>();

  constructor(parts: ReadsParts) {
    this.#parts = parts;
  }

  /** Everything up to `number` has been viewed. Answers when that is told, or cannot be. */
  viewed(conversation: string, number: number): Promise<void> {
    const badge = this.#parts.badges.value.conversations[conversation];
    if (badge && badge.read >= number) return Promise.resolve();
    this.#highest.set(conversation, Math.max(number, this.#highest.get(conversation) ?? 0));
    const running = this.#running.get(conversation) ?? this.#run(conversation);
    this.#running.set(conversation, running);
    return running;
  }

  /** Forgets what is not told yet: the person has marked it as unread, or has signed out. */
  forget(conversation?: string): void {
    if (conversation === undefined) this.#highest.clear();
    else this.#highest.delete(conversation);
  }

  async #run(conversation: string): Promise<void> {
    const { clock } = this.#parts;
    await new Promise<void>((resolve) => clock.later(GATHER_MS, resolve));
    for (;;) {
      const number = this.#highest.get(conversation);
      if (number === undefined) break;
      await repeated(clock, PATIENCE_MS, () => this.#tell(conversation, number)).catch(() => undefined);
      if (this.#highest.get(conversation) === number) this.#highest.delete(conversation);
    }
    this.#running.delete(conversation);
  }

  async #tell(conversation: string, number: number): Promise<void> {
    const { unread } = this.#parts.services;
    const badge = this.#parts.badges.value.conversations[conversation];
    const read = async (epoch: bigint): Promise<void> => {
      this.#parts.take((await unread.markRead({ conversation, number: BigInt(number), epoch })).badge);
    };
    try {
      await read(BigInt(badge?.epoch ?? 0));
    } catch (error) {
      // With a badge, another epoch says that somebody has marked it as unread since, and that holds.
      if (badge !== undefined || ConnectError.from(error).code !== Code.FailedPrecondition) throw error;
      const found = (await unread.getBadges({ conversations: [conversation] })).badges[0];
      this.#parts.take(found);
      if (found !== undefined) await read(found.epoch);
    }
  }
}
