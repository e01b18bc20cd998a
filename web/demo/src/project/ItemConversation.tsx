/** The conversation of an item, beside it: the one there is, or the first words of a new one. */
import { MessagesSquare } from "lucide-react";
import { useCallback, useState, type ReactNode } from "react";
import type { Piece } from "@conversations/client";
import { useSession } from "../app/session.js";
import { Composer } from "../conversations/Composer.js";
import { ConversationHeader } from "../conversations/Header.js";
import { Thread } from "../conversations/Thread.js";
import { whyOf } from "../conversations/verbs.js";
import { listed } from "../conversations/names.js";
import type { ItemConversations } from "./hooks.js";
import { conversationTitle, linkOf, type Item } from "./items.js";

export interface ItemConversationProps {
  readonly item: Item;
  readonly conversations: ItemConversations;
  /** The message to show; 0 for the first unread one. */
  readonly message: number;
}

export function ItemConversation({ item, conversations, message }: ItemConversationProps): ReactNode {
  const { config } = useSession();
  const [made, setMade] = useState("");
  const found = conversations.of(item.tool, item.id);
  const conversation = found?.conversation ?? made;
  const link = linkOf(config.project.id, item);
  const linkTo = useCallback((number: number) => `${link}?message=${String(number)}`, [link]);
  if (conversation === "") {
    return conversations.known ? <Begin item={item} link={link} onMade={setMade} /> : <div className="talk-loading" aria-busy="true" />;
  }
  return (
    <Thread
      key={conversation}
      conversation={conversation}
      at={message}
      linkTo={linkTo}
      missing={
        <div className="empty">
          <strong>You are not in this conversation</strong>
          <p>Ask one of its members to add you.</p>
        </div>
      }
      header={(view) => (
        <ConversationHeader
          conversation={conversation}
          view={view}
          starred={found?.starred ?? false}
          besideItem
          onLeft={() => {
            setMade("");
          }}
        />
      )}
    />
  );
}

function Begin({ item, link, onMade }: { readonly item: Item; readonly link: string; readonly onMade: (conversation: string) => void }): ReactNode {
  const { client, config, me, someone } = useSession();
  const [problem, setProblem] = useState("");
  const others = item.people.filter((person) => person !== me.person);
  const begin = async (pieces: readonly Piece[]): Promise<void> => {
    setProblem("");
    try {
      const conversation = await client.openItem(
        { project: config.project.id, tool: item.tool, item: item.id },
        { title: conversationTitle(item), link, members: others },
      );
      const opened = client.open(conversation);
      opened.send(pieces);
      opened.close();
      onMade(conversation);
    } catch (error) {
      setProblem(whyOf(error));
      throw error;
    }
  };
  return (
    <section className="thread-main begin-talk" aria-label="Conversation">
      <header className="panel-head">
        <h2>Conversation</h2>
      </header>
      <div className="empty begin-words">
        <MessagesSquare size={26} aria-hidden="true" />
        <strong>Nobody has written about this yet</strong>
        <p>What you write is for {listed(others.map((person) => someone(person).name), 4)}.</p>
      </div>
      {problem === "" ? null : (
        <p className="problem begin-problem" role="alert">
          {problem === "" ? "" : `That did not work: ${problem}`}
        </p>
      )}
      <Composer
        conversation=""
        draft={`${item.tool} ${item.id}`}
        members={item.people}
        placeholder="Begin the conversation"
        onSend={begin}
      />
    </section>
  );
}
