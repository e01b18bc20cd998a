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
  /** The service that wrote it, and then `author` is empty. */
  readonly service: string;
  /** The item's place in the host application; only for an item conversation. */
  readonly link: string;
  readonly kind: string;
  readonly mentioned: boolean;
  /** The person's true total; null if it is not known. */
  readonly badge: number | null;
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
    service: words("service"),
    link: words("link"),
    mentioned: of["mentioned"] === true,
    kind: words("kind"),
    badge: typeof of["badge"] === "number" ? count("badge") : null,
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
