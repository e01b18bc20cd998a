/** What the stores hold: plain values, so that they can cross from the worker to the tabs. */

/** Whether a stream, or all of them, is alive. `since` is in ms since 1970 UTC. */
export type Connection =
  | { readonly state: "connecting"; readonly since: number }
  | { readonly state: "catching up"; readonly since: number }
  | { readonly state: "connected"; readonly since: number }
  | { readonly state: "offline"; readonly since: number; readonly why: string }
  | { readonly state: "ended"; readonly since: number; readonly why: string };

/** Unread messages of one conversation. See `Badge` in unread.proto. */
export interface Badge {
  readonly conversation: string;
  readonly unread: number;
  readonly mentions: number;
  readonly read: number;
  readonly number: number;
  readonly revision: number;
  readonly epoch: number;
  readonly version: number;
  readonly mutedUntilMs: number;
}

/** All badges of the person. */
export interface Badges {
  /** False until the first snapshot is complete: show no number before that. */
  readonly known: boolean;
  readonly total: number;
  readonly totalMentions: number;
  /** Those with unread messages or a mute, and those that had. One that is missing has neither. */
  readonly conversations: Readonly<Record<string, Badge>>;
  /** What the person has left, or was removed from, since the page is open. */
  readonly left: readonly string[];
}

/** Something to show in this tab. See `Banner` in notifier.proto. */
export interface Banner {
  /** How it is told. A `browser` one never stands in the `banners` store: the library shows it. */
  readonly surface: "banner" | "browser";
  readonly tab: string;
  readonly tag: string;
  readonly conversation: string;
  readonly number: number;
  readonly author: string;
  readonly service: string;
  readonly title: string;
  readonly text: string;
  readonly link: string;
  readonly atMs: number;
  readonly mentioned: boolean;
  /** How many messages this stands for, from 1. */
  readonly count: number;
  /** It says something else now: `text` and `count` replace what is shown under the tag, and nothing new appears. */
  readonly update: boolean;
  /** The person tries the surface out: there is no such conversation, and `number` is 0. */
  readonly test: boolean;
}

export type Permission = "default" | "granted" | "denied" | "unsupported";

/**
 * Web Push of this browser for this person.
 *
 * `unsupported`: the browser has none, or the page has no secure origin. `off`: it can be switched on. `on`: registered.
 * `denied`: the browser's permission was denied; only the person can change that, in the browser. `unavailable`: it
 * cannot be had now, and `why` says why: the deployment has no Web Push, there is no service worker, or the browser's
 * push service refuses.
 */
export interface PushView {
  readonly state: "unsupported" | "off" | "on" | "denied" | "unavailable";
  readonly why: string;
  /** Whether something is under way: the answer to a click, or the check at the start. */
  readonly busy: boolean;
}

/** Of which messages of one conversation a person is told; `default`: the switch of the conversation's kind decides. */
export type Level = "default" | "all" | "mentions" | "nothing";

/** What happened in one tab or on one device when a surface was tried. */
export interface Trial {
  readonly client: string;
  /** Whether it is this browser. */
  readonly here: boolean;
  readonly tab: string;
  /** The device, of a push. */
  readonly device: string;
  readonly result: "sent" | "not permitted" | "switched off" | "failed" | "not following" | "unknown";
  /** What the push service answered, or empty. */
  readonly reason: string;
  /** The HTTP status of its answer; 0 for none. */
  readonly status: number;
}

export type Kind = "direct" | "group" | "item";
export type Role = "member" | "owner";

/** What an item conversation is about, in the host application's ids. */
export interface Item {
  readonly project: string;
  readonly tool: string;
  readonly item: string;
}

/** A message that a search has found. */
export interface Found {
  readonly conversation: string;
  readonly message: Message;
}

/** What a message said from a revision on. */
export interface Version {
  readonly revision: number;
  readonly atMs: number;
  readonly text: string;
  readonly mentions: readonly Mention[];
  readonly attachments: readonly Attachment[];
}

