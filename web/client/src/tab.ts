/** The tab's own side: what it shows of itself, its stores, and the verbs of the person. */
import { NO_BADGES, withChanges, type ArrivingBadge } from "./badges.js";
import { BannerStand } from "./banners.js";
import { systemClock, type Clock } from "./clock.js";
import { OpenConversation } from "./conversation.js";
import { badgeOf } from "./convert.js";
import type { Badge as WireBadge } from "./gen/conversations/unread/v1/unread_pb.js";
import { ConversationList, type ListFilter } from "./list.js";
import type { Badges, Banner, Connection, Permission, PersonPresence, Reader, TabReport } from "./model.js";
import { Outbox } from "./outbox.js";
import { browserPage, type Page } from "./page.js";
import { contentOf, type Piece } from "./pieces.js";
import { Preferences } from "./preferences.js";
import { Reads } from "./reads.js";
import { repeated } from "./repeat.js";
import { Search } from "./search.js";
import { Cell, type Store } from "./store.js";
import type { Push } from "./subscription.js";
import { Tokens } from "./tokens.js";
import type { Gateway, Services } from "./transport.js";
import { Typist } from "./typing.js";
import { Verbs } from "./verbs.js";
import { Viewport } from "./viewed.js";
import type { FromHub, Line, Part, ToHub, Watch } from "./wire.js";

/** Input is told to the worker at most this often, ms. */
const INPUT_MS = 5_000;
/** A change, or a quick reply, is tried for so long; then it fails, ms. */
const CHANGE_MS = 15_000;
/** A conversation opens without knowing what is unread if that is not answered within this, ms. */
const ASK_MS = 2_000;
/** Muted until this, a conversation is muted for ever. */
export const FOR_EVER = Number.MAX_SAFE_INTEGER;

export interface TabParts {
  readonly gateway: Gateway;
  readonly tab: string;
  /** Who is signed in, and how people are called. */
  readonly person: string;
  readonly name: (person: string) => string;
  readonly client: string;
  readonly device: string;
  readonly token: () => Promise<string>;
  readonly line: Line<FromHub, ToHub>;
  readonly clock?: Clock;
  readonly page?: Page;
  /** Makes the clients of the services. */
  readonly services: (gateway: Gateway, tokens: Tokens) => Services;
  /** Web Push of this browser. */
  readonly push: (services: Services, clock: Clock) => Push;
  /** The notifications of the browser. */
  readonly tray: Tray;
  readonly permission: () => Permission;
  /** Whether banners are on in this browser; all its tabs share it. */
  readonly inApp: Switch;
  /** Ends what the page holds for this connection. */
  readonly release: () => void;
}

