/** One open conversation: history by page in both directions, live events, and messages that are on their way. */
import { ConnectError } from "@connectrpc/connect";
import type { Clock } from "./clock.js";
import { changedBy, messageOf } from "./messages.js";
import type { Connection, LogEvent, Message, Outgoing } from "./model.js";
import { Cell, type Store } from "./store.js";
import { mayRepeat, type Services } from "./transport.js";
import type { Part } from "./wire.js";

/** A page of history. */
const PAGE = 50;
/** A send is repeated by itself for this long; then the person decides, ms. */
const PATIENCE_MS = 60_000;
/** The longest wait between two tries of a send, ms. */
const LONGEST_WAIT_MS = 5_000;

/** A piece of a message: text, or a mention with the words it is shown as. */
export type Piece = string | { readonly person: string; readonly label: string } | { readonly everyone: string };

export interface ConversationView {
  readonly conversation: string;
  readonly state: "loading" | "open" | "not found";
  readonly title: string;
  readonly link: string;
  readonly archived: boolean;
  readonly members: readonly string[];
  /** What is loaded, in ascending number, without a gap between the first and the last. */
  readonly messages: readonly Message[];
  /** Whether there is more before the first message, and after the last. */
  readonly earlier: boolean;
  readonly later: boolean;
  readonly outgoing: readonly Outgoing[];
  readonly connection: Connection | null;
}

/** What a conversation needs of its tab. */
export interface ConversationParts {
  readonly services: Pick<Services, "messaging">;
  readonly clock: Clock;
  /** Follows the log from a revision; the answer ends that. */
  readonly watch: (after: number, take: (part: Part) => void) => () => void;
  /** A new key for a message, unique for ever. */
  readonly newKey: () => string;
}

export class OpenConversation {
  readonly conversation: string;
  readonly #parts: ConversationParts;
  readonly #cell: Cell<ConversationView>;
  readonly #sends = new Map<string, { pieces: readonly Piece[]; thread: number }>();
  #position = 0;
  #unwatch: (() => void) | null = null;
  #closed = false;

