/** Messages on their way, of one conversation or thread: in order, each until the log has it or the person gives up. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock } from "./clock.js";
import type { Attachment, Outgoing } from "./model.js";
import { contentOf, wordsOf, type Piece } from "./pieces.js";
import { repeated } from "./repeat.js";
import { Cell, type Store } from "./store.js";
import type { Services } from "./transport.js";
import type { Unsent, UnsentMessages } from "./unsent.js";

/** A send is repeated by itself for this long; then the person decides, ms. */
const PATIENCE_MS = 60_000;
/** What a page has left behind is sent by the next one if it was written no longer ago, ms; else the person decides. */
const RESUME_MS = 600_000;
const LEFT_BEHIND = "the page was closed before it was sent";

export interface OutboxParts {
  readonly services: Pick<Services, "messaging">;
  readonly clock: Clock;
  /** A new key for a message, unique for ever. */
  readonly newKey: () => string;
  /** Where it is kept until the log has it. */
  readonly unsent: Pick<UnsentMessages, "all" | "keep" | "has" | "drop">;
}

interface Send {
  readonly message: Unsent;
  /** Whether the browser keeps it too. */
  kept: boolean;
  untilMs: number;
}

export class Outbox {
  readonly #conversation: string;
  readonly #view: number;
  readonly #parts: OutboxParts;
  readonly #cell = new Cell<readonly Outgoing[]>([]);
  readonly #sends = new Map<string, Send>();
  /** One after the other: what is written first must come first. */
  #turn: Promise<void> = Promise.resolve();

  /** @param view the root of the thread in whose view it is written; 0 for the whole conversation. */
  constructor(conversation: string, parts: OutboxParts, view = 0) {
    this.#conversation = conversation;
    this.#view = view;
    this.#parts = parts;
    for (const left of parts.unsent.all()) {
      if (left.conversation === conversation && left.view === view) this.#resume(left);
    }
  }

  get view(): Store<readonly Outgoing[]> {
    return this.#cell;
  }

  send(pieces: readonly Piece[], thread = 0, attachments: readonly Attachment[] = []): string {
    const { newKey, clock, unsent } = this.#parts;
    const clientKey = newKey();
    const about = { clientKey, conversation: this.#conversation, view: this.#view, thread, pieces, attachments };
    const message: Unsent = { ...about, atMs: clock.now(), place: this.#sends.size, why: "" };
    this.#add(message, unsent.keep(message));
    return clientKey;
  }

  /** Tries a failed message again, with its own key: it cannot be written twice. */
  retry(clientKey: string): void {
    const send = this.#sends.get(clientKey);
    if (send === undefined || this.#state(clientKey) !== "failed") return;
    send.untilMs = this.#parts.clock.now() + PATIENCE_MS;
    send.kept = this.#parts.unsent.keep({ ...send.message, atMs: this.#parts.clock.now(), why: "" });
    this.#mark(clientKey, { state: "sending", why: "" });
    this.#queue(clientKey);
  }

  /** Forgets a failed message. */
  discard(clientKey: string): void {
    if (this.#state(clientKey) === "failed") this.delivered([clientKey]);
  }

  /** The log has these: they are shown from there. */
  delivered(clientKeys: readonly string[]): void {
    if (!this.#cell.value.some((one) => clientKeys.includes(one.clientKey))) return;
    for (const key of clientKeys) this.#forget(key);
    this.#cell.set(this.#cell.value.filter((one) => !clientKeys.includes(one.clientKey)));
  }

  /** The log is read up to this number: what is known to be in it is shown from there. */
  readTo(number: number): void {
    this.delivered(
      this.#cell.value.filter((one) => one.state === "sent" && one.number <= number).map((one) => one.clientKey),
    );
  }

  /** Forgets everything; what is not sent yet will not be. */
  clear(): void {
    for (const key of [...this.#sends.keys()]) this.#forget(key);
    this.#cell.set([]);
  }

  /** An earlier page has left this behind. */
  #resume(left: Unsent): void {
    // A clock that was set back says nothing of its age.
    const ageMs = Math.abs(this.#parts.clock.now() - left.atMs);
    const message = left.why === "" && ageMs > RESUME_MS ? { ...left, why: LEFT_BEHIND } : left;
    // Nobody may look at it here: it is tried for as long as a further page would.
    this.#add(message, true, Math.max(PATIENCE_MS, RESUME_MS - ageMs));
  }

  #add(message: Unsent, kept: boolean, patienceMs = PATIENCE_MS): void {
    const { clientKey, pieces, thread, atMs, why } = message;
    this.#sends.set(clientKey, { message, kept, untilMs: this.#parts.clock.now() + patienceMs });
    const state = why === "" ? "sending" : "failed";
    this.#cell.set([...this.#cell.value, { clientKey, text: wordsOf(pieces), thread, atMs, number: 0, state, why }]);
    if (why === "") this.#queue(clientKey);
  }

  #forget(clientKey: string): void {
    if (this.#sends.delete(clientKey)) this.#parts.unsent.drop(clientKey);
  }

  #queue(clientKey: string): void {
    this.#turn = this.#turn.then(() => this.#deliver(clientKey));
  }

  /** Not what was taken away meanwhile, here or by another tab. */
  #wanted(clientKey: string): boolean {
    const send = this.#sends.get(clientKey);
    return send !== undefined && (!send.kept || this.#parts.unsent.has(clientKey));
  }

  async #deliver(clientKey: string): Promise<void> {
    const send = this.#sends.get(clientKey);
    if (send === undefined || !this.#wanted(clientKey)) {
      this.delivered([clientKey]);
      return;
    }
    const { services, clock, unsent } = this.#parts;
    const { thread, attachments, pieces } = send.message;
    try {
      const { number } = await repeated(
        clock,
        send.untilMs - clock.now(),
        () =>
          services.messaging.sendMessage({
            conversation: this.#conversation,
            clientKey,
            thread: BigInt(thread),
            attachments: attachments.map(wireAttachment),
            ...contentOf(pieces),
          }),
        () => this.#wanted(clientKey),
      );
      unsent.drop(clientKey);
      // The event takes it away; it may have come before the answer.
      this.#mark(clientKey, { state: "sent", number: Number(number) });
    } catch (error) {
      const { rawMessage, code } = ConnectError.from(error);
      const why = rawMessage || Code[code];
      if (!this.#wanted(clientKey)) {
        this.delivered([clientKey]);
        return;
      }
      send.kept = unsent.keep({ ...send.message, why });
      this.#mark(clientKey, { state: "failed", why });
    }
  }

  #state(clientKey: string): Outgoing["state"] | undefined {
    return this.#cell.value.find((one) => one.clientKey === clientKey)?.state;
  }

  #mark(clientKey: string, change: Partial<Outgoing>): void {
    this.#cell.set(this.#cell.value.map((one) => (one.clientKey === clientKey ? { ...one, ...change } : one)));
  }
}

export const wireAttachment = ({ id, name, mediaType, sizeBytes, url }: Attachment) => ({
  id,
  name,
  type: mediaType,
  sizeBytes: BigInt(sizeBytes),
  url,
});
