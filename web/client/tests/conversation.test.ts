import { Code, ConnectError } from "@connectrpc/connect";
import { beforeEach, describe, expect, it } from "vitest";
import { OpenConversation } from "../src/conversation.js";
import type { Message } from "../src/model.js";
import type { Services } from "../src/transport.js";
import type { Part } from "../src/wire.js";
import { UnsentMessages } from "../src/unsent.js";
import { Kept, ManualClock, settle } from "./world.js";

/** A conversation on a server that fails as it is told. */
class Server {
  texts: string[] = [];
  keys = new Map<string, number>();
  failures: Code[] = [];
  calls: string[] = [];

  readonly messaging = {
    getConversation: () =>
      Promise.resolve({
        conversation: {
          title: "Slab",
          kind: 2,
          link: "",
          archived: false,
          members: ["ann", "bob"],
          owners: ["ann"],
          revision: BigInt(this.texts.length + 1),
          number: BigInt(this.texts.length),
        },
      }),
    listMessages: ({ afterNumber = 0n, beforeNumber = 0n, pageSize = 50 }) => {
      const all = this.texts.map((text, index) => this.message(index + 1, text));
      const after = all.filter(({ number }) => number > afterNumber);
      const found = beforeNumber > 0n ? all.filter(({ number }) => number < beforeNumber) : after;
      const messages = beforeNumber > 0n ? found.slice(-pageSize) : found.slice(0, pageSize);
      return Promise.resolve({ messages, more: found.length > messages.length });
    },
    sendMessage: ({ clientKey, text }: { clientKey: string; text: string }) => {
      this.calls.push(clientKey);
      const failure = this.failures.shift();
      if (failure !== undefined) return Promise.reject(new ConnectError("not now", failure));
      if (!this.keys.has(clientKey)) {
        this.texts.push(text);
        this.keys.set(clientKey, this.texts.length);
      }
      return Promise.resolve({ number: BigInt(this.keys.get(clientKey) ?? 0) });
    },
  };

  message(number: number, text: string) {
    return {
      number: BigInt(number),
      revision: BigInt(number + 1),
      author: "bob",
      service: "",
      text,
      mentions: [],
      attachments: [],
      atMs: 0n,
      clientKey: `server-${String(number)}`,
      thread: 0n,
      editedAtMs: 0n,
      changedRevision: 0n,
      deleted: false,
      replies: 0,
      lastReplyAtMs: 0n,
    };
  }
}

