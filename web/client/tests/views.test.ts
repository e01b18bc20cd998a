import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { NO_BADGES } from "../src/badges.js";
import type { Badge, Badges } from "../src/model.js";
import { Cell } from "../src/store.js";
import type { Services } from "../src/transport.js";
import { DWELL_MS, type Viewport } from "../src/viewed.js";
import { Views } from "../src/views.js";
import type { Part } from "../src/wire.js";
import { UnsentMessages } from "../src/unsent.js";
import { badge, badges } from "./values.js";
import { Kept, ManualClock, settle } from "./world.js";

/** A screen that shows at once, and whole, what it is to observe. */
class Screen {
  constructor(readonly tell: (entries: object[]) => void) {}
  observe(target: object): void {
    this.tell([{ target, isIntersecting: true, intersectionRatio: 1, intersectionRect: { height: 1 }, rootBounds: null }]);
  }
  disconnect = (): void => undefined;
}

describe("what a tab has opened", () => {
  let clock: ManualClock;
  let views: Views;
  let made: () => Views;
  let held: Cell<Badges>;
  let read: number[];
  let sent: string[];
  let asked: bigint[];
  let lists: number;
  let tried: Set<string>;
  let failure: Code;
  let first: number;
  let attentive: boolean;
  let storage: Kept;
  let watched: Map<string, (part: Part) => void>;

  const know = (conversation: string, upTo: number): void => {
    held.set(badges(badge(conversation, { unread: 9, read: upTo, number: 200 })));
  };
  const viewport = (conversation: string): Viewport => views.viewport(conversation, {} as Element);
  const see = (shown: Viewport, number: number): void => {
    shown.observe({} as Element, number);
  };

  beforeEach(() => {
    vi.stubGlobal("IntersectionObserver", Screen);
    clock = new ManualClock();
    held = new Cell<Badges>(NO_BADGES);
    read = [];
    sent = [];
    asked = [];
    lists = 0;
    tried = new Set();
    storage = new Kept();
    failure = Code.InvalidArgument;
    first = 0;
    attentive = true;
    watched = new Map();
    let key = 0;
    const messaging = {
      getConversation: () =>
        Promise.resolve({ conversation: { revision: 200n, number: 200n, members: [], owners: [], kind: 2, title: "T", link: "", archived: false } }),
      listMessages: ({ beforeNumber, afterNumber }: { beforeNumber?: bigint; afterNumber?: bigint }) => {
        const number = beforeNumber === undefined ? (afterNumber ?? 0n) + 1n : beforeNumber > 200n ? 200n : beforeNumber - 1n;
        asked.push(number);
        return Promise.resolve({ messages: [{ number, revision: number, changedRevision: 0n, mentions: [], attachments: [] }], more: true });
      },
      listConversations: () => {
        lists++;
        return Promise.resolve({ listings: [], nextPageToken: "" });
      },
      sendMessage: ({ text }: { text: string }) => {
        tried.add(text);
        return Promise.reject(new ConnectError("no", failure));
      },
    };
    made = () => new Views({
      ...{ services: { messaging } as unknown as Services, clock, person: "dana", name: (person) => person },
      newKey: () => `k${String(++key)}`,
      unsent: new UnsentMessages(storage, "dana"),
      unread: {
        badges: held,
        badge: (conversation): Badge | undefined => held.value.conversations[conversation],
        first: () => Promise.resolve(first),
        markRead: (_, number) => Promise.resolve(void read.push(number)),
      },
      watch: (watch, take) => {
        const name = watch.what === "presence" ? watch.what : `${watch.what} ${watch.conversation}`;
        watched.set(name, take);
        return () => watched.delete(name);
      },
      attentive: () => attentive,
      sent: (conversation) => sent.push(conversation),
    });
    views = made();
  });

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("begins where it is unread, or at the message that is asked for", async () => {
    first = 4;
    const unread = views.open("c", 0);
    await settle();
    expect([asked, unread.view.value.unreadFrom]).toEqual([[3n, 4n], 4]);
    const at = views.open("c", 90);
    await settle();
    expect([asked.slice(2), at.view.value.unreadFrom]).toEqual([[89n, 90n], 4]);
  });

  it("has what is on its way again when it is opened again, thread by thread", async () => {
    const [whole, thread] = [views.open("c", 0), views.thread("c", 3)];
    whole.send(["one"]);
    thread.send(["two"]);
    await settle();
    for (const opened of [whole, thread]) opened.close();
    const words = (opened: typeof whole): string[] => opened.view.value.outgoing.map((one) => `${one.text} ${one.state}`);
    expect([words(views.open("c", 0)), words(views.thread("c", 3)), words(views.open("d", 0))]).toEqual([["one failed"], ["two failed"], []]);
    expect(sent).toEqual(["c", "c"]);
  });

  it("sends what the page before has left behind, whether or not it is opened", async () => {
    failure = Code.Unavailable;
    views.open("c", 0).send(["one"]);
    views.thread("c", 3).send(["two"]);
    await settle();
    tried.clear();
    const next = made();
    await settle();
    expect([...tried].sort()).toEqual(["one", "two"]);
    const words = next.open("c", 0).view.value.outgoing.map((one) => `${one.text} ${one.state}`);
    expect(words).toEqual(["one sending"]);
    // Not what nobody has come back to for a month.
    clock.sleep(31 * 86_400_000);
    expect(made().open("c", 0).view.value.outgoing).toEqual([]);
    // Not after the person has signed out, in all tabs.
    for (const each of [views, next]) each.forget();
    tried.clear();
    made();
    await clock.pass(60_000);
    expect([...tried]).toEqual([]);
  });

  it("counts as viewed only when it is known what is unread", async () => {
    see(viewport("c"), 5);
    await clock.pass(DWELL_MS);
    know("c", 3);
    await clock.pass(10_000);
    expect(read).toEqual([]);
    views.known();
    await clock.pass(DWELL_MS);
    expect(read).toEqual([5]);
  });

  it("counts as viewed only while somebody looks", async () => {
    know("c", 3);
    attentive = false;
    see(viewport("c"), 5);
    await clock.pass(10_000);
    expect(read).toEqual([]);
    attentive = true;
    views.attend();
    await clock.pass(DWELL_MS);
    expect(read).toEqual([5]);
  });

  it("does not count as viewed what was jumped over, until the person goes to the end", async () => {
    know("c", 3);
    const opened = views.open("c", 150);
    await settle();
    see(viewport("c"), 150);
    await clock.pass(10_000);
    expect(read).toEqual([]);
    await opened.jumpToLatest();
    await clock.pass(DWELL_MS);
    expect(read).toEqual([150]);
  });

  it("counts as viewed what any open view of the conversation has led to", async () => {
    know("c", 3);
    first = 4;
    views.open("c", 150);
    const other = views.open("c", 0);
    await settle();
    see(viewport("c"), 4);
    await clock.pass(DWELL_MS);
    other.close();
    see(viewport("c"), 150);
    await clock.pass(DWELL_MS);
    expect(read).toEqual([4]);
  });

  it("does not count what is marked as unread, in that conversation only", async () => {
    know("c", 3);
    const [one, other] = [viewport("c"), viewport("d")];
    see(one, 5);
    see(other, 6);
    views.markedUnread("c");
    see(one, 7);
    await clock.pass(10_000);
    expect(read).toEqual([6]);
  });

  it("is read again after a change of the person's own", async () => {
    views.list({});
    await clock.pass(2_000);
    expect(lists).toBe(1);
    views.changed();
    await clock.pass(2_000);
    expect(lists).toBe(2);
  });

  it("looks again in its lists when a message arrives in an open conversation", async () => {
    views.list({});
    views.open("c", 0);
    await clock.pass(2_000);
    const message = { number: 201, revision: 201, author: "ann", service: "", text: "Hello", mentions: [], attachments: [], clientKey: "" };
    const rest = { atMs: 1, thread: 0, editedAtMs: 0, changedRevision: 201, deleted: false, replies: 0, lastReplyAtMs: 0 };
    const event = { revision: 201, number: 201, atMs: 1, author: "ann", change: { is: "sent" as const, message: { ...message, ...rest } } };
    watched.get("conversation c")?.({ is: "events", events: [event] });
    await clock.pass(500);
    expect(lists).toBe(2);
  });

  it("ends, and what it shows stays", async () => {
    know("c", 3);
    const [opened, list, search] = [views.open("c", 0), views.list({}), views.search()];
    await clock.pass(2_000);
    see(viewport("c"), 200);
    views.close();
    views.changed();
    await clock.pass(10_000);
    expect([watched.size, lists, read]).toEqual([0, 1, []]);
    expect([opened.view.value.state, list.view.value.state, search.view.value.state]).toEqual(["open", "shown", "idle"]);
  });

  it("is forgotten with who signs out, and what is on its way with it", async () => {
    const [opened, closed, list] = [views.open("c", 0), views.open("d", 0), views.list({})];
    opened.send(["one"]);
    await clock.pass(2_000);
    failure = Code.Unavailable;
    for (const text of ["two", "three"]) closed.send([text]);
    closed.close();
    await clock.pass(1_000);
    views.forget();
    await clock.pass(120_000);
    expect([...tried]).toEqual(["one", "two"]);
    expect([opened.view.value.state, opened.view.value.messages, list.view.value.state]).toEqual(["ended", [], "ended"]);
    expect([opened.view.value.outgoing, views.open("c", 0).view.value.outgoing]).toEqual([[], []]);
  });
});
