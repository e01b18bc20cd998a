import { beforeEach, describe, expect, it } from "vitest";
import { OpenConversation } from "../src/conversation.js";
import type { LogEvent, Message } from "../src/model.js";
import type { Services } from "../src/transport.js";
import { HELD } from "../src/window.js";
import type { Part } from "../src/wire.js";
import { UnsentMessages } from "../src/unsent.js";
import { Kept, ManualClock, seeded, settle } from "./world.js";

/** A log, pages of it that are answered when the test says so, and a stream that may lag behind. */
class Log {
  messages: Message[] = [];
  events: LogEvent[] = [];
  #told = 0;
  #waiting: (() => void)[] = [];
  give: (part: Part) => void = () => undefined;
  held = false;

  send(thread = 0): void {
    const revision = this.events.length + 1;
    const number = this.messages.length + 1;
    const atMs = revision;
    const message: Message = {
      ...{ number, revision, author: "bob", service: "", text: `text ${String(number)}`, mentions: [], attachments: [] },
      ...{ atMs, clientKey: `k${String(number)}`, thread, editedAtMs: 0, changedRevision: revision, deleted: false },
      ...{ replies: 0, lastReplyAtMs: 0 },
    };
    this.messages.push(message);
    if (thread > 0) {
      const root = this.messages[thread - 1];
      if (root) this.messages[thread - 1] = { ...root, replies: root.replies + 1, lastReplyAtMs: atMs };
    }
    this.events.push({ revision, number, atMs, author: "bob", change: { is: "sent", message } });
  }

  edit(number: number): void {
    const message = this.messages[number - 1];
    if (!message || message.deleted) return;
    const revision = this.events.length + 1;
    const text = `edited ${String(revision)}`;
    this.messages[number - 1] = { ...message, text, editedAtMs: revision, changedRevision: revision };
    const change = { is: "edited", number, text, mentions: [], attachments: [], superseded: false } as const;
    this.events.push({ revision, number: this.messages.length, atMs: revision, author: "bob", change });
  }

  delete(number: number): void {
    const message = this.messages[number - 1];
    if (!message || message.deleted) return;
    const revision = this.events.length + 1;
    this.messages[number - 1] = { ...message, text: "", deleted: true, changedRevision: revision };
    this.events.push({ revision, number: this.messages.length, atMs: revision, author: "bob", change: { is: "deleted", number } });
  }

