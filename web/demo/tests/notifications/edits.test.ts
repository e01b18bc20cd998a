import { describe, expect, it } from "vitest";
import { Edits } from "../../src/notifications/settings/edits.js";

interface Form {
  push: boolean;
  delay: number;
}

/** A form whose saves end when the test says so. */
function form(): { edits: Edits<Form>; saves: [keyof Form, unknown][]; end: (why?: string) => Promise<void> } {
  const saves: [keyof Form, unknown][] = [];
  const waiting: { ok: () => void; no: (error: Error) => void }[] = [];
  const edits = new Edits<Form>(
    (name, value) =>
      new Promise((ok, no) => {
        saves.push([name, value]);
        waiting.push({ ok, no });
      }),
  );
  const end = async (why = ""): Promise<void> => {
    const first = waiting.shift();
    if (why === "") first?.ok();
    else first?.no(new Error(why));
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { edits, saves, end };
}

describe("settings that are being saved", () => {
  it("are shown at once, and are nothing special any more once they are saved", async () => {
    const { edits, saves, end } = form();
    let told = 0;
    edits.subscribe(() => told++);
    edits.set("push", false);
    expect(edits.view).toEqual({ push: { value: false, state: "saving", why: "" } });
    expect(saves).toEqual([["push", false]]);
    await end();
    expect(edits.view).toEqual({});
    expect(told).toBe(2);
  });

  it("stay on the screen when they failed, with the reason, until tried again or given up", async () => {
    const { edits, saves, end } = form();
    edits.set("push", false);
    await end("no connection");
    expect(edits.view.push).toEqual({ value: false, state: "failed", why: "no connection" });
    edits.retry("push");
    expect(edits.view.push?.state).toBe("saving");
    await end("no connection");
    edits.discard("push");
    expect(edits.view).toEqual({});
    expect(saves).toHaveLength(2);
  });

  it("never overtake each other: the last choice is what is saved last", async () => {
    const { edits, saves, end } = form();
    edits.set("delay", 1);
    edits.set("delay", 2);
    edits.set("delay", 3);
    expect(saves).toEqual([["delay", 1]]);
    await end();
    expect(edits.view.delay?.value).toBe(3);
    expect(saves).toEqual([["delay", 1], ["delay", 3]]);
    await end();
    expect(edits.view).toEqual({});
  });

  it("of different fields do not wait for each other, and a failure of an older choice does not matter", async () => {
    const { edits, saves, end } = form();
    edits.set("push", false);
    edits.set("delay", 1);
    expect(saves).toHaveLength(2);
    edits.set("push", true);
    await end("no connection");
    expect(edits.view.push).toEqual({ value: true, state: "saving", why: "" });
    await end();
    await end();
    expect(edits.view).toEqual({});
    expect(saves.at(-1)).toEqual(["push", true]);
  });
});
