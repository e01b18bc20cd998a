import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { BANNER_MS, BannerStand } from "../src/banners.js";
import { PreferenceField } from "../src/gen/conversations/notifier/v1/notifier_pb.js";
import { seenBy } from "../src/messages.js";
import type { Banner, Reader } from "../src/model.js";
import { contentOf, wordsOf } from "../src/pieces.js";
import { Preferences } from "../src/preferences.js";
import { Reads } from "../src/reads.js";
import { Search } from "../src/search.js";
import { Cell } from "../src/store.js";
import type { Services } from "../src/transport.js";
import { Typist } from "../src/typing.js";
import { badge, badges, banner as anyBanner } from "./values.js";
import { ManualClock, settle } from "./world.js";

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
