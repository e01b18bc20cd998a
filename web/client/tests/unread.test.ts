import { Code, ConnectError } from "@connectrpc/connect";
import { beforeEach, describe, expect, it } from "vitest";
import { NO_BADGES, type ArrivingBadge } from "../src/badges.js";
import type { Badge } from "../src/model.js";
import type { Services } from "../src/transport.js";
import { FOR_EVER, Unread } from "../src/unread.js";
import { badge, badges } from "./values.js";
import { ManualClock, settle } from "./world.js";

describe("what is unread in a tab", () => {
  let clock: ManualClock;
  let unread: Unread;
  let told: ArrivingBadge[];
  let called: string[];
  let failures: Code[];
  let asked: { conversations: string[]; timeoutMs: number | undefined; answer: (badges: Badge[]) => void; fail: () => void }[];

  const know = (...some: Badge[]): void => {
    unread.badges.set(badges(...some));
  };

  beforeEach(() => {
    clock = new ManualClock();
    told = [];
    called = [];
    asked = [];
    failures = [];
    const answer = (name: string, change: Partial<Badge>) => {
      called.push(name);
      const code = failures.shift();
      return code === undefined
        ? Promise.resolve({ badge: { ...badge("c", change), left: false } })
        : Promise.reject(new ConnectError("no", code));
    };
    const services = {
      markRead: ({ number }: { number: bigint }) => answer(`read ${String(number)}`, { read: Number(number) }),
      markUnread: ({ number }: { number: bigint }) => answer(`unread ${String(number)}`, { read: Number(number) - 1 }),
      markAllRead: () => answer("all read", {}),
      setMute: ({ mutedUntilMs }: { mutedUntilMs: bigint }) => answer("mute", { mutedUntilMs: Number(mutedUntilMs) }),
      getBadges: ({ conversations }: { conversations: string[] }, { timeoutMs }: { timeoutMs?: number }) =>
        new Promise((resolve, reject) => {
          asked.push({
            conversations,
            timeoutMs,
            answer: (badges) => {
              resolve({ badges });
            },
            fail: () => {
              reject(new ConnectError("late", Code.DeadlineExceeded));
            },
          });
        }),
    };
    unread = new Unread({
      services: { unread: services } as unknown as Services,
      clock,
      tell: (one) => {
        told.push(one);
      },
    });
  });

  it("begins, in a conversation, behind what is read", async () => {
    know(badge("c"), badge("d", { unread: 0 }));
    expect([await unread.first("c"), await unread.first("d"), await unread.first("e")]).toEqual([4, 0, 0]);
    expect(asked).toEqual([]);
  });

  it("is asked for while the page has just begun, but not for long", async () => {
    const first = unread.first("c");
    expect(asked).toMatchObject([{ conversations: ["c"], timeoutMs: 2_000 }]);
    asked[0]?.answer([badge("c", { read: 1 })]);
    expect(await first).toBe(2);
    const none = unread.first("c");
    asked[1]?.fail();
    expect(await none).toBe(0);
  });

  it("is what the stream has brought, if that comes before the answer", async () => {
    for (const outcome of ["answer", "fail"] as const) {
      unread.forget();
      const first = unread.first("c");
      know(badge("c"));
      asked.at(-1)?.[outcome]([]);
      expect(await first).toBe(4);
    }
  });

  it("changes with the person's word, which is repeated while that can help", async () => {
    failures.push(Code.Unavailable, Code.Unavailable);
    void unread.markUnread("c", 2);
    await clock.pass(5_000);
    expect(called).toEqual(["unread 2", "unread 2", "unread 2"]);
    expect(told).toMatchObject([{ conversation: "c", read: 1, left: false }]);
    failures.push(...Array.from({ length: 100 }, () => Code.Unavailable));
    const failed = unread.markAllRead().catch((error: unknown) => error);
    await clock.pass(30_000);
    expect(await failed).toBeInstanceOf(ConnectError);
    expect(told).toHaveLength(1);
  });

  it("stays unread if it was viewed and is marked as unread at once", async () => {
    know(badge("c"));
    void unread.markRead("c", 5);
    void unread.markUnread("c", 4);
    await clock.pass(5_000);
    expect(called).toEqual(["unread 4"]);
  });

  it("is muted until its time has come", async () => {
    await unread.mute("c", clock.now() + 1_000);
    expect(told.at(-1)?.mutedUntilMs).toBe(clock.now() + 1_000);
    know(badge("c", { mutedUntilMs: clock.now() + 1_000 }), badge("d", { mutedUntilMs: FOR_EVER }));
    expect(unread.mutedUntilMs("c")).toBe(clock.now() + 1_000);
    clock.sleep(1_000);
    expect(["c", "d", "e"].map((one) => unread.mutedUntilMs(one))).toEqual([0, FOR_EVER, 0]);
  });

  it("is forgotten with who signs out, and what was viewed is told no more", async () => {
    know(badge("c"));
    void unread.markRead("c", 5);
    unread.forget();
    await settle();
    await clock.pass(5_000);
    expect([called, unread.badges.value]).toEqual([[], NO_BADGES]);
  });
});
