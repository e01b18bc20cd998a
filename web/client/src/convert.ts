/** From the contracts' messages to the plain values of the stores. Counts stay far below 2^53 (the contracts say so). */
import type { ArrivingBadge } from "./badges.js";
import type { Banner as WireBanner } from "./gen/conversations/notifier/v1/notifier_pb.js";
import { Surface } from "./gen/conversations/notifier/v1/notifier_pb.js";
import { Permission as WirePermission, Status, type Presence } from "./gen/conversations/presence/v1/presence_pb.js";
import type { Badge as WireBadge } from "./gen/conversations/unread/v1/unread_pb.js";
import type { Banner, Permission, PersonPresence, PresenceStatus } from "./model.js";

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
