/** Where a message is written: grows with its text, completes mentions, keeps a draft, says when it is too long. */
import { ArrowUp } from "lucide-react";
import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import type { Piece } from "@conversations/client";
import { useSession } from "../app/session.js";
import { Avatar } from "../ui/Avatar.js";
import { draftKey, draftOf, keepDraft } from "./drafts.js";
import { askedAt, bytesLeft, fitting, isWhole, LIMIT_BYTES, NEAR_BYTES, piecesOf, type Mentionable } from "./text.js";

const MOST_LINES_PX = 200;
const MOST_FITTING = 8;

export interface ComposerProps {
  /** Empty where there is none yet. */
  readonly conversation: string;
  /** The name of the draft, if not the conversation's. */
  readonly draft?: string;
  readonly thread?: number;
  readonly members: readonly string[];
  readonly placeholder: string;
  readonly label?: string;
  /** The text to begin with, instead of the draft: for editing. */
  readonly initial?: string;
  /** Who is mentioned in `initial`. */
  readonly mentioned?: readonly Mentionable[];
  readonly action?: string;
  /** What is written stays if it is refused. */
  readonly onSend: (pieces: readonly Piece[]) => unknown;
  readonly onCancel?: () => void;
  /** The arrow up in an empty field: edit the last one. */
  readonly onUp?: () => void;
  readonly autoFocus?: boolean;
}

export function Composer(props: ComposerProps): ReactNode {
  const { conversation, thread = 0, members, placeholder, label = "Message", mentioned = [], action = "Send" } = props;
  const { client, me, someone } = useSession();
  const editing = props.initial !== undefined;
  const key = draftKey(me.person, props.draft ?? conversation, thread);
  const [text, setText] = useState(() => props.initial ?? draftOf(key));
  const [caret, setCaret] = useState(text.length);
  const [active, setActive] = useState(0);
  const [closedAt, setClosedAt] = useState(-1);
  const field = useRef<HTMLTextAreaElement>(null);
  const list = useId();

  const people: Mentionable[] = [
    ...mentioned,
    ...members.filter((person) => person !== me.person).map((person) => ({ person, label: someone(person).name })),
    ...(conversation.startsWith("d_") ? [] : [{ person: "", label: "everyone" }]),
  ];
  const asked = askedAt(text, caret);
  const open = asked !== null && asked.start !== closedAt && !isWhole(people, asked.query);
  const offered = open ? fitting(people.slice(mentioned.length), asked.query).slice(0, MOST_FITTING) : [];
  const chosen = Math.min(active, offered.length - 1);

  useLayoutEffect(() => {
    const area = field.current;
    if (area === null) return;
    area.style.height = "auto";
    area.style.height = `${String(Math.min(area.scrollHeight, MOST_LINES_PX))}px`;
  }, [text]);
  useEffect(() => {
    if (props.autoFocus !== true || field.current === null) return;
    field.current.focus({ preventScroll: true });
    field.current.setSelectionRange(field.current.value.length, field.current.value.length);
  }, [props.autoFocus]);

  const left = bytesLeft(text);
  const sendable = text.trim() !== "" && left >= 0;

  const change = (now: string): void => {
    setText(now);
    setActive(0);
    if (editing) return;
    keepDraft(key, now);
    if (conversation !== "") client.reportTyping(conversation, now.trim() === "");
  };
  const send = (): void => {
    if (!sendable) return;
    const sent = props.onSend(piecesOf(text.trim(), people));
    if (editing) return;
    setText("");
    setCaret(0);
    keepDraft(key, "");
    if (sent instanceof Promise) {
      sent.catch(() => {
        setText((now) => (now === "" ? text : now));
        keepDraft(key, text);
      });
    }
  };
  const complete = (one: Mentionable): void => {
    if (asked === null) return;
    const before = `${text.slice(0, asked.start)}@${one.label} `;
    change(before + text.slice(caret).replace(/^ /u, ""));
    setCaret(before.length);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(before.length, before.length);
    });
  };
  const onKey = (event: KeyboardEvent): void => {
    // While an input method composes, its keys are its own.
    if (event.nativeEvent.isComposing) return;
    const choice = offered[chosen];
    if (choice !== undefined) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        setActive((chosen + (event.key === "ArrowDown" ? 1 : -1) + offered.length) % offered.length);
        return;
      }
      if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        complete(choice);
        return;
      }
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        setClosedAt(asked?.start ?? -1);
        return;
      }
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && props.onCancel !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      props.onCancel();
    } else if (event.key === "ArrowUp" && text === "" && props.onUp !== undefined) {
      event.preventDefault();
      props.onUp();
    }
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {offered.length > 0 ? (
        <ul id={list} role="listbox" aria-label="People to mention" className="mention-list">
          {offered.map((one, index) => (
            <li
              key={one.person}
              id={`${list}-${String(index)}`}
              role="option"
              aria-selected={index === chosen}
              className="menu-item"
              onMouseDown={(event) => {
                event.preventDefault();
                complete(one);
              }}
              onMouseMove={() => {
                setActive(index);
              }}
            >
              {one.person === "" ? (
                <span className="avatar square" aria-hidden="true">
                  @
                </span>
              ) : (
                <Avatar person={one.person} size={24} />
              )}
              <span>{one.label}</span>
              <span className="trailing">{one.person === "" ? `all ${String(members.length)} members` : someone(one.person).role}</span>
            </li>
          ))}
        </ul>
      ) : null}
      <div className="composer-box">
        <textarea
          ref={field}
          rows={1}
          className="composer-field"
          aria-label={label}
          placeholder={placeholder}
          value={text}
          aria-autocomplete="list"
          aria-controls={offered.length > 0 ? list : undefined}
          aria-activedescendant={offered.length > 0 ? `${list}-${String(chosen)}` : undefined}
          onChange={(event) => {
            change(event.target.value);
            setCaret(event.target.selectionStart);
          }}
          onSelect={(event) => {
            setCaret(event.currentTarget.selectionStart);
          }}
          onKeyDown={onKey}
        />
        {props.onCancel === undefined ? null : (
          <button type="button" className="button quiet" onClick={props.onCancel}>
            Cancel
          </button>
        )}
        <button
          type="submit"
          className={editing ? "button primary" : "send"}
          aria-label={action}
          disabled={!sendable}
          title={editing ? undefined : "Send (Enter)"}
        >
          {editing ? action : <ArrowUp size={18} aria-hidden="true" />}
        </button>
      </div>
      {left < LIMIT_BYTES - NEAR_BYTES ? (
        <p className={left < 0 ? "problem composer-left" : "hint composer-left"} role="status">
          {left < 0
            ? `Too long by ${(-left).toLocaleString("en-US")} bytes`
            : `${left.toLocaleString("en-US")} bytes left`}
        </p>
      ) : null}
    </form>
  );
}
