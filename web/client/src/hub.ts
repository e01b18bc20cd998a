/**
 * The one set of streams of a browser: lives in the SharedWorker, or in the tab where there is none.
 *
 * Its tabs join over lines; it holds the lease, badges, banners, and what tabs watch, and tells each tab what it needs.
 */
import { ConnectError, Code } from "@connectrpc/connect";
import { BadgeBook } from "./badges.js";
import type { Clock } from "./clock.js";
import { badgeOf, bannerOf, wirePermission } from "./convert.js";
import { showsIn, updatesIn } from "./election.js";
import { Platform } from "./gen/conversations/presence/v1/presence_pb.js";
import type { Banner, Connection, TabReport } from "./model.js";
import { Follower, worstOf, type Frame, type Following } from "./stream.js";
import { Tokens } from "./tokens.js";
import { STREAM, type Gateway, type Services } from "./transport.js";
import { Watches } from "./watches.js";
import { SHOWN, type FromHub, type Line, type ToHub } from "./wire.js";

/** While a tab is focused its input is reported this often, ms (presence.proto asks for 60 s at least). */
const REPORT_MS = 30_000;
/** Changes of tabs that come together leave together, ms. */
const GATHER_MS = 20;
/** A report that failed is repeated after this, ms. */
const AGAIN_MS = 1_000;
/** What presence asks of all clients at once is done within this, ms (presence.proto, AttachResponse.caught_up). */
const SPREAD_MS = 5_000;
/** The hub looks at the clock this often, ms; a beat that comes later than twice this says that the machine slept. */
const BEAT_MS = 5_000;

export interface HubParts {
  readonly clock: Clock;
  /** Makes the clients of the services. */
  readonly services: (gateway: Gateway, tokens: Tokens) => Services;
  /** Resolves when the tab is gone, however it ended. */
  readonly gone: (tab: string) => Promise<void>;
}

interface Joined {
  readonly line: Line<ToHub, FromHub>;
  report: TabReport;
}

export class Hub {
  readonly #parts: HubParts;
  readonly #tabs = new Map<string, Joined>();
  #book = new BadgeBook();
  readonly #connections = new Map<string, Connection>();
  #followers: { nudge(): void; stop(): void }[] = [];
  readonly #asks = new Map<number, (token: string | null) => void>();
  #tokens: Tokens;
  #services: Services | null = null;
  #watches: Watches | null = null;
  /** The newest tags that this browser was told to show: a stream that is opened again names them. */
  readonly #shown = new Map<string, Banner["surface"]>();
  #client = "";
  #ask = 0;
  #sequence = 0;
  #attached = false;
  #cancelReport: (() => void) | null = null;
  #changes = 0;
  #cancelBeat: (() => void) | null = null;
  #banners: { again(): void } | null = null;

  constructor(parts: HubParts) {
    this.#parts = parts;
    this.#tokens = new Tokens(() => this.#askForToken(), parts.clock);
  }

  /** A tab has connected; it joins with its first message. */
  connect(line: Line<ToHub, FromHub>): void {
    let tab = "";
    line.listen((message) => {
      if (message.is === "join") {
        tab = message.report.tab;
        this.#join(line, message.gateway, message.client, message.report);
      } else if (tab !== "") this.#take(tab, message);
    });
  }

