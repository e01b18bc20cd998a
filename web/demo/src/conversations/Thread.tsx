/** One conversation on screen: its messages, who has seen them, who types, and the composer. */
import { ArrowDown } from "lucide-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { seenBy, type Message, type OpenConversation, type Viewport } from "@conversations/client";
import { navigate } from "../app/router.js";
import { useSession } from "../app/session.js";
import { announce } from "../app/announce.js";
import { dayName } from "../app/time.js";
import { Dialog } from "../ui/Dialog.js";
import { Composer } from "./Composer.js";
import { useBadge, useNow, useOpened, useReaders, useTyping, useView } from "./hooks.js";
import { MessageRow, OutgoingRow, type MessageActs } from "./MessageRow.js";
import { listed } from "./names.js";
import { Replies } from "./Replies.js";
import { rowsOf, type Row } from "./rows.js";
import { SeenBy } from "./SeenBy.js";
import { whyAddress } from "../notifications/index.js";
import { whyOf } from "./verbs.js";

/** So near the first or last loaded row, the next page is loaded. */
const NEAR_ROWS = 12;
/** So far from the end it counts as being there, px. */
const END_PX = 60;
/** The first place is found within so many frames, or taken as it is. */
const PLACING_FRAMES = 30;
/** A page that did not come is asked for again after this, ms. */
const AGAIN_MS = 1_000;
/** A message that was jumped to is marked for this long, ms. */
const FLASH_MS = 2_000;

export interface ThreadProps {
  readonly conversation: string;
  /** Show this message; 0 for the first unread one. */
  readonly at: number;
  /** What stands above the messages; it is given the view. */
  readonly header: (view: ReturnType<typeof useView>) => ReactNode;
  /** Where a link to a message leads. */
  readonly linkTo: (number: number) => string;
  readonly autoFocus?: boolean;
  /** Is told of the view when it has changed. */
  readonly onView?: (view: ReturnType<typeof useView>) => void;
  /** Shown where the conversation is not to be seen. */
  readonly missing: ReactNode;
}

export function Thread(props: ThreadProps): ReactNode {
  const { conversation } = props;
  const { client } = useSession();
  const [jump, setJump] = useState({ at: props.at, again: 0 });
  const [asked, setAsked] = useState(props.at);
  if (asked !== props.at) {
    // The address names another message of the same conversation.
    setAsked(props.at);
    if (props.at > 0) setJump({ at: props.at, again: jump.again + 1 });
  }
  const opened = useOpened(conversation, jump.at, jump.again);
  const view = useView(opened);
  const [root, setRoot] = useState(0);
  useEffect(() => {
    client.show(conversation);
    return () => {
      client.show("");
    };
  }, [client, conversation]);
  const { onView } = props;
  const told = useRef(onView);
  useEffect(() => {
    told.current = onView;
  });
  useEffect(() => {
    told.current?.(view);
  }, [view]);
  if (view.state === "not found" || view.state === "ended") return props.missing;
  return (
    <section className={root > 0 ? "thread with-replies" : "thread"} aria-label={view.title === "" ? "Conversation" : view.title}>
      <div className="thread-main">
        {props.header(view)}
        <Messages
          // Opened anew it begins anew.
          key={`${String(jump.again)} ${opened === null ? "" : "open"}`}
          {...props}
          opened={opened}
          at={jump.at}
          onReopen={(at) => {
            setJump({ at, again: jump.again + 1 });
          }}
          onReply={setRoot}
        />
      </div>
      {root > 0 ? (
        <Replies
          key={root}
          conversation={conversation}
          root={root}
          onClose={() => {
            setRoot(0);
          }}
        />
      ) : null}
    </section>
  );
}

interface MessagesProps extends ThreadProps {
  readonly opened: OpenConversation | null;
  readonly onReopen: (at: number) => void;
  readonly onReply: (root: number) => void;
}