  /** Tells some of the events that are not told yet. */
  tell(count = Number.POSITIVE_INFINITY): void {
    const events = this.events.slice(this.#told, this.#told + count);
    this.#told += events.length;
    if (events.length > 0) this.give({ is: "events", events });
  }

  watchedFrom(after: number): void {
    this.#told = after;
  }

  /** Answers the oldest page that is asked for. */
  async answer(): Promise<void> {
    this.#waiting.shift()?.();
    await settle();
  }

  readonly messaging = {
    getConversation: () =>
      Promise.resolve({
        conversation: {
          ...{ kind: 2, title: "Slab", link: "", archived: false, members: ["ann", "bob"], owners: ["ann"] },
          ...{ revision: BigInt(this.events.length), number: BigInt(this.messages.length) },
        },
      }),
    listMessages: async ({ afterNumber = 0n, beforeNumber = 0n, pageSize = 50, thread = 0n }) => {
      const read = () => {
        const all = this.messages.filter((one) => thread === 0n || BigInt(one.thread) === thread);
        const found = all.filter(({ number }) => (beforeNumber > 0n ? number < beforeNumber : number > afterNumber));
        const messages = beforeNumber > 0n ? found.slice(-pageSize) : found.slice(0, pageSize);
        return { messages: messages.map((one) => wire(one)), more: found.length > messages.length };
      };
      // The page is as it was when it was read; it arrives later.
      const page = read();
      if (this.held) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return page;
    },
  };
}

const wire = (message: Message) => ({
  ...message,
  ...{ number: BigInt(message.number), revision: BigInt(message.revision), atMs: BigInt(message.atMs) },
  ...{ thread: BigInt(message.thread), editedAtMs: BigInt(message.editedAtMs) },
  ...{ changedRevision: BigInt(message.changedRevision), lastReplyAtMs: BigInt(message.lastReplyAtMs) },
});

describe("the history of an open conversation", () => {
  let log: Log;
  let opened: OpenConversation;
  const numbers = (): number[] => opened.view.value.messages.map((one) => one.number);
  const make = (thread = 0): OpenConversation =>
    new OpenConversation("c", {
      services: log as unknown as Services,
      clock: new ManualClock(),
      person: "ann",
      name: (person) => person,
      newKey: () => "key",
      unsent: new UnsentMessages(new Kept(), "dana"),
      thread,
      watch: (after, take) => {
        log.give = take;
        log.watchedFrom(after);
        return () => {
          log.give = () => undefined;
        };
      },
    });

  beforeEach(() => {
    log = new Log();
    opened = make();
  });

  it("of 10,000 messages is walked through both ways with a bounded number in memory", async () => {
    for (let count = 0; count < 10_000; count++) log.send();
    await opened.open();
    let most = 0;
    while (opened.view.value.earlier) {
      const first = numbers()[0] ?? 0;
      await opened.loadEarlier();
      expect(numbers()[0]).toBe(Math.max(1, first - 50));
      most = Math.max(most, numbers().length);
    }
    expect(opened.view.value.later).toBe(true);
    while (opened.view.value.later) {
      await opened.loadLater();
      const held = numbers();
      expect(held.at(-1)).toBe((held[0] ?? 0) + held.length - 1);
      most = Math.max(most, held.length);
    }
    expect(numbers().at(-1)).toBe(10_000);
    expect(most).toBe(HELD);
  });

  it("jumps to any message, to the first unread one and to the latest", async () => {
    for (let count = 0; count < 10_000; count++) log.send();
    await opened.open(3_000, 3_000);
    expect(opened.view.value.unreadFrom).toBe(3_000);
    expect([numbers()[0], numbers().at(-1)]).toEqual([2_950, 3_049]);
    await opened.jumpTo(8_000);
    expect([numbers()[0], numbers().at(-1)]).toEqual([7_950, 8_049]);
    const before = opened.view.value.messages;
    await opened.jumpTo(8_010);
    expect(opened.view.value.messages).toBe(before);
    await opened.jumpToLatest();
    expect([numbers()[0], numbers().at(-1)]).toEqual([9_951, 10_000]);
    log.send();
    log.tell();
    expect(numbers().at(-1)).toBe(10_001);
  });

  it("has no gap when messages arrive while the end is being read", async () => {
    for (let count = 0; count < 300; count++) log.send();
    await opened.open(10);
    log.held = true;
    const jump = opened.jumpToLatest();
    await settle();
    log.send();
    log.send();
    log.edit(280);
    log.tell();
    await log.answer();
    await jump;
    log.send();
    log.tell();
    expect(numbers()).toEqual(Array.from({ length: 53 }, (_, index) => 251 + index));
    expect(opened.view.value.messages.find((one) => one.number === 280)?.text).toContain("edited");
  });

  it("of who reads at its beginning does not run away when messages arrive at its end", async () => {
    for (let count = 0; count < HELD; count++) log.send();
    await opened.open();
    while (opened.view.value.earlier) await opened.loadEarlier();
    log.send();
    log.tell();
    expect(numbers()[0]).toBe(1);
    expect(opened.view.value.later).toBe(true);
  });

  it("has no gap where new messages push the first ones out while the page before them is read", async () => {
    for (let count = 0; count < 600; count++) log.send();
    await opened.open();
    for (let count = 0; count < HELD - 50; count++) log.send();
    log.tell();
    expect(numbers()).toHaveLength(HELD);
    log.held = true;
    const load = opened.loadEarlier();
    await settle();
    for (let count = 0; count < 10; count++) log.send();
    log.tell();
    await log.answer();
    await load;
    const held = numbers();
    expect(held).toEqual(held.map((_, index) => (held[0] ?? 0) + index));
  });

  it("asked for a page twice reads it once", async () => {
    for (let count = 0; count < 300; count++) log.send();
    await opened.open();
    await Promise.all([opened.loadEarlier(), opened.loadEarlier()]);
    expect(numbers()).toHaveLength(100);
  });

  it("of who was brought far below does not count what lies between as seen", async () => {
    for (let count = 0; count < 1_000; count++) log.send();
    await opened.open(100);
    expect(opened.from).toBeLessThanOrEqual(100);
    await opened.jumpTo(900);
    expect(opened.from).toBe(850);
    await opened.jumpToLatest();
    expect(opened.from).toBe(0);
  });

  it("of a thread holds its root and its replies", async () => {
    for (let count = 0; count < 5; count++) log.send();
    log.send(2);
    log.send();
    log.send(2);
    opened = make(2);
    await opened.open();
    expect([opened.view.value.root?.number, ...numbers()]).toEqual([2, 6, 8]);
    log.send();
    log.send(2);
    log.edit(2);
    log.delete(6);
    log.tell();
    expect(numbers()).toEqual([6, 8, 10]);
    expect(opened.view.value.root).toMatchObject({ replies: 3, text: expect.stringContaining("edited") as string });
    expect(opened.view.value.messages[0]?.deleted).toBe(true);
  });

  it("counts replies once, whether the page or the stream told of them first", async () => {
    log.send();
    await opened.open();
    log.send(1);
    log.tell();
    expect(opened.view.value.messages[0]?.replies).toBe(1);
    log.send(1);
    await opened.open();
    log.watchedFrom(0);
    log.tell();
    expect(opened.view.value.messages[0]?.replies).toBe(2);
  });

  it.each(Array.from({ length: 60 }, (_, seed) => seed + 1))(
    "is a run of the log without gap or repeat, whatever happens (%i)",
    async (seed) => {
      const random = seeded(seed);
      const upTo = (count: number): number => Math.floor(random() * count);
      for (let count = upTo(1_500); count >= 0; count--) log.send();
      await opened.open(random() < 0.5 ? upTo(log.messages.length) : 0);
      log.held = true;
      const calls: Promise<void>[] = [];
      for (let step = 0; step < 150; step++) {
        const act = upTo(10);
        if (act < 2) for (let count = upTo(30); count >= 0; count--) log.send(random() < 0.2 ? 1 + upTo(log.messages.length) : 0);
        else if (act === 2) log.edit(1 + upTo(log.messages.length));
        else if (act === 3) log.delete(1 + upTo(log.messages.length));
        else if (act === 4) calls.push(opened.loadEarlier());
        else if (act === 5) calls.push(opened.loadLater());
        else if (act === 6) calls.push(random() < 0.3 ? opened.jumpToLatest() : opened.jumpTo(1 + upTo(log.messages.length)));
        else if (act === 7) log.tell(upTo(20));
        else await log.answer();
        const held = numbers();
        expect(held.length).toBeLessThanOrEqual(HELD);
        expect(held).toEqual(held.map((_, index) => (held[0] ?? 0) + index));
      }
      log.held = false;
      for (let count = 0; count < 400; count++) await log.answer();
      await Promise.all(calls);
      log.tell();
      const { messages, earlier, later, number } = opened.view.value;
      expect(number).toBe(log.messages.length);
      expect(earlier).toBe((messages[0]?.number ?? 1) > 1);
      expect(later || messages.at(-1)?.number === log.messages.length).toBe(true);
      for (const message of messages) {
        const { text, deleted } = log.messages[message.number - 1] ?? {};
        expect({ text: message.text, deleted: message.deleted }).toEqual({ text, deleted });
      }
    },
  );
});
