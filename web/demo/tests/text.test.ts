import { expect, test } from "vitest";
import { askedAt, bytesLeft, fitting, mentionedIn, piecesOf, segmentsOf } from "../src/conversations/text.js";

const PEOPLE = [
  { person: "", label: "everyone" },
  { person: "dana", label: "Dana Whitfield" },
  { person: "lucia", label: "Lucía Ferrer" },
  { person: "lu", label: "Lucía" },
];
const nameOf = (person: string): string => PEOPLE.find((one) => one.person === person)?.label ?? person;

test("a mention is shown by the person's name of today", () => {
  const mentions = [{ person: "dana", everyone: false, start: 3, length: 5 }];
  expect(segmentsOf("Ask @Dani, please", mentions, nameOf)).toEqual([
    { is: "text", text: "Ask" },
    { is: "mention", text: "@Dana Whitfield", person: "dana", everyone: false },
    { is: "text", text: "i, please" },
  ]);
});

test("a mention outside of the text is no mention", () => {
  const mentions = [{ person: "dana", everyone: false, start: 3, length: 50 }];
  expect(segmentsOf("short", mentions, nameOf)).toEqual([{ is: "text", text: "short" }]);
});

test("an address is a link, without the end of the sentence", () => {
  expect(segmentsOf("See https://example.com/a?b=1.", [], nameOf)).toEqual([
    { is: "text", text: "See " },
    { is: "link", text: "https://example.com/a?b=1", href: "https://example.com/a?b=1" },
    { is: "text", text: "." },
  ]);
});

test("nothing but http and https becomes a link", () => {
  expect(segmentsOf("javascript:alert(1)", [], nameOf)).toEqual([{ is: "text", text: "javascript:alert(1)" }]);
});

test("behind an @ at the beginning of a word somebody is asked for", () => {
  expect(askedAt("Ask @luc", 8)).toEqual({ start: 4, query: "luc" });
  expect(askedAt("Ask @Lucía F", 12)).toEqual({ start: 4, query: "Lucía F" });
  expect(askedAt("@", 1)).toEqual({ start: 0, query: "" });
  expect(askedAt("dana@example", 12)).toBeNull();
  expect(askedAt("@ nobody", 8)).toBeNull();
  expect(askedAt("@one\ntwo", 8)).toBeNull();
  expect(askedAt("@one two three four", 19)).toBeNull();
});

test("people are found by any word of their name, without case and accents", () => {
  expect(fitting(PEOPLE, "luci").map(({ person }) => person)).toEqual(["lucia", "lu"]);
  expect(fitting(PEOPLE, "WHIT").map(({ person }) => person)).toEqual(["dana"]);
  expect(fitting(PEOPLE, "lucia f").map(({ person }) => person)).toEqual(["lucia"]);
  expect(fitting(PEOPLE, "zz")).toEqual([]);
});

test("a whole name behind an @ is a mention, the longer one first", () => {
  expect(piecesOf("@Lucía Ferrer and @Lucía, @everyone: now", PEOPLE)).toEqual([
    { person: "lucia", label: "Lucía Ferrer" },
    " and ",
    { person: "lu", label: "Lucía" },
    ", ",
    { everyone: "everyone" },
    ": now",
  ]);
});

test("a name within a word, or longer than the name, is no mention", () => {
  expect(piecesOf("x@everyone @everyoneelse", PEOPLE)).toEqual(["x@everyone @everyoneelse"]);
});

test("what was written comes back unchanged, whatever is in it", () => {
  for (const text of ["", "@", "@@everyone@", "a @Dana Whitfield@Lucía", "🦺 @everyone 🦺"]) {
    const back = piecesOf(text, PEOPLE)
      .map((piece) => (typeof piece === "string" ? piece : `@${"person" in piece ? piece.label : piece.everyone}`))
      .join("");
    expect(back).toBe(text);
  }
});

test("a message that is edited keeps whom it mentions, by its own words", () => {
  const mentions = [{ person: "dana", everyone: false, start: 0, length: 5 }];
  expect(piecesOf("@Dani hi", mentionedIn("@Dani hi", mentions))).toEqual([{ person: "dana", label: "Dani" }, " hi"]);
});

test("the limit counts bytes", () => {
  expect(bytesLeft("a".repeat(65_536))).toBe(0);
  expect(bytesLeft("é".repeat(32_769))).toBe(-2);
  expect(bytesLeft("short")).toBeGreaterThan(60_000);
});