/** One tab as it reports itself to the worker. */
export interface TabReport {
  readonly tab: string;
  readonly visible: boolean;
  readonly focused: boolean;
  /** The last key, click, touch or move in this tab, ms since 1970 by this machine's clock; 0 for none yet. */
  readonly inputAtMs: number;
  /** The conversation that is on screen; empty for none. */
  readonly conversation: string;
  readonly permission: Permission;
  readonly inAppOff: boolean;
}

export type PresenceStatus = "unknown" | "active" | "away" | "do not disturb" | "offline";

/** What others see of a person. */
export interface PersonPresence {
  readonly person: string;
  readonly status: PresenceStatus;
  readonly lastSeenMs: number;
  readonly untilMs: number;
  readonly chosen: boolean;
}

/** A part of a message's text that names somebody: from `start`, `length` characters (UTF-16, as in JavaScript). */
export interface Mention {
  readonly person: string;
  readonly everyone: boolean;
  readonly start: number;
  readonly length: number;
}

export interface Attachment {
  readonly id: string;
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly url: string;
}

/** A message as a conversation shows it. (conversation, number) names it. */
export interface Message {
  readonly number: number;
  readonly revision: number;
  readonly author: string;
  readonly service: string;
  readonly text: string;
  readonly mentions: readonly Mention[];
  readonly attachments: readonly Attachment[];
  readonly atMs: number;
  readonly clientKey: string;
  /** The number of the thread's root; 0 for none. */
  readonly thread: number;
  readonly editedAtMs: number;
  /** The revision of the last event that changed it. */
  readonly changedRevision: number;
  readonly deleted: boolean;
  readonly replies: number;
  /** When the last reply under it was written, ms since 1970 UTC; 0 for none. */
  readonly lastReplyAtMs: number;
}

/** A message that is on its way: shown at the end until the log has it. */
export interface Outgoing {
  readonly clientKey: string;
  readonly text: string;
  readonly thread: number;
  readonly atMs: number;
  /** Its number, once it is known; else 0. */
  readonly number: number;
  readonly state: "sending" | "sent" | "failed";
  /** Why it failed, in the service's words; empty otherwise. */
  readonly why: string;
}

/** One event of a conversation's log. */
export interface LogEvent {
  readonly revision: number;
  readonly number: number;
  readonly atMs: number;
  readonly author: string;
  readonly change:
    | { readonly is: "sent"; readonly message: Message }
    | {
        readonly is: "edited";
        readonly number: number;
        readonly text: string;
        readonly mentions: readonly Mention[];
        readonly attachments: readonly Attachment[];
        readonly superseded: boolean;
      }
    | { readonly is: "deleted"; readonly number: number }
    | {
        readonly is: "members";
        readonly added: readonly string[];
        readonly removed: readonly string[];
        readonly madeOwners: readonly string[];
        readonly madeMembers: readonly string[];
      }
    | { readonly is: "updated"; readonly title: string; readonly link: string; readonly archived: boolean }
    | { readonly is: "other" };
}

/** How far a member has viewed a conversation. */
export interface Reader {
  readonly person: string;
  readonly read: number;
  readonly joined: number;
  readonly epoch: number;
  readonly version: number;
  readonly left: boolean;
}

/** What joiners see of a conversation's past. */
export type History = "all" | "since joining";

/** A conversation with all its members. */
export interface Details {
  readonly conversation: string;
  readonly kind: Kind;
  /** Its title; of a direct conversation how the other person is called. */
  readonly title: string;
  /** The other person of a direct conversation; else empty. */
  readonly other: string;
  readonly link: string;
  readonly item: Item | null;
  readonly members: readonly string[];
  readonly owners: readonly string[];
  readonly archived: boolean;
  readonly history: History;
  readonly createdAtMs: number;
  /** The number at which the person joined: unread messages are above it. */
  readonly joinedNumber: number;
}
