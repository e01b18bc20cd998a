/** The person's session in one tab: makes its parts, brings them what the hub says, and ends them. */
import { Alerts, type Tray } from "./alerts.js";
import { withChanges, type ArrivingBadge } from "./badges.js";
import { systemClock, type Clock } from "./clock.js";
import type { Badges, Connection, Permission } from "./model.js";
import { browserPage, type Page } from "./page.js";
import { Preferences } from "./preferences.js";
import { Reporter, type Switch } from "./reporter.js";
import { Cell } from "./store.js";
import type { Push } from "./subscription.js";
import { Tokens } from "./tokens.js";
import type { Gateway, Services } from "./transport.js";
import { Typist } from "./typing.js";
import { Unread } from "./unread.js";
import type { UnsentMessages } from "./unsent.js";
import { Views } from "./views.js";
import { Watching } from "./watching.js";
import type { FromHub, Line, ToHub } from "./wire.js";

export interface SessionParts {
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
  /** What this person has written and the log does not have yet. */
  readonly unsent: UnsentMessages;
  /** Ends what the page holds for this connection. */
  readonly release: () => void;
}

/** A new key for what the person writes or changes, unique for ever. */
export const newKey = (): string => crypto.randomUUID();

export class Session {
  readonly services: Services;
  readonly clock: Clock;
  readonly connection: Cell<Connection>;
  readonly preferences: Preferences;
  readonly push: Push;
  readonly reporter: Reporter;
  readonly unread: Unread;
  readonly alerts: Alerts;
  readonly typist: Typist;
  readonly watching: Watching;
  readonly views: Views;
  readonly #parts: SessionParts;
  readonly #tokens: Tokens;
  #ended = false;

  constructor(parts: SessionParts) {
    const { person, name, tab, tray, clock = systemClock, page = browserPage } = parts;
    const { post } = parts.line;
    const tokens = new Tokens(parts.token, clock);
    const services = parts.services(parts.gateway, tokens);
    const tell = (badge: ArrivingBadge): void => {
      post({ is: "badge", badge });
    };
    this.#parts = parts;
    this.#tokens = tokens;
    this.clock = clock;
    this.services = services;
    this.connection = new Cell<Connection>({ state: "connecting", since: clock.now() });
    this.preferences = new Preferences(services);
    this.push = parts.push(services, clock);
    this.watching = new Watching(post);
    this.typist = new Typist(clock, (conversation, stopped) => {
      services.presence.reportTyping({ conversation, stopped }).catch(() => undefined);
    });
    this.unread = new Unread({ services, clock, tell });
    this.alerts = new Alerts({ services, clock, tab, tray, newKey, unread: this.unread });
    this.views = new Views({
      ...{ services, clock, person, name, newKey, unsent: parts.unsent, unread: this.unread },
      watch: (watch, take) => this.watching.watch(watch, take),
      attentive: () => page.attentive(),
      sent: (conversation) => {
        this.typist.stopped(conversation);
      },
    });
    this.reporter = new Reporter({
      ...{ tab, clock, page, permission: parts.permission, inApp: parts.inApp },
      changed: () => {
        this.push.permissionChanged();
        this.views.attend();
      },
      tell: (report) => {
        post({ is: "report", report });
      },
      woke: () => {
        post({ is: "nudge" });
      },
    });
    this.#begin();
  }

  /** The person signs out, in all tabs: what is shown is gone at once. */
  async signOut(): Promise<void> {
    this.#parts.line.post({ is: "sign out" });
    this.#forget();
    await Promise.all([this.#parts.tray.clear(), this.push.end()].map((ending) => ending.catch(() => undefined)));
  }

  /** Ends this tab's part; the other tabs go on. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.reporter.stop();
    this.typist.stopAll();
    this.views.close();
    this.alerts.banners.clear();
    this.#parts.line.post({ is: "leave" });
    this.#parts.release();
  }

  #begin(): void {
    const { line, gateway, client, tray } = this.#parts;
    line.listen((message) => {
      this.#take(message);
    });
    line.post({ is: "join", gateway, client, report: this.reporter.report() });
    this.reporter.start();
    void this.push.check().catch(() => undefined);
    void tray.tags().then(
      (tags) => {
        if (tags.length > 0 && !this.#ended) line.post({ is: "shown", tags });
      },
      () => undefined,
    );
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
        this.#showBadges(withChanges(this.unread.badges.value, message.changes));
        break;
      case "connection":
        this.connection.set(message.connection);
        break;
      case "banner":
        this.alerts.show(message.banner);
        break;
      case "dismiss":
        this.alerts.takeBack(message.tag);
        break;
      case "dismiss all":
        this.alerts.banners.clear();
        break;
      case "watched":
        this.watching.take(message.id, message.part);
        break;
      case "signed out":
        this.#forget();
        break;
    }
  }

  /** The person has signed out, here or in another tab: nothing of theirs stays in this one. */
  #forget(): void {
    this.views.forget();
    this.close();
    this.preferences.forget();
    this.unread.forget();
    this.connection.set({ state: "ended", since: this.clock.now(), why: "signed out" });
  }

  #showBadges(badges: Badges): void {
    const first = !this.unread.badges.value.known;
    this.unread.badges.set(badges);
    if (first) this.views.known();
    this.alerts.clearRead(badges);
  }

  async #answerToken(ask: number, refused: string): Promise<void> {
    const token = await (refused === "" ? this.#tokens.get() : this.#tokens.after(refused)).catch(() => null);
    this.#parts.line.post({ is: "token", ask, token });
  }
}
