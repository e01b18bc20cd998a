/** One message in a thread, and what can be done with it. */
import { CircleHelp, Check, CircleAlert, Clock, EllipsisVertical, Link2, MailOpen, MessageSquareReply, Pencil, Trash2, CornerDownRight } from "lucide-react";
import { memo, useEffect, useRef, useState, type ReactNode } from "react";
import type { Message, Outgoing, Viewport } from "@conversations/client";
import { useSession } from "../app/session.js";
import { clockTime, fullTime } from "../app/time.js";
import { Avatar } from "../ui/Avatar.js";
import { Menu, MenuItem, MenuLine } from "../ui/Menu.js";
import { Composer } from "./Composer.js";
import { MessageText } from "./MessageText.js";
import { mentionedIn } from "./text.js";

/** What a thread does for its messages. */
export interface MessageActs {
  readonly reply: (message: Message) => void;
  readonly edit: (number: number | null) => void;
  readonly save: (message: Message, pieces: Parameters<Parameters<typeof Composer>[0]["onSend"]>[0]) => void;
  readonly remove: (message: Message) => void;
  readonly markUnread: (message: Message) => void;
  readonly copyLink: (message: Message) => void;
  /** Why the person was, or was not, told of it. */
  readonly why: (message: Message) => void;
  readonly jump: (number: number) => void;
}

export interface MessageRowProps {
  readonly message: Message;
  readonly first: boolean;
  readonly members: readonly string[];
  readonly conversation: string;
  readonly acts: MessageActs;
  readonly viewport: Viewport | null;
  readonly editing: boolean;
  readonly flash: boolean;
  readonly archived: boolean;
  /** The message that this replies to, if it is loaded. */
  readonly root: Message | null;
  /** Whether replies are shown in a thread of their own: then nothing says so. */
  readonly inThread?: boolean;
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps): ReactNode {
  const { message, first, acts, viewport, editing, flash, root, inThread = false } = props;
  const { me, someone } = useSession();
  const article = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = article.current;
    if (element === null || viewport === null) return undefined;
    viewport.observe(element, message.number);
    return () => {
      viewport.unobserve(element);
    };
  }, [viewport, message.number]);
  const service = message.service !== "";
  const name = service ? serviceName(message.service) : someone(message.author).name;
  const mine = !service && message.author === me.person;
  const toMe = message.mentions.some(({ person, everyone }) => person === me.person || (everyone && !mine));
  const classes = ["message", first ? "first" : "", flash ? "flash" : "", toMe && !message.deleted ? "to-me" : ""];
  return (
    <article ref={article} className={classes.filter(Boolean).join(" ")} data-number={message.number} aria-label={`${name}, ${clockTime(message.atMs)}`}>
      <div className="message-side">
        {first ? (
          service ? (
            <span className="avatar square" aria-hidden="true">
              {name.slice(0, 2)}
            </span>
          ) : (
            <Avatar person={message.author} size={32} />
          )
        ) : (
          <time className="message-hover-time" dateTime={new Date(message.atMs).toISOString()} aria-hidden="true">
            {clockTime(message.atMs)}
          </time>
        )}
      </div>
      <div className="message-body">
        {first ? (
          <p className="message-head">
            <span className="message-author">{name}</span>
            <time dateTime={new Date(message.atMs).toISOString()} title={fullTime(message.atMs)}>
              {clockTime(message.atMs)}
            </time>
          </p>
        ) : null}
        {message.thread > 0 && !inThread && first ? (
          <button
            type="button"
            className="message-root"
            onClick={() => {
              acts.jump(message.thread);
            }}
          >
            <CornerDownRight size={13} aria-hidden="true" />
            <span>
              {root === null
                ? "In reply to an earlier message"
                : `${someone(root.author).name}: ${root.deleted ? "deleted message" : root.text}`}
            </span>
          </button>
        ) : null}
        {editing ? (
          <Composer
            conversation={props.conversation}
            members={props.members}
            placeholder="Edit the message"
            label="Edit the message"
            initial={message.text}
            mentioned={mentionedIn(message.text, message.mentions)}
            action="Save"
            autoFocus
            onSend={(pieces) => {
              acts.save(message, pieces);
            }}
            onCancel={() => {
              acts.edit(null);
            }}
          />
        ) : message.deleted ? (
          <p className="message-text gone">This message was deleted</p>
        ) : (
          <p className="message-text">
            <MessageText text={message.text} mentions={message.mentions} />
            {message.editedAtMs > 0 ? (
              <span className="message-edited" title={`Edited ${fullTime(message.editedAtMs)}`}>
                {" "}
                (edited)
              </span>
            ) : null}
          </p>
        )}
        {message.attachments.length > 0 && !message.deleted ? (
          <ul className="message-files">
            {message.attachments.map((file) => (
              <li key={file.id} className="chip">
                {file.name}
              </li>
            ))}
          </ul>
        ) : null}
        {message.replies > 0 && !inThread ? (
          <button
            type="button"
            className="message-replies"
            onClick={() => {
              acts.reply(message);
            }}
          >
            {message.replies === 1 ? "1 reply" : `${String(message.replies)} replies`}
          </button>
        ) : null}
      </div>
      {editing ? null : <Actions {...props} mine={mine} />}
    </article>
  );
});

