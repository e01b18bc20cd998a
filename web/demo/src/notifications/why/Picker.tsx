/** The latest messages of the person's conversations, with where each was told. */
import { AppWindow, BellRing, CircleSlash2, Smartphone } from "lucide-react";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import type { ListedConversation, Message } from "@conversations/client";
import { Link } from "../../app/router.js";
import { useSession } from "../../app/session.js";
import { useStore } from "../../app/store.js";
import { listTime } from "../../app/time.js";
import { Avatar } from "../../ui/Avatar.js";
import { surfaceOf, type Story } from "../pure/story.js";
import { useNow } from "../useNow.js";
import { words } from "../words.js";
import { explained } from "./explanations.js";
import { messagesBefore } from "./messages.js";
import { whyAddress } from "./WhyPage.js";

const MARKS: Readonly<Record<Story["surface"], { readonly icon: typeof BellRing; readonly words: string }>> = {
  banner: { icon: AppWindow, words: "Banner" },
  browser: { icon: BellRing, words: "Browser" },
  push: { icon: Smartphone, words: "Push" },
  none: { icon: CircleSlash2, words: "Not shown" },
};

interface Picked {
  readonly conversation: string;
  readonly number: number;
}

export function Picker(picked: Picked): ReactNode {
  const { client } = useSession();
  const list = useMemo(() => client.list(), [client]);
  useEffect(() => () => { list.close(); }, [list]);
  const view = useStore(list.view);
  const [open, setOpen] = useState(picked.conversation);
  const shown = view.conversations.filter((one) => one.lastMessage !== null);
  if (view.state === "loading") return <p className="hint why-note">Reading your conversations…</p>;
  if (shown.length === 0) return <p className="hint why-note">Nobody has written to you yet.</p>;
  return (
    <ul>
      {shown.map((one) => (
        <ConversationEntry
          key={one.conversation}
          listed={one}
          picked={picked}
          open={open === one.conversation}
          onOpen={(now) => {
            setOpen(now ? one.conversation : "");
          }}
        />
      ))}
      {view.more ? (
        <li>
          <button type="button" className="button quiet why-more" onClick={() => void list.loadMore()}>
            More conversations
          </button>
        </li>
      ) : null}
    </ul>
  );
}

interface EntryProps {
  readonly listed: ListedConversation;
  readonly picked: Picked;
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
}

function ConversationEntry({ listed, picked, open, onOpen }: EntryProps): ReactNode {
  const last = listed.lastMessage;
  if (last === null) return null;
  return (
    <li className="why-conversation">
      <p className="why-where">
        <span>{listed.title}</span>
        <button type="button" className="set-link" aria-expanded={open} aria-label={`${open ? "Fewer" : "Earlier"} messages of ${listed.title}`} onClick={() => { onOpen(!open); }}>
          {open ? "Fewer" : "Earlier"}
        </button>
      </p>
      {open ? (
        <Earlier conversation={listed.conversation} last={last.number} picked={picked} />
      ) : (
        <Entry conversation={listed.conversation} message={last} picked={picked} />
      )}
    </li>
  );
}

function Earlier({ conversation, last, picked }: { readonly conversation: string; readonly last: number; readonly picked: Picked }): ReactNode {
  const { client } = useSession();
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const [why, setWhy] = useState("");
  const [before, setBefore] = useState(0);
  const more = messages.length === 0 || (messages.at(-1)?.number ?? 1) > 1;
  useEffect(() => {
    let gone = false;
    // New messages are read too: the list begins at what is the last now.
    messagesBefore(client, conversation, before === 0 ? last + 1 : before).then(
      (page) => {
        if (!gone) setMessages((held) => [...(before === 0 ? [] : held), ...page]);
      },
      (error: unknown) => {
        if (!gone) setWhy(words(error));
      },
    );
    return () => {
      gone = true;
    };
  }, [client, conversation, last, before]);
  return (
    <>
      {messages.map((message) => (
        <Entry key={message.number} conversation={conversation} message={message} picked={picked} />
      ))}
      {why === "" ? null : <p className="problem why-note">Not read: {why}.</p>}
      {messages.length > 0 && more ? (
        <button
          type="button"
          className="button quiet why-more"
          onClick={() => {
            setBefore(messages.at(-1)?.number ?? 0);
          }}
        >
          Older messages
        </button>
      ) : null}
    </>
  );
}

function Entry({ conversation, message, picked }: { readonly conversation: string; readonly message: Message; readonly picked: Picked }): ReactNode {
  const { me, someone } = useSession();
  const now = useNow(20_000);
  const current = picked.conversation === conversation && picked.number === message.number;
  const author = message.author === "" ? message.service : someone(message.author).name;
  const own = message.author === me.person;
  return (
    <Link
      to={whyAddress(conversation, message.number)}
      className="why-entry"
      aria-current={current ? "true" : undefined}
      data-message={message.number}
    >
      <Avatar person={message.author || message.service} size={28} />
      <span className="why-words">
        <span className="why-line">
          <span className="why-author">{own ? "You" : author}</span>
          <time dateTime={new Date(message.atMs).toISOString()}>{listTime(message.atMs, now)}</time>
        </span>
        <span className="why-line">
          <span className="why-text">{message.deleted ? "Deleted message" : message.text}</span>
          {own ? null : <Mark conversation={conversation} number={message.number} />}
        </span>
      </span>
    </Link>
  );
}

/** Where a message was told; nothing while it is not known. */
function Mark({ conversation, number }: { readonly conversation: string; readonly number: number }): ReactNode {
  const { client } = useSession();
  const [surface, setSurface] = useState<Story["surface"] | null>(null);
  useEffect(() => {
    let gone = false;
    void explained(client, conversation, number, () => !gone).then((found) => {
      if (gone || found === null || !("explanation" in found) || found.explanation?.decision === undefined) return;
      // What was decided last is where it was told in the end.
      const { decision, escalations } = found.explanation;
      setSurface(surfaceOf((escalations.at(-1) ?? decision).surface));
    });
    return () => {
      gone = true;
    };
  }, [client, conversation, number]);
  if (surface === null) return <span className="why-mark" />;
  const { icon: Icon, words: name } = MARKS[surface];
  return (
    <span className="why-mark" data-surface={surface}>
      <Icon size={13} aria-hidden="true" />
      {name}
    </span>
  );
}
