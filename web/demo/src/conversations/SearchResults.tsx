/** Messages by words, the newest first. */
import { useEffect, useState, type ReactNode } from "react";
import type { Search, SearchView, Store } from "@conversations/client";
import { Link } from "../app/router.js";
import { useSession } from "../app/session.js";
import { useStore } from "../app/store.js";
import { listTime } from "../app/time.js";
import { Avatar } from "../ui/Avatar.js";
import { marked, snippet } from "./found.js";
import { useList, useNow } from "./hooks.js";

/** The search begins when the person has paused, ms. */
const PAUSE_MS = 250;

const IDLE: SearchView = { text: "", state: "idle", found: [], more: false, why: "" };
const NOTHING: Store<SearchView> = { value: IDLE, subscribe: () => () => undefined };

export function SearchResults({ query }: { readonly query: string }): ReactNode {
  const { client, someone } = useSession();
  const now = useNow();
  const { view } = useList({});
  const [search, setSearch] = useState<Search | null>(null);
  const result = useStore(search?.view ?? NOTHING);
  const [titles, setTitles] = useState<Readonly<Record<string, string>>>({});
  useEffect(() => {
    const made = client.search();
    setSearch(made);
    return () => {
      made.close();
    };
  }, [client]);
  useEffect(() => {
    const timer = setTimeout(() => void search?.find(query), PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [search, query]);

  // A conversation that the list has not loaded is asked for its name.
  const known = new Map(view.conversations.map((one) => [one.conversation, one.title]));
  const missing = [...new Set(result.found.map(({ conversation }) => conversation))]
    .filter((conversation) => !known.has(conversation) && titles[conversation] === undefined)
    .join();
  useEffect(() => {
    let gone = false;
    for (const conversation of missing === "" ? [] : missing.split(",")) {
      client.details(conversation).then(
        ({ title }) => {
          if (!gone) setTitles((before) => ({ ...before, [conversation]: title }));
        },
        () => undefined,
      );
    }
    return () => {
      gone = true;
    };
  }, [client, missing]);

  const count = result.found.length;
  const words =
    result.state === "failed"
      ? `The search did not work: ${result.why}`
      : result.state !== "shown"
        ? "Searching…"
        : count === 0
          ? "No message has all of these words"
          : `${String(count)}${result.more ? "+" : ""} ${count === 1 ? "message" : "messages"}`;
  return (
    <div className="list-scroll">
      <p className="results-count" role="status">
        {words}
      </p>
      <ul aria-label="Found messages">
        {result.found.map(({ conversation, message }) => (
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
                  {marked(snippet(message.text, result.text), result.text).map((piece, index) =>
                    piece.marked ? <mark key={index}>{piece.text}</mark> : piece.text,
                  )}
                </span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {result.more ? (
        <button type="button" className="button results-more" onClick={() => void search?.loadMore()}>
          Show more
        </button>
      ) : null}
    </div>
  );
}
