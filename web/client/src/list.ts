/** The person's conversations by latest activity, by page, kept live. */
import type { Clock } from "./clock.js";
import { kindOf, propertiesOf, wireKind } from "./convert.js";
import { Kind as WireKind, Role as WireRole, type Listing } from "./gen/conversations/messaging/v1/messaging_pb.js";
import { END, messageOf } from "./messages.js";
import type { Badge, Badges, Item, Kind, Message, Role } from "./model.js";
import { Cell, type Store } from "./store.js";
import { mayRepeat, type Services } from "./transport.js";

/** Changes that come together are read together, ms; while they go on, they are read this often. */
const GATHER_MS = 250;
const BUSY_MS = 1_000;
/** A list that could not be read is read again after this, ms. */
const AGAIN_MS = 2_000;
const PAGE = 50;
/** Lists are derived and may lag: what a badge counts already is looked for again after these, ms. */
const LAGS_MS = [500, 1_000, 2_000, 4_000] as const;
/** So many last messages are read one by one; more are found with the page. */
const SINGLE = 5;

export interface ListedConversation {
  readonly conversation: string;
  readonly kind: Kind;
  /** Its title; of a direct conversation how the other person is called. */
  readonly title: string;
  /** The other person of a direct conversation; else empty. */
  readonly other: string;
  readonly link: string;
  readonly item: Item | null;
  /** At most the first 10. */
  readonly members: readonly string[];
  readonly memberCount: number;
  /** What the person may do. */
  readonly role: Role;
  readonly starred: boolean;
  readonly archived: boolean;
  /** When its last message was written, or it was created, ms since 1970 UTC. */
  readonly activeAtMs: number;
  /** Its last message, its text cut to 240 characters; null if there is none. */
  readonly lastMessage: Message | null;
  /** From the person's badge: what makes it bold. */
  readonly unread: number;
  readonly mentions: number;
  readonly mutedUntilMs: number;
}

export interface ListFilter {
  readonly kinds?: readonly Kind[];
  readonly project?: string;
  readonly unread?: boolean;
  readonly starred?: boolean;
  readonly archived?: boolean;
}

export interface ListView {
  readonly state: "loading" | "shown" | "ended";
  readonly conversations: readonly ListedConversation[];
  /** Whether `loadMore` brings more. */
  readonly more: boolean;
}

export interface ListParts {
  readonly services: Pick<Services, "messaging">;
  readonly clock: Clock;
  readonly badges: Store<Badges>;
  /** Who is signed in, and how people are called. */
  readonly person: string;
  readonly name: (person: string) => string;
}

/** Lays fresh rows over what is held: by latest activity, each conversation once. */
export function merged(
  held: readonly ListedConversation[],
  fresh: readonly ListedConversation[],
): ListedConversation[] {
  const named = new Set(fresh.map((one) => one.conversation));
  return [...fresh, ...held.filter((one) => !named.has(one.conversation))].sort(
    (a, b) => b.activeAtMs - a.activeAtMs || (a.conversation < b.conversation ? 1 : -1),
  );
}

/** The rows with what the badges say; a row that does not change stays the same object. */
export function badged(
  rows: readonly ListedConversation[],
  badges: Readonly<Record<string, Badge>>,
): readonly ListedConversation[] {
  const next = rows.map((row) => {
    const { unread = 0, mentions = 0, mutedUntilMs = 0 } = badges[row.conversation] ?? {};
    if (row.unread === unread && row.mentions === mentions && row.mutedUntilMs === mutedUntilMs) return row;
    return { ...row, unread, mentions, mutedUntilMs };
  });
  return next.some((row, index) => row !== rows[index]) ? next : rows;
}

export class ConversationList {
  readonly #parts: ListParts;
  readonly #filter: ListFilter;
  readonly #cell = new Cell<ListView>({ state: "loading", conversations: [], more: false });
  readonly #unsubscribe: () => void;
  readonly #undue = new Set<() => void>();
  /** What each badge counted when it was last looked at. */
  #counted: Readonly<Record<string, Badge>> = {};
  #known = false;
  /** Conversations of which there is news that is not read yet; with how often that was tried. */
  readonly #news = new Map<string, number>();
  #whole = true;
  #next = "";
  #planned = false;
  #reading = false;
  #readAtMs = 0;
  #more: Promise<void> | null = null;
  #ended = false;

