/** How a conversation is called: its title; a direct one after the other person. */
import type { Someone } from "../app/session.js";

/** What a conversation is for; its id says so (messaging.proto: `d_`, `g_`, `i_`). */
export type Kind = "direct" | "group" | "item";

export function kindOf(conversation: string): Kind {
  return conversation.startsWith("d_") ? "direct" : conversation.startsWith("i_") ? "item" : "group";
}

/** The other one of a direct conversation. */
export function otherOf(members: readonly string[], me: string): string {
  return members.find((member) => member !== me) ?? me;
}

export function titleOf(
  kind: Kind,
  title: string,
  members: readonly string[],
  me: string,
  someone: (person: string) => Someone,
): string {
  return kind === "direct" ? someone(otherOf(members, me)).name : title;
}

/** Dana; Dana and Marco; Dana, Marco and 3 others. */
export function listed(names: readonly string[], most = 3): string {
  if (names.length <= 1) return names[0] ?? "";
  if (names.length <= most) return `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
  const rest = names.length - (most - 1);
  return `${names.slice(0, most - 1).join(", ")} and ${String(rest)} others`;
}
