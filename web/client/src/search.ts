/** A search for messages, by page, the newest first. */
import { ConnectError } from "@connectrpc/connect";
import { messageOf } from "./messages.js";
import type { Found } from "./model.js";
import { Cell, type Store } from "./store.js";
import type { Services } from "./transport.js";

const PAGE = 20;
/** A page may be empty although there are more; so many in a row are read before the person decides. */
const EMPTY_PAGES = 5;

export interface SearchFilter {
  /** Only in this conversation. */
  readonly conversation?: string;
  /** Only messages of this person. */
  readonly author?: string;
}

export interface SearchView {
  readonly text: string;
  readonly state: "idle" | "searching" | "shown" | "failed";
  readonly found: readonly Found[];
  readonly more: boolean;
  /** Why it failed, in the service's words; empty otherwise. */
  readonly why: string;
}

export class Search {
  readonly #services: Pick<Services, "messaging">;
  readonly #cell = new Cell<SearchView>({ text: "", state: "idle", found: [], more: false, why: "" });
  #filter: SearchFilter = {};
  #next = "";
  #run = 0;

  constructor(services: Pick<Services, "messaging">) {
    this.#services = services;
  }

  get view(): Store<SearchView> {
    return this.#cell;
  }

  /**
   * Searches anew; the answer to what was asked before is dropped. Every word must occur, whatever its case; the last
   * one also as the beginning of a word. Without a word nothing is asked.
   */
  async find(text: string, filter: SearchFilter = {}): Promise<void> {
    this.#run++;
    this.#filter = filter;
    this.#next = "";
    const words = text.trim().slice(0, 200);
    if (!/[\p{L}\p{N}]/u.test(words)) {
      this.#cell.set({ text, state: "idle", found: [], more: false, why: "" });
      return;
    }
    this.#cell.set({ ...this.#cell.value, text, state: "searching", why: "" });
    await this.#read(words, []);
  }

  async loadMore(): Promise<void> {
    const { state, text, found } = this.#cell.value;
    if (state !== "shown" || this.#next === "") return;
    this.#cell.set({ ...this.#cell.value, state: "searching" });
    await this.#read(text.trim().slice(0, 200), found);
  }

  /** Forgets what was found, and what is still on its way. */
  close(): void {
    this.#run++;
    this.#next = "";
    this.#cell.set({ text: "", state: "idle", found: [], more: false, why: "" });
  }

  async #read(query: string, held: readonly Found[]): Promise<void> {
    const run = this.#run;
    let found = held;
    try {
      for (let empty = 0; empty < EMPTY_PAGES; empty++) {
        const { conversation = "", author = "" } = this.#filter;
        const page = await this.#services.messaging.searchMessages({
          query,
          conversation,
          author,
          pageSize: PAGE,
          pageToken: this.#next,
        });
        if (run !== this.#run) return;
        this.#next = page.nextPageToken;
        found = [
          ...found,
          ...page.found.flatMap((one) =>
            one.message ? [{ conversation: one.conversation, message: messageOf(one.message) }] : [],
          ),
        ];
        if (found.length > held.length || this.#next === "") break;
      }
      this.#cell.set({ ...this.#cell.value, state: "shown", found, more: this.#next !== "" });
    } catch (error) {
      if (run !== this.#run) return;
      this.#cell.set({ ...this.#cell.value, state: "failed", found, more: false, why: ConnectError.from(error).rawMessage });
    }
  }
}
