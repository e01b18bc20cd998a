import { expect, test } from "vitest";
import { conversationTitle, ITEMS, itemOf, numberOf, PATHS, toolOf, type Tool } from "../src/project/items.js";
import { shownItems, sorted } from "../src/project/table.js";

const TOOLS = Object.keys(ITEMS) as Tool[];
const nameOf = (person: string): string => ({ "": "", dana: "Dana Whitfield", ingrid: "Ingrid Solheim" })[person] ?? person;

test("each item has an id of its own in its tool, and a page", () => {
  for (const tool of TOOLS) {
    const ids = ITEMS[tool].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(toolOf(PATHS[tool])).toBe(tool);
    for (const id of ids) expect(itemOf(tool, id)?.id).toBe(id);
  }
});

test("who has an open item in their court is in its conversation", () => {
  for (const item of TOOLS.flatMap((tool) => ITEMS[tool])) {
    if (item.open) expect(item.people, `${item.tool} ${item.id}`).toContain(item.court);
  }
});

test("a submittal is numbered as its specification section is", () => {
  expect(numberOf({ tool: "submittal", id: "26-2413-01" })).toBe("26 24 13-01");
  expect(conversationTitle(itemOf("submittal", "26-2413-01") ?? raise())).toBe("Submittal 26 24 13-01: Main switchboard MSB-1");
});

test("every word of a filter must occur, in the title, the place or a name", () => {
  const found = (query: string): string[] => shownItems(ITEMS.rfi, "All", query, nameOf).map(({ id }) => id);
  expect(found("corridor chilled")).toEqual(["121"]);
  expect(found("solheim damper")).toEqual(["123"]);
  expect(found("nothing like it")).toEqual([]);
});

test("open and closed are all", () => {
  for (const tool of TOOLS) {
    const count = (show: "Open" | "Closed" | "All"): number => shownItems(ITEMS[tool], show, "", nameOf).length;
    expect(count("Open") + count("Closed")).toBe(count("All"));
  }
});

test("what has no value in a column comes last, both ways", () => {
  for (const down of [true, false]) {
    const dues = sorted(ITEMS.rfi, "due", down, nameOf).map(({ due }) => due);
    expect(dues.at(-1)).toBeNull();
    const known = dues.filter((due) => due !== null);
    expect(known).toEqual([...known].sort((a, b) => (down ? b - a : a - b)));
  }
});

function raise(): never {
  throw new Error("missing");
}
