/** Browser notifications: by the service worker where there is one, so that a click finds the right tab. */
import type { ArrivingBadge } from "./badges.js";
import { shownOf, type Shown } from "./clicks.js";
import type { Clock } from "./clock.js";
import type { Badge, Badges, Banner, Permission } from "./model.js";
import { repeated } from "./repeat.js";
import { showIn, shownIn } from "./tray.js";
import { SHOWN } from "./wire.js";

export function permission(): Permission {
  return "Notification" in globalThis ? Notification.permission : "unsupported";
}

/** The words of a notification: who and where, and for how many messages it stands. */
export function titleOf(
  { author, service, title, count = 1 }: Pick<Banner, "author" | "service" | "title"> & { readonly count?: number },
  name: (person: string) => string,
): string {
  const who = author === "" ? service : name(author);
  const where = title === "" || who === "" ? who || title : `${who} · ${title}`;
  return count > 1 ? `${where} (${String(count)})` : where;
}

/** It is asked for so long what is read, ms. */
const ASK_MS = 60_000;

export interface NotificationParts {
  readonly clock: Clock;
  readonly registration: () => Promise<ServiceWorkerRegistration | undefined>;
  readonly scope: string;
  readonly name: (person: string) => string;
  readonly clicked: (shown: Shown) => void;
  /** Whether pushes to this browser are this person's. */
  readonly pushed: () => boolean;
}

export class Notifications {
  readonly #parts: NotificationParts;
  readonly #shown = new Map<string, Notification>();
  #sweeping = false;
  #badges: Badges | null = null;

  constructor(parts: NotificationParts) {
    this.#parts = parts;
  }

  async show(banner: Banner): Promise<void> {
    if (permission() !== "granted") return;
    const title = titleOf(banner, this.#parts.name);
    const { conversation, number, link, tag } = banner;
    const data: Shown = { conversation, number, link, scope: this.#parts.scope };
    const options = { body: banner.text, tag, silent: banner.update, data };
    const registration = await this.#parts.registration();
    if (registration?.active) {
      await showIn(registration, title, options);
      return;
    }
    const notification = new Notification(title, options);
    notification.onclick = () => {
      window.focus();
      this.#parts.clicked(data);
      notification.close();
    };
    this.#shown.set(tag, notification);
  }

  /** The message was edited: the words change if it is still shown. */
  async update(banner: Banner): Promise<void> {
    const registration = await this.#parts.registration();
    const shown = await shownIn(registration, { tag: banner.tag });
    if (shown.length > 0 || this.#shown.has(banner.tag)) await this.show({ ...banner, update: true });
  }

  async takeBack(tag: string): Promise<void> {
    this.#shown.get(tag)?.close();
    this.#shown.delete(tag);
    const registration = await this.#parts.registration();
    for (const notification of await shownIn(registration, { tag })) notification.close();
  }

  /**
   * Closes those of messages that are read. A push cannot be taken back in silence, so the page does it.
   *
   * @param ask reads badges: a conversation without one may have been read, or have news that are not counted yet.
   */
  async clearRead(badges: Badges, ask: (conversations: string[]) => Promise<readonly ArrivingBadge[]>): Promise<void> {
    if (!badges.known) return;
    this.#badges = badges;
    if (this.#sweeping) return;
    this.#sweeping = true;
    // A new value may come while one is gone through.
    while (this.#badges !== null) {
      const { conversations } = this.#badges;
      this.#badges = null;
      await this.#sweep(conversations, ask).catch(() => undefined);
    }
    this.#sweeping = false;
  }

  /** The tags of what pages of this person have shown; not of pushes, which were told to no page, nor of tests. */
  async tags(): Promise<string[]> {
    const shown = (await this.#all()).filter((one) => one.shown.number > 0 && one.shown.scope === this.#parts.scope);
    return shown.map((one) => `${one.shown.conversation}:${String(one.shown.number)}`).slice(-SHOWN);
  }

  /** Closes all of this person. */
  async clear(): Promise<void> {
    // Told now: the subscription may end while this is under way.
    const pushed = this.#parts.pushed();
    for (const notification of this.#shown.values()) notification.close();
    this.#shown.clear();
    await this.#close(({ scope }) => scope === this.#parts.scope || (scope === "" && pushed));
  }

  /** Closes all of everybody else: this person has signed in where another was. */
  async clearOthers(): Promise<void> {
    await this.#close((shown) => shown.scope !== this.#parts.scope);
  }

  async #sweep(
    held: Readonly<Record<string, Badge>>,
    ask: (conversations: string[]) => Promise<readonly ArrivingBadge[]>,
  ): Promise<void> {
    const shown = (await this.#all()).filter((one) => one.shown.number > 0 && this.#own(one.shown));
    const unknown = new Set(shown.map((one) => one.shown.conversation).filter((one) => !(one in held)));
    const again = (): Promise<readonly ArrivingBadge[]> => ask([...unknown]);
    // No other badge may come after this one, so what could not be asked is asked again, until one does.
    const asked = unknown.size > 0 ? await repeated(this.#parts.clock, ASK_MS, again, () => this.#badges === null) : [];
    const badges = { ...held, ...Object.fromEntries(asked.map((badge) => [badge.conversation, badge])) };
    for (const { shown: { conversation, number }, close } of shown) {
      const badge = badges[conversation];
      const read = badge === undefined || (badge.number >= number && (badge.unread === 0 || badge.read >= number));
      if (read) close();
    }
  }

  #own({ scope }: Shown): boolean {
    return scope === this.#parts.scope || (scope === "" && this.#parts.pushed());
  }

  async #close(which: (shown: Shown) => boolean): Promise<void> {
    for (const { shown, close } of await this.#all()) if (which(shown)) close();
  }

  /** What stands in the tray and is ours: the host's own notifications carry other data. */
  async #all(): Promise<{ shown: Shown; close: () => void }[]> {
    const registration = await this.#parts.registration();
    return (await shownIn(registration)).flatMap((notification) => {
      const shown = shownOf(notification.data);
      if (shown === null) return [];
      return [
        {
          shown,
          close: () => {
            notification.close();
          },
        },
      ];
    });
  }
}
