/** Conversations for web pages. See README.md. */
import { systemClock } from "./clock.js";
import { Hub } from "./hub.js";
import { Notifications, permission } from "./notify.js";
import { Conversations } from "./tab.js";
import { services, type Gateway } from "./transport.js";
import { directLines, portLine, type FromHub, type Line, type ToHub } from "./wire.js";

export type * from "./model.js";
export type { Gateway } from "./transport.js";
export type { Store } from "./store.js";
export type { ConversationView, OpenConversation, Piece } from "./conversation.js";
export type { ConversationList, ListedConversation, ListFilter, ListView } from "./list.js";
export type { Preferences, PreferencesView } from "./preferences.js";
export type { Viewport } from "./viewed.js";
export { Conversations, BANNER_MS } from "./tab.js";
export { showTotal, titled } from "./title.js";
export { messageOf } from "./messages.js";
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
  /** How a person is called in a notification; their id if left out. */
  readonly name?: (person: string) => string;
  /** Somebody clicked a notification: show this message. */
  readonly clicked?: (conversation: string, number: number) => void;
}

/** Connects this tab. Two people who share a browser share nothing: everything is named by tenant and person. */
export function connect(options: ConnectOptions): Conversations {
  const scope = `conversations/${encodeURIComponent(options.tenant)}/${encodeURIComponent(options.person)}`;
  const tab = crypto.randomUUID();
  const shared = options.worker !== undefined && "SharedWorker" in globalThis && "locks" in navigator;
  let line: Line<FromHub, ToHub>;
  let client: string;
  if (shared) {
    // Held until this page is gone, however it ends. The worker hears of this tab only once it holds it.
    const held = new Promise<void>((resolve) => {
      void navigator.locks.request(`${scope}/${tab}`, () => {
        resolve();
        return new Promise(() => undefined);
      });
    });
    client = kept(localStorage, `${scope}/client`);
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
    client = tab;
    line = ofTab;
  }
  const clicked = options.clicked ?? (() => undefined);
  const registration = async (): Promise<ServiceWorkerRegistration | undefined> =>
    "serviceWorker" in navigator ? navigator.serviceWorker.getRegistration() : undefined;
  const notifications = new Notifications(registration, options.name ?? ((person) => person), clicked);
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.addEventListener("message", (event: MessageEvent<unknown>) => {
      const said = event.data as { is?: unknown; conversation?: unknown; number?: unknown } | null;
      if (said?.is === "open" && typeof said.conversation === "string") clicked(said.conversation, Number(said.number));
    });
  }
  return new Conversations({
    gateway: options.gateway,
    tab,
    client,
    token: options.token,
    line,
    notify: (banner) => void notifications.show(banner),
    unnotify: (tag) => void notifications.takeBack(tag),
    permission,
  });
}

function kept(storage: Storage, key: string): string {
  const found = storage.getItem(key);
  if (found !== null) return found;
  const made = crypto.randomUUID();
  storage.setItem(key, made);
  return made;
}
