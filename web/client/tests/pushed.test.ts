import { Code, ConnectError } from "@connectrpc/connect";
import { beforeEach, describe, expect, it } from "vitest";
import type { Permission } from "../src/model.js";
import { bytesOf, OWNER, Push } from "../src/subscription.js";
import type { Services } from "../src/transport.js";
import { Kept, ManualClock, settle } from "./world.js";

/** A browser with its push service, and the notifier. */
class Browser {
  readonly storage = new Kept();
  readonly clock = new ManualClock();
  permission: Permission = "default";
  answer: Permission = "granted";
  asked = 0;
  cleared: string[] = [];
  key = "AQID";
  failures: (Error | null)[] = [];
  /** The page is closed while the notifier answers: nothing of it goes on. */
  closesAtAnswer = false;
  refuses = false;
  /** What the notifier has: the endpoint of each person's device. */
  readonly devices = new Map<string, string>();
  readonly clients = new Map<string, string>();
  #made = 0;
  endpoint: string | null = null;
  subscribedWith = "";
  readonly dead: string[] = [];

  readonly registration = {
    pushManager: {
      getSubscription: () => Promise.resolve(this.endpoint === null ? null : this.#subscription(this.endpoint)),
      subscribe: ({ applicationServerKey }: { applicationServerKey: Uint8Array }) => {
        if (this.refuses) return Promise.reject(new Error("push service not available"));
        this.subscribedWith = [...applicationServerKey].join();
        this.endpoint ??= `https://push.example/${String(++this.#made)}`;
        return Promise.resolve(this.#subscription(this.endpoint));
      },
    },
  } as unknown as ServiceWorkerRegistration;

  #subscription(endpoint: string): PushSubscription {
    return {
      endpoint,
      options: { applicationServerKey: Uint8Array.from(this.subscribedWith.split(","), Number).buffer },
      toJSON: () => ({ endpoint, keys: { p256dh: "P", auth: "A" } }),
      unsubscribe: () => {
        this.dead.push(endpoint);
        this.endpoint = null;
        return Promise.resolve(true);
      },
    } as unknown as PushSubscription;
  }

  of(person: string, supported = true): Push {
    const notifier = {
      getWebPushKey: () => this.#do(() => ({ publicKey: this.key })),
      registerDevice: ({ webPush, client }: { webPush: { endpoint: string }; client: string }) =>
        this.#do(() => {
          this.devices.set(person, webPush.endpoint);
          this.clients.set(person, client);
          return this.closesAtAnswer ? new Promise<never>(() => undefined) : {};
        }),
      unregisterDevice: () => this.#do(() => (this.devices.delete(person), {})),
    };
    const found = Promise.resolve(this.registration);
    return new Push({
      services: { notifier } as unknown as Services,
      clock: this.clock,
      scope: person,
      device: `browser of ${person}`,
      client: `browser of ${person}`,
      worker: supported ? { ready: () => found, registration: () => found } : null,
      storage: this.storage,
      permission: () => this.permission,
      ask: () => {
        this.asked++;
        return Promise.resolve((this.permission = this.answer));
      },
      clearOthers: () => {
        this.cleared.push(person);
        return Promise.resolve();
      },
    });
  }

  #do<T>(act: () => T): Promise<T> {
    const failure = this.failures.shift();
    return failure ? Promise.reject(failure) : Promise.resolve(act());
  }
}

