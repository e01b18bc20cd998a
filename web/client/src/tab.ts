/** Conversations in one tab, as the host sees it: stores to show, and the verbs of the person. */
import type { OpenConversation } from "./conversation.js";
import type { ConversationList, ListFilter } from "./list.js";
import type { Badges, Banner, Connection, Permission, PersonPresence, Reader } from "./model.js";
import type { Piece } from "./pieces.js";
import type { Preferences } from "./preferences.js";
import type { Search } from "./search.js";
import { newKey, Session, type SessionParts } from "./session.js";
import type { Store } from "./store.js";
import type { Push } from "./subscription.js";
import type { Services } from "./transport.js";
import { Verbs } from "./verbs.js";
import type { Viewport } from "./viewed.js";
import type { Part, Watch } from "./wire.js";

/** Conversations in one tab. Every public store holds plain values. */
export class Conversations extends Verbs {
  /** Who is signed in. */
  readonly person: string;
  /** This browser and this tab, as presence and the notifier name them: to find "here" in what they tell. */
  readonly client: string;
  readonly tab: string;
  readonly badges: Store<Badges>;
  readonly banners: Store<readonly Banner[]>;
  readonly connection: Store<Connection>;
  readonly permission: Store<Permission>;
  /** Whether banners are on in this browser, beside the person's preference. */
  readonly inApp: Store<boolean>;
  readonly preferences: Preferences;
  /** Web Push of this browser. */
  readonly push: Push;
  /** The conversation that is on screen, by `show`; empty for none. */
  readonly shown: Store<string>;
  /** The services themselves, for what has no verb here. */
  readonly services: Services;
  readonly #session: Session;

  constructor(parts: SessionParts) {
    const session = new Session(parts);
    const { services, clock, reporter, unread, alerts, views } = session;
    const { person, name, client, device, tab } = parts;
    const changed = (): void => {
      views.changed();
    };
    super({ services, clock, person, name, client, device, newKey, changed });
    this.#session = session;
    this.person = person;
    this.client = client;
    this.tab = tab;
    this.services = services;
    this.badges = unread.badges;
    this.banners = alerts.banners;
    this.connection = session.connection;
    this.permission = reporter.permission;
    this.inApp = reporter.inApp;
    this.shown = reporter.shown;
    this.preferences = session.preferences;
    this.push = session.push;
  }

  /** Says which conversation is on screen; empty for none. Nobody is alerted of what they are looking at. */
  show(conversation: string): void {
    this.#session.reporter.shown.set(conversation);
    if (conversation !== "") this.#session.alerts.banners.dismissOf(conversation);
    this.#session.reporter.tell();
  }

  /** Banners on or off in this browser, in all its tabs, beside the person's preference. */
  switchInApp(on: boolean): void {
    this.#session.reporter.switchInApp(on);
  }

  /** Opens a conversation at its first unread message, or at a given one. Close it when it leaves the screen. */
  open(conversation: string, at = 0): OpenConversation {
    return this.#session.views.open(conversation, at);
  }

  /** Opens the replies under a message, at their end. Close it when it leaves the screen. */
  thread(conversation: string, root: number): OpenConversation {
    return this.#session.views.thread(conversation, root);
  }

  /** The person's conversations by latest activity, kept live. Close it when it leaves the screen. */
  list(filter: ListFilter = {}): ConversationList {
    return this.#session.views.list(filter);
  }

  /** A search for messages; close it when it leaves the screen. */
  search(): Search {
    return this.#session.views.search();
  }

  /**
   * Marks as read what is viewed in a scrolling element. The elements of messages are given to `observe`; disconnect it
   * with the conversation.
   */
  viewport(conversation: string, root: Element): Viewport {
    return this.#session.views.viewport(conversation, root);
  }

  /** Everything up to `number` has been viewed. */
  async markRead(conversation: string, number: number): Promise<void> {
    await this.#session.unread.markRead(conversation, number);
  }

  /** This message and all after it count as unread again, until the conversation is opened anew. */
  async markUnread(conversation: string, number: number): Promise<void> {
    this.#session.views.markedUnread(conversation);
    await this.#session.unread.markUnread(conversation, number);
  }

  async markAllRead(): Promise<void> {
    await this.#session.unread.markAllRead();
  }

  /** Mutes until a time, ms since 1970 UTC; 0 unmutes, `FOR_EVER` mutes for ever. */
  async mute(conversation: string, untilMs: number): Promise<void> {
    await this.#session.unread.mute(conversation, untilMs);
  }

  /** Until when a conversation is muted, ms since 1970 UTC; 0 if it is not (any more). */
  mutedUntilMs(conversation: string): number {
    return this.#session.unread.mutedUntilMs(conversation);
  }

  /** Follows the presence of people on screen. */
  presence(persons: readonly string[], take: (persons: readonly PersonPresence[]) => void): () => void {
    return this.watch({ what: "presence", persons }, (part) => {
      if (part.is === "presence") take(part.persons);
    });
  }

  /** Follows who is typing. */
  typing(conversation: string, take: (persons: readonly string[]) => void): () => void {
    return this.watch({ what: "typing", conversation }, (part) => {
      if (part.is === "typing") take(part.persons);
    });
  }

  /** Follows how far members have viewed a conversation; `seenBy(readers, message)` says who has seen a message. */
  readers(conversation: string, take: (readers: readonly Reader[]) => void): () => void {
    return this.watch({ what: "readers", conversation }, (part) => {
      if (part.is === "readers") take(part.readers);
    });
  }

  /**
   * The person types: call it at each key, others are told every 3 s and when 5 s pass without a key. `stopped` tells at
   * once, when the words are thrown away; sending does it by itself.
   */
  reportTyping(conversation: string, stopped = false): void {
    if (stopped) this.#session.typist.stopped(conversation);
    else this.#session.typist.typed(conversation);
  }

  /** Takes a banner away. */
  dismiss(tag: string): void {
    this.#session.alerts.banners.dismiss(tag);
  }

  /** The pointer or the focus rests on a banner: it stays until `release`. */
  hold(tag: string): void {
    this.#session.alerts.banners.hold(tag);
  }

  /** It rests no more: the banner goes after `BANNER_MS`. */
  release(tag: string): void {
    this.#session.alerts.banners.release(tag);
  }

  /**
   * Answers a banner's message. Repeated with the same words it is written once. It counts as viewed, if the banner tells
   * of all that was unread; then the banner goes.
   *
   * @throws ConnectError if it cannot be sent; the banner stays.
   */
  async reply(banner: Banner, pieces: readonly Piece[]): Promise<void> {
    await this.#session.alerts.reply(banner, pieces);
  }

  /** Another tab has changed what all share: the switch of banners, or whose Web Push is. */
  changedElsewhere(): void {
    this.push.moved();
    this.#session.reporter.tell();
  }

  /** Asks the browser for its permission; call it from a click, and never when it was denied. */
  async askPermission(): Promise<Permission> {
    if (this.permission.value === "default") await Notification.requestPermission();
    this.#session.reporter.tell();
    return this.permission.value;
  }

  /**
   * Ends everything of this person in this browser, in all tabs. What is shown is gone at once; await it before the
   * person's token ends, so that the notifier hears of it.
   */
  async signOut(): Promise<void> {
    await this.#session.signOut();
  }

  /** Ends this tab's part; the other tabs go on. */
  close(): void {
    this.#session.close();
  }

  /** Follows something by the shared streams; the answer ends it. */
  watch(watch: Watch, take: (part: Part) => void): () => void {
    return this.#session.watching.watch(watch, take);
  }
}
