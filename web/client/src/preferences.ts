/** How the person wants to be told: what holds, which of it they have chosen, and what for single conversations. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { levelOf, wireLevel } from "./convert.js";
import {
  PreferenceField,
  type Preferences as WirePreferences,
  type PreferencesSchema,
} from "./gen/conversations/notifier/v1/notifier_pb.js";
import type { Level } from "./model.js";
import { Cell, type Store } from "./store.js";
import type { Services } from "./transport.js";

export interface PreferencesView {
  /** False until they have been read. */
  readonly known: boolean;
  /** What holds: the person's choice, or else the tenant's default, or else the product's. */
  readonly effective: WirePreferences | null;
  /** Which of it the person has chosen. */
  readonly own: readonly PreferenceField[];
  readonly version: bigint;
  /** Until when the person has snoozed alerts, ms since 1970 UTC; 0 for not. May be past. */
  readonly snoozedUntilMs: number;
  /** What is chosen for single conversations; one that is missing has no choice. Muting is with the badges. */
  readonly levels: Readonly<Record<string, Level>>;
}

const UNKNOWN: PreferencesView = { known: false, effective: null, own: [], version: 0n, snoozedUntilMs: 0, levels: {} };

interface Answer {
  readonly effective?: WirePreferences | undefined;
  readonly own: PreferenceField[];
  readonly version: bigint;
}

export class Preferences {
  readonly #services: Pick<Services, "notifier">;
  readonly #cell = new Cell<PreferencesView>(UNKNOWN);

  constructor(services: Pick<Services, "notifier">) {
    this.#services = services;
  }

  get view(): Store<PreferencesView> {
    return this.#cell;
  }

  /** Reads them all; they may have been changed on another device. */
  async read(): Promise<void> {
    const { notifier } = this.#services;
    const [general, single] = await Promise.all([
      notifier.getPreferences({}),
      notifier.getConversationPreferences({}),
    ]);
    const levels = Object.fromEntries(single.preferences.map((one) => [one.conversation, levelOf(one.level)]));
    this.#cell.set({ ...this.#cell.value, levels });
    this.#take(general);
  }

  /**
   * Changes some; what is not named stays. `clear` names what the tenant's defaults are to decide again.
   *
   * @param version what was read, if others' changes must not be written over; then FAILED_PRECONDITION says so.
   */
  async change(
    preferences: MessageInitShape<typeof PreferencesSchema>,
    clear: PreferenceField[] = [],
    version = 0n,
  ): Promise<void> {
    this.#take(await this.#services.notifier.updatePreferences({ preferences, clear, version }));
  }

  /** Nothing is alerted until then, ms since 1970 UTC; 0 ends it. */
  async snooze(untilMs: number): Promise<void> {
    if (untilMs > 0) await this.change({ snoozedUntilMs: BigInt(untilMs) });
    else await this.change({}, [PreferenceField.SNOOZED_UNTIL_MS]);
  }

  /** Of which messages of a conversation the person is told; `default` forgets the choice. */
  async setLevel(conversation: string, level: Level): Promise<void> {
    await this.#services.notifier.setConversationPreference({ conversation, level: wireLevel[level] });
    const levels = Object.fromEntries(Object.entries(this.#cell.value.levels).filter(([one]) => one !== conversation));
    if (level !== "default") levels[conversation] = level;
    this.#cell.set({ ...this.#cell.value, levels });
  }

  /** Whether the person has chosen it; else a default holds. */
  isOwn(field: PreferenceField): boolean {
    return this.#cell.value.own.includes(field);
  }

  /** Forgets them: the person has signed out. */
  forget(): void {
    this.#cell.set(UNKNOWN);
  }

  #take({ effective, own, version }: Answer): void {
    // Two answers may come in the wrong order.
    if (this.#cell.value.known && version < this.#cell.value.version) return;
    const snoozedUntilMs = Number(effective?.snoozedUntilMs ?? 0n);
    this.#cell.set({ ...this.#cell.value, known: true, effective: effective ?? null, own, version, snoozedUntilMs });
  }
}
