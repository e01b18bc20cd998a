import { Code, ConnectError } from "@connectrpc/connect";
import { beforeEach, describe, expect, it } from "vitest";
import type { Connection } from "../src/model.js";
import { Follower, worstOf, type Frame } from "../src/stream.js";
import { Feed, ManualClock, settle } from "./world.js";

interface TestFrame extends Frame {
  readonly value?: number;
}

const hello = { hello: { heartbeatMs: 15_000, retryWindowMs: 4_000 } };
const caughtUp = { caughtUp: {} };

describe("a stream that is followed", () => {
  let clock: ManualClock;
  let feeds: Feed<TestFrame>[];
  let said: Connection[];
  let values: number[];
  let resets: string[];
  let tokens: number;
  let follower: Follower<TestFrame>;
  const last = (): Feed<TestFrame> => feeds.at(-1) as Feed<TestFrame>;
  const state = (): string | undefined => said.at(-1)?.state;

  beforeEach(async () => {
    clock = new ManualClock();
    feeds = [];
    said = [];
    values = [];
    resets = [];
    tokens = 0;
    follower = new Follower<TestFrame>({
      clock,
      open: (signal) => {
        const feed = new Feed<TestFrame>(signal);
        feeds.push(feed);
        return feed;
      },
      take: (frame) => {
        if (frame.value !== undefined) values.push(frame.value);
      },
      reset: (reason) => resets.push(reason),
      changed: (connection) => said.push(connection),
      renewToken: () => {
        tokens++;
        return Promise.resolve(true);
      },
    });
    follower.start();
    await settle();
  });

  it("goes from connecting by catching up to connected, and takes every frame", async () => {
    last().push(hello);
    last().push({ value: 1 });
    last().push(caughtUp);
    last().push({ value: 2 });
    await settle();
    expect(said.map((one) => one.state)).toEqual(["connecting", "catching up", "connected"]);
    expect(values).toEqual([1, 2]);
  });

  it("opens a lost stream again after a random wait within the server's window", async () => {
    last().push(hello);
    last().push(caughtUp);
    await settle();
    clock.chance = 0.75;
    last().end(new ConnectError("gone", Code.Unavailable));
    await clock.pass(2_999);
    expect(feeds).toHaveLength(1);
    await clock.pass(1);
    expect(feeds).toHaveLength(2);
  });

  it("spreads its returns over the whole window", async () => {
    const waits: number[] = [];
    for (const chance of [0, 0.25, 0.5, 0.999]) {
      clock.chance = chance;
      last().push(hello);
      await settle();
      const opened = feeds.length;
      const at = clock.now();
      last().end(new ConnectError("gone", Code.Unknown));
      await settle();
      while (feeds.length === opened) await clock.pass(1);
      waits.push(clock.now() - at);
    }
    expect(waits).toEqual([0, 1_000, 2_000, 3_996]);
  });

  it("is offline since the loss only when the first try to return has failed", async () => {
    last().push(hello);
    last().push(caughtUp);
    await settle();
    const lost = clock.now();
    last().end(new ConnectError("gone", Code.Unavailable));
    await settle();
    expect(state()).toBe("connecting");
    await clock.pass(2_000);
    last().end(new ConnectError("still gone", Code.Unavailable));
    await settle();
    expect(said.at(-1)).toEqual({ state: "offline", since: lost, why: "still gone" });
    await clock.pass(2_500);
    last().push(hello);
    last().push(caughtUp);
    await settle();
    expect(state()).toBe("connected");
  });

  it("gives up a stream that is silent for three heartbeats", async () => {
    last().push(hello);
    last().push(caughtUp);
    await settle();
    await clock.pass(44_999);
    expect(last().signal.aborted).toBe(false);
    last().push({});
    await clock.pass(44_999);
    expect(last().signal.aborted).toBe(false);
    await clock.pass(1);
    expect(feeds[0]?.signal.aborted).toBe(true);
    await clock.pass(4_000);
    expect(feeds).toHaveLength(2);
  });

  it("opens a new stream at once after a machine's sleep", async () => {
    last().push(hello);
    last().push(caughtUp);
    await settle();
    const alive = clock.now();
    clock.sleep(3_600_000);
    clock.chance = 0.99;
    follower.nudge();
    await clock.pass(0);
    expect(feeds).toHaveLength(2);
    last().end(new ConnectError("no network yet", Code.Unavailable));
    await settle();
    expect(said.at(-1)).toMatchObject({ state: "offline", since: alive });
  });

  it("after a short sleep gives a stream that misses a heartbeat two seconds to say something", async () => {
    last().push(hello);
    last().push(caughtUp);
    await settle();
    clock.chance = 0.99;
    clock.sleep(20_000);
    follower.nudge();
    await clock.pass(1_000);
    last().push({});
    await clock.pass(1_500);
    expect(feeds).toHaveLength(1);
    clock.sleep(20_000);
    follower.nudge();
    await clock.pass(1_999);
    expect(feeds).toHaveLength(1);
    await clock.pass(1);
    expect(feeds).toHaveLength(2);
  });

  it("is opened again at once for a request that has changed, without being lost", async () => {
    last().push(hello);
    last().push(caughtUp);
    await settle();
    clock.chance = 0.99;
    follower.again();
    await clock.pass(0);
    expect(feeds).toHaveLength(2);
    last().push(hello);
    last().push(caughtUp);
    await settle();
    expect(said.map((one) => one.state)).not.toContain("offline");
  });

  it("that waits for its turn returns at once when the network is back", async () => {
    last().end(new ConnectError("gone", Code.Unavailable));
    clock.chance = 0.99;
    await clock.pass(10);
    follower.nudge();
    await settle();
    expect(feeds).toHaveLength(2);
  });

  it("does not cut a living stream when it is nudged", async () => {
    last().push(hello);
    await settle();
    follower.nudge();
    await settle();
    expect(feeds[0]?.signal.aborted).toBe(false);
  });

  it("reads on after GoAway, and returns after the time that it names", async () => {
    last().push(hello);
    last().push(caughtUp);
    last().push({ goAway: { reconnectAfterMs: 700 } });
    last().push({ value: 3 });
    await settle();
    expect(values).toEqual([3]);
    await clock.pass(699);
    expect(feeds).toHaveLength(1);
    await clock.pass(1);
    expect(feeds).toHaveLength(2);
    expect(state()).toBe("connecting");
  });

  it("waits for the named time also where the stream has ended before", async () => {
    last().push(hello);
    last().push({ goAway: { reconnectAfterMs: 700 } });
    await settle();
    last().end();
    await clock.pass(699);
    expect(feeds).toHaveLength(1);
    await clock.pass(1);
    expect(feeds).toHaveLength(2);
  });

  it("drops what it holds on Reset, and opens the stream again", async () => {
    last().push(hello);
    last().push({ reset: { reason: "mailbox overflow" } });
    await settle();
    expect(resets).toEqual(["mailbox overflow"]);
    await clock.pass(2_000);
    expect(feeds).toHaveLength(2);
  });

  it("gets another token once, and returns at once with it", async () => {
    last().end(new ConnectError("expired", Code.Unauthenticated));
    await settle();
    expect(tokens).toBe(1);
    expect(feeds).toHaveLength(2);
    last().end(new ConnectError("still", Code.Unauthenticated));
    await settle();
    expect(tokens).toBe(1);
    expect(feeds).toHaveLength(2);
    await clock.pass(5_000);
    expect(feeds).toHaveLength(3);
  });

  it.each([Code.NotFound, Code.PermissionDenied, Code.InvalidArgument])("ends for good with status %s", async (code) => {
    last().end(new ConnectError("no", code));
    await clock.pass(100_000);
    expect(feeds).toHaveLength(1);
    expect(said.at(-1)).toMatchObject({ state: "ended", why: "no" });
  });

  it.each([Code.Unavailable, Code.Canceled, Code.Unknown, Code.Internal, Code.Aborted, Code.ResourceExhausted])(
    "returns after status %s",
    async (code) => {
      last().end(new ConnectError("later", code));
      await clock.pass(5_000);
      expect(feeds).toHaveLength(2);
    },
  );

  it("stays stopped", async () => {
    follower.stop();
    await clock.pass(100_000);
    expect(feeds).toHaveLength(1);
    expect(feeds[0]?.signal.aborted).toBe(true);
  });
});

describe("several streams", () => {
  it("are as good as the worst of them, since it is", () => {
    const connected: Connection = { state: "connected", since: 1 };
    expect(worstOf([])).toBeNull();
    expect(worstOf([connected, { state: "connecting", since: 5 }])).toEqual({ state: "connecting", since: 5 });
    expect(
      worstOf([{ state: "offline", since: 9, why: "b" }, connected, { state: "offline", since: 7, why: "a" }]),
    ).toEqual({ state: "offline", since: 7, why: "a" });
  });
});
