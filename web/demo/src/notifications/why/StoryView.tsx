/** One explanation, as a story. */
import { ArrowLeft, Check, CircleHelp, Minus, RotateCw } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import type { Details, Message, notifier } from "@conversations/client";
import { Link } from "../../app/router.js";
import { useSession } from "../../app/session.js";
import { useSelected } from "../../app/store.js";
import { Avatar } from "../../ui/Avatar.js";
import { storyOf, type Question, type Story } from "../pure/story.js";
import { browserStyle, momentName } from "../pure/times.js";
import { useNow } from "../useNow.js";
import { words } from "../words.js";
import { messageOf } from "./messages.js";

interface Read {
  readonly explanation: notifier.Explanation | null;
  readonly message: Message | null;
  readonly details: Details | null;
  /** How far the person has read by now. */
  readonly readUpTo: number;
}

export function StoryView({ conversation, number }: { readonly conversation: string; readonly number: number }): ReactNode {
  const { client } = useSession();
  const [read, setRead] = useState<Read | null>(null);
  const [why, setWhy] = useState("");
  const [turn, setTurn] = useState(0);
  /** Changes with every read; without a badge there may be nothing unread, so that it does not say how far. */
  const badge = useSelected(client.badges, (badges) => badges.conversations[conversation]);
  useEffect(() => {
    let gone = false;
    // Read again when the person has read on: what was shown is taken back then.
    Promise.all([
      client.explain(conversation, number),
      messageOf(client, conversation, number).catch(() => null),
      client.details(conversation).catch(() => null),
      client.services.unread.getBadges({ conversations: [conversation] }).catch(() => null),
    ]).then(
      ([explanation, message, details, badges]) => {
        if (gone) return;
        setWhy("");
        setRead({ explanation, message, details, readUpTo: Number(badges?.badges[0]?.read ?? 0n) });
      },
      (error: unknown) => {
        if (!gone) setWhy(words(error));
      },
    );
    return () => {
      gone = true;
    };
  }, [client, conversation, number, badge, turn]);
  const load = (): void => {
    setTurn(turn + 1);
  };
  if (why !== "" && read === null) {
    return (
      <div className="empty" role="alert">
        <strong>It could not be read</strong>
        <p>{why}</p>
        <button type="button" className="button" onClick={load}>
          Try again
        </button>
      </div>
    );
  }
  if (read === null) return <p className="hint why-note">Reading what was decided…</p>;
  return (
    <>
      <Link to="/settings/notifications/why" className="why-all">
        <ArrowLeft size={15} aria-hidden="true" />
        All messages
      </Link>
      <MessageHead read={read} conversation={conversation} number={number} onReload={load} />
      {read.explanation === null ? (
        <div className="empty why-none">
          <CircleHelp size={22} aria-hidden="true" />
          <strong>Nothing is recorded of this message for you</strong>
          <p>Either it is older than decisions are kept, or it was written before you joined, or no decision has been made yet.</p>
        </div>
      ) : (
        <StoryBody explanation={read.explanation} message={read.message} readUpTo={read.readUpTo} />
      )}
    </>
  );
}

function MessageHead(props: {
  readonly read: Read;
  readonly conversation: string;
  readonly number: number;
  readonly onReload: () => void;
}): ReactNode {
  const { someone } = useSession();
  const now = useNow(20_000);
  const { read: { message, details }, conversation, number, onReload } = props;
  const author = message === null ? "" : message.author === "" ? message.service : someone(message.author).name;
  return (
    <div className="why-message">
      {message === null ? null : <Avatar person={message.author || message.service} size={36} />}
      <div className="why-message-words">
        <p className="why-message-line">
          <strong>{message === null ? `Message ${String(number)}` : author}</strong>
          {message === null ? null : (
            <span className="hint">
              {momentName(message.atMs, now, browserStyle())} · message {number}
            </span>
          )}
        </p>
        {message === null ? null : <p className="why-quote">{message.deleted ? "(deleted)" : message.text}</p>}
        <p className="hint">
          in <Link to={`/conversations/${conversation}?message=${String(number)}`}>{details?.title ?? "the conversation"}</Link>
        </p>
      </div>
      <button type="button" className="icon-button" aria-label="Read it again" title="Read it again" onClick={onReload}>
        <RotateCw size={16} aria-hidden="true" />
      </button>
    </div>
  );
}

