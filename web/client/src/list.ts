/** The person's conversations by latest activity, by page, kept live. */
import type { Clock } from "./clock.js";
import { Kind, type Listing } from "./gen/conversations/messaging/v1/messaging_pb.js";
import { messageOf } from "./messages.js";
import type { Badges, Message } from "./model.js";
import { Cell, type Store } from "./store.js";
import { mayRepeat, type Services } from "./transport.js";

/** Changes that come together are read together, ms. */
const GATHER_MS = 250;
const PAGE = 50;

export interface ListedConversation {
  readonly conversation: string;
  readonly kind: "direct" | "group" | "item";
  readonly title: string;
  readonly link: string;
  readonly members: readonly string[];
  readonly memberCount: number;
  readonly starred: boolean;
  readonly archived: boolean;
  readonly activeAtMs: number;
  readonly lastMessage: Message | null;
}

export interface ListFilter {
  readonly kinds?: readonly ("direct" | "group" | "item")[];
  readonly project?: string;
  readonly unread?: boolean;
  readonly starred?: boolean;
  readonly archived?: boolean;
}

export interface ListView {
  readonly state: "loading" | "shown";
  readonly conversations: readonly ListedConversation[];
  readonly more: boolean;
}

const KINDS = { direct: Kind.DIRECT, group: Kind.GROUP, item: Kind.ITEM } as const;

function listed(listing: Listing): ListedConversation {
  const conversation = listing.conversation;
  const kind = conversation?.kind === Kind.DIRECT ? "direct" : conversation?.kind === Kind.ITEM ? "item" : "group";
  return {
    conversation: conversation?.conversation ?? "",
    kind,
    title: conversation?.title ?? "",
    link: conversation?.link ?? "",
    members: conversation?.members ?? [],
    memberCount: listing.memberCount,
    starred: listing.starred,
    archived: conversation?.archived ?? false,
    activeAtMs: Number(listing.activeAtMs),
    lastMessage: listing.lastMessage ? messageOf(listing.lastMessage) : null,
  };
}

/** Lays a fresh first page over what is held: by latest activity, each conversation once. */
export function merged(
  held: readonly ListedConversation[],
  fresh: readonly ListedConversation[],
): ListedConversation[] {
  const named = new Set(fresh.map((one) => one.conversation));
  return [...fresh, ...held.filter((one) => !named.has(one.conversation))].sort(
    (a, b) => b.activeAtMs - a.activeAtMs || (a.conversation < b.conversation ? 1 : -1),
  );
}

export class ConversationList {
  readonly #services: Pick<Services, "messaging">;
  readonly #clock: Clock;
  readonly #filter: ListFilter;
  readonly #cell = new Cell<ListView>({ state: "loading", conversations: [], more: false });
  readonly #unsubscribe: () => void;
  #next = "";
  #cancel: (() => void) | null = null;
  #seen = "";

  constructor(services: Pick<Services, "messaging">, clock: Clock, badges: Store<Badges>, filter: ListFilter = {}) {
    this.#services = services;
    this.#clock = clock;
    this.#filter = filter;
    this.refresh();
    this.#unsubscribe = badges.subscribe((value) => {
      // A badge that counts another log position means news in its conversation.
      const seen = Object.values(value.conversations)
        .map((badge) => `${badge.conversation}${String(badge.revision)}${filter.unread ? String(badge.unread) : ""}`)
        .join();
      if (this.#seen !== "" && seen !== this.#seen) this.refresh();
      this.#seen = seen === "" ? "-" : seen;
    });
  }

  get view(): Store<ListView> {
    return this.#cell;
  }

  /** Reads the first page again, soon. */
  refresh(): void {
    this.#cancel ??= this.#clock.later(GATHER_MS, () => {
      this.#cancel = null;
      void this.#first();
    });
  }

  async loadMore(): Promise<void> {
    const token = this.#next;
    if (token === "") return;
    const page = await this.#page(token);
    if (token !== this.#next) return;
    this.#next = page.nextPageToken;
    const { conversations } = this.#cell.value;
    this.#show(merged(conversations, page.listings.map(listed)));
  }

  async star(conversation: string, starred: boolean): Promise<void> {
    await this.#services.messaging.setStar({ conversation, starred });
    this.refresh();
  }

  close(): void {
    this.#unsubscribe();
    this.#cancel?.();
  }

  async #first(): Promise<void> {
    try {
      const page = await this.#page("");
      const fresh = page.listings.map(listed);
      const { state, conversations } = this.#cell.value;
      const whole = page.nextPageToken === "";
      if (state === "loading" || whole) this.#next = page.nextPageToken;
      // Below a whole first page there may be more that is held already; a filter that changes must not keep what left it.
      const filtered = this.#filter.unread === true || this.#filter.starred === true;
      this.#show(whole || filtered ? fresh : merged(conversations, fresh));
    } catch (error) {
      if (mayRepeat(error)) this.#cancel ??= this.#clock.later(2_000, () => ((this.#cancel = null), void this.#first()));
    }
  }

  #page(pageToken: string) {
    const { kinds = [], project = "", unread = false, starred = false, archived = false } = this.#filter;
    return this.#services.messaging.listConversations({
      kinds: kinds.map((kind) => KINDS[kind]),
      project,
      unread,
      starred,
      archived,
      pageSize: PAGE,
      pageToken,
    });
  }

  #show(conversations: readonly ListedConversation[]): void {
    this.#cell.set({ state: "shown", conversations, more: this.#next !== "" });
  }
}
