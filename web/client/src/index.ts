/** Conversations for web pages. See README.md. */
import { readFromWorker, type Answer, type Shown } from "./clicks.js";
import { systemClock } from "./clock.js";
import { Hub } from "./hub.js";
import { Notifications, permission } from "./notify.js";
import { OWNER, Push } from "./subscription.js";
import { Conversations } from "./tab.js";
import { services, type Gateway } from "./transport.js";
import { UnsentMessages } from "./unsent.js";
import { directLines, lockOf, portLine, type FromHub, type Line, type ToHub } from "./wire.js";

export type * from "./model.js";
export type { Gateway } from "./transport.js";
export type { Store } from "./store.js";
export type { ConversationView, OpenConversation } from "./conversation.js";
export { loadingView } from "./conversation.js";
export type { ConversationList, ListedConversation, ListFilter, ListView } from "./list.js";
export type { Piece } from "./pieces.js";
export type { Preferences, PreferencesView } from "./preferences.js";
export type { Search, SearchFilter, SearchView } from "./search.js";
export type { Push } from "./subscription.js";
export type { Viewport } from "./viewed.js";
export { BANNER_MS } from "./banners.js";
export { Conversations } from "./tab.js";
export { FOR_EVER } from "./unread.js";
export { seenBy } from "./messages.js";
export { showTotal, titled } from "./title.js";
export { titleOf } from "./notify.js";
export * as messaging from "./gen/conversations/messaging/v1/messaging_pb.js";
export * as notifier from "./gen/conversations/notifier/v1/notifier_pb.js";
export * as presence from "./gen/conversations/presence/v1/presence_pb.js";

export interface ConnectOptions {
  /** The company account. */
  readonly tenant: string;
  /** The person who is signed in. */
  readonly person: string;
  /** The gateway's address; over plain HTTP one for each service, since a browser opens six connections to each host. */
  readonly gateway: Gateway;
  /** A bearer token of the person. Called again before it expires, and when it was refused. */
  readonly token: () => Promise<string>;
  /**
   * Makes the SharedWorker: `(name) => new SharedWorker(new URL("@conversations/client/worker", import.meta.url),
   * { type: "module", name })`. Without it, or where there are none, each tab is its own client.
   */
  readonly worker?: (name: string) => SharedWorker;
  /** How a person is called in lists and notifications; their id if left out. */
  readonly name?: (person: string) => string;
  /** Somebody clicked a notification: show this message. `link` is the item's place in the host, or empty. */
  readonly clicked?: (conversation: string, number: number, link: string) => void;
}

/** Connects this tab. Two people who share a browser share nothing: everything is named by tenant and person. */
export function connect(options: ConnectOptions): Conversations {
  const scope = `conversations/${encodeURIComponent(options.tenant)}/${encodeURIComponent(options.person)}`;
  const inApp = `${scope}/banners`;
  const tab = crypto.randomUUID();
  const device = kept(localStorage, `${scope}/client`);
  const shared = options.worker !== undefined && "SharedWorker" in globalThis && "locks" in navigator;
  let line: Line<FromHub, ToHub>;
  let release: () => void = () => undefined;
  if (shared) {
    // Held until this page is gone, however it ends. The worker hears of this tab only once it holds it.
    const held = new Promise<void>((resolve) => {
      void navigator.locks.request(lockOf(scope, tab), () => {
        resolve();
        return new Promise<void>((end) => {
          release = end;
        });
      });
    });
    const port = portLine<FromHub, ToHub>(options.worker(scope).port);
    line = {
      listen: port.listen,
      post: (message) =>
        void held.then(() => {
          port.post(message);
        }),
    };
  } else {
    const [ofHub, ofTab] = directLines();
    new Hub({ clock: systemClock, services, gone: () => new Promise(() => undefined) }).connect(ofHub);
    line = ofTab;
  }
  const name = options.name ?? ((person: string) => person);
  const clicked = ({ conversation, number, link }: Shown): void => {
    // Without a number it was a test: the page is in front now, and there is nothing to show.
    if (number > 0) options.clicked?.(conversation, number, link);
  };
  const workers = "serviceWorker" in navigator ? navigator.serviceWorker : null;
  const registration = async (): Promise<ServiceWorkerRegistration | undefined> => workers?.getRegistration();
  const pushes = workers !== null && "PushManager" in globalThis && "Notification" in globalThis;
  const notifications: Notifications = new Notifications({
    clock: systemClock,
    registration,
    scope,
    name,
    clicked,
    pushed: () => conversations.push.mine,
  });
  const conversations: Conversations = new Conversations({
    gateway: options.gateway,
    tab,
    person: options.person,
    name,
    client: shared ? device : tab,
    device,
    token: options.token,
    line,
    services,
    push: (clients, clock) =>
      new Push({
        services: clients,
        clock,
        scope,
        device,
        client: shared ? device : tab,
        worker: pushes ? { ready: () => workers.ready, registration } : null,
        storage: localStorage,
        permission,
        ask: () => Notification.requestPermission(),
        clearOthers: () => notifications.clearOthers(),
      }),
    tray: {
      show: (banner) => void notifications.show(banner),
      update: (banner) => void notifications.update(banner),
      takeBack: (tag) => void notifications.takeBack(tag),
      clearRead: (badges, ask) => void notifications.clearRead(badges, ask),
      tags: () => notifications.tags(),
      clear: () => notifications.clear(),
    },
    permission,
    unsent: new UnsentMessages(localStorage, scope),
    inApp: {
      read: () => localStorage.getItem(inApp) !== "off",
      write: (on) => {
        localStorage.setItem(inApp, on ? "on" : "off");
      },
    },
    release: () => {
      release();
      workers?.removeEventListener("message", said);
      removeEventListener("storage", stored);
    },
  });
  const said = (event: MessageEvent<unknown>): void => {
    const message = readFromWorker(event.data);
    if (message === null) return;
    if (message.is === "subscription") void conversations.push.check(true);
    else if (message.is === "who") {
      const { value } = conversations.shown;
      event.ports[0]?.postMessage({ scope, conversation: value } satisfies Answer);
    } else if (message.shown.scope === "" || message.shown.scope === scope) clicked(message.shown);
  };
  const stored = (event: StorageEvent): void => {
    if (event.key === OWNER || event.key === inApp) conversations.changedElsewhere();
  };
  workers?.addEventListener("message", said);
  // Messages that came before the page listened are kept for it until then.
  workers?.startMessages();
  addEventListener("storage", stored);
  return conversations;
}

function kept(storage: Storage, key: string): string {
  const found = storage.getItem(key);
  if (found !== null) return found;
  const made = crypto.randomUUID();
  storage.setItem(key, made);
  return made;
}
