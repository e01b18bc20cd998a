/** Messages on their way, of one conversation or thread: in order, each until the log has it or the person gives up. */
import { ConnectError } from "@connectrpc/connect";
import type { Clock } from "./clock.js";
import type { Attachment, Outgoing } from "./model.js";
import { contentOf, wordsOf, type Piece } from "./pieces.js";
import { repeated } from "./repeat.js";
import { Cell, type Store } from "./store.js";
import type { Services } from "./transport.js";

/** A send is repeated by itself for this long; then the person decides, ms. */
const PATIENCE_MS = 60_000;

export interface OutboxParts {
  readonly services: Pick<Services, "messaging">;
  readonly clock: Clock;
  /** A new key for a message, unique for ever. */
  readonly newKey: () => string;
}

interface Send {
  readonly pieces: readonly Piece[];
  readonly thread: number;
  readonly attachments: readonly Attachment[];
  untilMs: number;
}

export class Outbox {
  readonly #conversation: string;
  readonly #parts: OutboxParts;
  readonly #cell = new Cell<readonly Outgoing[]>([]);
  readonly #sends = new Map<string, Send>();
  /** One after the other: what is written first must come first. */
  #turn: Promise<void> = Promise.resolve();

  constructor(conversation: string, parts: OutboxParts) {
    this.#conversation = conversation;
    this.#parts = parts;
  }

  get view(): Store<readonly Outgoing[]> {
    return this.#cell;
  }

  send(pieces: readonly Piece[], thread = 0, attachments: readonly Attachment[] = []): string {
    const clientKey = this.#parts.newKey();
    const atMs = this.#parts.clock.now();
    this.#sends.set(clientKey, { pieces, thread, attachments, untilMs: atMs + PATIENCE_MS });
    const text = wordsOf(pieces);
    this.#cell.set([...this.#cell.value, { clientKey, text, thread, atMs, number: 0, state: "sending", why: "" }]);
    this.#queue(clientKey);
    return clientKey;
  }

  /** Tries a failed message again, with its own key: it cannot be written twice. */
  retry(clientKey: string): void {
    const send = this.#sends.get(clientKey);
    if (send === undefined || this.#state(clientKey) !== "failed") return;
    send.untilMs = this.#parts.clock.now() + PATIENCE_MS;
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
    for (const key of clientKeys) this.#sends.delete(key);
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
    this.#sends.clear();
    this.#cell.set([]);
  }

  #queue(clientKey: string): void {
    this.#turn = this.#turn.then(() => this.#deliver(clientKey));
  }

  async #deliver(clientKey: string): Promise<void> {
    const send = this.#sends.get(clientKey);
    if (send === undefined) return;
    const { services, clock } = this.#parts;
    try {
      const { number } = await repeated(
        clock,
        send.untilMs - clock.now(),
        () =>
          services.messaging.sendMessage({
            conversation: this.#conversation,
            clientKey,
            thread: BigInt(send.thread),
            attachments: send.attachments.map(wireAttachment),
            ...contentOf(send.pieces),
          }),
        () => this.#sends.has(clientKey),
      );
      // The event takes it away; it may have come before the answer.
      this.#mark(clientKey, { state: "sent", number: Number(number) });
    } catch (error) {
      this.#mark(clientKey, { state: "failed", why: ConnectError.from(error).rawMessage });
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