function Actions({ message, acts, mine, archived, inThread = false }: MessageRowProps & { readonly mine: boolean }): ReactNode {
  const { someone } = useSession();
  const [open, setOpen] = useState(false);
  const own = mine && !message.deleted && !archived;
  return (
    <div className={open ? "message-acts open" : "message-acts"}>
      {inThread || archived ? null : (
        <button
          type="button"
          className="icon-button small"
          aria-label="Reply in a thread"
          title="Reply in a thread"
          onClick={() => {
            acts.reply(message);
          }}
        >
          <MessageSquareReply size={15} aria-hidden="true" />
        </button>
      )}
      <Menu
        label={`Actions for the message of ${someone(message.author).name}, ${clockTime(message.atMs)}`}
        className="icon-button small"
        button={<EllipsisVertical size={15} aria-hidden="true" />}
        onOpen={setOpen}
      >
        {inThread || archived ? null : (
          <MenuItem
            icon={<MessageSquareReply size={16} aria-hidden="true" />}
            onSelect={() => {
              acts.reply(message);
            }}
          >
            Reply in a thread
          </MenuItem>
        )}
        {mine ? null : (
          <MenuItem
            icon={<MailOpen size={16} aria-hidden="true" />}
            onSelect={() => {
              acts.markUnread(message);
            }}
          >
            Mark unread from here
          </MenuItem>
        )}
        <MenuItem
          icon={<Link2 size={16} aria-hidden="true" />}
          onSelect={() => {
            acts.copyLink(message);
          }}
        >
          Copy link
        </MenuItem>
        {mine ? null : (
          <MenuItem
            icon={<CircleHelp size={16} aria-hidden="true" />}
            onSelect={() => {
              acts.why(message);
            }}
          >
            Why was I notified?
          </MenuItem>
        )}
        {own ? (
          <>
            <MenuLine />
            <MenuItem
              icon={<Pencil size={16} aria-hidden="true" />}
              onSelect={() => {
                acts.edit(message.number);
              }}
            >
              Edit
            </MenuItem>
            <MenuItem
              icon={<Trash2 size={16} aria-hidden="true" />}
              danger
              onSelect={() => {
                acts.remove(message);
              }}
            >
              Delete…
            </MenuItem>
          </>
        ) : null}
      </Menu>
    </div>
  );
}

export interface OutgoingRowProps {
  readonly outgoing: Outgoing;
  readonly first: boolean;
  readonly onRetry: (clientKey: string) => void;
  readonly onDiscard: (clientKey: string) => void;
}

/** A message that is on its way, or has failed. */
export const OutgoingRow = memo(function OutgoingRow({ outgoing, first, onRetry, onDiscard }: OutgoingRowProps): ReactNode {
  const { me } = useSession();
  const failed = outgoing.state === "failed";
  return (
    <article className={`message outgoing${first ? " first" : ""}${failed ? " failed" : ""}`} aria-label={`${me.name}, ${failed ? "not sent" : "sending"}`}>
      <div className="message-side">{first ? <Avatar person={me.person} size={32} /> : null}</div>
      <div className="message-body">
        {first ? (
          <p className="message-head">
            <span className="message-author">{me.name}</span>
            <time dateTime={new Date(outgoing.atMs).toISOString()}>{clockTime(outgoing.atMs)}</time>
          </p>
        ) : null}
        <p className="message-text">{outgoing.text}</p>
        {failed ? (
          <p className="message-failed" role="alert">
            <CircleAlert size={14} aria-hidden="true" />
            <span>Not sent: {outgoing.why}</span>
            <button
              type="button"
              className="link-button"
              onClick={() => {
                onRetry(outgoing.clientKey);
              }}
            >
              Try again
            </button>
            <button
              type="button"
              className="link-button"
              onClick={() => {
                onDiscard(outgoing.clientKey);
              }}
            >
              Discard
            </button>
          </p>
        ) : null}
      </div>
      {failed ? null : (
        <span className="message-way" title={outgoing.state === "sent" ? "Sent" : "Sending"}>
          {outgoing.state === "sent" ? <Check size={14} aria-hidden="true" /> : <Clock size={14} aria-hidden="true" />}
        </span>
      )}
    </article>
  );
});

/** A service's name as people read it: change_order is Change order. */
export function serviceName(service: string): string {
  const words = service.replaceAll(/[_-]+/gu, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
