import { beforeEach, describe, expect, it } from "vitest";
import { Dwell, DWELL_MS } from "../src/viewed.js";
import { ManualClock } from "./world.js";

describe("what a person has viewed", () => {
  let clock: ManualClock;
  let viewed: number[];
  let dwell: Dwell;
  let counts: boolean;

  beforeEach(() => {
    clock = new ManualClock();
    viewed = [];
    counts = true;
    dwell = new Dwell(clock, (number) => {
      viewed.push(number);
      return counts;
    });
  });

  it("is what was on screen for a moment while somebody looked", async () => {
    dwell.attend(true);
    dwell.enter(3);
    await clock.pass(DWELL_MS - 1);
    expect(viewed).toEqual([]);
    await clock.pass(1);
    expect(viewed).toEqual([3]);
  });

  it("is not what was scrolled past", async () => {
    dwell.attend(true);
    dwell.enter(3);
    await clock.pass(DWELL_MS - 1);
    dwell.exit(3);
    await clock.pass(10_000);
    expect(viewed).toEqual([]);
  });

  it("is nothing while nobody looks, and the moment begins anew when somebody does", async () => {
    dwell.enter(3);
    await clock.pass(10_000);
    dwell.attend(true);
    await clock.pass(DWELL_MS - 1);
    dwell.attend(false);
    dwell.attend(true);
    await clock.pass(DWELL_MS - 1);
    expect(viewed).toEqual([]);
    await clock.pass(1);
    expect(viewed).toEqual([3]);
  });

  it("is told again when it did not count, and may count now", async () => {
    dwell.attend(true);
    counts = false;
    dwell.enter(3);
    await clock.pass(DWELL_MS);
    counts = true;
    await clock.pass(10_000);
    expect(viewed).toEqual([3]);
    dwell.again();
    await clock.pass(DWELL_MS);
    dwell.again();
    await clock.pass(DWELL_MS);
    expect(viewed).toEqual([3, 3]);
  });

  it("only grows", async () => {
    dwell.attend(true);
    for (const number of [5, 4, 6]) dwell.enter(number);
    await clock.pass(DWELL_MS);
    expect(viewed).toEqual([5, 6]);
  });

  it("is nothing more after mark as unread", async () => {
    dwell.attend(true);
    dwell.enter(3);
    dwell.stop();
    dwell.enter(4);
    await clock.pass(10_000);
    expect(viewed).toEqual([]);
  });
});
