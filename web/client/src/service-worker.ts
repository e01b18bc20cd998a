/// <reference lib="webworker" />
/** Shows Web Push, takes it back, and opens the right tab on a click. A host imports it into its own service worker. */
import { clears, readPush, type Push } from "./push.js";

declare const self: ServiceWorkerGlobalScope;

interface Shown {
  readonly conversation: string;
  readonly number: number;
  readonly link: string;
}

self.addEventListener("push", (event) => {
  const push = readPush(event.data?.text() ?? "");
  if (push) event.waitUntil(act(push));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data as Shown));
});

async function act(push: Push): Promise<void> {
  const badge = "setAppBadge" in self.navigator ? self.navigator : null;
  await (push.badge > 0 ? badge?.setAppBadge(push.badge) : badge?.clearAppBadge())?.catch(() => undefined);
  if (push.act !== "CLEAR") {
    await self.registration.showNotification(push.title || push.author, {
      body: push.text,
      tag: push.tag,
      silent: push.act === "REPLACE",
      data: { conversation: push.conversation, number: push.number, link: "" } satisfies Shown,
    });
    if (push.clearUpTo === 0) return;
  }
  for (const notification of await self.registration.getNotifications()) {
    const data = notification.data as Shown | null;
    const shown = { tag: notification.tag, conversation: data?.conversation ?? "", number: data?.number ?? 0 };
    if (shown.tag === push.tag && push.act !== "CLEAR") continue;
    if (clears(push, shown)) notification.close();
  }
}

/** Focuses a tab that is open, the focused or visible one first, and tells it what to show; else opens one. */
async function open(shown: Shown): Promise<void> {
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const tab = tabs.find((one) => one.focused) ?? tabs.find((one) => one.visibilityState === "visible") ?? tabs[0];
  if (tab) {
    await tab.focus().catch(() => undefined);
    tab.postMessage({ is: "open", conversation: shown.conversation, number: shown.number });
    return;
  }
  const address = new URL(self.registration.scope);
  address.searchParams.set("conversation", shown.conversation);
  address.searchParams.set("message", String(shown.number));
  await self.clients.openWindow(address.href);
}
