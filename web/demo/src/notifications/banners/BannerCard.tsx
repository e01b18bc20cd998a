/** One banner: who, where, what; an answer from right here. */
import { AtSign, BellRing, CornerUpLeft, Send, X } from "lucide-react";
import { useEffect, useRef, useState, type SubmitEvent, type ReactNode } from "react";
import type { Banner } from "@conversations/client";
import { Link, usePlace } from "../../app/router.js";
import { useSession } from "../../app/session.js";
import { Avatar } from "../../ui/Avatar.js";
import { agoName } from "../pure/times.js";
import { useNow } from "../useNow.js";
import { words } from "../words.js";
import { addressOf, authorOf } from "./spoken.js";

export interface BannerCardProps {
  readonly banner: Banner;
  readonly leaving: boolean;
  readonly onDismiss: () => void;
  /** Whether a reply has been begun: it must not vanish with its banner. */
  readonly onDraft: (drafting: boolean) => void;
}

export function BannerCard({ banner, leaving, onDismiss, onDraft }: BannerCardProps): ReactNode {
  const { someone } = useSession();
  const { path } = usePlace();
  const now = useNow(20_000);
  const [replying, setReplying] = useState(false);
  const reply = useRef<HTMLButtonElement>(null);
  const author = authorOf(banner, (person) => someone(person).name);
  const to = addressOf(banner, path);
  const body = (
    <>
      {banner.author === "" ? (
        <span className="avatar square banner-bell" aria-hidden="true">
          <BellRing size={18} />
        </span>
      ) : (
        <Avatar person={banner.author} size={36} />
      )}
      <span className="banner-words">
        <span className="banner-head">
          <span className="banner-author">{author}</span>
          {banner.mentioned ? (
            <span className="banner-mention">
              <AtSign size={12} aria-hidden="true" />
              <span className="unseen">mentions you</span>
            </span>
          ) : null}
          <time dateTime={new Date(banner.atMs).toISOString()}>{agoName(banner.atMs, now)}</time>
        </span>
        {banner.title === "" ? null : <span className="banner-title">{banner.title}</span>}
        <span className="banner-text">{banner.text}</span>
        {banner.count > 1 ? <span className="banner-count">{banner.count} new messages</span> : null}
      </span>
    </>
  );
  return (
    <div
      role="status"
      // The region says each new banner once; this one must not say its own changes as well.
      aria-live="off"
      className="banner"
      data-testid="banner"
      data-tag={banner.tag}
      data-leaving={leaving ? "" : undefined}
      inert={leaving}
    >
      <div className="banner-fold">
        <div className={banner.mentioned ? "banner-card mentioned" : "banner-card"}>
          {to === "" ? (
            <div className="banner-open" tabIndex={-1}>
              {body}
            </div>
          ) : (
            <Link to={to} className="banner-open" onClick={onDismiss}>
              {body}
            </Link>
          )}
          <button type="button" className="icon-button small banner-dismiss" aria-label="Dismiss" title="Dismiss" onClick={onDismiss}>
            <X size={15} aria-hidden="true" />
          </button>
          {banner.test ? null : replying ? (
            <Reply
              banner={banner}
              to={author}
              onDraft={onDraft}
              onCancel={() => {
                setReplying(false);
                onDraft(false);
                requestAnimationFrame(() => reply.current?.focus());
              }}
              onSent={onDismiss}
            />
          ) : (
            <div className="banner-acts">
              <button
                ref={reply}
                type="button"
                className="button quiet banner-reply"
                onClick={() => {
                  setReplying(true);
                }}
              >
                <CornerUpLeft size={14} aria-hidden="true" />
                Reply
              </button>
            </div>
          )}
        </div>
      </div>
    </div>
  );
}

interface ReplyProps {
  readonly banner: Banner;
  readonly to: string;
  readonly onDraft: (drafting: boolean) => void;
  readonly onCancel: () => void;
  readonly onSent: () => void;
}

function Reply({ banner, to, onDraft, onCancel, onSent }: ReplyProps): ReactNode {
  const { client } = useSession();
  const [text, setText] = useState("");
  const [state, setState] = useState<"writing" | "sending">("writing");
  const [why, setWhy] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.focus();
  }, []);

  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    if (text.trim() === "" || state !== "writing") return;
    setState("sending");
    setWhy("");
    client.reply(banner, [text]).then(
      () => {
        onDraft(false);
        onSent();
      },
      (error: unknown) => {
        setState("writing");
        setWhy(words(error));
        field.current?.focus();
      },
    );
  };

  return (
    <form
      className="banner-form"
      onSubmit={send}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        onCancel();
      }}
    >
      <div className="banner-field">
        <input
          ref={field}
          className="field"
          aria-label={`Reply to ${to}`}
          placeholder="Reply"
          value={text}
          readOnly={state === "sending"}
          aria-invalid={why === "" ? undefined : true}
          autoComplete="off"
          onChange={(event) => {
            setText(event.target.value);
            onDraft(event.target.value !== "");
          }}
        />
        <button type="submit" className="icon-button banner-send" aria-label="Send reply" disabled={text.trim() === "" || state === "sending"}>
          <Send size={16} aria-hidden="true" />
        </button>
      </div>
      {why === "" ? null : (
        <p className="problem" role="alert">
          Not sent: {why}
        </p>
      )}
    </form>
  );
}
