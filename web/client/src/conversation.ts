/** One open conversation or thread: history by page in both directions, live events, and what is on its way. */
import { answered, propertiesOf } from "./convert.js";
import { END, messageOf } from "./messages.js";
import type { Attachment, Connection, Item, Kind, LogEvent, Message, Outgoing } from "./model.js";
import { Outbox, wireAttachment, type OutboxParts } from "./outbox.js";
import { contentOf, type Piece } from "./pieces.js";
import { CHANGE_MS, repeated } from "./repeat.js";
import { Cell, type Store } from "./store.js";
import { indexOf, NOTHING, withEarlier, withEvent, withLater, type Held, type Page } from "./window.js";
import type { Part } from "./wire.js";

/** A page of history. */
const PAGE = 50;

export interface ConversationView {
  readonly conversation: string;
  /** `not found`: missing, foreign, or the person is no member any more. `ended`: the person has signed out. */
  readonly state: "loading" | "open" | "not found" | "ended";
  readonly kind: Kind;
  /** Its title; of a direct conversation how the other person is called. */
  readonly title: string;
  /** The other person of a direct conversation; else empty. */
  readonly other: string;
  readonly link: string;
  readonly item: Item | null;
  readonly archived: boolean;
  readonly members: readonly string[];
  readonly owners: readonly string[];
  /** Of a thread: the message that the replies stand under. */
  readonly root: Message | null;
  /** What is loaded, in ascending number, without a gap between the first and the last; at most 500. */
  readonly messages: readonly Message[];
  /** Whether there is more before the first message, and after the last. */
  readonly earlier: boolean;
  readonly later: boolean;
  /** The first message that was unread when it was opened; 0 for none. It does not move while it is open. */
  readonly unreadFrom: number;
  /** How many messages the conversation has had. */
  readonly number: number;
  readonly outgoing: readonly Outgoing[];
  readonly connection: Connection | null;
}

/** What a conversation needs of its tab. */
export interface ConversationParts extends OutboxParts {
  /** Follows the log from a revision; the answer ends that. */
  readonly watch: (after: number, take: (part: Part) => void) => () => void;
  /** Who is signed in, and how people are called. */
  readonly person: string;
  readonly name: (person: string) => string;
  /** The root, for a thread; 0 for the whole conversation. */
  readonly thread?: number;
  /** Messages on their way; its own if left out. */
  readonly outbox?: Outbox;
  /** A message was sent from here, or arrived. */
  readonly sent?: () => void;
  readonly arrived?: (message: Message) => void;
  /** What is on screen may count as viewed now that did not before: the person has gone to the end. */
  readonly reached?: () => void;
  /** It was closed. */
  readonly closed?: () => void;
}

/** What is shown of a conversation before anything of it has come. */
export const loadingView = (conversation: string, outgoing: readonly Outgoing[] = []): ConversationView => ({
  conversation,
  state: "loading",
  kind: "group",
  title: "",
  other: "",
  link: "",
  item: null,
  archived: false,
  members: [],
  owners: [],
  root: null,
  ...NOTHING,
  unreadFrom: 0,
  number: 0,
  outgoing,
  connection: null,
});

export class OpenConversation {
  readonly conversation: string;
  readonly #parts: ConversationParts;
  readonly #thread: number;
  readonly #outbox: Outbox;
  readonly #cell: Cell<ConversationView>;
  readonly #unsubscribe: () => void;
  #position = 0;
  #from = Number.POSITIVE_INFINITY;
  #unwatch: (() => void) | null = null;
  #closed = false;
  /** The person was last seen reading at the beginning of what is held. */
  #readsFirst = false;
  /** Events that came while a page was on its way: the page may be older. */
  #meanwhile: LogEvent[] = [];
  #loading = 0;
  #pending: Promise<void> | null = null;
  /** Rises with each jump: a page that was asked for before it is of no use. */
  #jump = 0;

