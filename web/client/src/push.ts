/** What a Web Push says, and what is to be done about it. Pure: the service worker does it. */

/** The payload, as the notifier encrypts it. */
export interface Push {
  readonly act: "SHOW" | "REPLACE" | "CLEAR";
  readonly tag: string;
  readonly conversation: string;
  readonly number: number;
  readonly title: string;
  readonly text: string;
  readonly author: string;
  readonly kind: string;
  /** The person's true total. */
  readonly badge: number;
  /** How many messages this stands for. */
  readonly count: number;
  readonly atMs: number;
  /** CLEAR: notifications of this conversation up to this number are read. */
  readonly clearUpTo: number;
}

const ACTS = ["SHOW", "REPLACE", "CLEAR"] as const;

/** Reads a payload; null for nonsense. */
export function readPush(text: string): Push | null {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof said !== "object" || said === null) return null;
  const of = said as Record<string, unknown>;
  const words = (name: string): string => (typeof of[name] === "string" ? of[name] : "");
  const count = (name: string): number => {
    const value = Number(of[name] ?? 0);
    return Number.isSafeInteger(value) && value >= 0 ? value : 0;
  };
  const act = ACTS.find((one) => one === of.act);
  if (act === undefined || words("conversation") === "") return null;
  return {
    act,
    tag: words("tag"),
    conversation: words("conversation"),
    number: count("number"),
    title: words("title"),
    text: words("text"),
    author: words("author"),
    kind: words("kind"),
    badge: count("badge"),
    count: Math.max(1, count("count")),
    atMs: count("at_ms"),
    clearUpTo: count("clear_up_to"),
  };
}

/** Whether a notification that is shown is taken back by a push. */
export function clears(push: Push, shown: { readonly tag: string; readonly conversation: string; readonly number: number }): boolean {
  if (push.tag !== "" && shown.tag === push.tag) return true;
  return push.clearUpTo > 0 && shown.conversation === push.conversation && shown.number <= push.clearUpTo;
}
