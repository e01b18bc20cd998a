/** Which conversations have the person's star. */
import { useEffect, useMemo } from "react";
import { useList } from "./hooks.js";
import { onListsChanged } from "./verbs.js";

const FILTER = { starred: true } as const;

export function useStarred(): ReadonlySet<string> {
  const { list, view } = useList(FILTER);
  useEffect(() => onListsChanged(() => list?.refresh()), [list]);
  // All of them: stars are few, and each must be known.
  useEffect(() => {
    if (view.more) void list?.loadMore();
  }, [list, view]);
  return useMemo(() => new Set(view.conversations.map(({ conversation }) => conversation)), [view.conversations]);
}
