/** What the pages follow of Conversations. Everything ends with the component. */
import { useCallback, useEffect, useState } from "react";
import type {
  Badge,
  ConversationList,
  ConversationView,
  ListFilter,
  ListView,
  OpenConversation,
  Reader,
  Store,
} from "@conversations/client";
import { loadingView } from "@conversations/client";
import { useSession } from "../app/session.js";
import { useSelected, useStore } from "../app/store.js";

/**
 * Opens a conversation at its first unread message, or around `at`.
 *
 * @param again raise it to open it anew.
 */
export function useOpened(conversation: string, at: number, again: number): OpenConversation | null {
  const { client } = useSession();
  const [opened, setOpened] = useState<OpenConversation | null>(null);
  useEffect(() => {
    const open = client.open(conversation, at);
    setOpened(open);
    return () => {
      open.close();
      setOpened(null);
    };
  }, [client, conversation, at, again]);
  return opened;
}

/** Opens the replies under a message. */
export function useOpenedThread(conversation: string, root: number): OpenConversation | null {
  const { client } = useSession();
  const [opened, setOpened] = useState<OpenConversation | null>(null);
  useEffect(() => {
    const open = client.thread(conversation, root);
    setOpened(open);
    return () => {
      open.close();
      setOpened(null);
    };
  }, [client, conversation, root]);
  return opened;
}

const LOADING = loadingView("");

const NOTHING: Store<ConversationView> = { value: LOADING, subscribe: () => () => undefined };

/** What there is to see of an opened conversation. */
export function useView(opened: OpenConversation | null): ConversationView {
  return useStore(opened?.view ?? NOTHING);
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
