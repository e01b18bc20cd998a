/** The conversations of a person: tabs, search, and the list itself. */
import { AtSign, BellOff, EllipsisVertical, Search, SquarePen, Star, X } from "lucide-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import type { Conversations as Client, ListedConversation, ListFilter } from "@conversations/client";
import { Link } from "../app/router.js";
import { useSession, type Someone } from "../app/session.js";
import { shownNumber } from "../app/Shell.js";
import { listTime } from "../app/time.js";
import { Avatar } from "../ui/Avatar.js";
import { Menu, MenuItem, MenuLine } from "../ui/Menu.js";
import { LeaveDialog } from "./dialogs.js";
import { useList, useNow } from "./hooks.js";
import { KindIcon } from "./KindIcon.js";
import { Suggestion } from "../notifications/index.js";
import { MUTES } from "./mutes.js";
import { SearchResults } from "./SearchResults.js";
import { useVerbs } from "./verbs.js";

const TABS = [
  { name: "All", filter: {} },
  { name: "Unread", filter: { unread: true } },
  { name: "Direct", filter: { kinds: ["direct"] } },
  { name: "Groups", filter: { kinds: ["group"] } },
  { name: "Items", filter: { kinds: ["item"] } },
  { name: "Starred", filter: { starred: true } },
  { name: "Archived", filter: { archived: true } },
] as const satisfies readonly { readonly name: string; readonly filter: ListFilter }[];

type Tab = (typeof TABS)[number]["name"];

/** The height of a row, px; the style sheet has the same. */
const ROW_PX = 64;
/** So near the end the next page is loaded, rows. */
const NEAR_ROWS = 15;
/** A page that did not come is asked for again after this, ms. */
const AGAIN_MS = 1_000;

export interface ListPaneProps {
  /** The conversation that is open. */
  readonly open: string;
  readonly onNew: () => void;
}

export function ListPane({ open, onNew }: ListPaneProps): ReactNode {
  const [tab, setTab] = useState<Tab>("All");
  const [query, setQuery] = useState("");
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const find = (): void => {
      search.current?.focus();
    };
    window.addEventListener("gridline:search", find);
    return () => {
      window.removeEventListener("gridline:search", find);
    };
  }, []);
  const searching = query.trim().length > 1;
  return (
    <section className="list-pane" aria-label="Your conversations">
      <header className="panel-head list-head">
        <h1>Conversations</h1>
        <button type="button" className="icon-button" aria-label="New conversation" title="New conversation (N)" onClick={onNew}>
          <SquarePen size={18} aria-hidden="true" />
        </button>
      </header>
      <div className="list-search">
        <label className="search-box">
          <Search size={16} aria-hidden="true" />
          <input
            ref={search}
            type="search"
            className="field"
            aria-label="Search messages"
            placeholder="Search messages"
            maxLength={200}
            value={query}
            onChange={(event) => {
              setQuery(event.target.value);
            }}
            onKeyDown={(event) => {
              if (event.key === "Escape") setQuery("");
            }}
          />
          {query === "" ? null : (
            <button
              type="button"
              className="icon-button small"
              aria-label="Clear the search"
              onClick={() => {
                setQuery("");
                search.current?.focus();
              }}
            >
              <X size={14} aria-hidden="true" />
            </button>
          )}
        </label>
      </div>
      <Suggestion />
      {searching ? (
        <SearchResults query={query.trim()} />
      ) : (
        <>
          <div className="tabs" role="group" aria-label="Show">
            {TABS.map(({ name }) => (
              <button
                key={name}
                type="button"
                className="tab"
                aria-pressed={name === tab}
                onClick={() => {
                  setTab(name);
                }}
              >
                {name}
              </button>
            ))}
          </div>
          <Conversations key={tab} tab={tab} open={open} onNew={onNew} />
        </>
      )}
    </section>
  );
}