  constructor(parts: ListParts, filter: ListFilter = {}) {
    this.#parts = parts;
    this.#filter = filter;
    this.#plan(0);
    this.#unsubscribe = parts.badges.subscribe((badges) => {
      this.#takeBadges(badges);
    });
  }

  get view(): Store<ListView> {
    return this.#cell;
  }

  /** Reads the first page again, soon. */
  refresh(): void {
    this.#whole = true;
    this.#plan(GATHER_MS);
  }

  /** Loads the next page. Called twice it loads once. */
  loadMore(): Promise<void> {
    this.#more ??= this.#readMore().finally(() => {
      this.#more = null;
    });
    return this.#more;
  }

  /** A message has arrived in an open conversation: its row moves up at once. */
  arrived(conversation: string, message: Message): void {
    const row = this.#cell.value.conversations.find((one) => one.conversation === conversation);
    if (row === undefined) this.#hear(conversation);
    else if (message.number > (row.lastMessage?.number ?? 0)) {
      this.#lay([{ ...row, lastMessage: message, activeAtMs: message.atMs }]);
    }
  }

  close(): void {
    this.#ended = true;
    this.#unsubscribe();
    for (const cancel of this.#undue) cancel();
  }

  /** Ends it and forgets what it shows: the person has signed out. */
  end(): void {
    this.close();
    this.#cell.set({ state: "ended", conversations: [], more: false });
  }

  #takeBadges({ known, conversations, left }: Badges): void {
    if (!known) return;
    const before = this.#counted;
    this.#counted = conversations;
    const rows = new Map(this.#cell.value.conversations.map((one) => [one.conversation, one]));
    for (const badge of Object.values(conversations)) {
      const old = before[badge.conversation];
      const row = rows.get(badge.conversation);
      const more = old === undefined ? this.#known : badge.revision > old.revision;
      const ahead = badge.number > (row?.lastMessage?.number ?? 0);
      // What is not loaded yet is news only when something has happened in it.
      if (more || (row !== undefined && ahead) || (row === undefined && this.#filter.unread && badge.unread > 0)) {
        this.#hear(badge.conversation);
      }
    }
    this.#known = true;
    const rest = this.#cell.value.conversations.filter((one) => !left.includes(one.conversation));
    this.#show(rest.length < rows.size ? rest : undefined);
  }

  #hear(conversation: string): void {
    if (!this.#news.has(conversation)) this.#news.set(conversation, 0);
    this.#plan(GATHER_MS);
  }

  #plan(ms: number): void {
    if (this.#planned || this.#ended) return;
    this.#planned = true;
    const busyMs = this.#readAtMs + BUSY_MS - this.#parts.clock.now();
    this.#later(ms === 0 ? 0 : Math.max(ms, busyMs), () => {
      this.#planned = false;
      if (!this.#reading) void this.#read();
    });
  }

  async #read(): Promise<void> {
    const whole = this.#whole;
    const news = new Map(this.#news);
    this.#whole = false;
    this.#news.clear();
    this.#reading = true;
    this.#readAtMs = this.#parts.clock.now();
    try {
      // Who has news stands at the top: a page of as many is enough.
      const size = whole ? PAGE : Math.min(PAGE, news.size + 1);
      const page = whole || news.size > 0 ? await this.#page("", size) : null;
      if (this.#ended || page === null) return;
      const fresh = page.listings.map((listing) => this.#row(listing));
      if (whole) this.#layWhole(fresh, page.nextPageToken);
      else this.#lay(fresh);
      await this.#rest(news, new Set(fresh.map((one) => one.conversation)));
    } catch (error) {
      if (whole) this.#whole = true;
      for (const [conversation, tries] of news) this.#news.set(conversation, tries);
      if (mayRepeat(error)) this.#plan(AGAIN_MS);
    } finally {
      this.#reading = false;
      if (this.#whole || this.#news.size > 0) this.#plan(GATHER_MS);
    }
  }

  /** What was news and did not stand at the top: an edit further down, or the list lags. */
  async #rest(news: ReadonlyMap<string, number>, read: ReadonlySet<string>): Promise<void> {
    let single = 0;
    for (const [conversation, tries] of news) {
      const number = this.#counted[conversation]?.number ?? 0;
      const row = this.#cell.value.conversations.find((one) => one.conversation === conversation);
      if (row && number <= (row.lastMessage?.number ?? 0)) {
        if (!read.has(conversation) && single++ < SINGLE) await this.#readLast(row);
      } else if (row !== undefined || this.#filter.unread !== true) {
        const lagMs = LAGS_MS[tries];
        // Filtered out, or older than what is loaded: then it is not looked for for ever.
        if (lagMs === undefined) continue;
        this.#later(lagMs, () => {
          this.#news.set(conversation, tries + 1);
          this.#plan(GATHER_MS);
        });
      }
    }
  }

  /** The last message of a row has another text. */
  async #readLast(row: ListedConversation): Promise<void> {
    const { conversation } = row;
    const page = await this.#parts.services.messaging.listMessages({ conversation, beforeNumber: END, pageSize: 1 });
    const last = page.messages[0];
    if (last && !this.#ended) this.#lay([{ ...row, lastMessage: messageOf(last), activeAtMs: Number(last.atMs) }]);
  }

  async #readMore(): Promise<void> {
    const token = this.#next;
    if (token === "" || this.#cell.value.state !== "shown") return;
    const page = await this.#page(token, PAGE);
    if (this.#ended || token !== this.#next) return;
    this.#next = page.nextPageToken;
    this.#lay(page.listings.map((listing) => this.#row(listing)));
  }

  /** A first page: what is held below it stays, unless a filter may have let it out. */
  #layWhole(fresh: readonly ListedConversation[], next: string): void {
    const { state, conversations } = this.#cell.value;
    const filtered = this.#filter.unread === true || this.#filter.starred === true;
    if (state === "loading" || next === "" || filtered) {
      this.#next = next;
      this.#show(merged([], fresh));
      return;
    }
    // Between the last fresh row and the first there may be none that is held and was not told: it is gone.
    const last = fresh.at(-1)?.activeAtMs ?? 0;
    const named = new Set(fresh.map((one) => one.conversation));
    this.#lay(fresh, conversations.filter((one) => named.has(one.conversation) || one.activeAtMs <= last));
  }

  #lay(fresh: readonly ListedConversation[], held = this.#cell.value.conversations): void {
    const rows = new Map(held.map((one) => [one.conversation, one]));
    // A replica that lags does not take a row back in time.
    const newer = fresh.map((one) => {
      const row = rows.get(one.conversation);
      const older = row?.lastMessage && row.lastMessage.number > (one.lastMessage?.number ?? 0);
      return older ? { ...one, lastMessage: row.lastMessage, activeAtMs: row.activeAtMs } : one;
    });
    this.#show(merged(held, newer));
  }

  #show(rows: readonly ListedConversation[] = this.#cell.value.conversations): void {
    const { state } = this.#cell.value;
    let conversations = badged(rows, this.#counted);
    // What is read leaves a list of what is unread.
    if (this.#filter.unread === true && conversations.some((one) => one.unread === 0)) {
      conversations = conversations.filter((one) => one.unread > 0);
    }
    const more = this.#next !== "";
    if (state === "ended" || (conversations === this.#cell.value.conversations && more === this.#cell.value.more)) return;
    // Badges may come before the first page.
    const known = rows !== this.#cell.value.conversations || state === "shown";
    this.#cell.set({ state: known ? "shown" : "loading", conversations, more });
  }

  #page(pageToken: string, pageSize: number) {
    const { kinds = [], project = "", unread = false, starred = false, archived = false } = this.#filter;
    return this.#parts.services.messaging.listConversations({
      kinds: kinds.map((kind) => wireKind[kind]),
      project,
      unread,
      starred,
      archived,
      pageSize,
      pageToken,
    });
  }

  #row(listing: Listing): ListedConversation {
    const { conversation } = listing;
    const properties = conversation
      ? propertiesOf(conversation, this.#parts.person, this.#parts.name)
      : { kind: kindOf(WireKind.UNSPECIFIED), title: "", other: "", link: "", item: null, members: [], archived: false };
    return {
      conversation: conversation?.conversation ?? "",
      ...properties,
      memberCount: listing.memberCount,
      role: listing.role === WireRole.OWNER ? "owner" : "member",
      starred: listing.starred,
      activeAtMs: Number(listing.activeAtMs),
      lastMessage: listing.lastMessage ? messageOf(listing.lastMessage) : null,
      unread: 0,
      mentions: 0,
      mutedUntilMs: 0,
    };
  }

  #later(ms: number, act: () => void): void {
    const cancel = this.#parts.clock.later(ms, () => {
      this.#undue.delete(cancel);
      act();
    });
    this.#undue.add(cancel);
  }
}
