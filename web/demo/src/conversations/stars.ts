/** Which conversations have the person's star. */
import { useEffect, useMemo } from "react";
import { useList } from "./hooks.js";

const FILTER = { starred: true } as const;

export function useStarred(): ReadonlySet<string> {
  const { list, view } = useList(FILTER);
  // All of them: stars are few, and each must be known.
  useEffect(() => {
    if (view.more) void list?.loadMore();
  }, [list, view]);
  return useMemo(() => new Set(view.conversations.map(({ conversation }) => conversation)), [view.conversations]);
}
