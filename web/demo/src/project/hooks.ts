/** The conversations about this project's items, by item. */
import { useEffect, useMemo } from "react";
import type { ListedConversation } from "@conversations/client";
import { useSession } from "../app/session.js";
import { useList } from "../conversations/hooks.js";
import type { Tool } from "./items.js";

export interface ItemConversations {
  /** Whether all of them are known: only then one that is not there does not exist. */
  readonly known: boolean;
  readonly of: (tool: Tool, id: string) => ListedConversation | undefined;
}

export function useItemConversations(): ItemConversations {
  const { config } = useSession();
  const { list, view } = useList({ kinds: ["item"], project: config.project.id });
  useEffect(() => {
    if (view.more) void list?.loadMore();
  }, [list, view]);
  return useMemo(() => {
    const byItem = new Map(view.conversations.map((one) => [one.item === null ? "" : `${one.item.tool} ${one.item.item}`, one]));
    return { known: view.state === "shown" && !view.more, of: (tool, id) => byItem.get(`${tool} ${id}`) };
  }, [view]);
}
