import { Code, ConnectError } from "@connectrpc/connect";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Permission } from "../src/model.js";
import type { Push } from "../src/subscription.js";
import { Conversations } from "../src/tab.js";
import type { Services } from "../src/transport.js";
import { UnsentMessages } from "../src/unsent.js";
import type { FromHub, ToHub } from "../src/wire.js";
import { PlayedPage } from "./page.js";
import { badge, badges, banner } from "./values.js";
import { Kept, ManualClock, settle } from "./world.js";

const never = (): Promise<never> => new Promise(() => undefined);

describe("a tab", () => {
  let clock: ManualClock;
  let page: PlayedPage;
  let tab: Conversations;
  let said: ToHub[];
  let done: string[];
  let inApp: boolean;
  let token: () => Promise<string>;
  let permission: Permission;
  let calls: Record<string, (request: Record<string, unknown>) => Promise<unknown>>;
  let hear: (message: FromHub) => void;

  const says = (is: ToHub["is"]): ToHub[] => said.filter((one) => one.is === is);
  const report = (): object => (said.filter((one) => one.is === "join" || one.is === "report").at(-1) as { report: object }).report;
  const wireConversation = { revision: 5n, number: 5n, members: [], owners: [], kind: 2, title: "T", link: "", archived: false };

  beforeEach(async () => {
    clock = new ManualClock();
    page = new PlayedPage();
    said = [];
    done = [];
    inApp = true;
    token = () => Promise.resolve("token");
    permission = "default";
    calls = {};
    const service = (name: string) =>
      new Proxy({}, {
        get: (_, method: string) => (request: Record<string, unknown>) => {
          done.push(`${name}.${method}`);
          return (calls[method] ?? never)(request);
        },
      });
    const services = Object.fromEntries(["messaging", "presence", "unread", "notifier"].map((name) => [name, service(name)]));
    const does = (what: string) => () => {
      done.push(what);
    };
    const doesAtLast = (what: string) => () => {
      done.push(what);
      return Promise.resolve();
    };
    tab = new Conversations({
      ...{ gateway: "http://gateway", tab: "one", person: "dana", name: (person) => person, client: "browser", device: "device", clock, page },
      token: () => token(),
      services: () => services as unknown as Services,
      line: { post: (message) => said.push(message), listen: (take) => (hear = take) },
      push: () =>
        ({
          check: doesAtLast("push.check"),
          end: doesAtLast("push.end"),
          moved: does("push.moved"),
          permissionChanged: does("push.permissionChanged"),
        }) as unknown as Push,
      tray: {
        show: ({ tag }) => done.push(`tray.show ${tag}`),
        update: ({ tag }) => done.push(`tray.update ${tag}`),
        takeBack: (tag) => done.push(`tray.takeBack ${tag}`),
        clearRead: does("tray.clearRead"),
        tags: () => Promise.resolve(["c:1"]),
        clear: doesAtLast("tray.clear"),
      },
      permission: () => permission,
      inApp: { read: () => inApp, write: (on) => (inApp = on) },
      unsent: new UnsentMessages(new Kept(), "dana"),
      release: does("release"),
    });
    await settle();
  });

  it("joins with what it is, and names what lies in the tray", () => {
    const first = { tab: "one", visible: true, focused: true, inputAtMs: 0, conversation: "", permission: "default", inAppOff: false };
    expect(said).toEqual([
      { is: "join", gateway: "http://gateway", client: "browser", report: first },
      { is: "shown", tags: ["c:1"] },
    ]);
    expect(done).toEqual(["push.check"]);
  });

  it("reports each change of itself, and input seldom", async () => {
    page.focus(false);
    expect(report()).toMatchObject({ visible: true, focused: false });
    expect(done).toContain("push.permissionChanged");
    tab.show("c");
    permission = "granted";
    tab.switchInApp(false);
    expect(report()).toMatchObject({ conversation: "c", permission: "granted", inAppOff: true });
    expect([tab.shown.value, tab.permission.value, tab.inApp.value]).toEqual(["c", "granted", false]);
    const reports = says("report").length;
    const times: number[] = [];
    for (let second = 0; second < 12; second++) {
      page.events?.input();
      times.push(says("report").length - reports);
      await clock.pass(1_000);
    }
    expect(times).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3]);
    page.events?.woke();
    expect(said.at(-1)).toEqual({ is: "nudge" });
  });

  it("tells what another tab has changed for all", () => {
    inApp = false;
    tab.changedElsewhere();
    expect(report()).toMatchObject({ inAppOff: true });
    expect(done).toContain("push.moved");
  });

  it("gives the hub its token, and none when it has none", async () => {
    hear({ is: "ask token", ask: 1, refused: "" });
    await settle();
    expect(said.at(-1)).toEqual({ is: "token", ask: 1, token: "token" });
    token = () => Promise.reject(new Error("the session has ended"));
    hear({ is: "ask token", ask: 2, refused: "token" });
    await settle();
    expect(said.at(-1)).toEqual({ is: "token", ask: 2, token: null });
  });

  it("shows banners, and leaves notifications to the tray", () => {
    hear({ is: "banner", banner: banner() });
    hear({ is: "banner", banner: banner({ tag: "d:1", conversation: "d" }) });
    hear({ is: "banner", banner: banner({ surface: "browser", tag: "e:1" }) });
    hear({ is: "banner", banner: banner({ update: true, text: "Edited" }) });
    hear({ is: "banner", banner: banner({ update: true, tab: "two", tag: "d:1", text: "Edited too" }) });
    expect(tab.banners.value.map((one) => one.text)).toEqual(["Edited", "Edited too"]);
    expect(done.filter((one) => one.startsWith("tray"))).toEqual(["tray.show e:1", "tray.update c:5"]);
    tab.show("d");
    expect(tab.banners.value.map((one) => one.tag)).toEqual(["c:5"]);
    hear({ is: "dismiss", tag: "c:5" });
    expect(tab.banners.value).toEqual([]);
    expect(done).toContain("tray.takeBack c:5");
    hear({ is: "banner", banner: banner() });
    hear({ is: "dismiss all" });
    expect(tab.banners.value).toEqual([]);
  });

  it("keeps the badges, and brings the answers to its own changes to the hub", async () => {
    hear({ is: "badges", badges: badges(badge("c")) });
    hear({ is: "badge changes", changes: { total: 0, totalMentions: 0, badges: [badge("c", { unread: 0 })], left: [] } });
    expect(tab.badges.value).toMatchObject({ known: true, total: 0, conversations: { c: { unread: 0 } } });
    expect(done.filter((one) => one === "tray.clearRead")).toHaveLength(2);
    const untilMs = clock.now() + 1_000;
    calls["setMute"] = ({ mutedUntilMs }) => Promise.resolve({ badge: { ...badge("c"), left: false, mutedUntilMs } });
    await tab.mute("c", untilMs);
    expect(said.at(-1)).toMatchObject({ is: "badge", badge: { conversation: "c", mutedUntilMs: untilMs } });
    hear({ is: "badge changes", changes: { total: 0, totalMentions: 0, badges: [badge("c", { mutedUntilMs: untilMs })], left: [] } });
    expect(tab.mutedUntilMs("c")).toBe(untilMs);
    clock.sleep(1_000);
    expect([tab.mutedUntilMs("c"), tab.mutedUntilMs("d")]).toEqual([0, 0]);
    calls["markUnread"] = ({ number }) => Promise.resolve({ badge: { ...badge("c"), left: false, read: Number(number) - 1 } });
    await tab.markUnread("c", 2);
    expect(said.at(-1)).toMatchObject({ is: "badge", badge: { read: 1 } });
    calls["markAllRead"] = () => Promise.resolve({});
    await tab.markAllRead();
  });

  it("opens a conversation where it is unread", async () => {
    const asked: unknown[] = [];
    calls["getConversation"] = () => Promise.resolve({ conversation: wireConversation });
    calls["listMessages"] = ({ beforeNumber, afterNumber }) => {
      asked.push(beforeNumber ?? afterNumber);
      return Promise.resolve({ messages: [], more: false });
    };
    calls["getBadges"] = () => Promise.resolve({ badges: [{ ...badge("d", { read: 1 }), left: false }] });
    const asking = tab.open("d");
    await settle();
    expect([asking.view.value.unreadFrom, asked]).toEqual([2, [2n, 1n]]);
    hear({ is: "badges", badges: badges(badge("c")) });
    const known = tab.open("c");
    await settle();
    expect(known.view.value.unreadFrom).toBe(4);
    const at = tab.open("c", 2);
    await settle();
    expect([at.view.value.unreadFrom, asked.slice(-2)]).toEqual([4, [2n, 1n]]);
    expect(says("watch").map((one) => one.is === "watch" && one.watch)).toEqual(["d", "c", "c"].map((conversation) => ({ what: "conversation", conversation, after: 5 })));
    known.close();
    expect(said.at(-1)).toEqual({ is: "unwatch", id: 2 });
  });

  it("views what is on screen once badges are known, while it has the focus, until it is marked as unread", async () => {
    vi.stubGlobal("IntersectionObserver", vi.fn());
    const read: unknown[] = [];
    calls["markRead"] = ({ number }) => Promise.resolve({ read: read.push(number) });
    const { dwell } = tab.viewport("c", null as unknown as Element);
    vi.unstubAllGlobals();
    dwell.enter(4);
    await clock.pass(1_000);
    hear({ is: "badges", badges: badges(badge("c")) });
    await clock.pass(1_000);
    page.focus(false);
    dwell.enter(5);
    await clock.pass(1_000);
    expect(read).toEqual([4n]);
    page.focus(true);
    await clock.pass(1_000);
    expect(read).toEqual([4n, 5n]);
    dwell.enter(6);
    void tab.markUnread("c", 2);
    await clock.pass(10_000);
    expect(read).toEqual([4n, 5n]);
  });

  it("types no more when it has sent, and has viewed what it has answered", async () => {
    calls["reportTyping"] = ({ stopped }) => Promise.resolve(done.push(`stopped ${String(stopped)}`));
    calls["sendMessage"] = calls["markRead"] = () => Promise.resolve({});
    const opened = tab.open("c");
    tab.reportTyping("c");
    opened.send(["one"]);
    expect(done.filter((one) => one.startsWith("stopped"))).toEqual(["stopped false", "stopped true"]);
    hear({ is: "banner", banner: banner() });
    void tab.reply(banner(), ["Yes"]);
    await clock.pass(1_000);
    expect([tab.banners.value, done.includes("unread.markRead")]).toEqual([[], true]);
  });

  it("brings what is watched to who watches it", () => {
    const heard: unknown[] = [];
    const undo = tab.typing("c", (persons) => heard.push(persons));
    tab.presence(["ann"], (persons) => heard.push(persons));
    tab.readers("c", (readers) => heard.push(readers));
    hear({ is: "watched", id: 1, part: { is: "caught up" } });
    hear({ is: "watched", id: 1, part: { is: "typing", persons: ["bob"] } });
    hear({ is: "watched", id: 2, part: { is: "presence", persons: [] } });
    hear({ is: "watched", id: 3, part: { is: "readers", readers: [], all: true } });
    undo();
    undo();
    hear({ is: "watched", id: 1, part: { is: "typing", persons: ["eve"] } });
    expect(heard).toEqual([["bob"], [], []]);
    expect(says("unwatch")).toEqual([{ is: "unwatch", id: 1 }]);
  });

  it("forgets everything of who signs out", async () => {
    calls["sendMessage"] = () => Promise.reject(new ConnectError("too long", Code.InvalidArgument));
    hear({ is: "badges", badges: badges(badge("c")) });
    hear({ is: "banner", banner: banner() });
    const [opened, list, search] = [tab.open("c"), tab.list(), tab.search()];
    opened.send(["one"]);
    void search.find("words");
    tab.reportTyping("c");
    calls["getPreferences"] = () => Promise.resolve({ own: [], version: 1n });
    calls["getConversationPreferences"] = () => Promise.resolve({ preferences: [] });
    await tab.preferences.read();
    expect(tab.preferences.view.value.known).toBe(true);
    await tab.signOut();
    expect(said.slice(-2)).toEqual([{ is: "sign out" }, { is: "leave" }]);
    expect([opened.view.value.state, opened.view.value.outgoing, list.view.value.state, search.view.value.text]).toEqual(["ended", [], "ended", ""]);
    expect([tab.badges.value.known, tab.banners.value, tab.connection.value.state]).toEqual([false, [], "ended"]);
    expect(tab.preferences.view.value.known).toBe(false);
    expect(done.slice(-4)).toEqual(["presence.reportTyping", "release", "tray.clear", "push.end"]);
    const before = said.length;
    hear({ is: "signed out" });
    hear({ is: "badges", badges: badges(badge("c")) });
    tab.show("d");
    tab.close();
    expect([said.length, tab.badges.value.known]).toEqual([before, false]);
    expect(page.events).toBeNull();
  });

  it("forgets everything when it hears that another tab has signed out", () => {
    hear({ is: "badges", badges: badges(badge("c")) });
    hear({ is: "signed out" });
    expect([tab.badges.value.known, tab.connection.value]).toEqual([false, { state: "ended", since: clock.now(), why: "signed out" }]);
  });

  it("reads its lists again after a change of the person's own", async () => {
    calls["listConversations"] = () => Promise.resolve({ listings: [], nextPageToken: "" });
    calls["setStar"] = () => Promise.resolve({});
    tab.list();
    await clock.pass(2_000);
    const reads = (): number => done.filter((one) => one === "messaging.listConversations").length;
    expect(reads()).toBe(1);
    await tab.star("c");
    await clock.pass(2_000);
    expect(reads()).toBe(2);
  });
});
