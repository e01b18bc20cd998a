/** A thread: a message and what was replied to it, beside the conversation. */
import { X } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import type { Message } from "@conversations/client";
import { useSession } from "../app/session.js";
import { announce } from "../app/announce.js";
import { Composer } from "./Composer.js";
import { useView, type Opened } from "./hooks.js";
import { MessageRow, OutgoingRow, type MessageActs } from "./MessageRow.js";
import { repliesOf } from "./thread.js";

export interface RepliesProps {
  readonly opened: Opened;
  readonly root: number;
  readonly onClose: () => void;
}

const NONE: readonly Message[] = [];

export function Replies({ opened, root, onClose }: RepliesProps): ReactNode {
  const { client, me } = useSession();
  const view = useView(opened);
  const [read, setRead] = useState<readonly Message[] | null>(null);
  const [failed, setFailed] = useState(false);
  const [editing, setEditing] = useState<number | null>(null);
  const end = useRef<HTMLDivElement>(null);
  const panel = useRef<HTMLElement>(null);
  const { conversation } = opened.conversation;
  useEffect(() => {
    let gone = false;
    repliesOf(client.services.messaging, conversation, root).then(
      (messages) => {
        if (!gone) setRead(messages);
      },
      () => {
        if (!gone) setFailed(true);
      },
    );
    return () => {
      gone = true;
    };
  }, [client, conversation, root]);

  // What the conversation holds is live: it wins.
  const messages = useMemo(() => {
    const all = new Map((read ?? NONE).map((one) => [one.number, one]));
    for (const one of view.messages) if (one.number === root || one.thread === root) all.set(one.number, one);
    return [...all.values()].sort((a, b) => a.number - b.number);
  }, [read, view.messages, root]);
  const keys = new Set(messages.map((one) => one.clientKey));
  const outgoing = view.outgoing.filter((one) => one.thread === root && !keys.has(one.clientKey));
  const count = messages.length + outgoing.length;
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [count]);

  const acts = useMemo<MessageActs>(
    () => ({
      reply: () => undefined,
      edit: setEditing,
      save: (message, pieces) => {
        setEditing(null);
        opened.conversation.edit(message.number, pieces).catch((error: unknown) => {
          announce(`The change was not saved: ${String(error)}`, true);
        });
      },
      remove: (message) => {
        opened.conversation.delete(message.number).catch((error: unknown) => {
          announce(`Not deleted: ${String(error)}`, true);
        });
      },
      markUnread: (message) => {
        void client.markUnread(conversation, message.number);
      },
      copyLink: (message) => {
        const link = new URL(`/conversations/${conversation}?message=${String(message.number)}`, location.href);
        void navigator.clipboard.writeText(link.href).then(() => {
          announce("Link copied", true);
        });
      },
      jump: () => undefined,
    }),
    [client, conversation, opened],
  );

  return (
    <aside
      ref={panel}
      className="replies"
      aria-label="Thread"
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <header className="panel-head">
        <h2>Thread</h2>
        <button type="button" className="icon-button" aria-label="Close the thread" onClick={onClose}>
          <X size={18} aria-hidden="true" />
        </button>
      </header>
      <div className="replies-messages" role="log" aria-label="Replies" tabIndex={0}>
        {failed ? <p className="problem">The replies could not be read. Close the thread and open it again.</p> : null}
        {messages.map((message) => (
          <div key={message.number} className={message.number === root ? "replies-root" : undefined}>
            <MessageRow
              message={message}
              first
              members={view.members}
              conversation={conversation}
              acts={acts}
              viewport={null}
              editing={editing === message.number}
              flash={false}
              archived={view.archived}
              root={null}
              inThread
            />
          </div>
        ))}
        {outgoing.map((one) => (
          <OutgoingRow
            key={one.clientKey}
            outgoing={one}
            first
            onRetry={(clientKey) => {
              opened.conversation.retry(clientKey);
            }}
            onDiscard={(clientKey) => {
              opened.conversation.discard(clientKey);
            }}
          />
        ))}
        <div ref={end} />
      </div>
      {view.archived ? null : (
        <Composer
          conversation={conversation}
          thread={root}
          members={view.members}
          placeholder="Reply"
          label="Reply"
          action="Send the reply"
          autoFocus
          onSend={(pieces) => opened.conversation.send(pieces, { thread: root })}
          onUp={() => {
            const own = messages.findLast((one) => one.author === me.person && !one.deleted);
            if (own !== undefined) setEditing(own.number);
          }}
        />
      )}
    </aside>
  );
}
