import { beforeEach, describe, expect, it, vi } from "vitest";
import { chosen, readFromWorker, shownOf, type Answer, type Candidate } from "../src/clicks.js";
import { settle } from "./world.js";

interface Note {
  readonly title: string;
  readonly body: string;
  readonly tag: string;
  readonly silent: boolean;
  readonly icon?: string;
  readonly data: unknown;
  close(): void;
}

interface Page {
  focused: boolean;
  visibilityState: string;
  answer: Answer | null;
  focusedBy: number;
  readonly told: unknown[];
  focus(): Promise<void>;
  postMessage(message: { is: string }, ports?: MessagePort[]): void;
}

/** What a browser gives a service worker. */
class Scope {
  readonly listeners = new Map<string, (event: unknown) => void>();
  notes: Note[] = [];
  pages: Page[] = [];
  opened: string[] = [];
  badge: number | null = null;
  subscribed: unknown[] = [];

  readonly addEventListener = (name: string, listener: (event: unknown) => void): void => {
    this.listeners.set(name, listener);
  };
  readonly navigator = {
    setAppBadge: (total: number) => Promise.resolve((this.badge = total)),
    clearAppBadge: () => Promise.resolve((this.badge = 0)),
  };
  readonly registration = {
    scope: "https://site.example/app/",
    showNotification: (title: string, options: Omit<Note, "title" | "close">) => {
      this.notes = this.notes.filter((one) => one.tag !== options.tag);
      const note: Note = { title, ...options, close: () => (this.notes = this.notes.filter((one) => one !== note)) };
      this.notes.push(note);
      return Promise.resolve();
    },
    getNotifications: ({ tag }: { tag?: string } = {}) =>
      Promise.resolve(this.notes.filter((one) => tag === undefined || one.tag === tag)),
    pushManager: {
      getSubscription: () => Promise.resolve(null),
      subscribe: (options: unknown) => Promise.resolve(this.subscribed.push(options)),
    },
  };
  readonly clients = {
    matchAll: () => Promise.resolve(this.pages),
    openWindow: (address: string) => Promise.resolve(this.opened.push(address)),
  };

  page(change: Partial<Page> = {}): Page {
    const page: Page = {
      ...{ focused: false, visibilityState: "hidden", answer: null, focusedBy: 0, told: [] },
      focus: () => {
        page.focusedBy++;
        return Promise.resolve();
      },
      postMessage: (message, ports) => {
        if (message.is === "who") {
          if (page.answer) ports?.[0]?.postMessage(page.answer);
        } else page.told.push(message);
      },
      ...change,
    };
    this.pages.push(page);
    return page;
  }

  async happens(name: string, event: Record<string, unknown>): Promise<void> {
    const waited: Promise<unknown>[] = [];
    this.listeners.get(name)?.({ ...event, waitUntil: (promise: Promise<unknown>) => waited.push(promise) });
    await Promise.all(waited);
    await settle();
  }

  push(fields: Record<string, unknown>): Promise<void> {
    return this.happens("push", { data: { text: () => JSON.stringify(fields) } });
  }

  async click(tag: string): Promise<void> {
    await this.happens("notificationclick", { notification: this.notes.find((one) => one.tag === tag) });
  }
}

const push = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...{ act: "SHOW", tag: "c:4", conversation: "c", number: 4, title: "Slab", text: "Hello", author: "marco" },
  ...{ service: "", link: "", badge: 3, count: 1, ...change },
});

