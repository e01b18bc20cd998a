import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { BANNER_MS, BannerStand } from "../src/banners.js";
import { PreferenceField } from "../src/gen/conversations/notifier/v1/notifier_pb.js";
import { seenBy } from "../src/messages.js";
import type { Banner, Reader } from "../src/model.js";
import { Outbox } from "../src/outbox.js";
import { contentOf, wordsOf } from "../src/pieces.js";
import { Preferences } from "../src/preferences.js";
import { Reads } from "../src/reads.js";
import { Search } from "../src/search.js";
import { Cell } from "../src/store.js";
import type { Services } from "../src/transport.js";
import { Typist } from "../src/typing.js";
import { UnsentMessages } from "../src/unsent.js";
import { badge, badges, banner as anyBanner } from "./values.js";
import { Kept, ManualClock, settle } from "./world.js";

const banner = (tag: string, change: Partial<Banner> = {}): Banner =>
  anyBanner({ tag, conversation: tag.split(":")[0] ?? "", ...change });

describe("banners", () => {
  const stand = (): { clock: ManualClock; banners: BannerStand; tags: () => string[] } => {
    const clock = new ManualClock();
    const banners = new BannerStand(clock);
    return { clock, banners, tags: () => banners.value.map((one) => one.tag) };
  };

  it("go by themselves, each after its time", async () => {
    const { clock, banners, tags } = stand();
    banners.show(banner("a:1"));
    await clock.pass(2_000);
    banners.show(banner("b:1"));
    await clock.pass(BANNER_MS - 2_000);
    expect(tags()).toEqual(["b:1"]);
    await clock.pass(2_000);
    expect(tags()).toEqual([]);
  });

  it("stay while the pointer rests on them, and go the whole time after it has left", async () => {
    const { clock, banners, tags } = stand();
    banners.show(banner("a:1"));
    await clock.pass(BANNER_MS - 1);
    banners.hold("a:1");
    banners.show(banner("a:1", { text: "Again" }));
    await clock.pass(100_000);
    expect(tags()).toEqual(["a:1"]);
    banners.release("a:1");
    await clock.pass(BANNER_MS - 1);
    expect(tags()).toEqual(["a:1"]);
    await clock.pass(1);
    expect(tags()).toEqual([]);
  });

  it("change their words where they stand, and their time does not begin anew", async () => {
    const { clock, banners, tags } = stand();
    banners.show(banner("a:1"));
    banners.show(banner("b:1"));
    await clock.pass(BANNER_MS - 1);
    banners.update(banner("a:1", { text: "Edited", update: true }));
    banners.update(banner("gone:1", { text: "Edited", update: true }));
    expect(banners.value.map((one) => [one.tag, one.text, one.update])).toEqual([
      ["a:1", "Edited", false],
      ["b:1", "Hello", false],
    ]);
    await clock.pass(1);
    expect(tags()).toEqual([]);
  });

  it("replace what stands under their tag, and go with their conversation", () => {
    const { banners, tags } = stand();
    banners.show(banner("a:1"));
    banners.show(banner("a:1", { count: 3 }));
    banners.show(banner("a:2"));
    banners.show(banner("b:1"));
    expect(banners.value.map((one) => one.count)).toEqual([3, 1, 1]);
    banners.dismissOf("a");
    expect(tags()).toEqual(["b:1"]);
  });
});

describe("typing", () => {
  it("is told seldom while it goes on, and ends by itself", async () => {
    const clock = new ManualClock();
    const told: [number, boolean][] = [];
    const began = clock.now();
    const typist = new Typist(clock, (_, stopped) => told.push([clock.now() - began, stopped]));
    for (let key = 0; key < 40; key++) {
      typist.typed("c");
      await clock.pass(200);
    }
    await clock.pass(60_000);
    expect(told).toEqual([[0, false], [3_000, false], [6_000, false], [12_800, true]]);
  });

  it("stops at once when the message is sent, and says nothing that was not begun", () => {
    const told: string[] = [];
    const typist = new Typist(new ManualClock(), (conversation, stopped) => told.push(`${conversation} ${String(stopped)}`));
    typist.typed("c");
    typist.stopped("c");
    typist.stopped("c");
    typist.typed("c");
    typist.stopAll();
    expect(told).toEqual(["c false", "c true", "c false", "c true"]);
  });
});

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

describe("what is written", () => {
  it("is text, or parts if somebody is mentioned", () => {
    expect(contentOf(["a", "b"])).toEqual({ text: "ab" });
    const pieces = ["", "Ask ", { person: "dana", label: "Dana" }, " or ", { everyone: "" }];
    expect(contentOf(pieces).parts?.map((one) => one.part.case)).toEqual(["text", "person", "text", "everyone"]);
    expect(wordsOf(pieces)).toBe("Ask @Dana or @everyone");
  });
});

