/// <reference lib="webworker" />
/** Shows Web Push, takes it back, and opens the right page on a click. A host imports it into its own service worker. */
import { showOnApp } from "./app-badge.js";
import { chosen, shownOf, type Answer, type FromWorker, type Shown } from "./clicks.js";
import { titleOf } from "./notify.js";
import { clears, readPush, type Push } from "./push.js";
import { showIn, shownIn } from "./tray.js";

declare const self: ServiceWorkerGlobalScope;

/** A page that does not answer within this says nothing, ms: a click must open something soon. */
const ANSWER_MS = 1_000;

export interface WorkerOptions {
  /**
   * Where a message is found when no page is open. If left out: the item's link if it has one, else the worker's scope
   * with `conversation` and `message` in its query.
   */
  address?: (shown: Shown) => string;
  /** How a person is called; their id if left out. */
  name?: (person: string) => string | Promise<string>;
  /** The picture on a notification. */
  icon?: string;
}

const options: WorkerOptions = {};

/** Says how the host names and places things; call it while the service worker starts. */
export function configure(changes: WorkerOptions): void {
  Object.assign(options, changes);
}

self.addEventListener("push", (event) => {
  const push = readPush(event.data?.text() ?? "");
  if (push) event.waitUntil(act(push));
});

self.addEventListener("notificationclick", (event) => {
  const shown = shownOf(event.notification.data);
  if (shown === null) return;
  event.notification.close();
  event.waitUntil(open(shown));
});

self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(renew(event));
});

interface SubscriptionChange extends ExtendableEvent {
  readonly newSubscription?: PushSubscription | null;
  readonly oldSubscription?: PushSubscription | null;
}

async function act(push: Push): Promise<void> {
  // Null: the total is not known.
  if (push.badge !== null) await showOnApp(push.badge, self.navigator);
  if (push.act !== "CLEAR") await show(push);
  if (push.act === "SHOW") return;
  for (const notification of await shownIn(self.registration)) {
    const shown = shownOf(notification.data);
    if (push.act === "CLEAR" && shown && clears(push, { ...shown, tag: notification.tag })) notification.close();
  }
}

async function show(push: Push): Promise<void> {
  const { author, conversation, number, link, tag } = push;
  const called = author === "" ? "" : await Promise.resolve(options.name?.(author) ?? author).catch(() => author);
  const replaced = push.act === "REPLACE" && (await shownIn(self.registration, { tag })).length > 0;
  await showIn(self.registration, titleOf(push, () => called), {
    body: push.text,
    tag,
    // A browser shows something for each push. What only changes its words, or comes again, makes no sound.
    silent: replaced,
    data: { conversation, number, link, scope: "" } satisfies Shown,
    ...(options.icon === undefined ? {} : { icon: options.icon }),
  });
}

async function open(shown: Shown): Promise<void> {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const candidates = await Promise.all(
    pages.map(async (page, used) => ({
      used,
      focused: page.focused,
      visible: page.visibilityState === "visible",
      answer: await ask(page),
    })),
  );
  const page = pages[chosen(shown, candidates)];
  if (page === undefined) {
    // Without a number it was a test.
    const address = shown.number > 0 ? (options.address?.(shown) ?? placeOf(shown)) : self.registration.scope;
    await self.clients.openWindow(address);
    return;
  }
  await page.focus().catch(() => undefined);
  page.postMessage({ is: "open", shown } satisfies FromWorker);
}

/** Asks a page who it is; null if it says nothing. */
function ask(page: WindowClient): Promise<Answer | null> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const timer = setTimeout(() => {
      resolve(null);
    }, ANSWER_MS);
    port1.onmessage = ({ data }: MessageEvent<Answer>) => {
      clearTimeout(timer);
      resolve(data);
    };
    page.postMessage({ is: "who" } satisfies FromWorker, [port2]);
  });
}

function placeOf({ conversation, number, link }: Shown): string {
  const address = new URL(link === "" ? self.registration.scope : link, self.registration.scope);
  if (address.origin === new URL(self.registration.scope).origin) {
    address.searchParams.set("conversation", conversation);
    address.searchParams.set("message", String(number));
  }
  return address.href;
}

/** The browser has ended the subscription or made another: there must be one, and the notifier must know it. */
async function renew({ newSubscription, oldSubscription }: SubscriptionChange): Promise<void> {
  const key = oldSubscription?.options.applicationServerKey;
  if (!newSubscription && key && (await self.registration.pushManager.getSubscription()) === null) {
    await self.registration.pushManager
      .subscribe({ userVisibleOnly: true, applicationServerKey: key })
      .catch(() => undefined);
  }
  // A page registers it: only a page has a token. With none open, the next one that starts sees the difference.
  for (const page of await self.clients.matchAll({ type: "window", includeUncontrolled: true })) {
    page.postMessage({ is: "subscription" } satisfies FromWorker);
  }
}
