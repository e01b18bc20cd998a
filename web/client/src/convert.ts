/** From the contracts' messages to the plain values of the stores. Counts stay far below 2^53 (the contracts say so). */
import { Code, ConnectError } from "@connectrpc/connect";
import type { ArrivingBadge } from "./badges.js";
import { Kind as WireKind, type Conversation as WireConversation } from "./gen/conversations/messaging/v1/messaging_pb.js";
import {
  Level as WireLevel,
  Surface,
  TrialResult,
  type Banner as WireBanner,
  type Trial as WireTrial,
} from "./gen/conversations/notifier/v1/notifier_pb.js";
import { Permission as WirePermission, Status, type Presence } from "./gen/conversations/presence/v1/presence_pb.js";
import type { Badge as WireBadge } from "./gen/conversations/unread/v1/unread_pb.js";
import type { Banner, Kind, Level, Permission, PersonPresence, PresenceStatus, Trial } from "./model.js";

export function badgeOf(badge: WireBadge): ArrivingBadge {
  return {
    conversation: badge.conversation,
    unread: Number(badge.unread),
    mentions: Number(badge.mentions),
    read: Number(badge.read),
    number: Number(badge.number),
    revision: Number(badge.revision),
    epoch: Number(badge.epoch),
    version: Number(badge.version),
    mutedUntilMs: Number(badge.mutedUntilMs),
    left: badge.left,
  };
}

export function bannerOf(banner: WireBanner): Banner {
  return {
    surface: banner.surface === Surface.BROWSER ? "browser" : "banner",
    tab: banner.tab,
    tag: banner.tag,
    conversation: banner.conversation,
    number: Number(banner.number),
    author: banner.author,
    service: banner.service,
    title: banner.title,
    text: banner.text,
    link: banner.link,
    atMs: Number(banner.atMs),
    mentioned: banner.mentioned,
    count: Math.max(1, banner.count),
    update: banner.update,
    test: banner.test,
  };
}

const STATUS: Readonly<Partial<Record<Status, PresenceStatus>>> = {
  [Status.ACTIVE]: "active",
  [Status.AWAY]: "away",
  [Status.DO_NOT_DISTURB]: "do not disturb",
  [Status.OFFLINE]: "offline",
};

export function presenceOf(presence: Presence): PersonPresence {
  return {
    person: presence.person,
    status: STATUS[presence.status] ?? "unknown",
    lastSeenMs: Number(presence.lastSeenMs),
    untilMs: Number(presence.untilMs),
    chosen: presence.chosen,
  };
}

export function wirePermission(permission: Permission): WirePermission {
  if (permission === "granted") return WirePermission.GRANTED;
  return permission === "default" ? WirePermission.DEFAULT : WirePermission.DENIED;
}

export const kindOf = (kind: WireKind): Kind =>
  kind === WireKind.DIRECT ? "direct" : kind === WireKind.ITEM ? "item" : "group";

export const wireKind: Readonly<Record<Kind, WireKind>> = {
  direct: WireKind.DIRECT,
  group: WireKind.GROUP,
  item: WireKind.ITEM,
};

/** The conversation of an answer, which the contract always has. */
export function answered({ conversation }: { conversation?: WireConversation | undefined }): WireConversation {
  if (conversation === undefined) throw new ConnectError("an answer without a conversation", Code.Internal);
  return conversation;
}

/** What both the list and an open conversation say of one. */
export function propertiesOf(conversation: WireConversation, person: string, name: (person: string) => string) {
  const kind = kindOf(conversation.kind);
  const other = kind === "direct" ? (conversation.members.find((one) => one !== person) ?? person) : "";
  return {
    kind,
    /** The other person of a direct conversation; else empty. */
    other,
    /** Its title; of a direct conversation how the other person is called. */
    title: other === "" ? conversation.title : name(other),
    link: conversation.link,
    item: conversation.item
      ? { project: conversation.item.project, tool: conversation.item.tool, item: conversation.item.item }
      : null,
    members: conversation.members as readonly string[],
    archived: conversation.archived,
  };
}

const LEVELS = { default: WireLevel.UNSPECIFIED, all: WireLevel.ALL, mentions: WireLevel.MENTIONS, nothing: WireLevel.NOTHING };

export const wireLevel: Readonly<Record<Level, WireLevel>> = LEVELS;

export function levelOf(level: WireLevel): Level {
  return (Object.keys(LEVELS) as Level[]).find((name) => LEVELS[name] === level) ?? "default";
}

const RESULTS: Readonly<Partial<Record<TrialResult, Trial["result"]>>> = {
  [TrialResult.SENT]: "sent",
  [TrialResult.NOT_PERMITTED]: "not permitted",
  [TrialResult.SWITCHED_OFF]: "switched off",
  [TrialResult.FAILED]: "failed",
  [TrialResult.NOT_FOLLOWING]: "not following",
};

export function trialOf(trial: WireTrial, own: readonly string[]): Trial {
  const { client, tab, device, reason, status } = trial;
  const here = own.includes(client === "" ? device : client);
  return { client, here, tab, device, result: RESULTS[trial.result] ?? "unknown", reason, status };
}