function Conversations({ tab, open, onNew }: { readonly tab: Tab; readonly open: string; readonly onNew: () => void }): ReactNode {
  const { list, view } = useList(TABS.find(({ name }) => name === tab)?.filter ?? {});
  const now = useNow();
  const scroller = useRef<HTMLDivElement>(null);
  const [leaving, setLeaving] = useState<ListedConversation | null>(null);
  const { conversations, more, state } = view;
  const getItemKey = useCallback((index: number) => conversations[index]?.conversation ?? index, [conversations]);
  const virtualizer = useVirtualizer({
    count: conversations.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey,
    overscan: 6,
  });
  const rows = virtualizer.getVirtualItems();
  const lastShown = rows.at(-1)?.index ?? 0;
  /** How many pages were asked for and are answered. */
  const [pages, setPages] = useState(0);
  useEffect(() => {
    if (list === null || !more || lastShown <= conversations.length - NEAR_ROWS) return undefined;
    // A page may bring only what is held already, and may not come: then the next one is asked for, or it again.
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = (): void => {
      setPages((before) => before + 1);
    };
    let ended = false;
    list.loadMore().then(
      () => {
        if (!ended) next();
      },
      () => {
        if (!ended) timer = setTimeout(next, AGAIN_MS);
      },
    );
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [list, more, lastShown, conversations.length, pages]);

  const move = (event: KeyboardEvent<HTMLUListElement>): void => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    const row = (event.target as HTMLElement).closest<HTMLElement>("[data-index]");
    if (step === undefined || row === null || (event.target as HTMLElement).closest("[popover]") !== null) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(conversations.length - 1, Number(row.dataset["index"]) + step));
    virtualizer.scrollToIndex(next);
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[data-index="${String(next)}"] a`)?.focus();
    });
  };

  if (state === "loading") return <ListSkeleton />;
  if (conversations.length === 0) return <NoneHere tab={tab} onNew={onNew} />;
  return (
    <div ref={scroller} className="list-scroll">
      <ul role="list" aria-label="Conversations" className="list" style={{ height: `${String(virtualizer.getTotalSize())}px` }} onKeyDown={move}>
        {rows.map((item) => {
          const one = conversations[item.index];
          if (one === undefined) return null;
          return (
            <ListRow
              key={item.key}
              one={one}
              index={item.index}
              count={conversations.length}
              start={item.start}
              open={one.conversation === open}
              now={now}
              onLeave={setLeaving}
            />
          );
        })}
      </ul>
      {leaving === null ? null : (
        <LeaveDialog
          conversation={leaving.conversation}
          title={leaving.title}
          onClose={() => {
            setLeaving(null);
          }}
          onLeft={() => undefined}
        />
      )}
    </div>
  );
}

interface ListRowProps {
  readonly one: ListedConversation;
  readonly index: number;
  readonly count: number;
  readonly start: number;
  readonly open: boolean;
  readonly now: number;
  readonly onLeave: (one: ListedConversation) => void;
}

const ListRow = memo(function ListRow({ one, index, count, start, open, now, onLeave }: ListRowProps): ReactNode {
  const { client, me, someone } = useSession();
  const verbs = useVerbs();
  const { title, unread, mentions } = one;
  const muted = one.mutedUntilMs > now;
  const last = one.lastMessage;
  return (
    <li
      className={open ? "list-row open" : "list-row"}
      data-index={index}
      data-conversation={one.conversation}
      data-unread={unread > 0 ? "" : undefined}
      aria-setsize={count}
      aria-posinset={index + 1}
      style={{ transform: `translateY(${String(start)}px)` }}
    >
      <Link
        to={`/conversations/${one.conversation}`}
        className="list-link"
        aria-current={open ? "page" : undefined}
      >
        <span className="list-words">
          <span className="list-first">
            <span className="list-title">{title}</span>
            {one.starred ? <Star size={12} fill="currentColor" className="list-star" role="img" aria-label="starred" /> : null}
            {muted ? <BellOff size={13} className="list-muted" role="img" aria-label="muted" /> : null}
            <time className="list-time" dateTime={new Date(one.activeAtMs).toISOString()}>
              {listTime(one.activeAtMs, now)}
            </time>
          </span>
          <span className="list-second">
            <span className="list-preview">{preview(one, me.person, someone)}</span>
            {mentions > 0 ? <AtSign size={14} className="list-at" role="img" aria-label="mentions you" /> : null}
            {unread > 0 ? (
              <span className={muted ? "badge muted" : "badge"} data-testid="badge">
                {shownNumber(unread)}
              </span>
            ) : null}
            {unread > 0 ? <span className="unseen">unread</span> : null}
          </span>
        </span>
        {one.kind === "direct" ? (
          <Avatar person={one.other} size={38} presence />
        ) : (
          <KindIcon kind={one.kind} link={one.link} />
        )}
      </Link>
      <Menu
        label={`Actions for ${title}`}
        className="icon-button small list-more"
        button={<EllipsisVertical size={15} aria-hidden="true" />}
      >
        <MenuItem
          onSelect={() => {
            verbs.star(one.conversation, !one.starred);
          }}
        >
          {one.starred ? "Take the star away" : "Star"}
        </MenuItem>
        {unread > 0 ? (
          <MenuItem
            onSelect={() => {
              verbs.markRead(one.conversation, Math.max(badgeNumber(client, one.conversation), last?.number ?? 0));
            }}
          >
            Mark as read
          </MenuItem>
        ) : (
          <MenuItem
            disabled={last === null || last.author === me.person}
            onSelect={() => {
              verbs.markUnread(one.conversation, last?.number ?? 0);
            }}
          >
            Mark as unread
          </MenuItem>
        )}
        <MenuLine />
        {muted ? (
          <MenuItem
            onSelect={() => {
              verbs.mute(one.conversation, 0);
            }}
          >
            Unmute
          </MenuItem>
        ) : (
          MUTES.map(({ label, until }) => (
            <MenuItem
              key={label}
              onSelect={() => {
                verbs.mute(one.conversation, until(Date.now()));
              }}
            >
              Mute {label.charAt(0).toLowerCase() + label.slice(1)}
            </MenuItem>
          ))
        )}
        {one.kind === "direct" ? null : (
          <>
            <MenuLine />
            {one.role === "owner" ? (
              <MenuItem
                onSelect={() => {
                  verbs.archive(one.conversation, !one.archived);
                }}
              >
                {one.archived ? "Open again" : "Archive"}
              </MenuItem>
            ) : null}
            <MenuItem
              danger
              onSelect={() => {
                onLeave(one);
              }}
            >
              Leave…
            </MenuItem>
          </>
        )}
      </Menu>
    </li>
  );
});

/** The last message that the badge counts: the list may lag behind it. */
function badgeNumber(client: Client, conversation: string): number {
  return client.badges.value.conversations[conversation]?.number ?? 0;
}

/** The last message in a line. */
function preview(one: ListedConversation, me: string, someone: (person: string) => Someone): string {
  const last = one.lastMessage;
  if (last === null) return "No messages yet";
  const text = last.deleted ? "Message deleted" : last.text === "" ? "Attachment" : last.text;
  if (last.service !== "") return text;
  if (last.author === me) return `You: ${text}`;
  return one.kind === "direct" ? text : `${someone(last.author).name.split(" ")[0] ?? last.author}: ${text}`;
}

/** As high as the rows will be. */
function ListSkeleton(): ReactNode {
  return (
    <div className="list-scroll" aria-busy="true">
      {Array.from({ length: 8 }, (_, index) => (
        <div key={index} className="list-skeleton" />
      ))}
    </div>
  );
}

function NoneHere({ tab, onNew }: { readonly tab: Tab; readonly onNew: () => void }): ReactNode {
  const words: Record<Tab, readonly [string, string]> = {
    All: ["No conversations yet", "Write to somebody on the project, or open one on an RFI, submittal, change order or punch item."],
    Unread: ["All read", "What is new will be here."],
    Direct: ["No direct conversations", "Write to one person on the project."],
    Groups: ["No groups", "Choose several people to begin one."],
    Items: ["No conversations on items", "Open an RFI, submittal, change order or punch item and write there."],
    Starred: ["Nothing starred", "Star the conversations that you come back to."],
    Archived: ["Nothing archived", "What is archived can be read and found, not written."],
  };
  const [first, second] = words[tab];
  return (
    <div className="empty">
      <strong>{first}</strong>
      <p>{second}</p>
      {tab === "All" || tab === "Direct" || tab === "Groups" ? (
        <button type="button" className="button" onClick={onNew}>
          New conversation
        </button>
      ) : null}
    </div>
  );
}
