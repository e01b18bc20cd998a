/** Messages of a conversation by page, without opening it: looking at an explanation reads nothing. */
import type { Conversations, Message } from "@conversations/client";

const PAGE = 12;

/** The last messages before a number, the newest first. */
export async function messagesBefore(client: Conversations, conversation: string, before: number): Promise<Message[]> {
  const request = { conversation, beforeNumber: BigInt(before), pageSize: PAGE };
  const { messages } = await client.services.messaging.listMessages(request);
  return messages
    .map((message) => ({
      number: Number(message.number),
      revision: Number(message.revision),
      author: message.author,
      service: message.service,
      text: message.text,
      mentions: message.mentions,
      attachments: [],
      atMs: Number(message.atMs),
      clientKey: message.clientKey,
      thread: Number(message.thread),
      editedAtMs: Number(message.editedAtMs),
      changedRevision: Number(message.changedRevision),
      deleted: message.deleted,
      replies: message.replies,
      lastReplyAtMs: Number(message.lastReplyAtMs),
    }))
    .reverse();
}

/** One message; null if it is not there, or not for this person. */
export async function messageOf(client: Conversations, conversation: string, number: number): Promise<Message | null> {
  const found = (await messagesBefore(client, conversation, number + 1))[0];
  return found?.number === number ? found : null;
}