function Messages(props: MessagesProps): ReactNode {
  const { conversation, opened, at, autoFocus = false } = props;
  const { client, me, someone } = useSession();
  const view = useView(opened);
  const now = useNow();
  const badge = useBadge(conversation);
  const readers = useReaders(conversation);
  const scroller = useRef<HTMLDivElement>(null);
  const [viewport, setViewport] = useState<Viewport | null>(null);
  const [marked, setMarked] = useState(0);
  const [editing, setEditing] = useState<number | null>(null);
  const [removing, setRemoving] = useState<Message | null>(null);
  const [flash, setFlash] = useState(at);
  const [seenEnd, setSeenEnd] = useState(0);
  const [atEnd, setAtEnd] = useState(true);
  /** How many pages were asked for and are answered. */
  const [pages, setPages] = useState(0);
  const placed = useRef(false);
  const busy = useRef(false);

  const { messages, outgoing, earlier, later, archived, members } = view;
  const newFrom = marked > 0 ? marked : view.unreadFrom;
  const rows = useMemo(
    // What is written before it has loaded shows at once: without a network that may be long.
    () => {
      const open = view.state === "open";
      return open || outgoing.length > 0 ? rowsOf({ messages, outgoing, me: me.person, newFrom, earlier: earlier || !open, later }) : [];
    },
    [view.state, messages, outgoing, me.person, newFrom, earlier, later],
  );
  const byNumber = useMemo(() => new Map(messages.map((message) => [message.number, message])), [messages]);
  const lastOwn = useMemo(() => messages.findLast((one) => one.author === me.person && one.service === "" && !one.deleted), [messages, me.person]);

  const getItemKey = useCallback((index: number) => rows[index]?.key ?? index, [rows]);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => heightOf(rows[index]),
    getItemKey,
    anchorTo: "end",
    followOnAppend: !later,
    scrollEndThreshold: END_PX,
    overscan: 8,
    paddingEnd: 8,
    scrollPaddingStart: 56,
  });

  useEffect(() => {
    const root = scroller.current;
    if (root === null || opened === null) return undefined;
    const made = client.viewport(conversation, root);
    setViewport(made);
    return () => {
      made.disconnect();
    };
  }, [client, conversation, opened]);

  // The first time there is something: to the message that is asked for, to the first new one, or to the end. Pages are
  // loaded only once it stands there: before that the first rows would be taken for what is on screen.
  const begun = useRef(false);
  useLayoutEffect(() => {
    if (begun.current || view.state !== "open") return;
    begun.current = true;
    const wanted = at > 0 ? rows.findIndex((row) => row.is === "message" && row.message.number === at) : rows.findIndex((row) => row.is === "new");
    const place = (tries: number): void => {
      if (wanted >= 0) virtualizer.scrollToIndex(wanted, { align: at > 0 ? "center" : "start" });
      else virtualizer.scrollToEnd();
      requestAnimationFrame(() => {
        const { range } = virtualizer;
        const there = range !== null && (wanted < 0 || (range.startIndex <= wanted && wanted <= range.endIndex));
        if (there || tries === 0) placed.current = true;
        else place(tries - 1);
      });
    };
    place(PLACING_FRAMES);
  }, [view.state, rows, at, virtualizer]);

  useEffect(() => {
    if (flash === 0) return undefined;
    const timer = setTimeout(() => {
      setFlash(0);
    }, FLASH_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [flash]);

  const last = messages.at(-1)?.number ?? 0;
  const onScroll = useCallback(() => {
    const root = scroller.current;
    if (root === null || opened === null || !placed.current) return;
    const end = root.scrollHeight - root.scrollTop - root.clientHeight <= END_PX;
    setAtEnd(end && !later);
    if (end && !later) setSeenEnd(last);
  }, [opened, later, last]);
  // Pages are asked for by what is rendered. While a scroll is told of, the virtualizer still has the rows of before it;
  // and at the top no other scroll follows.
  const { startIndex = 0, endIndex = 0 } = virtualizer.range ?? {};
  useEffect(() => {
    let frame = 0;
    const look = (): void => {
      if (!placed.current) {
        frame = requestAnimationFrame(look);
        return;
      }
      // Also without a scroll: a page may not fill the screen.
      onScroll();
      const { range } = virtualizer;
      if (opened === null || range === null || busy.current) return;
      const load = async (page: Promise<void>): Promise<void> => {
        busy.current = true;
        const came = await page.then(() => true, () => false);
        if (!came) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        busy.current = false;
        setPages((before) => before + 1);
      };
      if (earlier && range.startIndex < NEAR_ROWS) void load(opened.loadEarlier());
      else if (later && range.endIndex > rows.length - NEAR_ROWS) void load(opened.loadLater());
    };
    frame = requestAnimationFrame(look);
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [opened, onScroll, earlier, later, rows.length, virtualizer, startIndex, endIndex, pages]);

  // What others say is read out; what was there before is not.
  const told = useRef(0);
  useEffect(() => {
    if (view.state !== "open" || later) return;
    const fresh = told.current === 0 ? [] : messages.filter((one) => one.number > told.current && one.author !== me.person);
    told.current = Math.max(told.current, last, 1);
    for (const one of fresh.slice(-3)) announce(`${someone(one.author).name}: ${one.text}`);
  }, [messages, last, later, view.state, me.person, someone]);

  const show = useCallback(
    (number: number) => {
      const index = rows.findIndex((row) => row.is === "message" && row.message.number === number);
      if (index < 0) {
        props.onReopen(number);
        return;
      }
      virtualizer.scrollToIndex(index, { align: "center" });
      setFlash(number);
    },
    [rows, virtualizer, props],
  );

  const { onReply, linkTo } = props;
  const showRef = useRef(show);
  useEffect(() => {
    showRef.current = show;
  }, [show]);
  const acts = useMemo<MessageActs>(
    () => ({
      reply: (message) => {
        onReply(message.thread > 0 ? message.thread : message.number);
      },
      edit: setEditing,
      save: (message, pieces) => {
        setEditing(null);
        opened?.edit(message.number, pieces).catch((error: unknown) => {
          announce(`The change was not saved: ${whyOf(error)}`, true);
        });
      },
      remove: setRemoving,
      markUnread: (message) => {
        client.markUnread(conversation, message.number).then(
          () => {
            setMarked(message.number);
            announce("Marked as unread", true);
          },
          (error: unknown) => {
            announce(`Not marked: ${whyOf(error)}`, true);
          },
        );
      },
      why: (message) => {
        navigate(whyAddress(conversation, message.number));
      },
      copyLink: (message) => {
        void navigator.clipboard.writeText(new URL(linkTo(message.number), location.href).href).then(() => {
          announce("Link copied", true);
        });
      },
      jump: (number) => {
        showRef.current(number);
      },
    }),
    [client, conversation, opened, onReply, linkTo],
  );

  const jumpToLatest = (): void => {
    void opened?.jumpToLatest().then(() => {
      requestAnimationFrame(() => {
        virtualizer.scrollToEnd();
      });
    });
  };

  const seenTo = Math.max(seenEnd, badge?.read ?? last);
  const below = later ? (badge?.unread ?? 0) : messages.filter((one) => one.number > seenTo && one.author !== me.person && !one.deleted).length;
  const seen = lastOwn === undefined ? [] : seenBy(readers, lastOwn);
  const direct = view.kind === "direct";
  return (
    <>
      <div className="messages-frame">
        <div ref={scroller} className="messages" role="log" aria-label="Messages" aria-live="off" aria-busy={view.state === "loading"} tabIndex={0} onScroll={onScroll}>
          <div className="messages-track" style={{ height: `${String(virtualizer.getTotalSize())}px` }}>
            {virtualizer.getVirtualItems().map((item) => {
              const row = rows[item.index];
              if (row === undefined) return null;
              return (
                <div key={item.key} ref={virtualizer.measureElement} data-index={item.index} className="messages-row" style={{ transform: `translateY(${String(item.start)}px)` }}>
                  {row.is === "message" ? (
                    <>
                      <MessageRow
                        message={row.message}
                        first={row.first}
                        members={members}
                        conversation={conversation}
                        acts={acts}
                        viewport={viewport}
                        editing={editing === row.message.number}
                        flash={flash === row.message.number}
                        archived={archived}
                        root={row.message.thread > 0 ? (byNumber.get(row.message.thread) ?? null) : null}
                      />
                      {row.message === lastOwn ? <SeenBy persons={seen} direct={direct} /> : null}
                    </>
                  ) : row.is === "outgoing" ? (
                    <OutgoingRow
                      outgoing={row.outgoing}
                      first={row.first}
                      onRetry={(clientKey) => opened?.retry(clientKey)}
                      onDiscard={(clientKey) => opened?.discard(clientKey)}
                    />
                  ) : row.is === "day" ? (
                    <p className="day">
                      <span>{dayName(row.atMs, now)}</span>
                    </p>
                  ) : row.is === "new" ? (
                    <p className="new-line" data-testid="new">
                      <span>New</span>
                    </p>
                  ) : (
                    <p className="begin">This is where the conversation begins.</p>
                  )}
                </div>
              );
            })}
          </div>
        </div>
        {!atEnd && view.state === "open" && rows.length > 0 ? (
          <button type="button" className="to-latest" onClick={jumpToLatest}>
            <ArrowDown size={15} aria-hidden="true" />
            {below > 0 ? `${below > 99 ? "99+" : String(below)} new` : "Jump to latest"}
          </button>
        ) : null}
      </div>
      <Typing conversation={conversation} />
      {archived ? (
        <p className="closed">This conversation is archived: it can be read, not written.</p>
      ) : (
        <Composer
          conversation={conversation}
          members={members}
          placeholder="Write a message"
          autoFocus={autoFocus}
          onSend={(pieces) => {
            opened?.send(pieces);
            if (later) jumpToLatest();
            else requestAnimationFrame(() => { virtualizer.scrollToEnd(); });
          }}
          onUp={() => {
            if (lastOwn !== undefined) setEditing(lastOwn.number);
          }}
        />
      )}
      {removing === null ? null : (
        <Dialog
          title="Delete this message?"
          onClose={() => {
            setRemoving(null);
          }}
          foot={
            <>
              <button
                type="button"
                className="button"
                onClick={() => {
                  setRemoving(null);
                }}
              >
                Keep it
              </button>
              <button
                type="button"
                className="button danger"
                onClick={() => {
                  setRemoving(null);
                  opened?.delete(removing.number).catch((error: unknown) => {
                    announce(`Not deleted: ${whyOf(error)}`, true);
                  });
                }}
              >
                Delete
              </button>
            </>
          }
        >
          <blockquote className="quote">{removing.text}</blockquote>
          <p className="hint">Its text is gone for everybody, and cannot be brought back.</p>
        </Dialog>
      )}
    </>
  );
}

function heightOf(row: Row | undefined): number {
  if (row === undefined) return 40;
  if (row.is === "message") return (row.first ? 50 : 24) + 20 * Math.floor(row.message.text.length / 90);
  return row.is === "outgoing" ? (row.first ? 50 : 24) : 40;
}

/** Who is typing; its place is kept when nobody is. */
function Typing({ conversation }: { readonly conversation: string }): ReactNode {
  const { someone } = useSession();
  const persons = useTyping(conversation);
  const names = persons.map((person) => someone(person).name.split(" ")[0] ?? person);
  return (
    <p className="typing" role="status">
      {names.length === 0 ? "" : `${listed(names)} ${names.length === 1 ? "is" : "are"} typing…`}
    </p>
  );
}