describe("an open conversation", () => {
  let clock: ManualClock;
  let server: Server;
  let give: (part: Part) => void;
  let watched: number[];
  let conversation: OpenConversation;
  const numbers = (): number[] => conversation.view.value.messages.map((one) => one.number);
  const sent = (number: number, text: string, clientKey = `server-${String(number)}`): Part => {
    const message = { number, revision: number + 1, text, clientKey, changedRevision: number + 1 } as Message;
    const full = { ...message, author: "bob", mentions: [], attachments: [], thread: 0, deleted: false };
    return {
      is: "events",
      events: [{ revision: number + 1, number, atMs: 0, author: "bob", change: { is: "sent", message: full as unknown as Message } }],
    };
  };

  const make = async (texts: number, around = 0): Promise<void> => {
    server.texts = Array.from({ length: texts }, (_, index) => `text ${String(index + 1)}`);
    await conversation.open(around);
  };

  beforeEach(() => {
    clock = new ManualClock();
    server = new Server();
    watched = [];
    let key = 0;
    conversation = new OpenConversation("c", {
      services: server as unknown as Services,
      clock,
      person: "ann",
      name: (person) => person,
      newKey: () => `key-${String(++key)}`,
      unsent: new UnsentMessages(new Kept(), "dana"),
      watch: (after, take) => {
        watched.push(after);
        give = take;
        return () => undefined;
      },
    });
  });

  it("opens at its end, and follows from the position before the page", async () => {
    await make(120);
    expect([numbers()[0], numbers().at(-1)]).toEqual([71, 120]);
    expect(watched).toEqual([121]);
  });

  it("opens at the first unread message, with pages on both sides", async () => {
    await make(200, 100);
    expect([numbers()[0], numbers().at(-1)]).toEqual([50, 149]);
    expect(conversation.view.value).toMatchObject({ earlier: true, later: true });
    await conversation.loadEarlier();
    await conversation.loadLater();
    expect([numbers()[0], numbers().at(-1)]).toEqual([1, 199]);
    expect(conversation.view.value).toMatchObject({ earlier: false, later: true });
    await conversation.jumpToLatest();
    expect([numbers()[0], numbers().at(-1)]).toEqual([151, 200]);
  });

  it("takes live messages once, in order", async () => {
    await make(2);
    give(sent(3, "three"));
    give(sent(3, "three"));
    give(sent(4, "four"));
    expect(numbers()).toEqual([1, 2, 3, 4]);
  });

  it("makes no gap when the end is not loaded", async () => {
    await make(200, 1);
    give(sent(201, "new"));
    expect(numbers().at(-1)).toBe(50);
    expect(conversation.view.value.later).toBe(true);
  });

  it("shows a message at once, and takes the copy away when the log has it", async () => {
    await make(1);
    conversation.send(["Hello"]);
    expect(conversation.view.value.outgoing).toMatchObject([{ text: "Hello", state: "sending" }]);
    await settle();
    expect(conversation.view.value.outgoing).toMatchObject([{ state: "sent" }]);
    give(sent(2, "Hello", "key-1"));
    expect(conversation.view.value.outgoing).toEqual([]);
    expect(numbers()).toEqual([1, 2]);
  });

  it("also when the event comes before the answer", async () => {
    await make(1);
    conversation.send(["Hello"]);
    give(sent(2, "Hello", "key-1"));
    await settle();
    expect(conversation.view.value.outgoing).toEqual([]);
  });

  it("also when the answer tells of a message that was in the log when it was read, and no event comes any more", async () => {
    await make(200, 100);
    // An earlier page had sent it, and was closed before the answer.
    server.keys.set("key-1", 200);
    conversation.send(["text 200"]);
    await settle();
    expect(conversation.view.value.outgoing).toEqual([]);
  });

  it("repeats a send with the same key while that can help", async () => {
    await make(0);
    server.failures = [Code.Unavailable, Code.DeadlineExceeded, Code.Unknown];
    conversation.send(["Hello"]);
    await clock.pass(5_000);
    expect(server.calls).toEqual(["key-1", "key-1", "key-1", "key-1"]);
    expect(conversation.view.value.outgoing[0]?.state).toBe("sent");
    expect(server.texts).toEqual(["Hello"]);
  });

  it("shows a failure at once where a repeat cannot help, and tries again when told", async () => {
    await make(0);
    server.failures = [Code.InvalidArgument];
    const key = conversation.send(["Hello"]);
    await settle();
    expect(conversation.view.value.outgoing).toMatchObject([{ state: "failed", why: "not now" }]);
    conversation.retry(key);
    await settle();
    expect(conversation.view.value.outgoing).toMatchObject([{ state: "sent", why: "" }]);
    expect(server.calls).toEqual([key, key]);
  });

  it("shows a failure when nothing has helped for a minute, and can be thrown away", async () => {
    await make(0);
    server.failures = Array.from({ length: 100 }, () => Code.Unavailable);
    const key = conversation.send(["Hello"]);
    await clock.pass(59_000);
    expect(conversation.view.value.outgoing[0]?.state).toBe("sending");
    await clock.pass(10_000);
    expect(conversation.view.value.outgoing[0]?.state).toBe("failed");
    conversation.discard(key);
    expect(conversation.view.value.outgoing).toEqual([]);
  });

  it("reads again what it shows when its position is too old", async () => {
    await make(2);
    server.texts.push("three");
    give({ is: "reset" });
    await settle();
    expect(numbers()).toEqual([1, 2, 3]);
    expect(watched).toEqual([3, 4]);
  });
});
