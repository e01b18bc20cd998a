/** Settings that are being saved: shown at once, saved one after another, and said when it failed. */

/** A field that is on its way. */
export interface Edit<V> {
  readonly value: V;
  readonly state: "saving" | "failed";
  /** Why it failed; empty otherwise. */
  readonly why: string;
}

export type EditsView<Fields> = { readonly [Name in keyof Fields]?: Edit<Fields[Name]> };

/**
 * The edits of one form.
 *
 * What is chosen holds on the screen from then on. Each field has one save under way; a newer choice waits for it, so
 * that the last choice is what stays. One that failed stays on the screen as such until it is tried again or given up.
 */
export class Edits<Fields extends object> {
  readonly #save: <Name extends keyof Fields>(name: Name, value: Fields[Name]) => Promise<void>;
  readonly #listeners = new Set<() => void>();
  readonly #under = new Set<keyof Fields>();
  #view: EditsView<Fields> = {};

  /** `save` rejects with the reason, in words, as the error's message. */
  constructor(save: <Name extends keyof Fields>(name: Name, value: Fields[Name]) => Promise<void>) {
    this.#save = save;
  }

  get view(): EditsView<Fields> {
    return this.#view;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  /** Chooses a value, and saves it. */
  set<Name extends keyof Fields>(name: Name, value: Fields[Name]): void {
    this.#put(name, { value, state: "saving", why: "" });
    if (!this.#under.has(name)) void this.#run(name);
  }

  /** Saves once more what failed. */
  retry(name: keyof Fields): void {
    const edit = this.#view[name];
    if (edit?.state === "failed") this.set(name, edit.value);
  }

  /** Gives up what failed: what was saved before holds. */
  discard(name: keyof Fields): void {
    if (this.#view[name]?.state === "failed") this.#drop(name);
  }

  async #run(name: keyof Fields): Promise<void> {
    this.#under.add(name);
    for (;;) {
      const edit = this.#view[name];
      if (edit === undefined) break;
      let why = "";
      try {
        await this.#save(name, edit.value);
      } catch (error) {
        why = error instanceof Error ? error.message : String(error);
      }
      if (this.#view[name] !== edit) continue;
      if (why === "") this.#drop(name);
      else this.#put(name, { value: edit.value, state: "failed", why });
      break;
    }
    this.#under.delete(name);
  }

  #put<Name extends keyof Fields>(name: Name, edit: Edit<Fields[Name]>): void {
    this.#view = { ...this.#view, [name]: edit };
    for (const listener of [...this.#listeners]) listener();
  }

  #drop(name: keyof Fields): void {
    this.#view = Object.fromEntries(Object.entries(this.#view).filter(([other]) => other !== name)) as EditsView<Fields>;
    for (const listener of [...this.#listeners]) listener();
  }
}