describe("reading", () => {
  const make = (read: number, failures: (Code | null)[] = []) => {
    const clock = new ManualClock();
    const held = new Cell(read < 0 ? badges() : badges(badge("c", { read, epoch: 3 })));
    const told: string[] = [];
    const unread = {
      markRead: ({ number, epoch }: { number: bigint; epoch: bigint }) => {
        const code = failures.shift() ?? null;
        told.push(`${String(number)} at ${String(epoch)}`);
        return code === null ? Promise.resolve({ badge: undefined }) : Promise.reject(new ConnectError("no", code));
      },
      getBadges: () => Promise.resolve({ badges: [{ epoch: 7n }] }),
    };
    const reads = new Reads({ services: { unread } as unknown as Services, clock, badges: held, take: () => undefined });
    return { clock, reads, told };
  };

  it("of many messages at once is told once, with the highest", async () => {
    const { clock, reads, told } = make(0);
    for (const number of [1, 2, 3, 2]) void reads.viewed("c", number);
    await clock.pass(1_000);
    expect(told).toEqual(["3 at 3"]);
  });

  it("of what is read already is not told", async () => {
    const { clock, reads, told } = make(5);
    void reads.viewed("c", 5);
    await clock.pass(1_000);
    expect(told).toEqual([]);
  });

  it("is told again until it is heard, and takes what was viewed meanwhile with it", async () => {
    const { clock, reads, told } = make(0, [Code.Unavailable, Code.Unavailable]);
    void reads.viewed("c", 1);
    await clock.pass(100);
    void reads.viewed("c", 4);
    await clock.pass(5_000);
    expect(told).toEqual(["1 at 3", "1 at 3", "1 at 3", "4 at 3"]);
  });

  it("gives way to who has marked it as unread since", async () => {
    const { clock, reads, told } = make(0, [Code.FailedPrecondition]);
    void reads.viewed("c", 1);
    await clock.pass(5_000);
    expect(told).toEqual(["1 at 3"]);
  });

  it("asks for the epoch where it knows no badge", async () => {
    const { clock, reads, told } = make(-1, [Code.FailedPrecondition]);
    void reads.viewed("c", 1);
    await clock.pass(5_000);
    expect(told).toEqual(["1 at 0", "1 at 7"]);
  });
});

describe("who has seen a message", () => {
  const reader = (person: string, change: Partial<Reader> = {}): Reader => ({
    ...{ person, read: 5, joined: 0, epoch: 0, version: 1, left: false },
    ...change,
  });

  it("is whose pointer has reached it, but its author and who joined later", () => {
    const readers = [
      ...[reader("dana"), reader("ann"), reader("bob", { read: 4 }), reader("new", { joined: 5 }), reader("gone", { left: true })],
    ];
    expect(seenBy(readers, { number: 5, author: "ann" })).toEqual(["dana"]);
    expect(seenBy(readers, { number: 4, author: "" })).toEqual(["ann", "bob", "dana"]);
  });
});

describe("a search", () => {
  const found = (number: number) => ({ conversation: "c", message: { number: BigInt(number), mentions: [], attachments: [], lastReplyAtMs: 0n } });
  const make = (pages: { found: unknown[]; nextPageToken: string }[]) => {
    const asked: string[] = [];
    const waiting: (() => void)[] = [];
    const searchMessages = async ({ query, pageToken }: { query: string; pageToken: string }) => {
      asked.push(`${query} ${pageToken}`.trim());
      await new Promise<void>((resolve) => waiting.push(resolve));
      return pages.shift() ?? { found: [], nextPageToken: "" };
    };
    const search = new Search({ messaging: { searchMessages } } as unknown as Services);
    const answer = async (): Promise<void> => {
      waiting.shift()?.();
      await settle();
    };
    return { search, asked, answer, numbers: () => search.view.value.found.map((one) => one.message.number) };
  };

  it("reads on over empty pages until something is found, then by page", async () => {
    const { search, asked, answer, numbers } = make([
      { found: [], nextPageToken: "p2" },
      { found: [found(9)], nextPageToken: "p3" },
      { found: [found(4)], nextPageToken: "" },
    ]);
    void search.find("slab");
    await answer();
    await answer();
    expect([numbers(), search.view.value.state, search.view.value.more]).toEqual([[9], "shown", true]);
    void search.loadMore();
    await answer();
    expect([numbers(), search.view.value.more]).toEqual([[9, 4], false]);
    expect(asked).toEqual(["slab", "slab p2", "slab p3"]);
  });

  it("drops the answer to what was asked before", async () => {
    const { search, answer, numbers } = make([
      { found: [found(1)], nextPageToken: "" },
      { found: [found(2)], nextPageToken: "" },
    ]);
    void search.find("sl");
    void search.find("slab");
    await answer();
    await answer();
    expect([numbers(), search.view.value.text]).toEqual([[2], "slab"]);
  });

  it("asks nothing without a word", async () => {
    const { search, asked } = make([]);
    await search.find("  ?! ");
    expect([asked, search.view.value.state]).toEqual([[], "idle"]);
  });
});

describe("preferences", () => {
  it("never go back to an older version, and know what is the person's own", async () => {
    const answers = [
      { effective: { inApp: false, snoozedUntilMs: 5n }, own: [1], version: 2n },
      { effective: { inApp: true, snoozedUntilMs: 0n }, own: [], version: 1n },
    ];
    const levels: unknown[] = [];
    const notifier = {
      getPreferences: () => Promise.resolve(answers.shift()),
      getConversationPreferences: () => Promise.resolve({ preferences: [{ conversation: "c", level: 3 }] }),
      setConversationPreference: (request: unknown) => Promise.resolve(levels.push(request)),
    };
    const preferences = new Preferences({ notifier } as unknown as Services);
    await preferences.read();
    await preferences.read();
    expect(preferences.view.value).toMatchObject({ known: true, own: [1], snoozedUntilMs: 5, levels: { c: "nothing" } });
    expect([preferences.isOwn(PreferenceField.IN_APP), preferences.isOwn(PreferenceField.BROWSER)]).toEqual([true, false]);
    await preferences.setLevel("d", "mentions");
    await preferences.setLevel("c", "default");
    expect(preferences.view.value.levels).toEqual({ d: "mentions" });
    expect(levels).toEqual([{ conversation: "d", level: 2 }, { conversation: "c", level: 0 }]);
    preferences.forget();
    expect(preferences.view.value).toMatchObject({ known: false, effective: null, levels: {} });
  });
});
