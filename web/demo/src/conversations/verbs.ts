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
        return true;
      } catch (error) {
        announce(`That did not work: ${whyOf(error)}`, true);
        return false;
      }
    };
    return {
      star: (conversation, starred) => void tried(() => client.star(conversation, starred)),
      mute: (conversation, untilMs) => void tried(() => client.mute(conversation, untilMs), untilMs === 0 ? "Unmuted" : "Muted"),
      markUnread: (conversation, number) => {
        if (number > 0) void tried(() => client.markUnread(conversation, number), "Marked as unread");
      },
      markRead: (conversation, number) => {
        if (number > 0) void tried(() => client.markRead(conversation, number));
      },
      archive: (conversation, archived) =>
        void tried(
          () => client.archive(conversation, archived),
          archived ? "Archived" : "Opened again",
        ),
      leave: (conversation) =>
        tried(() => client.leave(conversation), "You have left"),
    };
  }, [client]);
}
