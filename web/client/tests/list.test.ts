import { beforeEach, describe, expect, it } from "vitest";
import { ConversationList, type ListFilter } from "../src/list.js";
import type { Badge, Badges, Message } from "../src/model.js";
import { Cell } from "../src/store.js";
import type { Services } from "../src/transport.js";
import { ManualClock, settle } from "./world.js";

interface Held {
  active: number;
  number: number;
  text: string;
  starred: boolean;
}

/** The lists of a server that may lag behind its badges. */
class Server {
  readonly held = new Map<string, Held>();
  calls: { what: string; size: number }[] = [];
  lag: Map<string, Held> | null = null;
  readonly badges = new Cell<Badges>({ known: true, total: 0, totalMentions: 0, conversations: {}, left: [] });
  unread = new Map<string, Badge>();
  #at = 0;

  make(count: number): void {
    for (let index = 0; index < count; index++) this.held.set(`g${String(index).padStart(4, "0")}`, { active: ++this.#at, number: 1, text: "first", starred: false });
  }

  write(conversation: string, text = "news", unread = 1): void {
    const before = this.held.get(conversation) ?? { active: 0, number: 0, text: "", starred: false };
    this.held.set(conversation, { ...before, active: ++this.#at, number: before.number + 1, text });
    this.badge(conversation, unread);
  }

  edit(conversation: string, text: string): void {
    const before = this.held.get(conversation);
    if (before) this.held.set(conversation, { ...before, text });
    this.badge(conversation, 1);
  }

  badge(conversation: string, unread: number): void {
    const before = this.unread.get(conversation);
    const number = this.held.get(conversation)?.number ?? 0;
    const fresh = { conversation, unread, mentions: 0, read: 0, number, revision: (before?.revision ?? 10) + 1 };
    this.unread.set(conversation, { ...fresh, epoch: 0, version: 0, mutedUntilMs: 0 });
    this.tell();
  }

  tell(left: string[] = []): void {
    for (const one of left) this.unread.delete(one);
    this.badges.set({ known: true, total: 0, totalMentions: 0, conversations: Object.fromEntries(this.unread), left });
  }

  readonly messaging = {
    listConversations: ({ pageSize = 50, pageToken = "", unread = false, starred = false }) => {
      this.calls.push({ what: "page", size: pageSize });
      const from = Number(pageToken || "0");
      const all = [...(this.lag ?? this.held)]
        .filter(([name, one]) => (!unread || (this.unread.get(name)?.unread ?? 0) > 0) && (!starred || one.starred))
        .sort(([, a], [, b]) => b.active - a.active);
      const page = all.slice(from, from + pageSize);
      return Promise.resolve({
        listings: page.map(([conversation, one]) => ({
          conversation: { conversation, kind: 2, title: conversation, link: "", members: ["ann"], archived: false },
          ...{ memberCount: 1, starred: one.starred, role: 2, activeAtMs: BigInt(one.active), lastMessage: this.#message(one) },
        })),
        nextPageToken: from + pageSize < all.length ? String(from + pageSize) : "",
      });
    },
    listMessages: ({ conversation }: { conversation: string }) => {
      this.calls.push({ what: "last", size: 1 });
      const one = this.held.get(conversation);
      return Promise.resolve({ messages: one ? [this.#message(one)] : [], more: false });
    },
  };

  #message(one: Held) {
    return {
      ...{ number: BigInt(one.number), revision: 0n, text: one.text, mentions: [], attachments: [], atMs: BigInt(one.active) },
      ...{ thread: 0n, editedAtMs: 0n, changedRevision: 0n, lastReplyAtMs: 0n, author: "bob", service: "", clientKey: "" },
    };
  }
}

describe("the list of 1,000 conversations", () => {
  let clock: ManualClock;
  let server: Server;
  let list: ConversationList;
  const rows = () => list.view.value.conversations;
  const names = (count = 3): string[] => rows().slice(0, count).map((one) => one.conversation);
  const open = async (filter: ListFilter = {}): Promise<void> => {
    const parts = { services: server as unknown as Services, clock, badges: server.badges, person: "ann", name: (one: string) => one };
    list = new ConversationList(parts, filter);
    await clock.pass(0);
  };

  beforeEach(() => {
    clock = new ManualClock();
    server = new Server();
    server.make(1_000);
  });

  it("shows its first page after one call, and the rest by page, each conversation once", async () => {
    await open();
    expect([rows().length, server.calls.length, list.view.value.more]).toEqual([50, 1, true]);
    while (list.view.value.more) await Promise.all([list.loadMore(), list.loadMore()]);
    expect(new Set(rows().map((one) => one.conversation)).size).toBe(1_000);
    expect(server.calls).toHaveLength(20);
  });

  it("brings a conversation with news to the top with a page of as many as there are", async () => {
    await open();
    while (list.view.value.more) await list.loadMore();
    server.calls = [];
    server.write("g0003");
    await clock.pass(2_000);
    expect(names()).toEqual(["g0003", "g0999", "g0998"]);
    expect(rows()[0]).toMatchObject({ unread: 1, lastMessage: { text: "news" } });
    expect(server.calls).toEqual([{ what: "page", size: 2 }]);
  });

  it("costs one small call a second while people write all the time", async () => {
    await open();
    server.calls = [];
    for (let index = 0; index < 100; index++) {
      server.write(`g0${String(100 + (index % 5))}`);
      await clock.pass(100);
    }
    await clock.pass(5_000);
    expect(server.calls.length).toBeLessThanOrEqual(14);
    expect(Math.max(...server.calls.map((one) => one.size))).toBeLessThanOrEqual(6);
    expect(names(5).sort()).toEqual(["g0100", "g0101", "g0102", "g0103", "g0104"]);
  });

  it("keeps the rows that do not change, and shows the numbers of badges at once", async () => {
    await open();
    const before = rows();
    server.badges.set({ ...server.badges.value, conversations: { g0990: { conversation: "g0990", unread: 4, mentions: 1, read: 0, number: 1, revision: 1, epoch: 0, version: 0, mutedUntilMs: 9 } } });
    expect(rows().filter((row, index) => row !== before[index]).map((row) => [row.conversation, row.unread, row.mentions, row.mutedUntilMs])).toEqual([["g0990", 4, 1, 9]]);
  });

  it("looks again where the list lags behind the badges", async () => {
    await open();
    server.lag = new Map(server.held);
    server.write("g0003");
    await clock.pass(600);
    expect(names(1)).toEqual(["g0999"]);
    server.lag = null;
    await clock.pass(3_000);
    expect(names(1)).toEqual(["g0003"]);
    server.calls = [];
    await clock.pass(60_000);
    expect(server.calls).toEqual([]);
  });

  it("gives up looking for what it does not hold", async () => {
    await open({ starred: true });
    server.calls = [];
    server.write("g0003");
    await clock.pass(600_000);
    expect(server.calls.length).toBeLessThan(8);
  });

  it("reads the last message of a row further down when it was edited", async () => {
    await open();
    server.badge("g0980", 1);
    await clock.pass(10_000);
    server.edit("g0980", "edited");
    await clock.pass(2_000);
    expect(rows().find((one) => one.conversation === "g0980")?.lastMessage?.text).toBe("edited");
    expect(names(1)).toEqual(["g0999"]);
  });

  it("moves a row up at once when its message arrives in an open conversation", async () => {
    await open();
    server.calls = [];
    list.arrived("g0970", { number: 2, text: "mine", atMs: 99_999 } as Message);
    expect(rows()[0]).toMatchObject({ conversation: "g0970", lastMessage: { text: "mine" } });
    list.arrived("g0970", { number: 1, text: "older", atMs: 1 } as Message);
    expect(rows()[0]?.lastMessage?.text).toBe("mine");
    expect(server.calls).toEqual([]);
  });

  it("lets go of what the person has left", async () => {
    await open();
    server.write("g0003");
    await clock.pass(2_000);
    server.held.delete("g0003");
    server.tell(["g0003"]);
    expect(names(2)).toEqual(["g0999", "g0998"]);
    await clock.pass(60_000);
    expect(names(2)).toEqual(["g0999", "g0998"]);
  });

  it("finds a conversation that is new", async () => {
    await open();
    server.write("new");
    await clock.pass(2_000);
    expect(names(1)).toEqual(["new"]);
  });

  it("of what is unread loses what is read, at once, and gains what has news", async () => {
    for (const name of ["g0001", "g0002"]) server.badge(name, 1);
    await open({ unread: true });
    expect(names()).toEqual(["g0002", "g0001"]);
    server.badge("g0002", 0);
    expect(names()).toEqual(["g0001"]);
    server.write("g0500");
    await clock.pass(2_000);
    expect(names()).toEqual(["g0500", "g0001"]);
  });

  it("says nothing more once it is closed", async () => {
    await open();
    list.close();
    server.calls = [];
    server.write("g0003");
    await clock.pass(60_000);
    expect(server.calls).toEqual([]);
    list.end();
    expect(list.view.value).toEqual({ state: "ended", conversations: [], more: false });
    await settle();
  });
});
