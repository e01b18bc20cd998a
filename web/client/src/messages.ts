/** Messages and events, from the contract to plain values, and how an event changes messages. Pure. */
import type {
  Attachment as WireAttachment,
  Event as WireEvent,
  Mention as WireMention,
  Message as WireMessage,
  Version as WireVersion,
} from "./gen/conversations/messaging/v1/messaging_pb.js";
import type { Reader as WireReader } from "./gen/conversations/unread/v1/unread_pb.js";
import type { Attachment, LogEvent, Mention, Message, Reader, Version } from "./model.js";

/** Above the number of every message: the page before it is the end of the conversation. */
export const END = BigInt(Number.MAX_SAFE_INTEGER);

const mentionOf = ({ person, everyone, start, length }: WireMention): Mention => ({ person, everyone, start, length });

const attachmentOf = (attachment: WireAttachment): Attachment => ({
  id: attachment.id,
  name: attachment.name,
  mediaType: attachment.type,
  sizeBytes: Number(attachment.sizeBytes),
  url: attachment.url,
});

export function messageOf(message: WireMessage): Message {
  return {
    number: Number(message.number),
    revision: Number(message.revision),
    author: message.author,
    service: message.service,
    text: message.text,
    mentions: message.mentions.map(mentionOf),
    attachments: message.attachments.map(attachmentOf),
    atMs: Number(message.atMs),
    clientKey: message.clientKey,
    thread: Number(message.thread),
    editedAtMs: Number(message.editedAtMs),
    changedRevision: Math.max(Number(message.changedRevision), Number(message.revision)),
    deleted: message.deleted,
    replies: message.replies,
    lastReplyAtMs: Number(message.lastReplyAtMs),
  };
}

export function eventOf(event: WireEvent): LogEvent {
  const base = {
    revision: Number(event.revision),
    number: Number(event.number),
    atMs: Number(event.atMs),
    author: event.author,
  };
  const { change } = event;
  switch (change.case) {
    case "messageSent": {
      const sent = change.value;
      const message: Message = {
        number: base.number,
        revision: base.revision,
        author: base.author,
        service: event.service,
        text: sent.text,
        mentions: sent.mentions.map(mentionOf),
        attachments: sent.attachments.map(attachmentOf),
        atMs: base.atMs,
        clientKey: sent.clientKey,
        thread: Number(sent.thread),
        editedAtMs: 0,
        changedRevision: Math.max(base.revision, Number(sent.editedRevision)),
        deleted: sent.deleted,
        replies: 0,
        lastReplyAtMs: 0,
      };
      return { ...base, change: { is: "sent", message } };
    }
    case "messageEdited": {
      const edited = change.value;
      return {
        ...base,
        change: {
          is: "edited",
          number: Number(edited.number),
          text: edited.text,
          mentions: edited.mentions.map(mentionOf),
          attachments: edited.attachments.map(attachmentOf),
          superseded: edited.superseded,
        },
      };
    }
    case "messageDeleted":
      return { ...base, change: { is: "deleted", number: Number(change.value.number) } };
    case "membersChanged": {
      const { added, removed, madeOwners, madeMembers } = change.value;
      return { ...base, change: { is: "members", added, removed, madeOwners, madeMembers } };
    }
    case "conversationUpdated": {
      const { title, link, archived } = change.value;
      return { ...base, change: { is: "updated", title, link, archived } };
    }
    default:
      return { ...base, change: { is: "other" } };
  }
}

export const versionOf = (version: WireVersion): Version => ({
  revision: Number(version.revision),
  atMs: Number(version.atMs),
  text: version.text,
  mentions: version.mentions.map(mentionOf),
  attachments: version.attachments.map(attachmentOf),
});

/**
 * Who has seen a message: the readers whose pointer has reached it. Its author is not among them, and neither is who
 * joined later, of whom it is not known.
 */
export function seenBy(readers: readonly Reader[], message: Pick<Message, "number" | "author">): string[] {
  return readers
    .filter(({ person, read, joined, left }) => !left && read >= message.number && joined < message.number && person !== message.author)
    .map(({ person }) => person)
    .sort();
}

export function readerOf(reader: WireReader): Reader {
  return {
    person: reader.person,
    read: Number(reader.read),
    joined: Number(reader.joined),
    epoch: Number(reader.epoch),
    version: Number(reader.version),
    left: reader.left,
  };
}

/** The message after an edit or a deletion; itself if it has that change already. */
export function changedBy(message: Message, event: LogEvent): Message {
  if (event.revision <= message.changedRevision) return message;
  const { change } = event;
  if (change.is === "deleted" && change.number === message.number) {
    return { ...message, text: "", mentions: [], attachments: [], deleted: true, changedRevision: event.revision };
  }
  if (change.is === "edited" && change.number === message.number && !change.superseded && !message.deleted) {
    const { text, mentions, attachments } = change;
    return { ...message, text, mentions, attachments, editedAtMs: event.atMs, changedRevision: event.revision };
  }
  return message;
}
