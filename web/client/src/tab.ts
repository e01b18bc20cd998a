/** The tab's own side: what it shows of itself, its stores, and the verbs of the person. */
import { ConnectError, Code } from "@connectrpc/connect";
import { systemClock, type Clock } from "./clock.js";
import { NO_BADGES, type ArrivingBadge } from "./badges.js";
import { OpenConversation } from "./conversation.js";
import { badgeOf } from "./convert.js";
import type { Badge as WireBadge } from "./gen/conversations/unread/v1/unread_pb.js";
import { ConversationList, type ListFilter } from "./list.js";
import type { Badges, Banner, Connection, Permission, PersonPresence, Reader, TabReport } from "./model.js";
import { Preferences } from "./preferences.js";
import { Cell, type Store } from "./store.js";
import { Tokens } from "./tokens.js";
import { services, type Gateway, type Services } from "./transport.js";
import { Viewport } from "./viewed.js";
import type { FromHub, Line, Part, ToHub, Watch } from "./wire.js";

/** Input is told to the worker at most this often, ms. */
const INPUT_MS = 5_000;
/** A banner stays this long, ms, unless the pointer rests on it. */
export const BANNER_MS = 6_000;
const INPUT_EVENTS = ["keydown", "pointerdown", "pointermove", "touchstart", "wheel"] as const;

export interface TabParts {
  readonly gateway: Gateway;
  readonly tab: string;
  readonly client: string;
  readonly token: () => Promise<string>;
  readonly line: Line<FromHub, ToHub>;
  readonly clock?: Clock;
  /** Shows a browser notification; the library's own uses the service worker. */
  readonly notify: (banner: Banner) => void;
  /** Takes it back. */
  readonly unnotify: (tag: string) => void;
  readonly permission: () => Permission;
}

/** Conversations in one tab. Every public store holds plain values. */
export class Conversations {
  readonly badges: Store<Badges>;
  readonly banners: Store<readonly Banner[]>;
  readonly connection: Store<Connection>;
  readonly permission: Store<Permission>;
  readonly preferences: Preferences;
  readonly #parts: TabParts;
  readonly #clock: Clock;
  readonly #tokens: Tokens;
  readonly #services: Services;
  readonly #badges = new Cell<Badges>(NO_BADGES);
  readonly #banners = new Cell<readonly Banner[]>([]);
  readonly #connection: Cell<Connection>;
  readonly #permission: Cell<Permission>;
  readonly #watches = new Map<number, (part: Part) => void>();
  readonly #viewports = new Set<Viewport>();
  readonly #undo: (() => void)[] = [];
  #watch = 0;
  #inputAtMs = 0;
  #toldInputMs = 0;
  #conversation = "";
  #inAppOff = false;