  constructor(conversation: string, parts: ConversationParts) {
    this.conversation = conversation;
    this.#parts = parts;
    this.#cell = new Cell<ConversationView>({
      conversation,
      state: "loading",
      title: "",
      link: "",
      archived: false,
      members: [],
      messages: [],
      earlier: false,
      later: false,
      outgoing: [],
      connection: null,
    });
  }

  get view(): Store<ConversationView> {
    return this.#cell;
  }

  /**
   * Loads the page around a message, and follows from then on.
   *
   * @param around the message to open at, for example the first unread one; 0 for the end.
   */
  async open(around = 0): Promise<void> {
    const { messaging } = this.#parts.services;
    let pause = 250;
    for (;;) {
      try {
        const { conversation } = await messaging.getConversation({ conversation: this.conversation });
        if (conversation === undefined) throw new Error("an answer without a conversation");
        // The position is of before the pages: what is written meanwhile comes by the stream too, and is folded once.
        const position = Number(conversation.revision);
        const last = Number(conversation.number);
        const pages = await this.#around(around, last);
        if (this.#closed) return;
        this.#position = position;
        this.#change({
          state: "open",
          title: conversation.title,
          link: conversation.link,
          archived: conversation.archived,
          members: conversation.members,
          ...pages,
        });
        this.#follow();
        return;
      } catch (error) {
        if (this.#closed) return;
        if (!mayRepeat(error)) {
          this.#change({ state: "not found" });
          return;
        }
        await this.#wait(this.#parts.clock.random() * pause);
        pause = Math.min(2 * pause, LONGEST_WAIT_MS);
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#unwatch?.();
  }

  /** Loads the page before the first message. */
  async loadEarlier(): Promise<void> {
    const first = this.#view.messages[0]?.number;
    if (first === undefined || !this.#view.earlier) return;
    const page = await this.#page({ beforeNumber: BigInt(first) });
    if (this.#view.messages[0]?.number !== first) return;
    this.#change({ messages: [...page.messages, ...this.#view.messages], earlier: page.more });
  }

  /** Loads the page after the last message. */
  async loadLater(): Promise<void> {
    const last = this.#view.messages.at(-1)?.number;
    if (last === undefined || !this.#view.later) return;
    const page = await this.#page({ afterNumber: BigInt(last) });
    if (this.#view.messages.at(-1)?.number !== last) return;
    this.#change({ messages: [...this.#view.messages, ...page.messages], later: page.more });
  }

  /** Shows the end of the conversation, wherever the view is now. */
  async jumpToLatest(): Promise<void> {
    if (!this.#view.later) return;
    const page = await this.#page({ beforeNumber: BigInt(Number.MAX_SAFE_INTEGER) });
    this.#change({ messages: page.messages, earlier: page.more, later: false });
  }

  /**
   * Sends a message: it is shown at once, repeated with the same key while that can help, and marked as failed when
   * it cannot.
   */
  send(pieces: readonly Piece[], options: { readonly thread?: number } = {}): string {
    const clientKey = this.#parts.newKey();
    const thread = options.thread ?? 0;
    this.#sends.set(clientKey, { pieces, thread });
    const text = pieces.map(textOf).join("");
    const atMs = this.#parts.clock.now();
    const outgoing: Outgoing = { clientKey, text, thread, atMs, state: "sending", why: "" };
    this.#change({ outgoing: [...this.#view.outgoing, outgoing] });
    void this.#deliver(clientKey);
    return clientKey;
  }

  /** Tries a failed message again, with its own key: it cannot be written twice. */
  retry(clientKey: string): void {
    if (this.#view.outgoing.find((one) => one.clientKey === clientKey)?.state !== "failed") return;
    this.#mark(clientKey, { state: "sending", why: "" });
    void this.#deliver(clientKey);
  }

  /** Forgets a failed message. */
  discard(clientKey: string): void {
    if (this.#view.outgoing.find((one) => one.clientKey === clientKey)?.state !== "failed") return;
    this.#sends.delete(clientKey);
    this.#change({ outgoing: this.#view.outgoing.filter((one) => one.clientKey !== clientKey) });
  }

  /** Replaces the text of an own message. */
  async edit(number: number, pieces: readonly Piece[]): Promise<void> {
    const clientKey = this.#parts.newKey();
    await this.#repeated(() =>
      this.#parts.services.messaging.editMessage({
        conversation: this.conversation,
        clientKey,
        number: BigInt(number),
        ...contentOf(pieces),
      }),
    );
  }

  /** Deletes an own message. */
  async delete(number: number): Promise<void> {
    const clientKey = this.#parts.newKey();
    await this.#repeated(() =>
      this.#parts.services.messaging.deleteMessage({
        conversation: this.conversation,
        clientKey,
        number: BigInt(number),
      }),
    );
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
        this.#change({ connection: part.connection, ...(part.connection.state === "ended" ? { state: "not found" } : {}) });
      } else if (part.is === "events") this.#fold(part.events);
      else if (part.is === "reset") void this.#reload();
    });
  }

  /** The position is too old for the log: what is shown is read again. */
  async #reload(): Promise<void> {
    this.#unwatch?.();
    this.#unwatch = null;
    await this.open(this.#view.later ? (this.#view.messages[0]?.number ?? 0) : 0);
  }

  #fold(events: readonly LogEvent[]): void {
    let { messages, outgoing, later, title, link, archived, members } = this.#view;
    for (const event of events) {
      if (event.revision <= this.#position) continue;
      this.#position = event.revision;
      const { change } = event;
      if (change.is === "sent") {
        const { message } = change;
        outgoing = outgoing.filter((one) => one.clientKey !== message.clientKey || this.#forget(one.clientKey));
        const last = messages.at(-1)?.number;
        if (message.thread > 0) {
          messages = messages.map((one) => (one.number === message.thread ? { ...one, replies: one.replies + 1 } : one));
        }
        if (!later && (last === undefined || message.number === last + 1)) messages = [...messages, message];
        else if (last === undefined || message.number > last) later = true;
      } else if (change.is === "edited" || change.is === "deleted") {
        messages = messages.map((message) => changedBy(message, event));
      } else if (change.is === "members") {
        members = [...members.filter((one) => !change.removed.includes(one)), ...change.added].sort();
      } else if (change.is === "updated") ({ title, link, archived } = change);
    }
    this.#change({ messages, outgoing, later, title, link, archived, members });
  }

  #forget(clientKey: string): false {
    this.#sends.delete(clientKey);
    return false;
  }

  async #deliver(clientKey: string): Promise<void> {
    const send = this.#sends.get(clientKey);
    if (send === undefined) return;
    try {
      await this.#repeated(() =>
        this.#parts.services.messaging.sendMessage({
          conversation: this.conversation,
          clientKey,
          thread: BigInt(send.thread),
          ...contentOf(send.pieces),
        }),
      );
      // The event takes it away; it may have come before the answer.
      this.#mark(clientKey, { state: "sent" });
    } catch (error) {
      this.#mark(clientKey, { state: "failed", why: ConnectError.from(error).rawMessage });
    }
  }

  async #repeated<T>(call: () => Promise<T>): Promise<T> {
    const { clock } = this.#parts;
    const end = clock.now() + PATIENCE_MS;
    let pause = 250;
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!mayRepeat(error) || clock.now() >= end) throw error;
      }
      await this.#wait(clock.random() * pause);
      pause = Math.min(2 * pause, LONGEST_WAIT_MS);
    }
  }

  #mark(clientKey: string, change: Partial<Outgoing>): void {
    const outgoing = this.#view.outgoing.map((one) => (one.clientKey === clientKey ? { ...one, ...change } : one));
    this.#change({ outgoing });
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#parts.clock.later(ms, resolve));
  }

  async #page(where: { beforeNumber: bigint } | { afterNumber: bigint }): Promise<{ messages: Message[]; more: boolean }> {
    const page = await this.#parts.services.messaging.listMessages({
      conversation: this.conversation,
      pageSize: PAGE,
      ...where,
    });
    return { messages: page.messages.map(messageOf), more: page.more };
  }

  async #around(number: number, last: number): Promise<Pick<ConversationView, "messages" | "earlier" | "later">> {
    if (number === 0 || number > last) {
      const page = await this.#page({ beforeNumber: BigInt(Number.MAX_SAFE_INTEGER) });
      return { messages: page.messages, earlier: page.more, later: false };
    }
    const before = number > 1 ? await this.#page({ beforeNumber: BigInt(number) }) : { messages: [], more: false };
    const after = await this.#page({ afterNumber: BigInt(number - 1) });
    return { messages: [...before.messages, ...after.messages], earlier: before.more, later: after.more };
  }
}

function textOf(piece: Piece): string {
  if (typeof piece === "string") return piece;
  return `@${"person" in piece ? piece.label : piece.everyone}`;
}

/** Text alone as text; with mentions as parts, which the server makes into text and positions. */
function contentOf(pieces: readonly Piece[]) {
  if (pieces.every((piece) => typeof piece === "string")) return { text: pieces.join("") };
  return {
    parts: pieces.map((piece) => {
      if (typeof piece === "string") return { part: { case: "text" as const, value: piece } };
      if ("person" in piece) return { part: { case: "person" as const, value: piece } };
      return { part: { case: "everyone" as const, value: { label: piece.everyone } } };
    }),
  };
}
