/** What tabs and the worker say to each other. Plain values only. */
import type { ArrivingBadge, BadgeChanges } from "./badges.js";
import type { Badges, Banner, Connection, LogEvent, PersonPresence, Reader, TabReport } from "./model.js";
import type { Gateway } from "./transport.js";

/** What a tab wants to follow. */
export type Watch =
  | { readonly what: "conversation"; readonly conversation: string; readonly after: number }
  | { readonly what: "presence"; readonly persons: readonly string[] }
  | { readonly what: "typing"; readonly conversation: string }
  | { readonly what: "readers"; readonly conversation: string };

/** What a watch brings. */
export type Part =
  | { readonly is: "connection"; readonly connection: Connection }
  | { readonly is: "events"; readonly events: readonly LogEvent[] }
  | { readonly is: "caught up" }
  | { readonly is: "reset" }
  | { readonly is: "presence"; readonly persons: readonly PersonPresence[] }
  | { readonly is: "typing"; readonly persons: readonly string[] }
  | { readonly is: "readers"; readonly readers: readonly Reader[]; readonly all: boolean };

export type ToHub =
  | { readonly is: "join"; readonly gateway: Gateway; readonly client: string; readonly report: TabReport }
  | { readonly is: "report"; readonly report: TabReport }
  | { readonly is: "watch"; readonly id: number; readonly watch: Watch }
  | { readonly is: "unwatch"; readonly id: number }
  | { readonly is: "badge"; readonly badge: ArrivingBadge }
  | { readonly is: "token"; readonly ask: number; readonly token: string | null }
  /** What lay in the browser's tray when the tab began. */
  | { readonly is: "shown"; readonly tags: readonly string[] }
  | { readonly is: "nudge" }
  | { readonly is: "leave" }
  | { readonly is: "sign out" };

export type FromHub =
  | { readonly is: "ask token"; readonly ask: number; readonly refused: string }
  | { readonly is: "badges"; readonly badges: Badges }
  | { readonly is: "badge changes"; readonly changes: BadgeChanges }
  | { readonly is: "connection"; readonly connection: Connection }
  | { readonly is: "banner"; readonly banner: Banner }
  | { readonly is: "dismiss"; readonly tag: string }
  | { readonly is: "dismiss all" }
  | { readonly is: "watched"; readonly id: number; readonly part: Part }
  | { readonly is: "signed out" };

/** So many tags may be named at once (notifier.proto, WatchBannersRequest.shown). */
export const SHOWN = 100;

/** A tab holds the lock of this name as long as it lives; the worker, named by its scope, waits for it. */
export const lockOf = (scope: string, tab: string): string => `${scope}/${tab}`;

/** One end of a line: a MessagePort, or the direct line of a tab that is its own client. */
export interface Line<In, Out> {
  readonly post: (message: Out) => void;
  readonly listen: (take: (message: In) => void) => void;
}

export function portLine<In, Out>(port: MessagePort): Line<In, Out> {
  return {
    post: (message) => {
      port.postMessage(message);
    },
    listen: (take) => {
      port.onmessage = (event: MessageEvent<In>) => {
        take(event.data);
      };
    },
  };
}

/** Both ends of a line within one page; what is posted arrives in order, later. */
export function directLines(): [Line<ToHub, FromHub>, Line<FromHub, ToHub>] {
  const { port1, port2 } = new MessageChannel();
  return [portLine(port1), portLine(port2)];
}