describe("Web Push of a browser", () => {
  let browser: Browser;
  beforeEach(() => {
    browser = new Browser();
  });

  it("is off until it is switched on; that asks, subscribes with the deployment's key and registers the client", async () => {
    const push = browser.of("ann");
    await push.check();
    expect(push.value).toEqual({ state: "off", why: "", busy: false });
    expect(await push.enable()).toEqual({ state: "on", why: "", busy: false });
    expect(browser.asked).toBe(1);
    expect(browser.subscribedWith).toBe("1,2,3");
    expect(browser.devices.get("ann")).toBe("https://push.example/1");
    expect(browser.clients.get("ann")).toBe("browser of ann");
  });

  it("says that it is busy while a click is answered", async () => {
    const push = browser.of("ann");
    const said: boolean[] = [];
    push.subscribe(({ busy }) => said.push(busy));
    await push.enable();
    expect(said).toEqual([false, true, false]);
  });

  it("is never asked for again when it was denied", async () => {
    browser.answer = "denied";
    const push = browser.of("ann");
    expect((await push.enable()).state).toBe("denied");
    expect((await push.enable()).state).toBe("denied");
    expect(browser.asked).toBe(1);
    browser.permission = "granted";
    push.permissionChanged();
    expect(push.value.state).toBe("off");
  });

  it("left unanswered stays off", async () => {
    browser.answer = "default";
    expect((await browser.of("ann").enable()).state).toBe("off");
  });

  it("is unsupported where the browser has none", async () => {
    const push = browser.of("ann", false);
    await push.check();
    expect((await push.enable()).state).toBe("unsupported");
    await push.end();
  });

  it("is unavailable where the deployment has none, and says so", async () => {
    browser.failures = [new ConnectError("not set up", Code.FailedPrecondition)];
    const push = browser.of("ann");
    expect(await push.enable()).toEqual({ state: "unavailable", why: "Web Push is not set up here", busy: false });
    expect((await push.enable()).state).toBe("on");
  });

  it("is unavailable where the browser's push service refuses, and says why", async () => {
    browser.refuses = true;
    expect(await browser.of("ann").enable()).toMatchObject({ state: "unavailable", why: "push service not available" });
  });

  it("is unavailable where the host has no service worker, within five seconds", async () => {
    const never = new Promise<never>(() => undefined);
    const lone = new Push({
      services: {} as unknown as Services,
      clock: browser.clock,
      scope: "ann",
      device: "d",
      client: "d",
      worker: { ready: () => never, registration: () => Promise.resolve(undefined) },
      storage: browser.storage,
      permission: () => "granted",
      ask: () => Promise.resolve("granted"),
      clearOthers: () => Promise.resolve(),
    });
    void lone.check();
    const answer = lone.enable();
    await browser.clock.pass(5_000);
    expect(await answer).toMatchObject({ state: "unavailable", why: "there is no service worker" });
  });

  it("that the notifier does not take leaves no subscription behind", async () => {
    browser.failures = [null, new ConnectError("more than 20 devices", Code.ResourceExhausted)];
    expect(await browser.of("ann").enable()).toMatchObject({ state: "unavailable", why: "more than 20 devices" });
    expect(browser.dead).toEqual(["https://push.example/1"]);
  });

  it("is registered again when the browser has changed the subscription, and once a day", async () => {
    await browser.of("ann").enable();
    browser.endpoint = "https://push.example/new";
    const next = browser.of("ann");
    await next.check();
    expect(next.value.state).toBe("on");
    expect(browser.devices.get("ann")).toBe("https://push.example/new");
    browser.devices.clear();
    await browser.of("ann").check();
    expect(browser.devices.size).toBe(0);
    browser.clock.sleep(86_400_000);
    await browser.of("ann").check();
    expect(browser.devices.get("ann")).toBe("https://push.example/new");
  });

  it("is subscribed again when the browser has dropped the subscription, or when the key is another", async () => {
    await browser.of("ann").enable();
    browser.endpoint = null;
    await browser.of("ann").check();
    expect(browser.devices.get("ann")).toBe("https://push.example/2");
    browser.key = "BAUG";
    browser.clock.sleep(86_400_000);
    await browser.of("ann").check();
    expect(browser.subscribedWith).toBe("4,5,6");
    expect(browser.devices.get("ann")).toBe("https://push.example/3");
  });

  it("moves at once to who signs in; what waits for the other cannot arrive", async () => {
    const ann = browser.of("ann");
    await ann.enable();
    const bob = browser.of("bob");
    await bob.check();
    expect(bob.value.state).toBe("on");
    expect(browser.dead).toEqual(["https://push.example/1"]);
    expect(browser.devices.get("bob")).toBe("https://push.example/2");
    expect(browser.cleared).toEqual(["bob"]);
    ann.moved();
    expect(ann.value.state).toBe("off");
  });

  it("ends for the other when it cannot move now", async () => {
    await browser.of("ann").enable();
    browser.failures = [new ConnectError("down", Code.Unavailable)];
    const bob = browser.of("bob");
    await bob.check();
    expect(bob.value.state).toBe("off");
    expect(browser.endpoint).toBeNull();
  });

  it("ends for the other also where the one who signs in wants none", async () => {
    await browser.of("bob").enable();
    await browser.of("bob").disable();
    await browser.of("ann").enable();
    const bob = browser.of("bob");
    await bob.check();
    expect(bob.value.state).toBe("off");
    expect(browser.endpoint).toBeNull();
    expect(browser.devices.has("bob")).toBe(false);
  });

  it("switched off is unsubscribed and stays off", async () => {
    const push = browser.of("ann");
    await push.enable();
    await push.disable();
    expect([browser.endpoint, browser.devices.size, push.value.state]).toEqual([null, 0, "off"]);
    await browser.of("ann").check();
    expect(browser.devices.size).toBe(0);
  });

  it("ends with sign-out, also while the notifier is away, and is back with the next sign-in", async () => {
    const push = browser.of("ann");
    await push.enable();
    browser.failures = [new ConnectError("down", Code.Unavailable)];
    await push.end();
    expect([browser.endpoint, browser.storage.getItem(OWNER)]).toEqual([null, null]);
    const again = browser.of("ann");
    await again.check();
    expect(again.value.state).toBe("on");
  });

  it("leaves a subscription alone that is the host's own", async () => {
    browser.endpoint = "https://push.example/host";
    const push = browser.of("ann");
    browser.permission = "granted";
    await push.check();
    expect([push.value.state, browser.dead.length, browser.devices.size]).toEqual(["off", 0, 0]);
  });

  it("is the person's own from the first push on, also where the page was closed before the notifier had answered", async () => {
    browser.closesAtAnswer = true;
    void browser.of("ann").enable();
    await settle();
    expect(browser.devices.size).toBe(1);
    browser.closesAtAnswer = false;
    browser.devices.clear();
    const next = browser.of("ann");
    expect(next.mine).toBe(true);
    await next.check();
    expect(next.value.state).toBe("on");
    expect(browser.devices.get("ann"), "it is registered again, for what it knows").toBe("https://push.example/1");
  });

  it("that could not be had is not chosen: the next page does not begin with it", async () => {
    browser.failures = [new ConnectError("down", Code.Unavailable)];
    await browser.of("ann").enable();
    await browser.of("ann").check();
    expect([browser.endpoint, browser.devices.size]).toEqual([null, 0]);
  });

  it("does one thing at a time", async () => {
    const push = browser.of("ann");
    await Promise.all([push.check(), push.enable(), push.disable(), push.enable()]);
    await settle();
    expect([push.value.state, browser.devices.size]).toEqual(["on", 1]);
  });
});

describe("the deployment's key", () => {
  it("is base64url", () => {
    expect([...bytesOf("-_8")]).toEqual([251, 255]);
  });
});
