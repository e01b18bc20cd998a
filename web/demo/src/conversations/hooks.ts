/** What the pages follow of Conversations. Everything ends with the component. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type {
  Badge,
  ConversationList,
  ConversationView,
  ListFilter,
  ListView,
  OpenConversation,
  Reader,
} from "@conversations/client";
import { useSession } from "../app/session.js";
import { useSelected } from "../app/store.js";

/** Without badges it is not known where the new messages begin; after this the end is shown, ms. */
const BADGES_MS = 2_500;

export interface Opened {
  readonly conversation: OpenConversation;
  /** The first message that was new when it was opened; 0 for none. */
  readonly newFrom: number;
}

/**
 * Opens a conversation at its first unread message, or around `at`.
 *
 * @param again raise it to open it anew.
 */
export function useOpened(conversation: string, at: number, again: number): Opened | null {
  const { client } = useSession();
  const [opened, setOpened] = useState<Opened | null>(null);
  useEffect(() => {
    let open: OpenConversation | null = null;
    let done = false;
    const begin = (): void => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      const badge = client.badges.value.conversations[conversation];
      open = client.open(conversation, at);
      setOpened({ conversation: open, newFrom: badge !== undefined && badge.unread > 0 ? badge.read + 1 : 0 });
    };
    const timer = setTimeout(begin, BADGES_MS);
    const end = client.badges.subscribe(({ known }) => {
      if (known) begin();
    });
    return () => {
      done = true;
      clearTimeout(timer);
      end();
      open?.close();
      setOpened(null);
    };
  }, [client, conversation, at, again]);
  return opened;
}

const LOADING: ConversationView = {
  conversation: "",
  state: "loading",
  title: "",
  link: "",
  archived: false,
  members: [],
  messages: [],
  earlier: false,
  later: false,
  outgoing: [],
  connection: null,
};

/** What there is to see of an opened conversation. */
export function useView(opened: Opened | null): ConversationView {
  const [view, setView] = useState<ConversationView>(LOADING);
  useEffect(() => {
    if (opened === null) return undefined;
    return opened.conversation.view.subscribe(setView);
  }, [opened]);
  return opened !== null && view.conversation === opened.conversation.conversation ? view : LOADING;
}

/** A list of conversations, kept live. */
export function useList(filter: ListFilter): { readonly list: ConversationList | null; readonly view: ListView } {
  const { client } = useSession();
  const name = JSON.stringify(filter);
  const [list, setList] = useState<ConversationList | null>(null);
  const [view, setView] = useState<ListView>({ state: "loading", conversations: [], more: false });
  useEffect(() => {
    const made = client.list(JSON.parse(name) as ListFilter);
    setList(made);
    const end = made.view.subscribe(setView);
    return () => {
      end();
      made.close();
    };
  }, [client, name]);
  return { list, view };
}

/** The badge of a conversation; the component renders again only when that one changes. */
export function useBadge(conversation: string): Badge | undefined {
  const { client } = useSession();
  const select = useCallback((value: { conversations: Readonly<Record<string, Badge>> }) => value.conversations[conversation], [conversation]);
  return useSelected(client.badges, select);
}

/** Who else is typing. */
export function useTyping(conversation: string): readonly string[] {
  const { client, me } = useSession();
  const [persons, setPersons] = useState<readonly string[]>([]);
  useEffect(() => {
    const end = client.typing(conversation, (typing) => {
      setPersons(typing.filter((person) => person !== me.person));
    });
    return () => {
      end();
      setPersons([]);
    };
  }, [client, conversation, me.person]);
  return persons;
}

/** Who else has viewed a conversation, and how far. */
export function useReaders(conversation: string): readonly Reader[] {
  const { client, me } = useSession();
  const [readers, setReaders] = useState<readonly Reader[]>([]);
  useEffect(() => {
    const end = client.readers(conversation, (all) => {
      setReaders(all.filter(({ person }) => person !== me.person));
    });
    return () => {
      end();
      setReaders([]);
    };
  }, [client, conversation, me.person]);
  return readers;
}

/** The time, at most a minute old. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, 30_000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return now;
}

/** Tells that the person types: at once, then at most every 3 s, and when they have stopped (presence.proto, ReportTyping). */
export function useTypingReport(conversation: string): { readonly typing: () => void; readonly stopped: () => void } {
  const { client } = useSession();
  const told = useRef(0);
  const stopped = useCallback(() => {
    if (told.current === 0) return;
    told.current = 0;
    void client.reportTyping(conversation, true);
  }, [client, conversation]);
  const typing = useCallback(() => {
    const now = Date.now();
    if (now - told.current < 3_000) return;
    told.current = now;
    void client.reportTyping(conversation);
  }, [client, conversation]);
  useEffect(() => stopped, [stopped]);
  return useMemo(() => ({ typing, stopped }), [typing, stopped]);
}