  #join(line: Line<ToHub, FromHub>, gateway: Gateway, client: string, report: TabReport): void {
    this.#tabs.set(report.tab, { line, report });
    void this.#parts.gone(report.tab).then(() => {
      this.#leave(report.tab, line);
    });
    if (this.#services === null) this.#begin(gateway, client);
    if (this.#book.whole) line.post({ is: "badges", badges: this.#book.value });
    const connection = worstOf([...this.#connections.values()]);
    if (connection) line.post({ is: "connection", connection });
    this.#reportSoon();
  }

  #take(tab: string, message: Exclude<ToHub, { is: "join" }>): void {
    const joined = this.#tabs.get(tab);
    if (joined === undefined) return;
    switch (message.is) {
      case "report":
        joined.report = message.report;
        this.#reportSoon();
        break;
      case "watch":
        this.#watches?.add(tab, message.id, message.watch, (part) => {
          joined.line.post({ is: "watched", id: message.id, part });
        });
        break;
      case "unwatch":
        this.#watches?.remove(tab, message.id);
        break;
      case "badge":
        this.#book.take(message.badge);
        this.#tellBadges(false);
        break;
      case "token":
        this.#asks.get(message.ask)?.(message.token);
        this.#asks.delete(message.ask);
        break;
      case "shown":
        // What was shown before this page began: the stream is opened again, to hear what is gone of it.
        if (message.tags.some((one) => !this.#shown.has(one))) {
          for (const tag of message.tags) this.#remember(tag, "browser");
          this.#banners?.again();
        }
        break;
      case "nudge":
        this.#nudge();
        break;
      case "leave":
        this.#leave(tab, joined.line);
        break;
      case "sign out":
        this.#end();
        break;
    }
  }

  #nudge(): void {
    for (const follower of this.#followers) follower.nudge();
    this.#watches?.nudge();
  }

  /** A worker is told nothing when the machine wakes up: its clock has jumped. */
  #beat(): void {
    const due = this.#parts.clock.now() + BEAT_MS;
    this.#cancelBeat = this.#parts.clock.later(BEAT_MS, () => {
      if (this.#parts.clock.now() >= due + BEAT_MS) this.#nudge();
      this.#beat();
    });
  }

  #leave(tab: string, line: Line<ToHub, FromHub>): void {
    if (this.#tabs.get(tab)?.line !== line) return;
    this.#tabs.delete(tab);
    this.#watches?.removeAll(tab);
    if (this.#tabs.size > 0) this.#reportSoon();
  }

  #begin(gateway: Gateway, client: string): void {
    const services = this.#parts.services(gateway, this.#tokens);
    this.#services = services;
    this.#client = client;
    this.#beat();
    this.#watches = new Watches(services, this.#parts.clock, () => this.#renewToken());
    this.#follow("attach", {
      open: (signal) => services.presence.attach({ client, platform: Platform.BROWSER }, { signal, ...STREAM }),
      take: (frame) => {
        if (frame.hello) this.#attached = false;
        if (frame.caughtUp) {
          // Once more on the same stream: presence has lost what it knew, of all its clients in the same moment.
          const { clock } = this.#parts;
          if (this.#attached) clock.later(clock.random() * SPREAD_MS, () => { this.#reportSoon(); });
          else this.#reportSoon();
          this.#attached = true;
        }
      },
      reset: () => {
        this.#attached = false;
      },
    });
    this.#follow("badges", {
      open: (signal) => services.unread.watchBadges({}, { signal, ...STREAM }),
      take: (frame) => {
        if (frame.hello) this.#book.hello();
        for (const badge of frame.badges) this.#book.take(badgeOf(badge));
        if (frame.total) this.#book.total(Number(frame.total.unread), Number(frame.total.mentions));
        if (frame.caughtUp) this.#book.caughtUp();
        if (frame.badges.length > 0 || frame.total || frame.caughtUp) this.#tellBadges(frame.caughtUp !== undefined);
      },
      reset: () => {
        this.#book.reset();
      },
    });
    this.#banners = this.#follow("banners", {
      // What was read while there was no stream is dismissed at once, if the notifier knows that it is still shown.
      open: (signal) => services.notifier.watchBanners({ client, shown: [...this.#shown.keys()] }, { signal, ...STREAM }),
      take: (frame) => {
        for (const banner of frame.banners.map(bannerOf)) {
          const tabs = [...this.#tabs.values()].map((joined) => joined.report);
          if (banner.update) this.#tell({ is: "banner", banner: { ...banner, tab: updatesIn(banner, tabs) ?? "" } });
          else {
            const tab = showsIn(banner, tabs);
            if (tab === null) continue;
            if (!banner.test) this.#remember(banner.tag, banner.surface);
            this.#tabs.get(tab)?.line.post({ is: "banner", banner: { ...banner, tab } });
          }
        }
        for (const { tag } of frame.dismissals) {
          this.#shown.delete(tag);
          this.#tell({ is: "dismiss", tag });
        }
      },
      reset: () => {
        // What lies in the browser's tray stays known: it is named when the stream is opened again.
        this.#tell({ is: "dismiss all" });
      },
    });
  }

  /** A banner goes by itself, a notification lies in the tray: where there is no room for more, banners are forgotten first. */
  #remember(tag: string, surface: Banner["surface"]): void {
    this.#shown.delete(tag);
    this.#shown.set(tag, surface);
    if (this.#shown.size <= SHOWN) return;
    const [first] = this.#shown.keys();
    const banner = [...this.#shown].find(([, where]) => where === "banner")?.[0];
    const forgotten = banner ?? first;
    if (forgotten !== undefined) this.#shown.delete(forgotten);
  }

  #follow<F extends Frame>(name: string, parts: Pick<Following<F>, "open" | "take" | "reset">): { again(): void } {
    const follower = new Follower<F>({
      ...parts,
      clock: this.#parts.clock,
      renewToken: () => this.#renewToken(),
      changed: (connection) => {
        this.#connections.set(name, connection);
        const worst = worstOf([...this.#connections.values()]);
        if (worst) this.#tell({ is: "connection", connection: worst });
      },
    });
    this.#followers.push(follower);
    follower.start();
    return follower;
  }

  async #renewToken(): Promise<boolean> {
    return (await this.#tokens.after(this.#tokens.last)) !== "";
  }

  /** Asks the tabs, those first that are visible, until one has a token. */
  async #askForToken(): Promise<string> {
    const tabs = [...this.#tabs.values()].sort((a, b) => Number(b.report.visible) - Number(a.report.visible));
    for (const { line } of tabs) {
      const ask = ++this.#ask;
      const token = await new Promise<string | null>((resolve) => {
        const cancel = this.#parts.clock.later(10_000, () => {
          resolve(null);
        });
        this.#asks.set(ask, (answer) => {
          cancel();
          resolve(answer);
        });
        line.post({ is: "ask token", ask, refused: this.#tokens.last });
      });
      if (token !== null) return token;
    }
    throw new ConnectError("no tab has a token", Code.Unauthenticated);
  }

  #tell(message: FromHub): void {
    for (const { line } of this.#tabs.values()) line.post(message);
  }

  #tellBadges(all: boolean): void {
    if (!this.#book.whole) return;
    const changes = this.#book.changes();
    this.#tell(all ? { is: "badges", badges: this.#book.value } : { is: "badge changes", changes });
  }

  #reportSoon(): void {
    this.#cancelReport?.();
    this.#cancelReport = this.#parts.clock.later(GATHER_MS, () => void this.#report());
    this.#changes++;
  }

  async #report(): Promise<void> {
    const changes = this.#changes;
    if (this.#services === null || !this.#attached) return;
    const { clock } = this.#parts;
    const now = clock.now();
    this.#sequence = Math.max(this.#sequence + 1, now);
    const reports = [...this.#tabs.values()].map((joined) => joined.report);
    const permission = reports.some((report) => report.permission === "granted")
      ? "granted"
      : (reports[0]?.permission ?? "default");
    let again = reports.some((report) => report.focused) ? REPORT_MS : 0;
    try {
      await this.#services.presence.reportTabs({
        client: this.#client,
        sequence: BigInt(this.#sequence),
        permission: wirePermission(permission),
        inAppOff: reports.length > 0 && reports.every((report) => report.inAppOff),
        tabs: reports.map((report) => ({
          tab: report.tab,
          visible: report.visible,
          focused: report.focused,
          inputAgeMs: BigInt(report.inputAtMs === 0 ? 31_536_000_000 : Math.max(0, now - report.inputAtMs)),
          conversation: report.conversation,
        })),
      });
    } catch (error) {
      // Not attached: the lease's stream says so too, and the report follows it.
      again = ConnectError.from(error).code === Code.FailedPrecondition ? 0 : AGAIN_MS;
    }
    // What has changed while this one was under way leaves soon, and not only at the next turn.
    if (again > 0 && changes === this.#changes) {
      this.#cancelReport?.();
      this.#cancelReport = clock.later(again, () => void this.#report());
    }
  }

  #end(): void {
    for (const follower of this.#followers) follower.stop();
    this.#watches?.stop();
    this.#cancelReport?.();
    this.#cancelBeat?.();
    this.#tell({ is: "signed out" });
    // Whoever signs in again finds nothing of before.
    this.#tabs.clear();
    this.#connections.clear();
    this.#shown.clear();
    this.#followers = [];
    this.#book = new BadgeBook();
    this.#tokens = new Tokens(() => this.#askForToken(), this.#parts.clock);
    this.#services = this.#watches = null;
    this.#attached = false;
  }
}
