import { describe, expect, it } from "vitest";
import { BadgeBook, isNewer, NO_BADGES, withChanges, type ArrivingBadge } from "../src/badges.js";
import { seeded } from "./world.js";

const badge = (change: Partial<ArrivingBadge>): ArrivingBadge => ({
  conversation: "c",
  unread: 1,
  mentions: 0,
  read: 0,
  number: 1,
  revision: 2,
  epoch: 0,
  version: 0,
  mutedUntilMs: 0,
  left: false,
  ...change,
});

describe("badges", () => {
  it("are ordered by epoch, then revision, then version", () => {
    const versions = [0, 1];
    const all = versions.flatMap((epoch) =>
      versions.flatMap((revision) => versions.map((version) => badge({ epoch, revision, version }))),
    );
    all.forEach((a, i) => {
      all.forEach((b, j) => {
        expect(isNewer(a, b)).toBe(i >= j);
      });
    });
  });

  it("never go back in time, whatever replica says so", () => {
    const book = new BadgeBook();
    book.hello();
    book.take(badge({ revision: 9, unread: 5 }));
    book.caughtUp();
    book.take(badge({ revision: 8, unread: 4 }));
    expect(book.value.conversations.c?.unread).toBe(5);
    book.take(badge({ epoch: 1, revision: 8, unread: 7 }));
    expect(book.value.conversations.c?.unread).toBe(7);
  });

  it("are not known before the first snapshot is complete", () => {
    const book = new BadgeBook();
    book.hello();
    book.take(badge({}));
    expect(book.value.known).toBe(false);
    book.caughtUp();
    expect(book.value.known).toBe(true);
  });

  it("that a new snapshot does not name are 0", () => {
    const book = new BadgeBook();
    book.hello();
    book.take(badge({ conversation: "a" }));
    book.take(badge({ conversation: "b" }));
    book.caughtUp();
    book.hello();
    book.take(badge({ conversation: "b" }));
    book.caughtUp();
    expect(book.value.conversations.a?.unread).toBe(0);
    expect(book.value.conversations.b?.unread).toBe(1);
  });

  it("of a conversation that was left are gone, and a late one does not bring them back", () => {
    const book = new BadgeBook();
    book.take(badge({ epoch: 1, revision: 5, left: true, unread: 0 }));
    book.take(badge({ epoch: 0, revision: 4 }));
    expect(book.value.conversations).toEqual({});
  });

  it("told by what has changed are the same as told whole, whatever comes", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = seeded(seed);
      const upTo = (count: number): number => Math.floor(random() * count);
      const book = new BadgeBook();
      book.hello();
      book.caughtUp();
      let shown = withChanges(NO_BADGES, book.changes());
      for (let step = 0; step < 60; step++) {
        const conversation = `c${String(upTo(6))}`;
        const version = { epoch: upTo(3), revision: upTo(5), version: upTo(3) };
        book.take(badge({ conversation, unread: upTo(9), left: random() < 0.3, ...version }));
        if (random() < 0.5) book.total(upTo(50), upTo(5));
        if (random() < 0.7) shown = withChanges(shown, book.changes());
      }
      shown = withChanges(shown, book.changes());
      expect({ ...shown, left: [...shown.left].sort() }).toEqual({ ...book.value, left: [...book.value.left].sort() });
    }
  });
});
