/** A thread: a message and what was replied to it, beside the conversation. */
import { X } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { navigate } from "../app/router.js";
import { useSession } from "../app/session.js";
import { announce } from "../app/announce.js";
import { Composer } from "./Composer.js";
import { useOpenedThread, useView } from "./hooks.js";
import { MessageRow, OutgoingRow, type MessageActs } from "./MessageRow.js";
import { whyAddress } from "../notifications/index.js";
import { whyOf } from "./verbs.js";

export interface RepliesProps {
  readonly conversation: string;
  readonly root: number;
  readonly onClose: () => void;
}

export function Replies({ conversation, root, onClose }: RepliesProps): ReactNode {
  const { client, me } = useSession();
  const opened = useOpenedThread(conversation, root);
  const view = useView(opened);
  const [editing, setEditing] = useState<number | null>(null);
  const end = useRef<HTMLDivElement>(null);
  const panel = useRef<HTMLElement>(null);
  const messages = useMemo(() => (view.root === null ? view.messages : [view.root, ...view.messages]), [view.root, view.messages]);
  const last = view.messages.at(-1)?.number ?? 0;
  const waiting = view.outgoing.length;
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [last, waiting]);

  const acts = useMemo<MessageActs>(
    () => ({
      reply: () => undefined,
      edit: setEditing,
      save: (message, pieces) => {
        setEditing(null);
        opened?.edit(message.number, pieces).catch((error: unknown) => {
          announce(`The change was not saved: ${whyOf(error)}`, true);
        });
      },
      remove: (message) => {
        opened?.delete(message.number).catch((error: unknown) => {
          announce(`Not deleted: ${whyOf(error)}`, true);
        });
      },
      markUnread: (message) => {
        void client.markUnread(conversation, message.number);
      },
      why: (message) => {
        navigate(whyAddress(conversation, message.number));
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
        {view.earlier ? (
          <button type="button" className="button replies-earlier" onClick={() => void opened?.loadEarlier()}>
            Earlier replies
          </button>
        ) : null}
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
        {view.outgoing.map((one) => (
          <OutgoingRow
            key={one.clientKey}
            outgoing={one}
            first
            onRetry={(clientKey) => {
              opened?.retry(clientKey);
            }}
            onDiscard={(clientKey) => {
              opened?.discard(clientKey);
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
          onSend={(pieces) => opened?.send(pieces)}
          onUp={() => {
            const own = messages.findLast((one) => one.author === me.person && !one.deleted);
            if (own !== undefined) setEditing(own.number);
          }}
        />
      )}
    </aside>
  );
}
