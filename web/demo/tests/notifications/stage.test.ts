import type { Banner, Store } from "@conversations/client";
import { describe, expect, it } from "vitest";
import { BannerStage, LEAVE_MS } from "../../src/notifications/banners/stage.js";

function banner(number: number): Banner {
  return {
    surface: "banner",
    tab: "t",
    tag: `c:${String(number)}`,
    conversation: "c",
    number,
    author: "marco",
    service: "",
    title: "",
    text: `text ${String(number)}`,
    link: "",
    atMs: number,
    mentioned: false,
    count: 1,
    update: false,
    test: false,
  };
}

class Banners implements Store<readonly Banner[]> {
  value: readonly Banner[] = [];
  readonly #listeners = new Set<(value: readonly Banner[]) => void>();
  subscribe(listener: (value: readonly Banner[]) => void): () => void {
    this.#listeners.add(listener);
    listener(this.value);
    return () => this.#listeners.delete(listener);
  }
  set(...numbers: number[]): void {
    this.value = numbers.map(banner);
    for (const listener of this.#listeners) listener(this.value);
  }
  edit(number: number, text: string): void {
    this.value = this.value.map((one) => (one.number === number ? { ...one, text } : one));
    for (const listener of this.#listeners) listener(this.value);
  }
}

function world(): {
  banners: Banners;
  stage: BannerStage;
  log: string[];
  shown: () => string[];
  pass: (ms: number) => void;
} {
  const banners = new Banners();
  const log: string[] = [];
  let timers: { at: number; act: () => void }[] = [];
  let now = 0;
  const stage = new BannerStage({
    banners,
    hold: (tag) => log.push(`hold ${tag}`),
    release: (tag) => log.push(`release ${tag}`),
    later: (ms, act) => {
      const timer = { at: now + ms, act };
      timers.push(timer);
      return () => (timers = timers.filter((one) => one !== timer));
    },
  });
  stage.subscribe(() => undefined);
  const shown = (): string[] =>
    stage.value.standing.map(({ banner: { number }, leaving }) => `${String(number)}${leaving ? "-" : ""}`);
  const pass = (ms: number): void => {
    now += ms;
    for (const timer of timers.filter(({ at }) => at <= now)) {
      timers = timers.filter((one) => one !== timer);
      timer.act();
    }
  };
  return { banners, stage, log, shown, pass };
}

describe("banners on the screen", () => {
  it("are at most three, the newest first, and the rest is a number", () => {
    const { banners, stage, shown, pass } = world();
    banners.set(1, 2, 3, 4, 5);
    pass(LEAVE_MS);
    expect(shown()).toEqual(["5", "4", "3"]);
    expect(stage.value.more).toBe(2);
    stage.showAll();
    expect(shown()).toEqual(["5", "4", "3", "2", "1"]);
    expect(stage.value.more).toBe(0);
  });

  it("fade where they stood, and the next comes into the free place", () => {
    const { banners, shown, pass } = world();
    banners.set(1, 2, 3, 4);
    banners.set(1, 2, 4);
    expect(shown()).toEqual(["4", "3-", "2", "1"]);
    pass(LEAVE_MS - 1);
    expect(shown()).toContain("3-");
    pass(1);
    expect(shown()).toEqual(["4", "2", "1"]);
  });

  it("do not move while something rests on one: what comes is counted, and time stands still for all", () => {
    const { banners, stage, log, shown, pass } = world();
    banners.set(1, 2, 3);
    stage.rest("pointer");
    banners.set(1, 2, 3, 4);
    expect(shown()).toEqual(["3", "2", "1"]);
    expect(stage.value.more).toBe(1);
    expect(log).toEqual(["hold c:1", "hold c:2", "hold c:3", "hold c:4"]);
    stage.rest("focus");
    stage.unrest("pointer");
    expect(log).toHaveLength(4);
    stage.unrest("focus");
    expect(log.slice(4).sort()).toEqual(["release c:1", "release c:2", "release c:3", "release c:4"]);
    pass(LEAVE_MS);
    expect(shown()).toEqual(["4", "3", "2"]);
    expect(stage.value.more).toBe(1);
  });

  it("still leave when they are dismissed or read while something rests on another", () => {
    const { banners, stage, shown, pass } = world();
    banners.set(1, 2, 3);
    stage.rest("pointer");
    banners.set(1, 3);
    pass(LEAVE_MS);
    expect(shown()).toEqual(["3", "1"]);
    banners.set(1, 3, 4);
    expect(shown()).toEqual(["3", "1", "4"]);
  });

  it("tell which is the newest of those that stand, wherever it stands", () => {
    const { banners, stage, shown } = world();
    expect(stage.value.newest).toBe("");
    banners.set(1, 2);
    expect(stage.value.newest).toBe("c:2");
    stage.rest("pointer");
    banners.set(1, 2, 3);
    expect(shown()).toEqual(["2", "1", "3"]);
    expect(stage.value.newest).toBe("c:3");
    banners.set(1, 2, 3, 4);
    expect(shown(), "the fourth is only counted").toEqual(["2", "1", "3"]);
    expect(stage.value.newest).toBe("c:3");
  });

  it("are said once: neither an edit nor a departure says anything", () => {
    const { banners, stage } = world();
    banners.set(1);
    expect(stage.value.arrived?.number).toBe(1);
    const said = stage.value.arrived;
    banners.edit(1, "other words");
    expect(stage.value.standing[0]?.banner.text).toBe("other words");
    expect(stage.value.arrived).toBe(said);
    banners.set();
    expect(stage.value.arrived).toBe(said);
    banners.set(2);
    expect(stage.value.arrived?.number).toBe(2);
  });

  it("that come back while they fade stand again", () => {
    const { banners, shown, pass } = world();
    banners.set(1);
    banners.set();
    banners.set(1);
    expect(shown()).toEqual(["1"]);
    pass(LEAVE_MS);
    expect(shown()).toEqual(["1"]);
  });
});
