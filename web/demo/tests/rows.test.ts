import { expect, test } from "vitest";
import type { Message, Outgoing } from "@conversations/client";
import { rowsOf, type Row } from "../src/conversations/rows.js";

const NOON = new Date("2026-11-25T12:00:00").getTime();
const MINUTE = 60_000;

function message(number: number, author: string, atMs: number, more: Partial<Message> = {}): Message {
  return {
    number,
    revision: number,
    author,
    service: "",
    text: `text ${String(number)}`,
    mentions: [],
    attachments: [],
    atMs,
    clientKey: "",
    thread: 0,
    editedAtMs: 0,
    changedRevision: number,
    deleted: false,
    replies: 0,
    lastReplyAtMs: 0,
    ...more,
  };
}

const EMPTY = { messages: [], outgoing: [], me: "dana", newFrom: 0, earlier: false, later: false };

function told(rows: readonly Row[]): string[] {
  return rows.map((row) =>
    row.is === "message"
      ? `${row.first ? "+" : ""}${String(row.message.number)}`
      : row.is === "outgoing"
        ? `${row.first ? "+" : ""}out`
        : row.is,
  );
}

test("messages of one author within five minutes stand under one name", () => {
  const messages = [
    message(1, "marco", NOON),
    message(2, "marco", NOON + MINUTE),
    message(3, "tom", NOON + 2 * MINUTE),
    message(4, "tom", NOON + 8 * MINUTE),
  ];
  expect(told(rowsOf({ ...EMPTY, messages }))).toEqual(["begin", "day", "+1", "2", "+3", "+4"]);
});

test("each day begins with its name, and with the author's", () => {
  const midnight = new Date("2026-11-26T00:00:00").getTime();
  const messages = [message(1, "marco", midnight - 1), message(2, "marco", midnight + 1)];
  expect(told(rowsOf({ ...EMPTY, messages }))).toEqual(["begin", "day", "+1", "day", "+2"]);
});

test("the new ones begin at the first of somebody else's", () => {
  const messages = [message(4, "marco", NOON), message(5, "dana", NOON), message(6, "marco", NOON), message(7, "marco", NOON)];
  expect(told(rowsOf({ ...EMPTY, messages, newFrom: 5 }))).toEqual(["begin", "day", "+4", "+5", "new", "+6", "7"]);
});

test("with nothing new there is no line", () => {
  expect(told(rowsOf({ ...EMPTY, messages: [message(1, "dana", NOON)], newFrom: 1 }))).toEqual(["begin", "day", "+1"]);
});

test("the beginning is shown only when all before is loaded", () => {
  expect(told(rowsOf({ ...EMPTY, messages: [message(1, "tom", NOON)], earlier: false }))).toEqual(["begin", "day", "+1"]);
});

test("no row changes when the page before it comes, except that the first of the page appears", () => {
  const all = Array.from({ length: 60 }, (_, index) => message(index + 1, index % 7 < 3 ? "tom" : "marco", NOON + index * 2 * MINUTE));
  for (let cut = 1; cut < 58; cut++) {
    const before = rowsOf({ ...EMPTY, messages: all.slice(cut), earlier: true });
    const after = rowsOf({ ...EMPTY, messages: all.slice(Math.max(0, cut - 20)), earlier: cut > 20 });
    expect(after.slice(-before.length)).toEqual(before);
  }
});

test("a message keeps its key when the log has it, and is never shown twice", () => {
  const outgoing: Outgoing = { clientKey: "k", text: "hi", thread: 0, atMs: NOON, number: 0, state: "sent", why: "" };
  const before = rowsOf({ ...EMPTY, outgoing: [outgoing] });
  const after = rowsOf({ ...EMPTY, messages: [message(1, "dana", NOON, { clientKey: "k" })], outgoing: [outgoing] });
  expect(told(before)).toEqual(["begin", "day", "+out"]);
  expect(told(after)).toEqual(["begin", "day", "+1"]);
  expect(after.at(-1)?.key).toBe(before.at(-1)?.key);
});

test("what is on its way is not shown behind a gap", () => {
  const outgoing: Outgoing = { clientKey: "k", text: "hi", thread: 0, atMs: NOON, number: 0, state: "sending", why: "" };
  expect(told(rowsOf({ ...EMPTY, messages: [message(1, "tom", NOON)], outgoing: [outgoing], later: true }))).toEqual(["begin", "day", "+1"]);
});

test("a reply stands apart from what its author says to everybody", () => {
  const messages = [message(1, "tom", NOON), message(2, "tom", NOON, { thread: 1 }), message(3, "tom", NOON, { thread: 1 })];
  expect(told(rowsOf({ ...EMPTY, messages }))).toEqual(["begin", "day", "+1", "+2", "3"]);
});

test("what a service says does not stand under a person's name", () => {
  const messages = [message(1, "rfi", NOON), message(2, "rfi", NOON, { service: "rfi" })];
  expect(told(rowsOf({ ...EMPTY, messages }))).toEqual(["begin", "day", "+1", "+2"]);
});
