/** What alerts the person in this tab: banners, quick replies to them, and the notifications of the browser. */
import type { ArrivingBadge } from "./badges.js";
import { BannerStand } from "./banners.js";
import type { Clock } from "./clock.js";
import type { Badges, Banner } from "./model.js";
import { contentOf, type Piece } from "./pieces.js";
import { CHANGE_MS, repeated } from "./repeat.js";
import type { Services } from "./transport.js";
import type { Unread } from "./unread.js";

/** The browser's notifications, as far as a tab needs them. */
export interface Tray {
  readonly show: (banner: Banner) => void;
  /** The message was edited: the words change, without a sound, if it is still shown. */
  readonly update: (banner: Banner) => void;
  readonly takeBack: (tag: string) => void;
  /** Closes those of messages that are read. */
  readonly clearRead: (badges: Badges, ask: (conversations: string[]) => Promise<readonly ArrivingBadge[]>) => void;
  /** The tags of what pages of this person have shown. */
  readonly tags: () => Promise<string[]>;
  /** Closes all of this person. */
  readonly clear: () => Promise<void>;
}

export interface AlertsParts {
  readonly services: Pick<Services, "messaging">;
  readonly clock: Clock;
  readonly tab: string;
  readonly tray: Pick<Tray, "show" | "update" | "takeBack" | "clearRead">;
  readonly unread: Pick<Unread, "ask" | "badge" | "markRead">;
  /** A new key for a message, unique for ever. */
  readonly newKey: () => string;
}

export class Alerts {
  readonly banners: BannerStand;
  readonly #parts: AlertsParts;
  /** The keys of replies that are not known to be written, by tag and words. */
  readonly #replies = new Map<string, string>();

  constructor(parts: AlertsParts) {
    this.#parts = parts;
    this.banners = new BannerStand(parts.clock);
  }

  /** What the hub brings: a banner or a notification for this tab, or other words for one that is shown. */
  show(banner: Banner): void {
    const { tray, tab } = this.#parts;
    if (banner.update) {
      this.banners.update(banner);
      if (banner.tab === tab) tray.update(banner);
    } else if (banner.surface === "browser") tray.show(banner);
    else this.banners.show(banner);
  }

  /** Its message is read or deleted: it goes, wherever it is shown. */
  takeBack(tag: string): void {
    this.banners.dismiss(tag);
    this.#parts.tray.takeBack(tag);
  }

  /** Closes the notifications of what is read by now. */
  clearRead(badges: Badges): void {
    this.#parts.tray.clearRead(badges, (conversations) => this.#parts.unread.ask(conversations));
  }

  /** Answers a banner's message; see `Conversations.reply`. */
  async reply(banner: Banner, pieces: readonly Piece[]): Promise<void> {
    const { services, clock, unread, newKey } = this.#parts;
    const { conversation, tag, number, count } = banner;
    const words = `${tag} ${JSON.stringify(pieces)}`;
    const clientKey = this.#replies.get(words) ?? newKey();
    this.#replies.set(words, clientKey);
    this.banners.hold(tag);
    const badge = unread.badge(conversation);
    const unreadNow = (badge?.unread ?? 0) + Math.max(0, number - (badge?.number ?? number));
    const request = { conversation, clientKey, ...contentOf(pieces) };
    await repeated(clock, CHANGE_MS, () => services.messaging.sendMessage(request));
    this.#replies.delete(words);
    this.banners.dismiss(tag);
    if (unreadNow <= count) await unread.markRead(conversation, number);
  }
}
