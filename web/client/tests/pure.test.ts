import { describe, expect, it } from "vitest";
import { showsIn } from "../src/election.js";
import { merged, type ListedConversation } from "../src/list.js";
import { changedBy } from "../src/messages.js";
import type { Banner, LogEvent, Message, TabReport } from "../src/model.js";
import { clears, readPush } from "../src/push.js";
import { titled } from "../src/title.js";
import { expiryOf, Tokens } from "../src/tokens.js";
import { ManualClock } from "./world.js";

const tab = (name: string, change: Partial<TabReport> = {}): TabReport => ({
  tab: name,
  visible: true,
  focused: false,
  inputAtMs: 0,
  conversation: "",
  permission: "granted",
  inAppOff: false,
  ...change,
});
const banner = (change: Partial<Banner> = {}): Banner => ({
  surface: "banner",
  tab: "a",
  tag: "c:1",
  conversation: "c",
  number: 1,
  author: "marco",
  service: "",
  title: "",
  text: "Hello",
  link: "",
  atMs: 0,
  mentioned: false,
  count: 1,
  update: false,
  test: false,
  ...change,
});

describe("a banner", () => {
  it("shows in the elected tab that has the focus", () => {
    expect(showsIn(banner(), [tab("a", { focused: true }), tab("b")])).toBe("a");
  });

  it("follows a focus that has moved in this instant", () => {
    expect(showsIn(banner(), [tab("a"), tab("b", { focused: true })])).toBe("b");
  });

  it("shows nowhere if the focused tab shows the conversation by now", () => {
    expect(showsIn(banner(), [tab("a"), tab("b", { focused: true, conversation: "c" })])).toBeNull();
  });

  it("stays with the elected tab if none has the focus, and goes nowhere if that is gone", () => {
    expect(showsIn(banner(), [tab("a"), tab("b")])).toBe("a");
    expect(showsIn(banner(), [tab("b")])).toBeNull();
  });
});

describe("a browser notification", () => {
  it("comes from the elected tab, or from the one used last", () => {
    const one = banner({ surface: "browser" });
    expect(showsIn(one, [tab("a"), tab("b", { inputAtMs: 9 })])).toBe("a");
    expect(showsIn({ ...one, tab: "gone" }, [tab("x", { inputAtMs: 3 }), tab("y", { inputAtMs: 9 })])).toBe("y");
    expect(showsIn(one, [])).toBeNull();
  });
});

const message: Message = {
  number: 1,
  revision: 2,
  author: "ann",
  service: "",
  text: "one",
  mentions: [],
  attachments: [],
  atMs: 5,
  clientKey: "k",
  thread: 0,
  editedAtMs: 0,
  changedRevision: 2,
  deleted: false,
  replies: 0,
  lastReplyAtMs: 0,
};
const event = (revision: number, change: LogEvent["change"]): LogEvent => ({
  revision,
  number: 1,
  atMs: revision * 100,
  author: "ann",
  change,
});
const edited = (text: string): LogEvent["change"] => ({
  is: "edited",
  number: 1,
  text,
  mentions: [],
  attachments: [],
  superseded: false,
});

describe("a message", () => {
  it("takes an edit once, and an older one never", () => {
    const after = changedBy(changedBy(message, event(4, edited("two"))), event(3, edited("late")));
    expect(after).toMatchObject({ text: "two", editedAtMs: 400, changedRevision: 4 });
  });

  it("loses its text when it is deleted, and no edit brings it back", () => {
    const after = changedBy(changedBy(message, event(4, { is: "deleted", number: 1 })), event(5, edited("x")));
    expect(after).toMatchObject({ text: "", deleted: true });
  });
});

describe("the list", () => {
  const listed = (conversation: string, activeAtMs: number): ListedConversation => ({
    conversation,
    kind: "group",
    title: "",
    link: "",
    members: [],
    memberCount: 2,
    starred: false,
    archived: false,
    activeAtMs,
    lastMessage: null,
    other: "",
    item: null,
    role: "member",
    unread: 0,
    mentions: 0,
    mutedUntilMs: 0,
  });

  it("keeps the order of latest activity, each conversation once", () => {
    const list = merged([listed("a", 3), listed("b", 2), listed("c", 1)], [listed("c", 9), listed("a", 3)]);
    expect(list.map((one) => one.conversation)).toEqual(["c", "a", "b"]);
  });
});

describe("a push", () => {
  const text = JSON.stringify({ act: "SHOW", tag: "c:4", conversation: "c", number: 4, title: "T", badge: 2, clear_up_to: 3 });

  it("is read, and nonsense is none", () => {
    expect(readPush(text)).toMatchObject({ act: "SHOW", tag: "c:4", number: 4, badge: 2, count: 1, clearUpTo: 3 });
    for (const bad of ["", "x", "null", "[]", "{}", '{"act":"EXPLODE","conversation":"c"}', '{"act":"SHOW"}']) {
      expect(readPush(bad)).toBeNull();
    }
    expect(readPush('{"act":"CLEAR","conversation":"c","badge":-5,"count":"many"}')).toMatchObject({ badge: 0, count: 1 });
    expect(readPush('{"act":"SHOW","conversation":"c","badge":null}')?.badge).toBeNull();
  });

  it("clears its own tag and what was read in its conversation, and nothing else", () => {
    const push = readPush(text);
    if (push === null) throw new Error("no push");
    expect(clears(push, { tag: "c:4", conversation: "c", number: 4 })).toBe(true);
    expect(clears(push, { tag: "c:3", conversation: "c", number: 3 })).toBe(true);
    expect(clears(push, { tag: "c:5", conversation: "c", number: 5 })).toBe(false);
    expect(clears(push, { tag: "d:3", conversation: "d", number: 3 })).toBe(false);
  });
});

describe("the title", () => {
  it("carries the total", () => {
    expect([titled("Site", 0), titled("Site", 7), titled("Site", 100)]).toEqual(["Site", "(7) Site", "(99+) Site"]);
  });
});

describe("a token", () => {
  const token = (exp: number, name: string): string => `${name}.${btoa(JSON.stringify({ exp }))}.x`;

  it("is asked for once by many, and again before it expires", async () => {
    const clock = new ManualClock();
    let asked = 0;
    const tokens = new Tokens(() => Promise.resolve(token(Math.floor(clock.now() / 1000) + 60, String(++asked))), clock);
    const all = await Promise.all([tokens.get(), tokens.get(), tokens.get()]);
    expect(new Set(all).size).toBe(1);
    clock.sleep(29_000);
    await tokens.get();
    expect(asked).toBe(1);
    clock.sleep(2_000);
    await tokens.get();
    expect(asked).toBe(2);
  });

  it("that was refused is replaced once, however many were refused with it", async () => {
    let asked = 0;
    const tokens = new Tokens(() => Promise.resolve(`t${String(++asked)}`), new ManualClock());
    const first = await tokens.get();
    await Promise.all([tokens.after(first), tokens.after(first)]);
    expect(await tokens.after(first)).toBe("t2");
    expect(asked).toBe(2);
  });

  it("of no known form has no expiry", () => {
    expect([expiryOf("x"), expiryOf("a.b.c"), expiryOf("")]).toEqual([0, 0, 0]);
  });
});