/** A switch that all tabs of a browser share. */
export interface Switch {
  readonly read: () => boolean;
  readonly write: (on: boolean) => void;
}

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
  readonly #parts: TabParts;
  readonly #clock: Clock;
  readonly #page: Page;
  readonly #tokens: Tokens;
  readonly #services: Services;
  readonly #badges = new Cell<Badges>(NO_BADGES);
  readonly #banners: BannerStand;
  readonly #connection: Cell<Connection>;
  readonly #permission: Cell<Permission>;
  readonly #shown = new Cell("");
  readonly #inApp: Cell<boolean>;
  readonly #typist: Typist;
  readonly #reads: Reads;
  readonly #watches = new Map<number, (part: Part) => void>();
  readonly #viewports = new Map<Viewport, string>();
  readonly #lists = new Set<ConversationList>();
  readonly #open = new Set<OpenConversation>();
  readonly #searches = new Set<Search>();
  readonly #outboxes = new Map<string, Outbox>();
  readonly #replies = new Map<string, string>();
  readonly #undo: () => void;
  #watch = 0;
  #inputAtMs = 0;
  #toldInputMs = 0;
  #ended = false;

  constructor(parts: TabParts) {
    const clock = parts.clock ?? systemClock;
    const tokens = new Tokens(parts.token, clock);
    const clients = parts.services(parts.gateway, tokens);
    super({
      services: clients,
      clock,
      person: parts.person,
      name: parts.name,
      client: parts.client,
      device: parts.device,
      newKey: () => crypto.randomUUID(),
      changed: () => {
        for (const list of this.#lists) list.refresh();
      },
    });
    this.person = parts.person;
    this.client = parts.client;
    this.tab = parts.tab;
    this.#parts = parts;
    this.#clock = clock;
    this.#page = parts.page ?? browserPage;
    this.#tokens = tokens;
    this.#services = clients;
    this.#connection = new Cell<Connection>({ state: "connecting", since: clock.now() });
    this.#permission = new Cell<Permission>(parts.permission());
    this.#banners = new BannerStand(clock);
    this.#typist = new Typist(clock, (conversation, stopped) => {
      clients.presence.reportTyping({ conversation, stopped }).catch(() => undefined);
    });
    this.#reads = new Reads({
      services: clients,
      clock,
      badges: this.#badges,
      take: (badge) => {
        this.#takeBadge(badge);
      },
    });
    this.#inApp = new Cell(parts.inApp.read());
    this.inApp = this.#inApp;
    this.shown = this.#shown;
    this.badges = this.#badges;
    this.banners = this.#banners;
    this.connection = this.#connection;
    this.permission = this.#permission;
    this.preferences = new Preferences(clients);
    this.push = parts.push(clients, clock);
    parts.line.listen((message) => {
      this.#take(message);
    });
    parts.line.post({ is: "join", gateway: parts.gateway, client: parts.client, report: this.#report() });
    this.#undo = this.#page.observe({
      changed: () => {
        this.#tell();
      },
      woke: () => {
        parts.line.post({ is: "nudge" });
      },
      input: () => {
        this.#inputAtMs = clock.now();
        if (this.#inputAtMs - this.#toldInputMs >= INPUT_MS) this.#tell();
      },
    });
    void this.push.check().catch(() => undefined);
    void parts.tray.tags().then(
      (tags) => {
        if (tags.length > 0 && !this.#ended) parts.line.post({ is: "shown", tags });
      },
      () => undefined,
    );
  }

  /** The services themselves, for what has no verb here. */
  get services(): Services {
    return this.#services;
  }

  /** Says which conversation is on screen; empty for none. Nobody is alerted of what they are looking at. */
  show(conversation: string): void {
    this.#shown.set(conversation);
    if (conversation !== "") this.#banners.dismissOf(conversation);
    this.#tell();
  }

  /** Banners on or off in this browser, in all its tabs, beside the person's preference. */
  switchInApp(on: boolean): void {
    this.#parts.inApp.write(on);
    this.#tell();
  }

  /** Opens a conversation at its first unread message, or at a given one. Close it when it leaves the screen. */
  open(conversation: string, at = 0): OpenConversation {
    const opened = this.#opened(conversation, 0);
    void this.#firstUnread(conversation).then((unreadFrom) => opened.open(at > 0 ? at : unreadFrom, unreadFrom));
    return opened;
  }

  /** Opens the replies under a message, at their end. Close it when it leaves the screen. */
  thread(conversation: string, root: number): OpenConversation {
    const opened = this.#opened(conversation, root);
    void opened.open();
    return opened;
  }

  /** The person's conversations by latest activity, kept live. Close it when it leaves the screen. */
  list(filter: ListFilter = {}): ConversationList {
    const { person, name } = this.#parts;
    const list = new ConversationList({ services: this.#services, clock: this.#clock, badges: this.#badges, person, name }, filter);
    this.#lists.add(list);
    return list;
  }

  /** A search for messages; close it when it leaves the screen. */
  search(): Search {
    const search = new Search(this.#services);
    this.#searches.add(search);
    return search;
  }

  /**
   * Marks as read what is viewed in a scrolling element. The elements of messages are given to `observe`; disconnect it
   * with the conversation.
   */
  viewport(conversation: string, root: Element): Viewport {
    const viewed = (number: number): boolean => {
      const { known, conversations } = this.#badges.value;
      // Not before it is known what is unread: then it is told again.
      if (!known) return false;
      const read = conversations[conversation]?.read;
      const opened = [...this.#open].filter((one) => one.conversation === conversation);
      // Who was brought to a message far below has not viewed what lies between.
      if (read !== undefined && opened.length > 0 && !opened.some((one) => one.from <= read + 1)) return false;
      void this.markRead(conversation, number);
      return true;
    };
    const viewport: Viewport = new Viewport(root, this.#clock, viewed, () => this.#viewports.delete(viewport));
    this.#viewports.set(viewport, conversation);
    viewport.dwell.attend(this.#page.attentive());
    return viewport;
  }

  /** Everything up to `number` has been viewed. */
  async markRead(conversation: string, number: number): Promise<void> {
    await this.#reads.viewed(conversation, number);
  }

  /** This message and all after it count as unread again, until the conversation is opened anew. */
  async markUnread(conversation: string, number: number): Promise<void> {
    for (const [viewport, shown] of this.#viewports) if (shown === conversation) viewport.dwell.stop();
    this.#reads.forget(conversation);
    const request = { conversation, number: BigInt(number) };
    this.#takeBadge((await repeated(this.#clock, CHANGE_MS, () => this.#services.unread.markUnread(request))).badge);
  }

  async markAllRead(): Promise<void> {
    await repeated(this.#clock, CHANGE_MS, () => this.#services.unread.markAllRead({}));
  }

  /** Mutes until a time, ms since 1970 UTC; 0 unmutes, `FOR_EVER` mutes for ever. */
  async mute(conversation: string, untilMs: number): Promise<void> {
    const request = { conversation, mutedUntilMs: BigInt(untilMs) };
    this.#takeBadge((await repeated(this.#clock, CHANGE_MS, () => this.#services.unread.setMute(request))).badge);
  }

  /** Until when a conversation is muted, ms since 1970 UTC; 0 if it is not (any more). */
  mutedUntilMs(conversation: string): number {
    const untilMs = this.#badges.value.conversations[conversation]?.mutedUntilMs ?? 0;
    return untilMs > this.#clock.now() ? untilMs : 0;
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
    if (stopped) this.#typist.stopped(conversation);
    else this.#typist.typed(conversation);
  }

  /** Takes a banner away. */
  dismiss(tag: string): void {
    this.#banners.dismiss(tag);
  }

  /** The pointer or the focus rests on a banner: it stays until `release`. */
  hold(tag: string): void {
    this.#banners.hold(tag);
  }

  /** It rests no more: the banner goes after `BANNER_MS`. */
  release(tag: string): void {
    this.#banners.release(tag);
  }

  /**
   * Answers a banner's message. Repeated with the same words it is written once. It counts as viewed, if the banner tells
   * of all that was unread; then the banner goes.
   *
   * @throws ConnectError if it cannot be sent; the banner stays.
   */
  async reply(banner: Banner, pieces: readonly Piece[]): Promise<void> {
    const { conversation, tag, number, count } = banner;
    const content = contentOf(pieces);
    const words = `${tag} ${JSON.stringify(pieces)}`;
    const clientKey = this.#replies.get(words) ?? crypto.randomUUID();
    this.#replies.set(words, clientKey);
    this.hold(tag);
    const badge = this.#badges.value.conversations[conversation];
    const unread = (badge?.unread ?? 0) + Math.max(0, number - (badge?.number ?? number));
    const request = { conversation, clientKey, ...content };
    await repeated(this.#clock, CHANGE_MS, () => this.#services.messaging.sendMessage(request));
    this.#replies.delete(words);
    this.dismiss(tag);
    if (unread <= count) await this.markRead(conversation, number);
  }

  /** Another tab has changed what all share: the switch of banners, or whose Web Push is. */
  changedElsewhere(): void {
    this.push.moved();
    this.#tell();
  }

  /** Asks the browser for its permission; call it from a click, and never when it was denied. */
  async askPermission(): Promise<Permission> {
    if (this.#permission.value === "default") await Notification.requestPermission();
    this.#tell();
    return this.#permission.value;
  }

  /**
   * Ends everything of this person in this browser, in all tabs. What is shown is gone at once; await it before the
   * person's token ends, so that the notifier hears of it.
   */
  async signOut(): Promise<void> {
    this.#parts.line.post({ is: "sign out" });
    this.#forget();
    await Promise.all([this.#parts.tray.clear(), this.push.end()].map((ending) => ending.catch(() => undefined)));
  }

  /** Ends this tab's part; the other tabs go on. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#undo();
    this.#typist.stopAll();
    for (const viewport of [...this.#viewports.keys()]) viewport.disconnect();
    for (const list of this.#lists) list.close();
    for (const opened of this.#open) opened.close();
    this.#banners.clear();
    this.#parts.line.post({ is: "leave" });
    this.#parts.release();
  }

  /** Follows something by the shared streams; the answer ends it. */
  watch(watch: Watch, take: (part: Part) => void): () => void {
    const id = ++this.#watch;
    this.#watches.set(id, take);
    this.#parts.line.post({ is: "watch", id, watch });
    return () => {
      if (this.#watches.delete(id)) this.#parts.line.post({ is: "unwatch", id });
    };
  }

  #opened(conversation: string, thread: number): OpenConversation {
    const key = `${conversation} ${String(thread)}`;
    const parts = { services: this.#services, clock: this.#clock, newKey: () => crypto.randomUUID() };
    // What is on its way outlives the view: who comes back finds it, also what has failed.
    const outbox = this.#outboxes.get(key) ?? new Outbox(conversation, parts);
    this.#outboxes.set(key, outbox);
    const opened: OpenConversation = new OpenConversation(conversation, {
      ...parts,
      thread,
      outbox,
      person: this.person,
      name: this.#parts.name,
      watch: (after, take) => this.watch({ what: "conversation", conversation, after }, take),
      sent: () => {
        this.#typist.stopped(conversation);
      },
      arrived: (message) => {
        for (const list of this.#lists) list.arrived(conversation, message);
      },
      reached: () => {
        for (const [viewport, shown] of this.#viewports) if (shown === conversation) viewport.dwell.again();
      },
      closed: () => {
        this.#open.delete(opened);
      },
    });
    this.#open.add(opened);
    return opened;
  }

  /** The first unread message of a conversation; 0 for none. */
  async #firstUnread(conversation: string): Promise<number> {
    const { known, conversations } = this.#badges.value;
    let badge: Pick<ArrivingBadge, "unread" | "read"> | undefined = conversations[conversation];
    if (!known) {
      // The page has just begun: asking is faster than waiting for the stream.
      const asked = this.#services.unread.getBadges({ conversations: [conversation] }, { timeoutMs: ASK_MS });
      const answer = await asked.catch(() => null);
      const found = answer?.badges[0];
      badge = found ? badgeOf(found) : this.#badges.value.conversations[conversation];
    }
    return badge !== undefined && badge.unread > 0 ? badge.read + 1 : 0;
  }

  #take(message: FromHub): void {
    if (this.#ended) return;
    switch (message.is) {
      case "ask token":
        void this.#answerToken(message.ask, message.refused);
        break;
      case "badges":
        this.#showBadges(message.badges);
        break;
      case "badge changes":
        this.#showBadges(withChanges(this.#badges.value, message.changes));
        break;
      case "connection":
        this.#connection.set(message.connection);
        break;
      case "banner":
        this.#showBanner(message.banner);
        break;
      case "dismiss":
        this.dismiss(message.tag);
        this.#parts.tray.takeBack(message.tag);
        break;
      case "dismiss all":
        this.#banners.clear();
        break;
      case "watched":
        this.#watches.get(message.id)?.(message.part);
        break;
      case "signed out":
        this.#forget();
        break;
    }
  }

  /** The person has signed out, here or in another tab: nothing of theirs stays in this one. */
  #forget(): void {
    this.#reads.forget();
    for (const search of this.#searches) search.close();
    for (const list of this.#lists) list.end();
    for (const opened of [...this.#open]) opened.end();
    for (const outbox of this.#outboxes.values()) outbox.clear();
    this.#outboxes.clear();
    this.close();
    this.preferences.forget();
    this.#badges.set(NO_BADGES);
    this.#connection.set({ state: "ended", since: this.#clock.now(), why: "signed out" });
  }

  #showBadges(badges: Badges): void {
    const first = !this.#badges.value.known;
    this.#badges.set(badges);
    if (first) for (const viewport of this.#viewports.keys()) viewport.dwell.again();
    this.#parts.tray.clearRead(badges, async (conversations) =>
      (await this.#services.unread.getBadges({ conversations })).badges.map(badgeOf),
    );
  }

  async #answerToken(ask: number, refused: string): Promise<void> {
    const token = await (refused === "" ? this.#tokens.get() : this.#tokens.after(refused)).catch(() => null);
    this.#parts.line.post({ is: "token", ask, token });
  }

  #showBanner(banner: Banner): void {
    if (banner.update) {
      this.#banners.update(banner);
      if (banner.tab === this.#parts.tab) this.#parts.tray.update(banner);
    } else if (banner.surface === "browser") this.#parts.tray.show(banner);
    else this.#banners.show(banner);
  }

  #takeBadge(badge: WireBadge | undefined): void {
    if (badge === undefined) return;
    const arriving: ArrivingBadge = badgeOf(badge);
    this.#parts.line.post({ is: "badge", badge: arriving });
  }

  #tell(): void {
    if (this.#ended) return;
    this.#inApp.set(this.#parts.inApp.read());
    this.#permission.set(this.#parts.permission());
    this.push.permissionChanged();
    for (const viewport of this.#viewports.keys()) viewport.dwell.attend(this.#page.attentive());
    this.#toldInputMs = this.#inputAtMs;
    this.#parts.line.post({ is: "report", report: this.#report() });
  }

  #report(): TabReport {
    return {
      tab: this.#parts.tab,
      visible: this.#page.visible(),
      focused: this.#page.attentive(),
      inputAtMs: this.#inputAtMs,
      conversation: this.#shown.value,
      permission: this.#parts.permission(),
      inAppOff: !this.#inApp.value,
    };
  }
}
