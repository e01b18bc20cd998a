import { Code, ConnectError } from "@connectrpc/connect";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ArrivingBadge } from "../src/badges.js";
import type { Badges, Banner } from "../src/model.js";
import { Notifications } from "../src/notify.js";
import { ManualClock, settle } from "./world.js";

interface Note {
  readonly title: string;
  readonly tag: string;
  readonly body: string;
  readonly silent: boolean;
  readonly data: unknown;
  close(): void;
}

describe("the browser's notifications", () => {
  let notes: Note[];
  let mine: boolean;
  let asked: string[][];
  let notifications: Notifications;
  let clock: ManualClock;

  const lies = (conversation: string, number: number, scope: string): void => {
    const tag = `${conversation}:${String(number)}`;
    const note: Note = {
      ...{ title: "", tag, body: "", silent: false, data: { conversation, number, link: "", scope } },
      close: () => (notes = notes.filter((one) => one !== note)),
    };
    notes.push(note);
  };
  const tags = (): string[] => notes.map((one) => one.tag);
  const badge = (conversation: string, unread: number, read: number, number: number): ArrivingBadge => ({
    ...{ conversation, unread, read, number, mentions: 0, revision: 1, epoch: 0, version: 0, mutedUntilMs: 0, left: false },
  });
  const badges = (...held: ArrivingBadge[]): Badges => ({
    ...{ known: true, total: 0, totalMentions: 0, left: [] },
    conversations: Object.fromEntries(held.map((one) => [one.conversation, one])),
  });
  const banner = (change: Partial<Banner>): Banner => ({
    ...{ surface: "browser", tab: "t", tag: "c:1", conversation: "c", number: 1, author: "marco", service: "" },
    ...{ title: "", text: "Hello", link: "", atMs: 0, mentioned: false, count: 1, update: false, test: false },
    ...change,
  });

  beforeEach(() => {
    notes = [];
    mine = true;
    asked = [];
    vi.stubGlobal("Notification", { permission: "granted" });
    const registration = {
      active: {},
      getNotifications: ({ tag }: { tag?: string } = {}) =>
        Promise.resolve(notes.filter((one) => tag === undefined || one.tag === tag)),
      showNotification: (title: string, options: Omit<Note, "title" | "close">) => {
        notes = notes.filter((one) => one.tag !== options.tag);
        notes.push({ title, ...options, close: () => undefined });
        return Promise.resolve();
      },
    } as unknown as ServiceWorkerRegistration;
    clock = new ManualClock();
    notifications = new Notifications({
      clock,
      registration: () => Promise.resolve(registration),
      scope: "ann",
      name: (person) => person.toUpperCase(),
      clicked: () => undefined,
      pushed: () => mine,
    });
  });

  it("of what is read are closed, whether the page or a push has shown them", async () => {
    lies("c", 3, "ann");
    lies("c", 4, "");
    lies("c", 6, "");
    await notifications.clearRead(badges(badge("c", 2, 4, 6)), () => Promise.resolve([]));
    expect(tags()).toEqual(["c:6"]);
  });

  it("of what is not counted yet stay: a badge may come later than the notification", async () => {
    lies("c", 7, "");
    lies("d", 2, "");
    const ask = (conversations: string[]): Promise<ArrivingBadge[]> => {
      asked.push(conversations);
      return Promise.resolve([badge("d", 0, 1, 1)]);
    };
    await notifications.clearRead(badges(badge("c", 0, 6, 6)), ask);
    expect([tags(), asked]).toEqual([["c:7", "d:2"], [["d"]]]);
    await notifications.clearRead(badges(badge("c", 0, 7, 7)), () => Promise.resolve([badge("d", 0, 2, 2)]));
    expect(tags()).toEqual([]);
  });

  it("of a conversation that the person is not in any more are closed", async () => {
    lies("left", 1, "");
    await notifications.clearRead(badges(), () => Promise.resolve([]));
    expect(tags()).toEqual([]);
  });

  it("of others, of the host and of tests are left alone, and nothing is done before badges are known", async () => {
    lies("c", 1, "bob");
    lies("test", 0, "ann");
    mine = false;
    lies("d", 1, "");
    notes.push({ title: "Host", tag: "host", body: "", silent: false, data: null, close: () => (notes = []) });
    await notifications.clearRead({ ...badges(), known: false }, () => Promise.resolve([]));
    await notifications.clearRead(badges(), () => Promise.resolve([]));
    expect(tags()).toEqual(["c:1", "test:0", "d:1", "host"]);
  });

  it("stay when it cannot be told what is read", async () => {
    lies("c", 1, "");
    const cleared = notifications.clearRead(badges(), () => Promise.reject(new Error("down")));
    await clock.pass(70_000);
    await cleared;
    expect(tags()).toEqual(["c:1"]);
  });

  it("are closed when it can be told again", async () => {
    lies("c", 1, "");
    const answers = [Promise.reject(new ConnectError("away", Code.Unavailable)), Promise.resolve([])];
    const cleared = notifications.clearRead(badges(), () => answers.shift() ?? Promise.resolve([]));
    await clock.pass(1_000);
    await cleared;
    expect(tags()).toEqual([]);
  });

  it("that pages have shown are named; a push was told to no page", async () => {
    lies("c", 1, "ann");
    lies("c", 2, "");
    lies("c", 3, "bob");
    lies("test", 0, "ann");
    expect(await notifications.tags()).toEqual(["c:1"]);
  });

  it("all go with who signs out, and those of others with who signs in", async () => {
    lies("c", 1, "ann");
    lies("c", 2, "");
    lies("c", 3, "bob");
    const cleared = notifications.clear();
    mine = false;
    await cleared;
    expect(tags()).toEqual(["c:3"]);
    lies("c", 2, "");
    await notifications.clear();
    expect(tags()).toEqual(["c:3", "c:2"]);
    lies("c", 4, "");
    lies("c", 5, "ann");
    await notifications.clearOthers();
    expect(tags()).toEqual(["c:5"]);
  });

  it("change their words without a sound where they are still shown, and appear for no edit", async () => {
    await notifications.show(banner({ count: 2, title: "Slab" }));
    await notifications.update(banner({ text: "Edited", title: "Slab" }));
    await notifications.update(banner({ tag: "c:9", text: "Edited" }));
    expect(notes.map(({ title, body, tag, silent }) => [title, body, tag, silent])).toEqual([["MARCO · Slab", "Edited", "c:1", true]]);
  });

  it("are not shown without permission", async () => {
    vi.stubGlobal("Notification", { permission: "denied" });
    await notifications.show(banner({}));
    await settle();
    expect(notes).toEqual([]);
  });
});