function StoryBody(props: {
  readonly explanation: notifier.Explanation;
  readonly message: Message | null;
  readonly readUpTo: number;
}): ReactNode {
  const { client, someone } = useSession();
  const now = useNow(20_000);
  const { message } = props;
  const author = message === null ? "Somebody" : message.author === "" ? message.service : someone(message.author).name;
  const story = storyOf(props.explanation, {
    client: client.client,
    tab: client.tab,
    read: props.readUpTo,
    now,
    style: browserStyle(),
    author,
  });
  return (
    <div data-testid="story" data-surface={story.surface}>
      <Verdict story={story} />
      <h2>How it was decided</h2>
      <ol className="why-questions">
        {story.questions.map((question, index) => (
          <QuestionView key={question.row} question={question} last={index === story.questions.length - 1} />
        ))}
      </ol>
      <h2>What happened</h2>
      <ol className="why-happenings">
        {story.happenings.map((one, index) => (
          <li key={index} data-tone={one.tone}>
            <time dateTime={new Date(one.at).toISOString()}>{one.time}</time>
            <div>
              <p>{one.title}</p>
              {one.details.map((detail) => (
                <p key={detail} className="hint">
                  {detail}
                </p>
              ))}
            </div>
          </li>
        ))}
      </ol>
      <h2>What was seen at that moment</h2>
      <Facts story={story} />
    </div>
  );
}

function Verdict({ story }: { readonly story: Story }): ReactNode {
  return (
    <div className="why-verdict" data-tone={story.tone}>
      <p className="why-chips">
        {story.chips.map((chip, index) => (
          <span key={index} className={chip === "Not shown" ? "chip" : "chip accent"}>
            {chip}
          </span>
        ))}
      </p>
      <p className="why-headline">{story.headline}</p>
      {story.outcome === "" ? null : <p>{story.outcome}</p>}
      {story.advice === null ? null : (
        <p>
          {story.advice.text} <Link to={`/settings/notifications#${story.advice.section}`}>Open the setting</Link>
        </p>
      )}
    </div>
  );
}

function QuestionView({ question, last }: { readonly question: Question; readonly last: boolean }): ReactNode {
  return (
    <li className="why-question" data-row={question.row} data-decided={last ? "" : undefined}>
      <span className="why-answer" data-answer={question.answer}>
        {question.answer === "yes" ? <Check size={14} aria-hidden="true" /> : <Minus size={14} aria-hidden="true" />}
      </span>
      <div>
        <p className="why-asked">
          {question.question} <strong>{question.answer === "yes" ? "Yes" : "No"}</strong>
        </p>
        <ul>
          {question.conditions.map(({ text, held }) => (
            <li key={text} data-held={held ? "" : undefined}>
              {text}
            </li>
          ))}
        </ul>
      </div>
    </li>
  );
}

function Facts({ story }: { readonly story: Story }): ReactNode {
  return (
    <div className="why-facts">
      <div>
        <h3>Your browsers</h3>
        {story.browsers.length === 0 ? <p className="hint">None was looked at, or none was connected.</p> : null}
        {story.browsers.map((browser, index) => (
          <div key={index} className="why-browser">
            <p>
              <strong>{browser.name}</strong> {browser.facts.join(", ")}
            </p>
            <ul>
              {browser.tabs.map((tab, place) => (
                <li key={place}>{tab}</li>
              ))}
            </ul>
          </div>
        ))}
      </div>
      <div>
        <h3>Your settings then</h3>
        <ul>
          {story.preferences.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </div>
    </div>
  );
}
