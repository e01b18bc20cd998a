/** The conversations that have a setting of their own, or are muted. */
import { useEffect, useState, type ReactNode } from "react";
import { Link } from "../../app/router.js";
import { useSession } from "../../app/session.js";
import { useStore } from "../../app/store.js";
import { muteWords } from "../../conversations/mutes.js";
import { LEVELS } from "../ConversationNotifications.js";
import { useNow } from "../useNow.js";
import { words } from "../words.js";
import { Section } from "./rows.js";

export function ConversationsSection(): ReactNode {
  const { client } = useSession();
  const { levels } = useStore(client.preferences.view);
  const { conversations: badges } = useStore(client.badges);
  const now = useNow(10_000);
  /** Those that had a setting when the page was opened stay, so that a mistake can be undone. */
  const [seen, setSeen] = useState<readonly string[]>([]);
  const present = [
    ...Object.keys(levels),
    ...Object.values(badges)
      .filter((badge) => badge.mutedUntilMs > now)
      .map((badge) => badge.conversation),
  ];
  const added = present.filter((one, index) => !seen.includes(one) && present.indexOf(one) === index);
  if (added.length > 0) setSeen([...seen, ...added]);
  return (
    <Section
      id="conversations"
      title="Single conversations"
      lead="Choose it with the bell at the top of a conversation. What differs from your settings stands here."
    >
      {seen.length === 0 ? (
        <p className="set-row hint">No conversation has a setting of its own, and none is muted.</p>
      ) : (
        <ul>
          {seen.map((conversation) => (
            <Conversation key={conversation} conversation={conversation} muted={mutedWords(badges[conversation]?.mutedUntilMs ?? 0, now)} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function mutedWords(untilMs: number, now: number): string {
  return untilMs > now ? `Muted${muteWords(untilMs, now)}` : "";
}

function Conversation({ conversation, muted }: { readonly conversation: string; readonly muted: string }): ReactNode {
  const { client } = useSession();
  const { levels } = useStore(client.preferences.view);
  const title = useTitle(conversation);
  const [chosen, setChosen] = useState<{ readonly level: string; readonly why: string } | null>(null);
  const [muteWhy, setMuteWhy] = useState("");
  const held = levels[conversation] ?? "default";
  const set = (level: (typeof LEVELS)[number]["level"]): void => {
    setChosen({ level, why: "" });
    client.preferences.setLevel(conversation, level).then(
      () => {
        setChosen(null);
      },
      (error: unknown) => {
        setChosen({ level, why: words(error) });
      },
    );
  };
  return (
    <li className="set-row" data-conversation={conversation}>
      <div className="set-main">
        <p className="set-words">
          <Link to={`/conversations/${conversation}`} className="set-title">
            {title}
          </Link>
          {muted === "" ? null : (
            <span className="hint">
              {muted}.{" "}
              <button
                type="button"
                className="set-link"
                aria-label={`Unmute ${title}`}
                onClick={() => {
                  setMuteWhy("");
                  client.mute(conversation, 0).catch((error: unknown) => {
                    setMuteWhy(words(error));
                  });
                }}
              >
                Unmute
              </button>
            </span>
          )}
        </p>
        <select
          className="field set-control"
          aria-label={`Notifications of ${title}`}
          value={chosen?.level ?? held}
          onChange={(event) => {
            const found = LEVELS.find(({ level }) => level === event.target.value);
            if (found) set(found.level);
          }}
        >
          {LEVELS.map(({ level, label }) => (
            <option key={level} value={level}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <div role="status">
        {chosen !== null && chosen.why !== "" ? (
          <p className="problem">
            Not saved: {chosen.why}.{" "}
            <button
              type="button"
              className="set-link"
              onClick={() => {
                setChosen(null);
              }}
            >
              Undo
            </button>
          </p>
        ) : null}
        {muteWhy === "" ? null : <p className="problem">Not unmuted: {muteWhy}.</p>}
      </div>
    </li>
  );
}

/** How a conversation is called; its id until that is known. */
function useTitle(conversation: string): string {
  const { client } = useSession();
  const [title, setTitle] = useState("…");
  useEffect(() => {
    let gone = false;
    client.details(conversation).then(
      (details) => {
        if (!gone) setTitle(details.title);
      },
      () => {
        if (!gone) setTitle("A conversation that you have left");
      },
    );
    return () => {
      gone = true;
    };
  }, [client, conversation]);
  return title;
}
