/** What a person does that needs no open conversation. A change is repeated with its own key while that can help. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock } from "./clock.js";
import { answered, propertiesOf, trialOf } from "./convert.js";
import {
  History as WireHistory,
  Role as WireRole,
  type Conversation as WireConversation,
} from "./gen/conversations/messaging/v1/messaging_pb.js";
import { Surface, type Explanation } from "./gen/conversations/notifier/v1/notifier_pb.js";
import { Status } from "./gen/conversations/presence/v1/presence_pb.js";
import { versionOf } from "./messages.js";
import type { Details, History, Item, Role, Trial, Version } from "./model.js";
import { CHANGE_MS, repeated } from "./repeat.js";
import type { Services } from "./transport.js";

const ROLES = { member: WireRole.MEMBER, owner: WireRole.OWNER } as const;
const HISTORIES = { all: WireHistory.ALL, "since joining": WireHistory.SINCE_JOINING } as const;
const SURFACES = { banner: Surface.BANNER, browser: Surface.BROWSER, push: Surface.PUSH } as const;
const STATUSES = { away: Status.AWAY, "do not disturb": Status.DO_NOT_DISTURB, offline: Status.OFFLINE } as const;

export interface VerbParts {
  readonly services: Services;
  readonly clock: Clock;
  /** Who is signed in. */
  readonly person: string;
  /** How a person is called. */
  readonly name: (person: string) => string;
  /** This browser, as presence and the notifier know it. */
  readonly client: string;
  readonly device: string;
  /** A new key, unique for ever. */
  readonly newKey: () => string;
  /** The person has changed what lists show. */
  readonly changed: () => void;
}

export class Verbs {
  readonly #parts: VerbParts;

  constructor(parts: VerbParts) {
    this.#parts = parts;
  }

  /** Gets or creates the direct conversation with a person. */
  async createDirect(person: string): Promise<string> {
    const { messaging } = this.#parts.services;
    return this.#created(await this.#again(() => messaging.createDirectConversation({ person })));
  }

  /** Creates a group of the caller and these people. */
  async createGroup(title: string, members: readonly string[], history: History = "all"): Promise<string> {
    const request = { clientKey: this.#parts.newKey(), title, members: [...members], history: HISTORIES[history] };
    return this.#created(await this.#again(() => this.#parts.services.messaging.createGroupConversation(request)));
  }

  /** Gets or creates the conversation about an item. If it exists, title, link and members stay as they are. */
  async openItem(
    item: Item,
    { title, link = "", members = [] }: { title: string; link?: string; members?: readonly string[] },
  ): Promise<string> {
    const request = { item, title, link, members: [...members] };
    return this.#created(await this.#again(() => this.#parts.services.messaging.openItemConversation(request)));
  }

  /** Reads a conversation with all its members and owners. */
  async details(conversation: string): Promise<Details> {
    const found = answered(await this.#parts.services.messaging.getConversation({ conversation }));
    return {
      ...propertiesOf(found, this.#parts.person, this.#parts.name),
      conversation,
      owners: found.owners,
      history: found.history === WireHistory.SINCE_JOINING ? "since joining" : "all",
      createdAtMs: Number(found.createdAtMs),
      joinedNumber: Number(found.joinedNumber),
    };
  }

  /** Adds people; their unread messages count from here on. */
  async addMembers(conversation: string, members: readonly string[], role: Role = "member"): Promise<void> {
    await this.#change(conversation, (change) =>
      this.#parts.services.messaging.addMembers({ ...change, members: [...members], role: ROLES[role] }),
    );
  }

  /** Removes people; owners may. */
  async removeMembers(conversation: string, members: readonly string[]): Promise<void> {
    await this.#change(conversation, (change) =>
      this.#parts.services.messaging.removeMembers({ ...change, members: [...members] }),
    );
  }

  /** Leaves a group or item conversation. */
  async leave(conversation: string): Promise<void> {
    await this.#change(conversation, (change) => this.#parts.services.messaging.leaveConversation(change));
  }

  /** Makes a member an owner, or an owner a member; owners may. */
  async setRole(conversation: string, person: string, role: Role): Promise<void> {
    await this.#change(conversation, (change) =>
      this.#parts.services.messaging.setRole({ ...change, person, role: ROLES[role] }),
    );
  }

