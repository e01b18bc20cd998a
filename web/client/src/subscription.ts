/**
 * Web Push of this browser: the browser's subscription, and its registration with the notifier.
 *
 * A browser has one subscription, whoever is signed in; `OWNER` says whose it is. Who signs in takes it over at once, so
 * that nobody reads the pushes of another.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { fromBase64url } from "./base64url.js";
import type { Clock } from "./clock.js";
import { Transport } from "./gen/conversations/notifier/v1/notifier_pb.js";
import type { Permission, PushView } from "./model.js";
import { Cell, type Store } from "./store.js";
import type { Services } from "./transport.js";

/** The key of localStorage under which stands whose the subscription is. */
export const OWNER = "conversations/push";
/** A registration is refreshed after this, ms: the notifier may have pruned it. */
const REFRESH_MS = 86_400_000;
/** The time of a registration that is not known to have come through: the next check does it again. */
const NEVER = 0;
/** So long a click waits for the host's service worker to be there, ms. */
const READY_MS = 5_000;

interface Owner {
  readonly scope: string;
  readonly endpoint: string;
  readonly atMs: number;
}

export interface PushParts {
  readonly services: Pick<Services, "notifier">;
  readonly clock: Clock;
  /** Names tenant and person. */
  readonly scope: string;
  /** The device's name within its person, and the client of this browser. */
  readonly device: string;
  readonly client: string;
  /** The host's service worker: once it is active, and as it is now; null where a browser can have no Web Push. */
  readonly worker: {
    readonly ready: () => Promise<ServiceWorkerRegistration>;
    readonly registration: () => Promise<ServiceWorkerRegistration | undefined>;
  } | null;
  readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  readonly permission: () => Permission;
  readonly ask: () => Promise<Permission>;
  /** Takes away what stands in the tray of somebody else. */
  readonly clearOthers: () => Promise<void>;
}

export class Push implements Store<PushView> {
  readonly #parts: PushParts;
  readonly #cell = new Cell<PushView>({ state: "off", why: "", busy: false });
  /** One thing at a time: a check at the start must not cross a click. */
  #turn: Promise<unknown> = Promise.resolve();
  #ended = false;

  constructor(parts: PushParts) {
    this.#parts = parts;
    if (parts.worker === null) this.#say("unsupported");
    else if (parts.permission() === "denied") this.#say("denied");
  }

  get value(): PushView {
    return this.#cell.value;
  }

  subscribe(listener: (value: PushView) => void): () => void {
    return this.#cell.subscribe(listener);
  }

  /** Whether the browser's subscription is this person's. */
  get mine(): boolean {
    return this.#owner()?.scope === this.#parts.scope;
  }

  /**
   * The page has begun, or the browser has changed the subscription: takes over what is there and refreshes the
   * registration.
   *
   * @param changed the browser has another subscription now.
   */
  async check(changed = false): Promise<void> {
    if (this.#parts.worker === null) return;
    // There may never be one: nobody waits for it.
    const registration = await this.#parts.worker.ready();
    if (this.#ended) return;
    await this.#alone(() => this.#checked(registration, changed));
  }

  /**
   * Switches it on: asks for permission if it was neither granted nor denied, subscribes, and registers the device. Call
   * it from a click.
   *
   * @param registration the host's service worker; the one of the page's scope if left out.
   */
  async enable(registration?: ServiceWorkerRegistration): Promise<PushView> {
    if (this.#parts.worker === null) return this.value;
    const permission = this.#parts.permission() === "default" ? await this.#parts.ask() : this.#parts.permission();
    if (permission !== "granted") {
      this.#say(permission === "denied" ? "denied" : "off");
      return this.value;
    }
    await this.#alone(async () => {
      const before = this.#choice();
      // The page may be closed at any moment: then the next one carries on.
      this.#choose("on");
      try {
        await this.#register(registration ?? (await this.#found()));
        this.#say("on");
      } catch (error) {
        this.#choose(before);
        this.#say(this.#parts.permission() === "denied" ? "denied" : "unavailable", whyOf(error));
      }
    });
    return this.value;
  }

  /** Switches it off in this browser, also for the next time. */
  async disable(): Promise<void> {
    if (this.#parts.worker === null) return;
    await this.#alone(async () => {
      this.#choose("off");
      await this.#unregister();
    });
  }

