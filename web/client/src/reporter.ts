/** What a tab tells the hub of itself: visibility, focus, the last input, the conversation on screen, what is permitted. */
import type { Clock } from "./clock.js";
import type { Permission, TabReport } from "./model.js";
import type { Page } from "./page.js";
import { Cell } from "./store.js";

/** Input is told at most this often, ms. */
const INPUT_MS = 5_000;

/** A switch that all tabs of a browser share. */
export interface Switch {
  readonly read: () => boolean;
  readonly write: (on: boolean) => void;
}

export interface ReporterParts {
  readonly tab: string;
  readonly clock: Clock;
  readonly page: Page;
  readonly permission: () => Permission;
  /** Whether banners are on in this browser. */
  readonly inApp: Switch;
  /** Focus, visibility or permission may have changed: called before each report that is told. */
  readonly changed: () => void;
  readonly tell: (report: TabReport) => void;
  /** The machine or the page was asleep, or the network was away. */
  readonly woke: () => void;
}

export class Reporter {
  /** The conversation that is on screen; empty for none. */
  readonly shown = new Cell("");
  readonly permission: Cell<Permission>;
  readonly inApp: Cell<boolean>;
  readonly #parts: ReporterParts;
  #unobserve: (() => void) | null = null;
  #inputAtMs = 0;
  #toldInputMs = 0;

  constructor(parts: ReporterParts) {
    this.#parts = parts;
    this.permission = new Cell(parts.permission());
    this.inApp = new Cell(parts.inApp.read());
  }

  /** Tells each change from now on, until `stop`. */
  start(): void {
    this.#unobserve = this.#parts.page.observe({
      changed: () => {
        this.tell();
      },
      woke: this.#parts.woke,
      input: () => {
        this.#inputAtMs = this.#parts.clock.now();
        if (this.#inputAtMs - this.#toldInputMs >= INPUT_MS) this.tell();
      },
    });
  }

  /** Tells nothing any more. */
  stop(): void {
    this.#unobserve?.();
    this.#unobserve = null;
  }

  /** Banners on or off in this browser. */
  switchInApp(on: boolean): void {
    this.#parts.inApp.write(on);
    this.tell();
  }

  /** Something has changed: looks at all of it again, and tells it. */
  tell(): void {
    if (this.#unobserve === null) return;
    this.inApp.set(this.#parts.inApp.read());
    this.permission.set(this.#parts.permission());
    this.#parts.changed();
    this.#toldInputMs = this.#inputAtMs;
    this.#parts.tell(this.report());
  }

  /** What holds now. */
  report(): TabReport {
    const { tab, page, permission } = this.#parts;
    return {
      tab,
      visible: page.visible(),
      focused: page.attentive(),
      inputAtMs: this.#inputAtMs,
      conversation: this.shown.value,
      permission: permission(),
      inAppOff: !this.inApp.value,
    };
  }
}
