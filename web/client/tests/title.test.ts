import { afterEach, describe, expect, it, vi } from "vitest";
import { NO_BADGES } from "../src/badges.js";
import { Cell } from "../src/store.js";
import { showTotal } from "../src/title.js";
import { settle } from "./world.js";

/** A page whose pictures are there when the test says so. */
function page() {
  const loading: (() => void)[] = [];
  const link = { rel: "icon", href: "" };
  const canvas = {
    getContext: () => ({ drawImage: () => undefined, beginPath: () => undefined, arc: () => undefined, fill: () => undefined }),
    toDataURL: () => "data:image/png;dotted",
  };
  const document = { title: "", querySelector: () => link, createElement: () => canvas };
  vi.stubGlobal("document", document);
  vi.stubGlobal(
    "Image",
    class {
      decode = () => new Promise<void>((resolve) => loading.push(resolve));
    },
  );
  return { document, link, loaded: () => loading.shift()?.() };
}

describe("the total on title and favicon", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("has a dot while something is unread", async () => {
    const { document, link, loaded } = page();
    const badges = new Cell({ ...NO_BADGES, known: true });
    showTotal(badges, () => "Project", "/icon.png");
    expect([document.title, link.href]).toEqual(["Project", "/icon.png"]);
    badges.set({ ...badges.value, total: 3 });
    loaded();
    await settle();
    expect([document.title, link.href]).toEqual(["(3) Project", "data:image/png;dotted"]);
    badges.set({ ...badges.value, total: 0 });
    expect([document.title, link.href]).toEqual(["Project", "/icon.png"]);
  });

  it("stays without a dot when all was read while the picture was on its way", async () => {
    const { link, loaded } = page();
    const badges = new Cell({ ...NO_BADGES, known: true, total: 1 });
    showTotal(badges, () => "Project", "/icon.png");
    badges.set({ ...badges.value, total: 0 });
    loaded();
    await settle();
    expect(link.href).toBe("/icon.png");
  });
});
