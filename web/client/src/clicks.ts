/** What the service worker and the pages of a browser say to each other about a click on a notification. Pure. */

/** What a notification carries, whether the page or a push has shown it. */
export interface Shown {
  readonly conversation: string;
  readonly number: number;
  /** The item's place in the host application; empty for other conversations. */
  readonly link: string;
  /** Whose it is, if the page has shown it; a push belongs to whose the browser's subscription is. */
  readonly scope: string;
}

export type FromWorker =
  /** Asks a page who it is: the answer comes by the port beside it. */
  | { readonly is: "who" }
  /** The page has been chosen: show this. */
  | { readonly is: "open"; readonly shown: Shown }
  /** The browser has changed its subscription. */
  | { readonly is: "subscription" };

/** What a page answers: whose it is, and what it shows. */
export interface Answer {
  readonly scope: string;
  readonly conversation: string;
}

/** What lies on a notification; null for one of the host's own. */
export function shownOf(data: unknown): Shown | null {
  if (typeof data !== "object" || data === null) return null;
  const { conversation, number, link, scope } = data as Record<string, unknown>;
  if (typeof conversation !== "string" || typeof scope !== "string") return null;
  return { conversation, number: Number(number), link: typeof link === "string" ? link : "", scope };
}

/** Reads what the service worker says; null for what others say. */
export function readFromWorker(data: unknown): FromWorker | null {
  if (typeof data !== "object" || data === null) return null;
  const { is, shown } = data as Record<string, unknown>;
  if (is === "who" || is === "subscription") return { is };
  const read = is === "open" ? shownOf(shown) : null;
  return read === null ? null : { is: "open", shown: read };
}

/** A page that could show something; `used` is its place among all, the one used last first. */
export interface Candidate {
  readonly used: number;
  readonly focused: boolean;
  readonly visible: boolean;
  /** What it has answered; null if it has not. */
  readonly answer: Answer | null;
}

/**
 * Which page shows it: one of the same person, first that which shows the conversation already, then the focused or
 * visible one, then the one used last. A page that says nothing may be one that has just begun. -1 for none.
 */
export function chosen(shown: Shown, pages: readonly Candidate[]): number {
  let best = -1;
  let bestRank = Number.POSITIVE_INFINITY;
  pages.forEach(({ used, focused, visible, answer }, index) => {
    if (answer !== null && shown.scope !== "" && answer.scope !== shown.scope) return;
    const open = answer?.conversation === shown.conversation ? 0 : 8;
    const silent = answer === null ? 4 : 0;
    const looked = focused ? 0 : visible ? 1 : 2;
    const rank = (open + silent + looked) * 1_000 + used;
    if (rank < bestRank) [best, bestRank] = [index, rank];
  });
  return best;
}
