/** Messages by words, the newest first. */
import { useEffect, useState, type ReactNode } from "react";
import { messageOf, type Message } from "@conversations/client";
import { Link } from "../app/router.js";
import { useSession } from "../app/session.js";
import { listTime } from "../app/time.js";
import { Avatar } from "../ui/Avatar.js";
import { marked, snippet } from "./found.js";
import { useList, useNow } from "./hooks.js";
import { titleOf } from "./names.js";
import { whyOf } from "./verbs.js";

/** The search begins when the person has paused, ms. */
const PAUSE_MS = 250;
const PAGE = 30;

interface Found {
  readonly query: string;
  readonly found: readonly { readonly conversation: string; readonly message: Message }[];
  readonly next: string;
  readonly problem: string;
}

export function SearchResults({ query }: { readonly query: string }): ReactNode {
  const { client, me, someone } = useSession();
  const now = useNow();
  const { view } = useList({});
  const [result, setResult] = useState<Found | null>(null);
  const [titles, setTitles] = useState<Readonly<Record<string, string>>>({});
  useEffect(() => {
    let gone = false;
    const timer = setTimeout(() => {
      client.services.messaging.searchMessages({ query, pageSize: PAGE }).then(
        ({ found, nextPageToken }) => {
          if (gone) return;
          setResult({
            query,
            found: found.flatMap(({ conversation, message }) => (message ? [{ conversation, message: messageOf(message) }] : [])),
            next: nextPageToken,
            problem: "",
          });
        },
        (error: unknown) => {
          if (!gone) setResult({ query, found: [], next: "", problem: whyOf(error) });
        },
      );
    }, PAUSE_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [client, query]);

  // A conversation that the list has not loaded is asked for its name.
  const known = new Map(view.conversations.map((one) => [one.conversation, titleOf(one.kind, one.title, one.members, me.person, someone)]));
  const missing = [...new Set(result?.found.map(({ conversation }) => conversation) ?? [])]
    .filter((conversation) => !known.has(conversation) && titles[conversation] === undefined)
    .join();
  useEffect(() => {
    let gone = false;
    for (const conversation of missing === "" ? [] : missing.split(",")) {
      client.services.messaging.getConversation({ conversation }).then(
        ({ conversation: it }) => {
          if (gone || it === undefined) return;
          const kind = conversation.startsWith("d_") ? "direct" : conversation.startsWith("i_") ? "item" : "group";
          const title = titleOf(kind, it.title, it.members, me.person, someone);
          setTitles((before) => ({ ...before, [conversation]: title }));
        },
        () => undefined,
      );
    }
    return () => {
      gone = true;
    };
  }, [client, missing, me.person, someone]);

  const more = async (): Promise<void> => {
    if (result === null || result.next === "") return;
    const page = await client.services.messaging.searchMessages({ query: result.query, pageSize: PAGE, pageToken: result.next });
    setResult({
      ...result,
      next: page.nextPageToken,
      found: [
        ...result.found,
        ...page.found.flatMap(({ conversation, message }) => (message ? [{ conversation, message: messageOf(message) }] : [])),
      ],
    });
  };

  const count = result?.found.length ?? 0;
  return (
    <div className="list-scroll">
      <p className="results-count" role="status">
        {result === null
          ? "Searching…"
          : result.problem !== ""
            ? `The search did not work: ${result.problem}`
            : count === 0
              ? "No message has all of these words"
              : `${String(count)}${result.next === "" ? "" : "+"} ${count === 1 ? "message" : "messages"}`}
      </p>
      <ul aria-label="Found messages">
        {result?.found.map(({ conversation, message }) => (
          <li key={`${conversation} ${String(message.number)}`}>
            <Link to={`/conversations/${conversation}?message=${String(message.number)}`} className="result">
              <Avatar person={message.author} size={28} />
              <span className="list-words">
                <span className="list-first">
                  <span className="result-where">{known.get(conversation) ?? titles[conversation] ?? "\u00a0"}</span>
                  <time className="list-time" dateTime={new Date(message.atMs).toISOString()}>
                    {listTime(message.atMs, now)}
                  </time>
                </span>
                <span className="result-text">
                  <span className="result-author">{someone(message.author).name}: </span>
                  {marked(snippet(message.text, result.query), result.query).map((piece, index) =>
                    piece.marked ? <mark key={index}>{piece.text}</mark> : piece.text,
                  )}
                </span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {result !== null && result.next !== "" ? (
        <button type="button" className="button results-more" onClick={() => void more()}>
          Show more
        </button>
      ) : null}
    </div>
  );
}
