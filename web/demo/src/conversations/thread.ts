/** A thread's messages, read to its end. */
import { messageOf, type Conversations, type Message, type messaging as wire } from "@conversations/client";

const PAGE = 200;
/** A thread longer than this shows its first so many; what is live is shown in any case. */
const MOST = 2_000;

type Messaging = Conversations["services"]["messaging"];

export async function repliesOf(messaging: Messaging, conversation: string, root: number): Promise<Message[]> {
  const found: wire.Message[] = [];
  const first = await messaging.listMessages({ conversation, afterNumber: BigInt(root - 1), pageSize: 1 });
  found.push(...first.messages);
  let after = 0n;
  for (;;) {
    const page = await messaging.listMessages({ conversation, thread: BigInt(root), afterNumber: after, pageSize: PAGE });
    found.push(...page.messages);
    after = page.messages.at(-1)?.number ?? after;
    if (!page.more || page.messages.length === 0 || found.length >= MOST) break;
  }
  return found.map(messageOf);
}
