/** How the person wants to be told: what holds, and which of it they have chosen. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  Preferences as WirePreferences,
  PreferencesSchema,
  PreferenceField,
} from "./gen/conversations/notifier/v1/notifier_pb.js";
import { Cell, type Store } from "./store.js";
import type { Services } from "./transport.js";

export interface PreferencesView {
  /** False until they have been read. */
  readonly known: boolean;
  readonly effective: WirePreferences | null;
  readonly own: readonly PreferenceField[];
  readonly version: bigint;
}

export class Preferences {
  readonly #services: Pick<Services, "notifier">;
  readonly #cell = new Cell<PreferencesView>({ known: false, effective: null, own: [], version: 0n });

  constructor(services: Pick<Services, "notifier">) {
    this.#services = services;
  }

  get view(): Store<PreferencesView> {
    return this.#cell;
  }

  /** Reads them; they may have been changed on another device. */
  async read(): Promise<void> {
    const { effective, own, version } = await this.#services.notifier.getPreferences({});
    this.#cell.set({ known: true, effective: effective ?? null, own, version });
  }

  /** Changes some; what is not named stays. `clear` names what the tenant's defaults are to decide again. */
  async change(
    preferences: MessageInitShape<typeof PreferencesSchema>,
    clear: PreferenceField[] = [],
  ): Promise<void> {
    const answer = await this.#services.notifier.updatePreferences({ preferences, clear });
    this.#cell.set({ known: true, effective: answer.effective ?? null, own: answer.own, version: answer.version });
  }
}