  constructor(parts: TabParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
    this.#tokens = new Tokens(parts.token, this.#clock);
    this.#services = services(parts.gateway, this.#tokens);
    this.#connection = new Cell<Connection>({ state: "connecting", since: this.#clock.now() });
    this.#permission = new Cell<Permission>(parts.permission());
    this.badges = this.#badges;
    this.banners = this.#banners;
    this.connection = this.#connection;
    this.permission = this.#permission;
    this.preferences = new Preferences(this.#services);
    parts.line.listen((message) => {
      this.#take(message);
    });
    parts.line.post({ is: "join", gateway: parts.gateway, client: parts.client, report: this.#report() });
    this.#observe();
  }

  /** The services themselves, for what has no verb here. */
  get services(): Services {
    return this.#services;
  }

  /** Says which conversation is on screen; empty for none. Nobody is alerted of what they are looking at. */
  show(conversation: string): void {
    this.#conversation = conversation;
    this.#banners.set(this.#banners.value.filter((banner) => banner.conversation !== conversation));
    this.#tell();
  }

  /** Banners on or off on this browser, beside the person's preference. */
  switchInApp(on: boolean): void {
    this.#inAppOff = !on;
    this.#tell();
  }

  /** Opens a conversation at its first unread message, or at a given one. Close it when it leaves the screen. */
  open(conversation: string, at = 0): OpenConversation {
    const opened = new OpenConversation(conversation, {
      services: this.#services,
      clock: this.#clock,
      newKey: () => crypto.randomUUID(),
      watch: (after, take) => this.watch({ what: "conversation", conversation, after }, take),
    });
    const badge = this.#badges.value.conversations[conversation];
    void opened.open(at > 0 ? at : badge && badge.unread > 0 ? badge.read + 1 : 0);
    return opened;
  }

  list(filter: ListFilter = {}): ConversationList {
    return new ConversationList(this.#services, this.#clock, this.#badges, filter);
  }

  /**
   * Marks as read what is viewed in a scrolling element. The elements of messages are given to `observe`; disconnect it
   * with the conversation.
   */
  viewport(conversation: string, root: Element): Viewport {
    const viewport = new Viewport(root, this.#clock, (number) => {
      void this.markRead(conversation, number);
    });
    this.#viewports.add(viewport);
    viewport.dwell.attend(attentive());
    return viewport;
  }

  /** Everything up to `number` has been viewed. */
  async markRead(conversation: string, number: number): Promise<void> {
    const badge = this.#badges.value.conversations[conversation];
    if (badge && badge.read >= number) return;
    for (let tries = 0; tries < 3; tries++) {
      try {
        const epoch = BigInt(this.#badges.value.conversations[conversation]?.epoch ?? 0);
        const answer = await this.#services.unread.markRead({ conversation, number: BigInt(number), epoch });
        this.#takeBadge(answer.badge);
        return;
      } catch (error) {
        if (ConnectError.from(error).code === Code.FailedPrecondition) {
          // Another epoch: somebody has marked it as unread since, and that holds. Without a badge, ask for it.
          if (this.#badges.value.conversations[conversation] !== undefined || tries > 0) return;
          const answer = await this.#services.unread.getBadges({ conversations: [conversation] });
          this.#takeBadge(answer.badges[0]);
        }
      }
    }
  }

  /** This message and all after it count as unread again, until the conversation is opened anew. */
  async markUnread(conversation: string, number: number): Promise<void> {
    for (const viewport of this.#viewports) viewport.dwell.stop();
    this.#takeBadge((await this.#services.unread.markUnread({ conversation, number: BigInt(number) })).badge);
  }

  async markAllRead(): Promise<void> {
    await this.#services.unread.markAllRead({});
  }

  /** Mutes until a time, ms since 1970 UTC; 0 unmutes, `Number.MAX_SAFE_INTEGER` mutes for ever. */
  async mute(conversation: string, untilMs: number): Promise<void> {
    const answer = await this.#services.unread.setMute({ conversation, mutedUntilMs: BigInt(untilMs) });
    this.#takeBadge(answer.badge);
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

  /** Follows how far members have viewed a conversation ("seen by"). */
  readers(conversation: string, take: (readers: readonly Reader[]) => void): () => void {
    return this.watch({ what: "readers", conversation }, (part) => {
      if (part.is === "readers") take(part.readers);
    });
  }

  /** The person types, or has stopped. */
  async reportTyping(conversation: string, stopped = false): Promise<void> {
    await this.#services.presence.reportTyping({ conversation, stopped }).catch(() => undefined);
  }

  /** Takes a banner away. */
  dismiss(tag: string): void {
    this.#banners.set(this.#banners.value.filter((banner) => banner.tag !== tag));
  }

  /** Asks the browser for its permission; call it from a click, and never when it was denied. */
  async askPermission(): Promise<Permission> {
    if (this.#permission.value === "default") await Notification.requestPermission();
    this.#permission.set(this.#parts.permission());
    this.#tell();
    return this.#permission.value;
  }

  /** Ends everything of this person in this browser, in all tabs. */
  async signOut(): Promise<void> {
    await this.#services.notifier.unregisterDevice({ device: this.#parts.client }).catch(() => undefined);
    this.#parts.line.post({ is: "sign out" });
    this.close();
  }

  /** Ends this tab's part; the other tabs go on. */
  close(): void {
    for (const undo of this.#undo) undo();
    for (const viewport of this.#viewports) viewport.disconnect();
    this.#parts.line.post({ is: "leave" });
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

  #take(message: FromHub): void {
    switch (message.is) {
      case "ask token":
        void this.#answerToken(message.ask, message.refused);
        break;
      case "badges":
        this.#badges.set(message.badges);
        break;
      case "connection":
        this.#connection.set(message.connection);
        break;
      case "banner":
        this.#showBanner(message.banner);
        break;
      case "dismiss":
        this.dismiss(message.tag);
        this.#parts.unnotify(message.tag);
        break;
      case "dismiss all":
        this.#banners.set([]);
        break;
      case "watched":
        this.#watches.get(message.id)?.(message.part);
        break;
      case "signed out":
        this.#badges.set(NO_BADGES);
        this.#banners.set([]);
        this.#connection.set({ state: "ended", since: this.#clock.now(), why: "signed out" });
        break;
    }
  }

  async #answerToken(ask: number, refused: string): Promise<void> {
    const token = await (refused === "" ? this.#tokens.get() : this.#tokens.after(refused)).catch(() => null);
    this.#parts.line.post({ is: "token", ask, token });
  }

  #showBanner(banner: Banner): void {
    const shown = this.#banners.value;
    if (banner.update) {
      this.#banners.set(shown.map((one) => (one.tag === banner.tag ? { ...one, text: banner.text } : one)));
      return;
    }
    if (banner.surface === "browser") {
      this.#parts.notify(banner);
      return;
    }
    this.#banners.set([...shown.filter((one) => one.tag !== banner.tag), banner]);
  }

  #takeBadge(badge: WireBadge | undefined): void {
    if (badge === undefined) return;
    const arriving: ArrivingBadge = badgeOf(badge);
    this.#parts.line.post({ is: "badge", badge: arriving });
  }

  #observe(): void {
    const on = (target: EventTarget, names: readonly string[], act: () => void): void => {
      for (const name of names) {
        target.addEventListener(name, act, { passive: true, capture: true });
        this.#undo.push(() => {
          target.removeEventListener(name, act, { capture: true });
        });
      }
    };
    on(window, ["focus", "blur"], () => {
      this.#tell();
    });
    on(document, ["visibilitychange"], () => {
      this.#tell();
      if (document.visibilityState === "visible") this.#parts.line.post({ is: "nudge" });
    });
    on(document, ["resume"], () => {
      this.#parts.line.post({ is: "nudge" });
    });
    on(window, ["online", "pageshow"], () => {
      this.#parts.line.post({ is: "nudge" });
    });
    on(window, INPUT_EVENTS, () => {
      this.#inputAtMs = this.#clock.now();
      if (this.#inputAtMs - this.#toldInputMs >= INPUT_MS) this.#tell();
    });
  }

  #tell(): void {
    this.#permission.set(this.#parts.permission());
    for (const viewport of this.#viewports) viewport.dwell.attend(attentive());
    this.#toldInputMs = this.#inputAtMs;
    this.#parts.line.post({ is: "report", report: this.#report() });
  }

  #report(): TabReport {
    return {
      tab: this.#parts.tab,
      visible: document.visibilityState === "visible",
      focused: attentive(),
      inputAtMs: this.#inputAtMs,
      conversation: this.#conversation,
      permission: this.#parts.permission(),
      inAppOff: this.#inAppOff,
    };
  }
}

/** Whether the person looks at this page: it is visible and has the focus. */
function attentive(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}