  /** The person signs out: nothing of theirs may come here any more. What they have chosen holds when they return. */
  async end(): Promise<void> {
    this.#ended = true;
    if (this.#parts.worker !== null) await this.#alone(() => this.#unregister());
  }

  /** Another tab has changed whose the subscription is. */
  moved(): void {
    if (this.value.busy || this.#ended) return;
    if (this.value.state === "on" && !this.mine) this.#say("off");
    else if (this.value.state === "off" && this.mine) this.#say("on");
  }

  /** The browser's permission may have changed. */
  permissionChanged(): void {
    if (this.#parts.worker === null || this.value.busy || this.#ended) return;
    const denied = this.#parts.permission() === "denied";
    if (denied !== (this.value.state === "denied")) this.#say(denied ? "denied" : this.mine ? "on" : "off");
  }

  async #checked(registration: ServiceWorkerRegistration, changed: boolean): Promise<void> {
    const { scope, clock, permission } = this.#parts;
    const owner = this.#owner();
    const foreign = owner !== null && owner.scope !== scope;
    if (foreign) await this.#parts.clearOthers();
    const held = await registration.pushManager.getSubscription();
    const choice = this.#choice();
    const wanted = choice === "on" || (foreign && held !== null && choice !== "off");
    if (!wanted || permission() !== "granted") {
      // Somebody else's pushes must not come here, and this person wants none. Without an owner it is the host's own.
      if (owner !== null) await this.#drop(held);
      this.#say(permission() === "denied" ? "denied" : "off");
      return;
    }
    try {
      const due = changed || owner === null || foreign || owner.endpoint !== held?.endpoint;
      if (due || clock.now() - owner.atMs >= REFRESH_MS) await this.#register(registration);
      this.#say("on");
    } catch {
      // Not now; the next start tries again. Until then it is this person's already, or nobody's.
      if (foreign) await this.#drop(await registration.pushManager.getSubscription());
      this.#say(this.mine ? "on" : "off");
    }
  }

  async #register(registration: ServiceWorkerRegistration): Promise<void> {
    const { services, device, client, clock } = this.#parts;
    const { publicKey } = await services.notifier.getWebPushKey({});
    const key = bytesOf(publicKey);
    let held = await registration.pushManager.getSubscription();
    const before = held?.options.applicationServerKey;
    const other = before ? !same(new Uint8Array(before), key) : false;
    if (held && (other || (this.#owner() !== null && !this.mine))) {
      // What was subscribed with another key is void; and what waits for another person must not arrive here.
      await this.#drop(held);
      held = null;
    }
    const subscription =
      held ?? (await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
    const { endpoint, keys } = subscription.toJSON();
    const mine = this.mine;
    // Before the notifier knows of it: of a page that is closed in between, pushes would come that are nobody's.
    if (!mine) this.#own(subscription, NEVER);
    try {
      await services.notifier.registerDevice({
        device,
        client,
        transport: Transport.WEB_PUSH,
        webPush: { endpoint: endpoint ?? "", p256dh: keys?.["p256dh"] ?? "", auth: keys?.["auth"] ?? "" },
      });
    } catch (error) {
      // Nobody knows of it, or another person does: then it must end.
      if (!mine) await this.#drop(subscription);
      throw error;
    }
    this.#own(subscription, clock.now());
  }

  async #unregister(): Promise<void> {
    const { worker, services, device, permission } = this.#parts;
    const owner = this.#owner();
    // The endpoint dies with the subscription, so that nothing comes even if the notifier cannot be told now.
    if (owner === null || this.mine) {
      const registration = await worker?.registration();
      await this.#drop((await registration?.pushManager.getSubscription()) ?? null).catch(() => undefined);
    }
    await services.notifier.unregisterDevice({ device }).catch(() => undefined);
    this.#say(permission() === "denied" ? "denied" : "off");
  }

  async #drop(subscription: PushSubscription | null): Promise<void> {
    this.#parts.storage.removeItem(OWNER);
    await subscription?.unsubscribe();
  }

  async #found(): Promise<ServiceWorkerRegistration> {
    const ready = this.#parts.worker?.ready();
    const late = new Promise<never>((_, reject) =>
      this.#parts.clock.later(READY_MS, () => {
        reject(new Error("there is no service worker"));
      }),
    );
    return Promise.race([ready ?? late, late]);
  }

  #owner(): Owner | null {
    try {
      return JSON.parse(this.#parts.storage.getItem(OWNER) ?? "null") as Owner | null;
    } catch {
      return null;
    }
  }

  #own({ endpoint }: PushSubscription, atMs: number): void {
    const { scope, storage } = this.#parts;
    storage.setItem(OWNER, JSON.stringify({ scope, endpoint, atMs } satisfies Owner));
  }

  /** What this person has last chosen in this browser; null for nothing yet. */
  #choice(): string | null {
    return this.#parts.storage.getItem(`${this.#parts.scope}/push`);
  }

  #choose(choice: string | null): void {
    const { scope, storage } = this.#parts;
    if (choice === null) storage.removeItem(`${scope}/push`);
    else storage.setItem(`${scope}/push`, choice);
  }

  #alone(act: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(async () => {
      this.#cell.set({ ...this.value, busy: true });
      await act().finally(() => {
        if (this.value.busy) this.#cell.set({ ...this.value, busy: false });
      });
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #say(state: PushView["state"], why = ""): void {
    this.#cell.set({ state, why, busy: false });
  }
}

function whyOf(error: unknown): string {
  if (error instanceof ConnectError) {
    return error.code === Code.FailedPrecondition ? "Web Push is not set up here" : error.rawMessage;
  }
  return error instanceof Error ? error.message : String(error);
}

/** The notifier's key, which it gives as base64url. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(fromBase64url(text), (letter) => letter.charCodeAt(0));
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, index) => byte === b[index]);
