import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { Outbox } from "../src/outbox.js";
import type { Services } from "../src/transport.js";
import { UnsentMessages } from "../src/unsent.js";
import { Kept, ManualClock } from "./world.js";

describe("the outbox", () => {
  const box = (answers: (Code | null)[], storage = new Kept(), clock = new ManualClock(), why = "no") => {
    const sent: string[] = [];
    let key = 0;
    const sendMessage = ({ text = "" }: { text?: string }): Promise<{ number: bigint }> => {
      const code = answers.shift() ?? null;
      if (code !== null) return Promise.reject(new ConnectError(why, code));
      sent.push(text);
      return Promise.resolve({ number: BigInt(sent.length) });
    };
    const services = { messaging: { sendMessage } } as unknown as Services;
    const unsent = new UnsentMessages(storage, "dana");
    const newKey = (): string => `k${String(++key)}`;
    return { outbox: new Outbox("c", { services, clock, newKey, unsent }), unsent, clock, sent, storage };
  };

  /** Two tabs without a network, of which one has a message on its way and the other, begun later, has it too. */
  const twice = () => {
    const away = (storage?: Kept, clock?: ManualClock) => {
      const answers: Code[] = Array.from({ length: 10_000 }, () => Code.Unavailable);
      const made = box(answers, storage, clock);
      const comeBack = (code?: Code): void => {
        answers.length = 0;
        if (code !== undefined) answers.push(code);
      };
      return { ...made, comeBack };
    };
    const one = away();
    one.outbox.send(["one"]);
    return [one, away(one.storage, one.clock)] as const;
  };

  it("sends in the order in which it was written, whatever fails on the way", async () => {
    const { outbox, clock, sent } = box([Code.Unavailable, Code.Unavailable, null, Code.InvalidArgument, null]);
    for (const text of ["one", "two", "three"]) outbox.send([text]);
    await clock.pass(10_000);
    expect(sent).toEqual(["one", "three"]);
    expect(outbox.view.value.map((one) => one.state)).toEqual(["sent", "failed", "sent"]);
  });

  it("gives everything up together after a minute without a network", async () => {
    const { outbox, clock } = box(Array.from({ length: 1_000 }, () => Code.Unavailable));
    for (const text of ["one", "two", "three"]) outbox.send([text]);
    await clock.pass(70_000);
    expect(outbox.view.value.map((one) => one.state)).toEqual(["failed", "failed", "failed"]);
  });

  it("shows what is known to be in the log no longer", async () => {
    const { outbox, clock } = box([]);
    outbox.send(["one"]);
    outbox.send(["two"]);
    await clock.pass(0);
    outbox.readTo(1);
    expect(outbox.view.value.map((one) => one.text)).toEqual(["two"]);
  });

  it("that is cleared sends nothing more", async () => {
    const { outbox, clock, sent } = box([Code.Unavailable]);
    outbox.send(["one"]);
    outbox.send(["two"]);
    outbox.clear();
    await clock.pass(60_000);
    expect(sent).toEqual([]);
  });

  it("that is cleared while it waits to try again sends nothing more", async () => {
    const { outbox, clock, sent } = box([Code.Unavailable]);
    outbox.send(["one"]);
    await clock.pass(0);
    outbox.clear();
    await clock.pass(60_000);
    expect(sent).toEqual([]);
  });

  it("of a page that was closed is sent by the next one, in its order, with the same keys", async () => {
    const before = box(Array.from({ length: 1_000 }, () => Code.Unavailable));
    for (const text of ["one", "two", "three"]) before.outbox.send([text]);
    await before.clock.pass(0);
    const next = box([Code.Unavailable], before.storage, before.clock);
    expect(next.outbox.view.value.map((one) => `${one.clientKey} ${one.text} ${one.state}`)).toEqual([
      "k1 one sending",
      "k2 two sending",
      "k3 three sending",
    ]);
    await next.clock.pass(10_000);
    expect(next.sent).toEqual(["one", "two", "three"]);
    expect(next.unsent.all()).toEqual([]);
  });

  it("of another conversation, thread or person is left alone", () => {
    const { outbox, storage, unsent } = box([Code.Unavailable]);
    outbox.send(["one"]);
    const [message] = unsent.all();
    expect(message).toMatchObject({ conversation: "c", view: 0, pieces: ["one"] });
    if (message === undefined) return;
    unsent.keep({ ...message, clientKey: "d", conversation: "d" });
    unsent.keep({ ...message, clientKey: "t", view: 3 });
    new UnsentMessages(storage, "marco").keep({ ...message, clientKey: "m" });
    for (const broken of ["{", "null", '{"clientKey":"x","conversation":"c","view":0,"atMs":0,"why":""}']) {
      storage.setItem(`dana/unsent/${broken}`, broken);
    }
    expect(box([], storage).outbox.view.value.map((one) => one.clientKey)).toEqual(["k1"]);
  });

  it("that has waited for long is left to the person, and what has failed has failed on the next page too", async () => {
    const before = box([Code.InvalidArgument, ...Array.from({ length: 1_000 }, () => Code.Unavailable)]);
    before.outbox.send(["refused"]);
    before.outbox.send(["late"]);
    await before.clock.pass(0);
    const later = new ManualClock();
    later.sleep(600_001);
    const next = box([], before.storage, later);
    await later.pass(10_000);
    expect(next.sent).toEqual([]);
    expect(next.outbox.view.value.map((one) => `${one.text} ${one.state}: ${one.why}`)).toEqual([
      "refused failed: no",
      "late failed: the page was closed before it was sent",
    ]);
    next.outbox.retry("k2");
    next.outbox.discard("k1");
    await later.pass(0);
    expect(next.sent).toEqual(["late"]);
    expect(box([], before.storage, later).outbox.view.value).toEqual([]);
  });

  it("is tried by the next page for as long as it may be sent, since nobody may look at it there", async () => {
    const before = box(Array.from({ length: 10_000 }, () => Code.Unavailable));
    before.outbox.send(["one"]);
    await before.clock.pass(0);
    const next = box(Array.from({ length: 10_000 }, () => Code.Unavailable), before.storage, before.clock);
    await next.clock.pass(590_000);
    expect(next.outbox.view.value.map((one) => one.state)).toEqual(["sending"]);
    await next.clock.pass(20_000);
    expect(next.outbox.view.value.map((one) => one.state)).toEqual(["failed"]);
  });

  it("that was discarded in one tab is not sent by another", async () => {
    const [one, other] = twice();
    await one.clock.pass(70_000);
    one.outbox.discard("k1");
    other.comeBack();
    await one.clock.pass(20_000);
    expect([other.sent, other.outbox.view.value, one.unsent.all()]).toEqual([[], [], []]);
  });

  it("that was sent by one tab does not come back because another fails", async () => {
    const [one, other] = twice();
    one.comeBack();
    await one.clock.pass(10_000);
    other.comeBack(Code.NotFound);
    await one.clock.pass(10_000);
    expect([one.sent, other.sent, other.outbox.view.value, one.unsent.all()]).toEqual([["one"], [], [], []]);
  });

  it("that was refused without a word is not sent again by the next page", async () => {
    const { outbox, clock, storage } = box([Code.PermissionDenied], new Kept(), new ManualClock(), "");
    outbox.send(["one"]);
    await clock.pass(0);
    expect(outbox.view.value.map((one) => one.why)).toEqual(["PermissionDenied"]);
    const next = box([], storage, clock);
    await clock.pass(0);
    expect(next.sent).toEqual([]);
  });

  it("is sent all the same where the browser's store is full", async () => {
    const storage = new Kept();
    storage.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    const { outbox, clock, sent } = box([], storage);
    outbox.send(["one"]);
    await clock.pass(0);
    expect(sent).toEqual(["one"]);
  });

  it("that is cleared is not kept either", async () => {
    const { outbox, clock, unsent } = box([Code.Unavailable]);
    outbox.send(["one"]);
    await clock.pass(0);
    outbox.clear();
    await clock.pass(60_000);
    expect(unsent.all()).toEqual([]);
  });
});
