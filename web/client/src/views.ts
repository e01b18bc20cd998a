/** What this tab has opened: conversations and threads, lists, searches, viewports; and how they hear of each other. */
import { OpenConversation } from "./conversation.js";
import { ConversationList, type ListFilter } from "./list.js";
import { Outbox, type OutboxParts } from "./outbox.js";
import { Search } from "./search.js";
import type { Unread } from "./unread.js";
import type { UnsentMessages } from "./unsent.js";
import { Viewport } from "./viewed.js";
import type { Part, Watch } from "./wire.js";

/** What was not sent is kept for so long, ms: its conversation may never be opened again. */
const KEEP_MS = 30 * 86_400_000;

export interface ViewsParts extends OutboxParts {
  readonly unsent: OutboxParts["unsent"] & Pick<UnsentMessages, "clear">;
  /** Who is signed in, and how people are called. */
  readonly person: string;
  readonly name: (person: string) => string;
  readonly unread: Pick<Unread, "badge" | "badges" | "first" | "markRead">;
  readonly watch: (watch: Watch, take: (part: Part) => void) => () => void;
  /** Whether the person looks at this page. */
  readonly attentive: () => boolean;
  /** A message was sent in a conversation. */
  readonly sent: (conversation: string) => void;
}

export class Views {
  readonly #parts: ViewsParts;
  readonly #viewports = new Map<Viewport, string>();
  readonly #lists = new Set<ConversationList>();
  readonly #open = new Set<OpenConversation>();
  readonly #searches = new Set<Search>();
  readonly #outboxes = new Map<string, Outbox>();

  constructor(parts: ViewsParts) {
    this.#parts = parts;
    // What an earlier page has left behind is sent, whether or not its conversation is opened.
    for (const { clientKey, conversation, view, atMs } of parts.unsent.all()) {
      if (parts.clock.now() - atMs > KEEP_MS) parts.unsent.drop(clientKey);
      else this.#outbox(conversation, view);
    }
  }

  /** Opens a conversation at its first unread message, or at a given one. */
  open(conversation: string, at: number): OpenConversation {
    const opened = this.#opened(conversation, 0);
    void this.#parts.unread.first(conversation).then((unreadFrom) => opened.open(at > 0 ? at : unreadFrom, unreadFrom));
    return opened;
  }

  /** Opens the replies under a message, at their end. */
  thread(conversation: string, root: number): OpenConversation {
    const opened = this.#opened(conversation, root);
    void opened.open();
    return opened;
  }

  list(filter: ListFilter): ConversationList {
    const list = new ConversationList({ ...this.#parts, badges: this.#parts.unread.badges }, filter);
    this.#lists.add(list);
    return list;
  }

  search(): Search {
    const search = new Search(this.#parts.services);
    this.#searches.add(search);
    return search;
  }

  /** Marks as read what is viewed in a scrolling element. */
  viewport(conversation: string, root: Element): Viewport {
    const viewed = (number: number): boolean => this.#viewed(conversation, number);
    const viewport: Viewport = new Viewport(root, this.#parts.clock, viewed, () => this.#viewports.delete(viewport));
    this.#viewports.set(viewport, conversation);
    viewport.dwell.attend(this.#parts.attentive());
    return viewport;
  }

  /** The person looks at the page, or away. */
  attend(): void {
    for (const viewport of this.#viewports.keys()) viewport.dwell.attend(this.#parts.attentive());
  }

  /** It is known now what is unread: what is on screen may count as viewed. */
  known(): void {
    for (const viewport of this.#viewports.keys()) viewport.dwell.again();
  }

  /** The person has marked something as unread: nothing counts as viewed until the conversation is opened anew. */
  markedUnread(conversation: string): void {
    for (const viewport of this.#viewportsOf(conversation)) viewport.dwell.stop();
  }

  /** The person has changed what lists show. */
  changed(): void {
    for (const list of this.#lists) list.refresh();
  }

  /** Ends them; what they show stays. */
  close(): void {
    for (const viewport of [...this.#viewports.keys()]) viewport.disconnect();
    for (const list of this.#lists) list.close();
    for (const opened of this.#open) opened.close();
  }

  /** Forgets what they show, and what is on its way: the person has signed out. */
  forget(): void {
    for (const search of this.#searches) search.close();
    for (const list of this.#lists) list.end();
    for (const opened of [...this.#open]) opened.end();
    for (const outbox of this.#outboxes.values()) outbox.clear();
    this.#outboxes.clear();
    this.#parts.unsent.clear();
  }

  #opened(conversation: string, thread: number): OpenConversation {
    const { services, clock, newKey, unsent, person, name, watch, sent } = this.#parts;
    const opened: OpenConversation = new OpenConversation(conversation, {
      services,
      clock,
      newKey,
      unsent,
      person,
      name,
      thread,
      outbox: this.#outbox(conversation, thread),
      watch: (after, take) => watch({ what: "conversation", conversation, after }, take),
      sent: () => {
        sent(conversation);
      },
      arrived: (message) => {
        for (const list of this.#lists) list.arrived(conversation, message);
      },
      reached: () => {
        for (const viewport of this.#viewportsOf(conversation)) viewport.dwell.again();
      },
      closed: () => {
        this.#open.delete(opened);
      },
    });
    this.#open.add(opened);
    return opened;
  }

  /** What is on its way outlives the view: who comes back finds it, also what has failed. */
  #outbox(conversation: string, thread: number): Outbox {
    const key = `${conversation} ${String(thread)}`;
    const outbox = this.#outboxes.get(key) ?? new Outbox(conversation, this.#parts, thread);
    this.#outboxes.set(key, outbox);
    return outbox;
  }

  /** A message was on screen for long enough. False if it does not count now. */
  #viewed(conversation: string, number: number): boolean {
    const { unread } = this.#parts;
    // Not before it is known what is unread: then it is told again.
    if (!unread.badges.value.known) return false;
    const read = unread.badge(conversation)?.read;
    const opened = [...this.#open].filter((one) => one.conversation === conversation);
    // Who was brought to a message far below has not viewed what lies between.
    if (read !== undefined && opened.length > 0 && !opened.some((one) => one.from <= read + 1)) return false;
    void unread.markRead(conversation, number);
    return true;
  }

  #viewportsOf(conversation: string): Viewport[] {
    return [...this.#viewports].filter(([, shown]) => shown === conversation).map(([viewport]) => viewport);
  }
}