  constructor(conversation: string, parts: ConversationParts) {
    this.conversation = conversation;
    this.#parts = parts;
    this.#thread = parts.thread ?? 0;
    this.#outbox = parts.outbox ?? new Outbox(conversation, parts);
    this.#cell = new Cell(loadingView(conversation, this.#outbox.view.value));
    this.#unsubscribe = this.#outbox.view.subscribe((outgoing) => {
      this.#change({ outgoing });
      // An answer may come after the log was read past its message: then no event takes it away.
      if (!this.#closed && this.#view.state === "open") this.#outbox.readTo(this.#view.number);
    });
  }

  get view(): Store<ConversationView> {
    return this.#cell;
  }

  /**
   * Loads the page around a message, and follows from then on.
   *
   * @param around the message to open at, for example the first unread one; 0 for the end.
   * @param unreadFrom the first unread message; 0 for none.
   */
  async open(around = 0, unreadFrom = 0): Promise<void> {
    const { messaging } = this.#parts.services;
    const jump = ++this.#jump;
    try {
      await repeated(
        this.#parts.clock,
        Number.POSITIVE_INFINITY,
        async () => {
          const conversation = answered(await messaging.getConversation({ conversation: this.conversation }));
          // The position is of before the pages: what is written meanwhile comes by the stream too, and is folded once.
          const position = Number(conversation.revision);
          const number = Number(conversation.number);
          const [held, root] = await Promise.all([this.#around(around, number), this.#root()]);
          if (this.#closed || jump !== this.#jump) return;
          this.#position = position;
          this.#readsFirst = false;
          this.#from = held.earlier ? (held.messages[0]?.number ?? 0) : 0;
          this.#outbox.readTo(number);
          this.#outbox.delivered(held.messages.map((one) => one.clientKey));
          const properties = propertiesOf(conversation, this.#parts.person, this.#parts.name);
          this.#change({ state: "open", ...properties, owners: conversation.owners, ...held, root, unreadFrom, number });
          this.#follow();
        },
        () => !this.#closed && jump === this.#jump,
      );
    } catch {
      if (jump === this.#jump) this.#change({ state: "not found", ...NOTHING, root: null });
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unwatch?.();
    this.#unsubscribe();
    this.#parts.closed?.();
  }

  /**
   * From this number on the person has had everything before them, without a gap: what lies between an older unread
   * message and a place that was jumped to was not seen.
   */
  get from(): number {
    return this.#from;
  }

  /** Ends it and forgets what it shows: the person has signed out. */
  end(): void {
    this.#outbox.clear();
    this.#change({ state: "ended", ...NOTHING, root: null, title: "", other: "", members: [], owners: [], outgoing: [] });
    this.close();
  }

  /** Loads the page before the first message. Called twice it loads once. */
  loadEarlier(): Promise<void> {
    const first = this.#view.messages[0]?.number;
    if (first === undefined || !this.#view.earlier) return Promise.resolve();
    return this.#once(async () => {
      const lay = (held: Held, page: Page): Held => {
        // New messages may have pushed the first ones out meanwhile: then the page does not fit any more.
        if (held.messages[0]?.number !== first) return held;
        const next = withEarlier(held, page);
        if (this.#from >= first) this.#from = next.earlier ? (next.messages[0]?.number ?? 0) : 0;
        return next;
      };
      await this.#load(true, () => this.#page({ beforeNumber: BigInt(first) }), lay);
    });
  }

  /** Loads the page after the last message. Called twice it loads once. */
  loadLater(): Promise<void> {
    const last = this.#view.messages.at(-1)?.number;
    if (last === undefined || !this.#view.later) return Promise.resolve();
    return this.#once(async () => {
      await this.#load(false, () => this.#page({ afterNumber: BigInt(last) }), withLater);
    });
  }

  /** Shows the end of the conversation, wherever the view is now. */
  async jumpToLatest(): Promise<void> {
    this.#readsFirst = false;
    if (this.#view.later) await this.#jumpTo(0);
    // It is the person's word that everything before is viewed.
    this.#from = 0;
    this.#parts.reached?.();
  }

  /** Shows a message with what stands around it; nothing is loaded if it is held already. */
  async jumpTo(number: number): Promise<void> {
    if (indexOf(this.#view.messages, number) < 0) await this.#jumpTo(number);
  }

  /**
   * Sends a message: it is shown at once, repeated with the same key while that can help, and marked as failed when
   * it cannot.
   */
  send(
    pieces: readonly Piece[],
    options: { readonly thread?: number; readonly attachments?: readonly Attachment[] } = {},
  ): string {
    this.#parts.sent?.();
    return this.#outbox.send(pieces, options.thread ?? this.#thread, options.attachments);
  }

  /** Tries a failed message again, with its own key: it cannot be written twice. */
  retry(clientKey: string): void {
    this.#outbox.retry(clientKey);
  }

  /** Forgets a failed message. */
  discard(clientKey: string): void {
    this.#outbox.discard(clientKey);
  }

  /** Replaces the text of an own message, and what is attached to it if that is said. */
  async edit(number: number, pieces: readonly Piece[], attachments?: readonly Attachment[]): Promise<void> {
    const held = this.#view.messages[indexOf(this.#view.messages, number)]?.attachments ?? [];
    const change = { conversation: this.conversation, clientKey: this.#parts.newKey(), number: BigInt(number) };
    const request = { ...change, ...contentOf(pieces), attachments: (attachments ?? held).map(wireAttachment) };
    await repeated(this.#parts.clock, CHANGE_MS, () => this.#parts.services.messaging.editMessage(request));
  }

  /** Deletes an own message. */
  async delete(number: number): Promise<void> {
    const request = { conversation: this.conversation, clientKey: this.#parts.newKey(), number: BigInt(number) };
    await repeated(this.#parts.clock, CHANGE_MS, () => this.#parts.services.messaging.deleteMessage(request));
  }

  get #view(): ConversationView {
    return this.#cell.value;
  }

  #change(change: Partial<ConversationView>): void {
    if (!this.#closed) this.#cell.set({ ...this.#view, ...change });
  }

  #follow(): void {
    this.#unwatch?.();
    this.#unwatch = this.#parts.watch(this.#position, (part) => {
      if (part.is === "connection") {
        this.#change({ connection: part.connection });
        if (part.connection.state === "ended") this.#change({ state: "not found", ...NOTHING, root: null });
      } else if (part.is === "events") this.#fold(part.events);
      else if (part.is === "reset") void this.#reload();
    });
  }

  /** The position is too old for the log: what is shown is read again. */
  async #reload(): Promise<void> {
    this.#unwatch?.();
    this.#unwatch = null;
    const { later, messages, unreadFrom } = this.#view;
    await this.open(later ? (messages[Math.floor(messages.length / 2)]?.number ?? 0) : 0, unreadFrom);
  }

  #fold(events: readonly LogEvent[]): void {
    let { title, link, archived, members, owners, number, root } = this.#view;
    let held: Held = this.#view;
    for (const event of events) {
      if (event.revision <= this.#position) continue;
      this.#position = event.revision;
      if (this.#loading > 0) this.#meanwhile.push(event);
      held = withEvent(held, event, this.#thread, this.#readsFirst);
      if (root) root = withEvent({ messages: [root], earlier: false, later: true }, event, 0, false).messages[0] ?? root;
      const { change } = event;
      if (change.is === "sent") {
        ({ number } = event);
        this.#outbox.delivered([change.message.clientKey]);
        this.#parts.arrived?.(change.message);
      } else if (change.is === "members") {
        const { added, removed, madeOwners, madeMembers } = change;
        members = [...new Set([...members.filter((one) => !removed.includes(one)), ...added])].sort();
        owners = [
          ...new Set([...owners.filter((one) => !removed.includes(one) && !madeMembers.includes(one)), ...madeOwners]),
        ].sort();
      } else if (change.is === "updated") ({ title, link, archived } = change);
    }
    const { messages, earlier, later } = held;
    this.#change({ messages, earlier, later, title: this.#view.other === "" ? title : this.#view.title, link, archived, members, owners, number, root });
  }

  /** One page at a time: who asks again meanwhile waits for the same. */
  #once(load: () => Promise<void>): Promise<void> {
    this.#pending ??= load().finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  async #jumpTo(number: number): Promise<void> {
    this.#jump++;
    const lay = (_: Held, found: Held): Held => {
      this.#jump++;
      this.#from = found.earlier ? (found.messages[0]?.number ?? 0) : 0;
      return found;
    };
    await this.#load(false, () => this.#around(number, this.#view.number), lay);
  }

  /** Reads, and lays over it what has happened meanwhile. */
  async #load<T>(atFirst: boolean, read: () => Promise<T>, lay: (held: Held, read: T) => Held): Promise<void> {
    const jump = this.#jump;
    this.#loading++;
    try {
      const answer = await read();
      if (this.#closed || jump !== this.#jump) return;
      let held = lay(this.#view, answer);
      this.#readsFirst = atFirst;
      for (const event of this.#meanwhile) held = withEvent(held, event, this.#thread, atFirst);
      const { messages, earlier, later } = held;
      this.#change({ messages, earlier, later });
    } finally {
      if (--this.#loading === 0) this.#meanwhile = [];
    }
  }

  async #page(where: { beforeNumber: bigint } | { afterNumber: bigint }): Promise<Page> {
    const page = await this.#parts.services.messaging.listMessages({
      conversation: this.conversation,
      pageSize: PAGE,
      thread: BigInt(this.#thread),
      ...where,
    });
    return { messages: page.messages.map(messageOf), more: page.more };
  }

  async #around(number: number, last: number): Promise<Held> {
    if (number === 0 || number > last) {
      const page = await this.#page({ beforeNumber: END });
      return { messages: page.messages, earlier: page.more, later: false };
    }
    const none: Page = { messages: [], more: false };
    const [before, after] = await Promise.all([
      number > 1 ? this.#page({ beforeNumber: BigInt(number) }) : none,
      this.#page({ afterNumber: BigInt(number - 1) }),
    ]);
    return { messages: [...before.messages, ...after.messages], earlier: before.more, later: after.more };
  }

  async #root(): Promise<Message | null> {
    if (this.#thread === 0) return null;
    const page = await this.#parts.services.messaging.listMessages({
      conversation: this.conversation,
      afterNumber: BigInt(this.#thread - 1),
      pageSize: 1,
    });
    const root = page.messages[0];
    return root && Number(root.number) === this.#thread ? messageOf(root) : null;
  }
}