  /** Renames a group; owners may. */
  async rename(conversation: string, title: string): Promise<void> {
    await this.#change(conversation, (change) => this.#parts.services.messaging.updateConversation({ ...change, title }));
  }

  /** Closes a conversation for writing, or opens it again; owners may. */
  async archive(conversation: string, archived = true): Promise<void> {
    await this.#change(conversation, (change) =>
      this.#parts.services.messaging.updateConversation({ ...change, archived }),
    );
  }

  /** Sets what joiners see of its past; owners may. */
  async setHistory(conversation: string, history: History): Promise<void> {
    await this.#change(conversation, (change) =>
      this.#parts.services.messaging.updateConversation({ ...change, history: HISTORIES[history] }),
    );
  }

  /** Gives a conversation the caller's star, or takes it away. */
  async star(conversation: string, starred = true): Promise<void> {
    await this.#again(() => this.#parts.services.messaging.setStar({ conversation, starred }));
    this.#parts.changed();
  }

  /** What a message has said, from its first version to the present one; none where the caller may not know. */
  async versions(conversation: string, number: number): Promise<Version[]> {
    const request = { conversation, number: BigInt(number) };
    const answer = await this.#found(() => this.#parts.services.messaging.listVersions(request));
    return answer?.versions.map(versionOf) ?? [];
  }

  /** Why and how the caller was told of a message, or was not; null if nothing is known of it (any more). */
  async explain(conversation: string, number: number): Promise<Explanation | null> {
    const request = { conversation, number: BigInt(number) };
    const answer = await this.#found(() => this.#parts.services.notifier.explainAlert(request));
    return answer?.explanation ?? null;
  }

  /**
   * Tries a surface and tells what happened, for each tab or device.
   *
   * @param everywhere a banner or browser notification on all browsers of the caller, not only on this one.
   * @throws ConnectError with `Code.ResourceExhausted` if it was tried less than 2 s ago.
   */
  async testNotification(surface: "banner" | "browser" | "push", everywhere = false): Promise<Trial[]> {
    const client = everywhere || surface === "push" ? "" : this.#parts.client;
    const { trials } = await this.#parts.services.notifier.testNotification({ surface: SURFACES[surface], client });
    return trials.map((trial) => trialOf(trial, [this.#parts.client, this.#parts.device]));
  }

  /** Chooses the caller's own status until a time, ms since 1970 UTC (0: until it is changed); null derives it again. */
  async setStatus(status: keyof typeof STATUSES | null, untilMs = 0): Promise<void> {
    const wire = status === null ? Status.UNSPECIFIED : STATUSES[status];
    await this.#again(() => this.#parts.services.presence.setStatus({ status: wire, untilMs: BigInt(untilMs) }));
  }

  #created({ conversation }: { conversation?: WireConversation | undefined }): string {
    this.#parts.changed();
    return conversation?.conversation ?? "";
  }

  async #change(
    conversation: string,
    call: (change: { conversation: string; clientKey: string }) => Promise<unknown>,
  ): Promise<void> {
    const change = { conversation, clientKey: this.#parts.newKey() };
    await this.#again(() => call(change));
    this.#parts.changed();
  }

  #again<T>(call: () => Promise<T>): Promise<T> {
    return repeated(this.#parts.clock, CHANGE_MS, call);
  }

  async #found<T>(call: () => Promise<T>): Promise<T | null> {
    try {
      return await call();
    } catch (error) {
      if (ConnectError.from(error).code === Code.NotFound) return null;
      throw error;
    }
  }
}
