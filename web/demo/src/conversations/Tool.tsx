import type { ReactNode } from "react";

export function ConversationsTool({ conversation }: { readonly conversation: string; readonly message: number }): ReactNode {
  return conversation;
}