describe("the service worker", () => {
  let scope: Scope;
  let configure: (typeof import("../src/service-worker.js"))["configure"];
  const shown = (): [string, string, string][] => scope.notes.map(({ title, body, tag }) => [title, body, tag]);

  beforeEach(async () => {
    scope = new Scope();
    vi.stubGlobal("self", scope);
    vi.resetModules();
    ({ configure } = await import("../src/service-worker.js"));
  });

  it("shows a push, with the true total on the icon", async () => {
    await scope.push(push());
    expect(shown()).toEqual([["marco · Slab", "Hello", "c:4"]]);
    expect([scope.badge, scope.notes[0]?.silent]).toEqual([3, false]);
  });

  it("calls people as the host does, and services by their name, with the number of messages", async () => {
    configure({ name: (person) => Promise.resolve(person.toUpperCase()), icon: "/icon.png" });
    await scope.push(push({ count: 3 }));
    await scope.push(push({ tag: "c:5", author: "", service: "rfis" }));
    await scope.push(push({ tag: "d:1", title: "" }));
    expect(scope.notes.map((one) => one.title)).toEqual(["MARCO · Slab (3)", "rfis · Slab", "MARCO"]);
    expect(scope.notes[0]?.icon).toBe("/icon.png");
    configure({ name: () => Promise.reject(new Error("no names")) });
    await scope.push(push({ tag: "d:2", title: "" }));
    expect(scope.notes.at(-1)?.title).toBe("marco");
  });

  it("shows a message once, however often it comes", async () => {
    await scope.push(push());
    await scope.push(push());
    expect(shown()).toHaveLength(1);
  });

  it("changes the words of what is shown without a sound", async () => {
    await scope.push(push());
    await scope.push(push({ act: "REPLACE", text: "Edited" }));
    expect(shown()).toEqual([["marco · Slab", "Edited", "c:4"]]);
    expect(scope.notes[0]?.silent).toBe(true);
  });

  it("takes back what was read, and no more", async () => {
    for (const number of [3, 4, 5]) await scope.push(push({ tag: `c:${String(number)}`, number }));
    await scope.push(push({ tag: "d:1", conversation: "d", number: 1 }));
    scope.notes.push({ title: "Host", body: "", tag: "host", silent: false, data: { page: 1 }, close: () => undefined });
    await scope.push(push({ act: "CLEAR", clear_up_to: 4, badge: 2 }));
    expect(scope.notes.map((one) => one.tag)).toEqual(["c:5", "d:1", "host"]);
    expect(scope.badge).toBe(2);
    await scope.push(push({ act: "CLEAR", tag: "c:5", number: 5, badge: 0 }));
    expect(scope.notes.map((one) => one.tag)).toEqual(["d:1", "host"]);
    expect(scope.badge).toBe(0);
  });

  it("leaves the number on the icon where it is not known", async () => {
    await scope.push(push({ badge: 5 }));
    await scope.push(push({ badge: null }));
    expect(scope.badge).toBe(5);
  });

  it("passes over what is no push of ours", async () => {
    await scope.happens("push", { data: null });
    await scope.push({ title: "Host" });
    expect(shown()).toEqual([]);
  });

  it("brings the page to the front that shows the conversation, and tells it which message", async () => {
    await scope.push(push({ link: "/rfis/7" }));
    const first = scope.page({ focused: true, answer: { scope: "s", conversation: "other" } });
    const second = scope.page({ answer: { scope: "s", conversation: "c" } });
    await scope.click("c:4");
    expect([first.focusedBy, second.focusedBy]).toEqual([0, 1]);
    expect(second.told).toEqual([{ is: "open", shown: { conversation: "c", number: 4, link: "/rfis/7", scope: "" } }]);
    expect([scope.opened, shown()]).toEqual([[], []]);
  });

  it("takes a page that says nothing within a moment, rather than none", async () => {
    await scope.push(push());
    const page = scope.page();
    await scope.click("c:4");
    expect([page.focusedBy, page.told.length]).toEqual([1, 1]);
  });

  it("opens a page where none is: the item's place, or the application", async () => {
    await scope.push(push());
    await scope.click("c:4");
    await scope.push(push({ link: "/rfis/7?tab=1" }));
    await scope.click("c:4");
    await scope.push(push({ link: "https://other.example/x" }));
    await scope.click("c:4");
    configure({ address: ({ conversation, number }) => `/talk/${conversation}#${String(number)}` });
    await scope.push(push());
    await scope.click("c:4");
    expect(scope.opened).toEqual([
      "https://site.example/app/?conversation=c&message=4",
      "https://site.example/rfis/7?tab=1&conversation=c&message=4",
      "https://other.example/x",
      "/talk/c#4",
    ]);
    await scope.push(push({ conversation: "test", tag: "test:0", number: 0 }));
    await scope.click("test:0");
    expect(scope.opened.at(-1)).toBe("https://site.example/app/");
  });

  it("leaves clicks on the host's own notifications to the host", async () => {
    const close = vi.fn();
    await scope.happens("notificationclick", { notification: { data: { page: 1 }, close } });
    expect([close.mock.calls.length, scope.opened]).toEqual([0, []]);
  });

  it("subscribes again with the same key when the browser has ended the subscription, and tells the pages", async () => {
    const page = scope.page();
    const applicationServerKey = new Uint8Array([1]).buffer;
    await scope.happens("pushsubscriptionchange", { oldSubscription: { options: { applicationServerKey } } });
    expect(scope.subscribed).toEqual([{ userVisibleOnly: true, applicationServerKey }]);
    expect(page.told).toEqual([{ is: "subscription" }]);
  });
});

describe("the page that a click brings to the front", () => {
  const shown = { conversation: "c", number: 4, link: "", scope: "ann" };
  const page = (change: Partial<Candidate> = {}): Candidate => ({
    ...{ used: 0, focused: false, visible: false, answer: { scope: "ann", conversation: "" } },
    ...change,
  });

  it("is never one of another person", () => {
    const other = { scope: "bob", conversation: "c" };
    expect(chosen(shown, [page({ focused: true, answer: other })])).toBe(-1);
    expect(chosen(shown, [page({ focused: true, answer: other }), page()])).toBe(1);
  });

  it("is that which shows the conversation, then the focused, the visible, the one used last", () => {
    const open = { scope: "ann", conversation: "c" };
    expect(chosen(shown, [page({ focused: true }), page({ used: 1, answer: open })])).toBe(1);
    expect(chosen(shown, [page({ visible: true }), page({ used: 1, focused: true })])).toBe(1);
    expect(chosen(shown, [page({ used: 1 }), page({ used: 0 })])).toBe(1);
    expect(chosen(shown, [page({ focused: true, answer: null }), page({ used: 1 })])).toBe(1);
    expect(chosen(shown, [])).toBe(-1);
  });
});

describe("what the service worker says", () => {
  it("is read, and what others say is not", () => {
    const shown = { conversation: "c", number: 4, link: "", scope: "" };
    expect(readFromWorker({ is: "open", shown })).toEqual({ is: "open", shown });
    expect(readFromWorker({ is: "who" })).toEqual({ is: "who" });
    for (const other of [null, "open", {}, { is: "open" }, { is: "open", shown: { conversation: 4 } }, { is: "else" }]) {
      expect(readFromWorker(other)).toBeNull();
    }
    expect(shownOf({ conversation: "c", scope: "", number: "9" })).toMatchObject({ number: 9, link: "" });
  });
});
