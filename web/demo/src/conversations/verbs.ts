/** What a person does with a conversation beside writing: done, and said when it could not be. */
import { useMemo } from "react";
import { useSession } from "../app/session.js";
import { announce } from "../app/announce.js";

export interface Verbs {
  readonly star: (conversation: string, starred: boolean) => void;
  readonly mute: (conversation: string, untilMs: number) => void;
  readonly markUnread: (conversation: string, number: number) => void;
  readonly markRead: (conversation: string, number: number) => void;
  readonly archive: (conversation: string, archived: boolean) => void;
  readonly leave: (conversation: string) => Promise<boolean>;
}

const listeners = new Set<() => void>();

/** Calls when a list should be read again: a star or an archive has no badge that would tell. */
export function onListsChanged(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function listsChanged(): void {
  for (const listener of listeners) listener();
}

/** Words for a person of why something failed. */
export function whyOf(error: unknown): string {
  const { rawMessage } = error as { readonly rawMessage?: unknown };
  if (typeof rawMessage === "string" && rawMessage !== "") return rawMessage;
  return error instanceof Error ? error.message : String(error);
}

export function useVerbs(): Verbs {
  const { client } = useSession();
  return useMemo(() => {
    const tried = async (act: () => Promise<unknown>, done = ""): Promise<boolean> => {
      try {
        await act();
        if (done !== "") announce(done, true);
        listsChanged();
        return true;
      } catch (error) {
        announce(`That did not work: ${whyOf(error)}`, true);
        return false;
      }
    };
    const { messaging } = client.services;
    return {
      star: (conversation, starred) => void tried(() => messaging.setStar({ conversation, starred })),
      mute: (conversation, untilMs) => void tried(() => client.mute(conversation, untilMs), untilMs === 0 ? "Unmuted" : "Muted"),
      markUnread: (conversation, number) => {
        if (number > 0) void tried(() => client.markUnread(conversation, number), "Marked as unread");
      },
      markRead: (conversation, number) => {
        if (number > 0) void tried(() => client.markRead(conversation, number));
      },
      archive: (conversation, archived) =>
        void tried(
          () => messaging.updateConversation({ conversation, archived, clientKey: crypto.randomUUID() }),
          archived ? "Archived" : "Opened again",
        ),
      leave: (conversation) =>
        tried(() => messaging.leaveConversation({ conversation, clientKey: crypto.randomUUID() }), "You have left"),
    };
  }, [client]);
}
