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
  readonly conversations: Readonly<Record<string, Badge>>;
}

/** Something to show in this tab. See `Banner` in notifier.proto. */
export interface Banner {
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
  readonly count: number;
  readonly update: boolean;
  readonly test: boolean;
}

export type Permission = "default" | "granted" | "denied" | "unsupported";

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
}

/** A message that is on its way: shown at the end until the log has it. */
export interface Outgoing {
  readonly clientKey: string;
  readonly text: string;
  readonly thread: number;
  readonly atMs: number;
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
    | { readonly is: "members"; readonly added: readonly string[]; readonly removed: readonly string[] }
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
