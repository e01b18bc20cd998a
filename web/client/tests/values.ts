import type { Badge, Badges, Banner } from "../src/model.js";

/** A banner of message 5 in `c`, for the tab `one`. */
export const banner = (change: Partial<Banner> = {}): Banner => ({
  ...{ surface: "banner", tab: "one", tag: "c:5", conversation: "c", number: 5, author: "marco", service: "", title: "" },
  ...{ text: "Hello", link: "", atMs: 0, mentioned: false, count: 1, update: false, test: false },
  ...change,
});

/** A badge of a conversation with five messages, of which the last two are unread. */
export const badge = (conversation: string, change: Partial<Badge> = {}): Badge => ({
  ...{ conversation, unread: 2, mentions: 0, read: 3, number: 5, revision: 5, epoch: 1, version: 1, mutedUntilMs: 0 },
  ...change,
});

/** A whole state of badges. */
export const badges = (...some: Badge[]): Badges => ({
  ...{ known: true, total: some.reduce((sum, one) => sum + one.unread, 0), totalMentions: 0, left: [] },
  conversations: Object.fromEntries(some.map((one) => [one.conversation, one])),
});
