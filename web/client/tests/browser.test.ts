import { Code, ConnectError } from "@connectrpc/connect";
import { beforeEach, describe, expect, it } from "vitest";
import { Hub } from "../src/hub.js";
import { NO_BADGES, withChanges } from "../src/badges.js";
import type { Badges, TabReport } from "../src/model.js";
import { Surface } from "../src/gen/conversations/notifier/v1/notifier_pb.js";
import { Status } from "../src/gen/conversations/presence/v1/presence_pb.js";
import type { Services } from "../src/transport.js";
import type { FromHub, ToHub } from "../src/wire.js";
import { Feed, ManualClock, settle } from "./world.js";

const hello = { hello: { heartbeatMs: 15_000, retryWindowMs: 4_000 } };
const caughtUp = { caughtUp: {} };

interface Tab {
  readonly heard: FromHub[];
  readonly say: (message: ToHub) => void;
  readonly last: (is: FromHub["is"]) => FromHub | undefined;
}

describe("the hub of a browser", () => {
  let clock: ManualClock;
  let hub: Hub;
  let feeds: Map<string, Feed<object>[]>;
  let gone: Map<string, () => void>;
  const feed = (name: string): Feed<object> => feeds.get(name)?.at(-1) as Feed<object>;

  const tab = (name: string, change: Partial<TabReport> = {}): Tab => {
    const heard: FromHub[] = [];
    let say: (message: ToHub) => void = () => undefined;
    hub.connect({ post: (message) => heard.push(message), listen: (take) => (say = take) });
    const report: TabReport = {
      ...{ tab: name, visible: true, focused: false, inputAtMs: 1, conversation: "", permission: "granted", inAppOff: false },
      ...change,
    };
    say({ is: "join", gateway: "http://gateway", client: "browser", report });
    return { heard, say, last: (is) => heard.filter((one) => one.is === is).at(-1) };
  };

  const badge = (conversation: string, unread: number, change: Record<string, unknown> = {}) => ({
    ...{ conversation, unread: BigInt(unread), mentions: 0n, read: 0n, number: 9n, revision: 9n, epoch: 0n, version: 0n },
    ...{ mutedUntilMs: 0n, left: false, ...change },
  });
  /** What the tab shows after all that it has heard. */
  const badges = (tab: Tab): Badges | null => {
    let shown: Badges | null = null;
    for (const one of tab.heard) {
      if (one.is === "badges") shown = one.badges;
      else if (one.is === "badge changes") shown = withChanges(shown ?? NO_BADGES, one.changes);
    }
    return shown;
  };

  beforeEach(() => {
    clock = new ManualClock();
    feeds = new Map();
    gone = new Map();
    const opens = (name: string) => (request: object, { signal }: { signal: AbortSignal }) => {
      const made = Object.assign(new Feed<object>(signal), { request });
      feeds.set(name, [...(feeds.get(name) ?? []), made]);
      return made;
    };
    const services = {
      presence: {
        attach: opens("attach"),
        watchPresence: opens("presence"),
        watchTyping: opens("typing"),
        reportTabs: () => Promise.resolve({}),
      },
      unread: { watchBadges: opens("badges"), watchReaders: opens("readers") },
      notifier: { watchBanners: opens("banners") },
      messaging: { watchConversation: opens("conversation") },
    } as unknown as Services;
    hub = new Hub({ clock, services: () => services, gone: (name) => new Promise((resolve) => gone.set(name, resolve)) });
  });

  it("tells every tab the same badges, and one that comes later at once", async () => {
    const first = tab("one");
    await settle();
    feed("badges").push({ ...hello, badges: [], total: undefined });
    feed("badges").push({ badges: [badge("c", 3)], total: { unread: 3n, mentions: 0n }, ...caughtUp });
    await settle();
    const second = tab("two");
    expect(badges(first)).toMatchObject({ known: true, total: 3 });
    expect(badges(second)).toEqual(badges(first));
  });

  it("tells what has changed, not all of it", async () => {
    const only = tab("one");
    await settle();
    const many = Array.from({ length: 1_000 }, (_, index) => badge(`c${String(index)}`, 1));
    feed("badges").push({ ...hello, badges: many, total: { unread: 1_000n, mentions: 0n }, ...caughtUp });
    await settle();
    const told = only.heard.length;
    feed("badges").push({ badges: [badge("c7", 0, { version: 1n })], total: { unread: 999n, mentions: 0n } });
    await settle();
    const [changes, ...rest] = only.heard.slice(told);
    expect(rest).toEqual([]);
    expect(changes?.is === "badge changes" && changes.changes.badges.map((one) => one.conversation)).toEqual(["c7"]);
    expect([badges(only)?.total, badges(only)?.conversations["c7"]?.unread, Object.keys(badges(only)?.conversations ?? {}).length]).toEqual([999, 0, 1_000]);
    expect(badges(tab("two"))).toEqual(badges(only));
  });

  it("tells no half of a snapshot, also when a tab's own change comes in between", async () => {
    const only = tab("one");
    await settle();
    feed("badges").push({ ...hello, badges: [badge("c", 3), badge("d", 2)], total: { unread: 5n, mentions: 0n }, ...caughtUp });
    await settle();
    feed("badges").push({ badges: [], reset: { reason: "overflow" } });
    await clock.pass(4_000);
    feed("badges").push({ ...hello, badges: [badge("d", 2)] });
    await settle();
    const told = only.heard.length;
    const read = { conversation: "d", unread: 0, mentions: 0, read: 9, number: 9, revision: 9, epoch: 0, version: 1 };
    only.say({ is: "badge", badge: { ...read, mutedUntilMs: 0, left: false } });
    expect(only.heard.slice(told).filter((one) => one.is === "badges" || one.is === "badge changes")).toEqual([]);
    expect(badges(only)?.conversations["c"]?.unread).toBe(3);
    feed("badges").push({ badges: [badge("c", 3)], total: { unread: 3n, mentions: 0n }, ...caughtUp });
    await settle();
    expect([badges(only)?.conversations["c"]?.unread, badges(only)?.conversations["d"]?.unread]).toEqual([3, 0]);
  });

  it("names what the person has left", async () => {
    const only = tab("one");
    await settle();
    feed("badges").push({ ...hello, badges: [badge("c", 3)], ...caughtUp });
    feed("badges").push({ badges: [badge("c", 0, { left: true, epoch: 1n })], total: { unread: 0n, mentions: 0n } });
    await settle();
    expect(badges(only)).toMatchObject({ total: 0, conversations: {}, left: ["c"] });
  });

  it("gives a banner to one tab, its edit to all, and names who changes a notification", async () => {
    const [first, second] = [tab("one"), tab("two", { focused: true })];
    await settle();
    const banner = { surface: Surface.BANNER, tab: "gone", tag: "c:1", conversation: "c", number: 1n, atMs: 0n, count: 0 };
    feed("banners").push({ ...hello, banners: [{ ...banner, update: false }], dismissals: [], ...caughtUp });
    feed("banners").push({ banners: [{ ...banner, update: true }], dismissals: [] });
    feed("banners").push({ banners: [], dismissals: [{ tag: "c:1" }] });
    await settle();
    const told = ({ heard }: Tab) => heard.flatMap((one) => (one.is === "banner" ? [[one.banner.update, one.banner.tab]] : []));
    expect(told(first)).toEqual([[true, "one"]]);
    expect(told(second)).toEqual([[false, "two"], [true, "one"]]);
    expect([first, second].map((one) => one.last("dismiss"))).toEqual([{ is: "dismiss", tag: "c:1" }, { is: "dismiss", tag: "c:1" }]);
  });

  it("names what is still shown when its stream of banners is opened again", async () => {
    const only = tab("one", { focused: true });
    await settle();
    const banner = (tag: string, test = false) => ({
      ...{ surface: Surface.BANNER, tab: "one", tag, conversation: "c", number: 1n, atMs: 0n, count: 0, update: false, test },
    });
    feed("banners").push({ ...hello, banners: [banner("c:1"), banner("c:2"), banner("test", true)], dismissals: [], ...caughtUp });
    feed("banners").push({ banners: [], dismissals: [{ tag: "c:1" }] });
    await settle();
    feed("banners").end(new ConnectError("gone", Code.Unavailable));
    await clock.pass(4_000);
    expect(feed("banners")).toMatchObject({ request: { shown: ["c:2"] } });
    feed("banners").push({ ...hello, banners: [], dismissals: [], ...caughtUp });
    await settle();
    only.say({ is: "shown", tags: ["c:2"] });
    expect(feeds.get("banners")).toHaveLength(2);
    only.say({ is: "shown", tags: ["d:7"] });
    await clock.pass(0);
    expect(feed("banners")).toMatchObject({ request: { shown: ["c:2", "d:7"] } });
    only.say({ is: "shown", tags: Array.from({ length: 120 }, (_, index) => `e:${String(index)}`) });
    await clock.pass(0);
    expect((feed("banners") as unknown as { request: { shown: string[] } }).request.shown).toHaveLength(100);
  });

  it("names what lies in the tray however many banners have gone by", async () => {
    const only = tab("one", { focused: true });
    await settle();
    feed("banners").push({ ...hello, banners: [], dismissals: [], ...caughtUp });
    only.say({ is: "shown", tags: ["tray:1"] });
    await clock.pass(0);
    const banner = (tag: string) => ({
      ...{ surface: Surface.BANNER, tab: "one", tag, conversation: "c", number: 1n, atMs: 0n, count: 0, update: false, test: false },
    });
    const banners = Array.from({ length: 120 }, (_, index) => banner(`c:${String(index)}`));
    feed("banners").push({ ...hello, banners, dismissals: [], ...caughtUp });
    await settle();
    feed("banners").end(new ConnectError("gone", Code.Unavailable));
    await clock.pass(4_000);
    const { shown } = (feed("banners") as unknown as { request: { shown: string[] } }).request;
    expect([shown.length, shown.includes("tray:1"), shown.at(-1)]).toEqual([100, true, "c:119"]);
  });

  it("keeps the status that is shown while presence cannot know", async () => {
    const only = tab("one");
    await settle();
    only.say({ is: "watch", id: 1, watch: { what: "presence", persons: ["ann", "bob"] } });
    await clock.pass(0);
    const of = (person: string, status: Status) => ({ person, status, lastSeenMs: 0n, untilMs: 0n, chosen: false });
    const told = () =>
      only.heard.flatMap((one) => (one.is === "watched" && one.part.is === "presence" ? one.part.persons : [])).map((one) => `${one.person} ${one.status}`);
    feed("presence").push({ ...hello, presences: [of("ann", Status.ACTIVE), of("bob", Status.UNSPECIFIED)], ...caughtUp });
    feed("presence").push({ presences: [of("ann", Status.UNSPECIFIED)] });
    feed("presence").push({ presences: [of("ann", Status.OFFLINE)] });
    await settle();
    expect(told()).toEqual(["ann active", "bob unknown", "ann offline"]);
  });

  it("opens the stream of presence again at once for other people, and keeps what is known", async () => {
    const only = tab("one");
    await settle();
    only.say({ is: "watch", id: 1, watch: { what: "presence", persons: ["ann"] } });
    await clock.pass(0);
    feed("presence").push({ ...hello, presences: [], ...caughtUp });
    await settle();
    clock.chance = 0.99;
    only.say({ is: "watch", id: 2, watch: { what: "presence", persons: ["bob"] } });
    await clock.pass(200);
    expect(feeds.get("presence")).toHaveLength(2);
    expect(feed("presence")).toMatchObject({ request: { persons: ["ann", "bob"] } });
  });

  it("says that nobody types any more when it cannot hear of it", async () => {
    const only = tab("one");
    await settle();
    only.say({ is: "watch", id: 1, watch: { what: "typing", conversation: "c" } });
    await settle();
    feed("typing").push({ ...hello, typing: { persons: ["bob"] }, ...caughtUp });
    await settle();
    feed("typing").end(new Error("gone"));
    await settle();
    const told = only.heard.flatMap((one) => (one.is === "watched" && one.part.is === "typing" ? [one.part.persons] : []));
    expect(told).toEqual([[], ["bob"], []]);
  });

  it("opens its streams at once when the machine wakes up, though nobody tells it", async () => {
    tab("one");
    await settle();
    for (const name of ["attach", "badges", "banners"]) feed(name).push({ ...hello, badges: [], banners: [], dismissals: [], ...caughtUp });
    await clock.pass(6_000);
    clock.chance = 0.99;
    clock.sleep(3_600_000);
    await clock.pass(0);
    expect(["attach", "badges", "banners"].map((name) => feeds.get(name)?.length)).toEqual([2, 2, 2]);
    expect(feeds.get("badges")?.[0]?.signal.aborted).toBe(true);
  });

  it("asks the tabs for a token, those first that are visible, until one has it", async () => {
    const [hidden, visible] = [tab("one", { visible: false }), tab("two")];
    await settle();
    feed("badges").end(new ConnectError("expired", Code.Unauthenticated));
    await settle();
    expect([hidden.last("ask token"), visible.last("ask token")]).toMatchObject([undefined, { ask: 1 }]);
    await clock.pass(10_000);
    expect(hidden.last("ask token")).toMatchObject({ ask: 2 });
    hidden.say({ is: "token", ask: 2, token: "fresh" });
    await settle();
    expect(feeds.get("badges")).toHaveLength(2);
  });

  it("ends all streams and tells all tabs at sign-out, and begins anew for who signs in again", async () => {
    const [first, second] = [tab("one"), tab("two")];
    await settle();
    first.say({ is: "watch", id: 1, watch: { what: "typing", conversation: "c" } });
    feed("badges").push({ ...hello, badges: [badge("c", 3)], total: { unread: 3n, mentions: 0n }, ...caughtUp });
    await settle();
    first.say({ is: "sign out" });
    expect([first, second].map((one) => one.last("signed out"))).toEqual([{ is: "signed out" }, { is: "signed out" }]);
    for (const name of ["attach", "badges", "banners", "typing"]) expect(feed(name).signal.aborted).toBe(true);
    const told = second.heard.length;
    second.say({ is: "nudge" });
    await clock.pass(600_000);
    expect(second.heard).toHaveLength(told);
    const again = tab("three");
    await settle();
    expect(badges(again)).toBeNull();
    expect(feeds.get("badges")).toHaveLength(2);
  });

  it("forgets what a tab watched when it is gone", async () => {
    const first = tab("one");
    tab("two");
    await settle();
    first.say({ is: "watch", id: 1, watch: { what: "typing", conversation: "c" } });
    await settle();
    gone.get("one")?.();
    await settle();
    expect(feed("typing").signal.aborted).toBe(true);
    expect(feed("badges").signal.aborted).toBe(false);
  });
});
