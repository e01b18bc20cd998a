import { expect, test, vi } from "vitest";

vi.stubGlobal("window", { addEventListener: () => undefined });
const { placeOf } = await import("../src/app/router.js");

test("an address is read into its decoded parts and its query", () => {
  const { parts, query } = placeOf("/projects/a%20b/rfis/114?message=3");
  expect(parts).toEqual(["projects", "a b", "rfis", "114"]);
  expect(query.get("message")).toBe("3");
});

test("a part that is no proper encoding stays as it is", () => {
  expect(placeOf("/projects/%zz").parts).toEqual(["projects", "%zz"]);
});
