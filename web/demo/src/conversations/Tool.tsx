/** The Conversations tool: the list, and beside it the conversation that is open. */
import { MessagesSquare } from "lucide-react";
import { useCallback, useEffect, useState, type ReactNode } from "react";
import { Link, navigate } from "../app/router.js";
import { useTitle } from "../app/title.js";
import { NewConversationDialog } from "./dialogs.js";
import { ConversationHeader } from "./Header.js";
import { useStarred } from "./stars.js";
import { ListPane } from "./List.js";
import { Thread } from "./Thread.js";

export interface ToolProps {
  /** The conversation that is open; empty for none. */
  readonly conversation: string;
  /** The message to show; 0 for the first unread one. */
  readonly message: number;
}

const ID = /^[dgi]_[a-z2-7]{26}$/u;

export function ConversationsTool({ conversation, message }: ToolProps): ReactNode {
  const [creating, setCreating] = useState(false);
  const [title, setTitle] = useState("");
  const starred = useStarred();
  useTitle(conversation === "" || title === "" ? "Conversations" : title);
  const create = useCallback(() => {
    setCreating(true);
  }, []);
  useEffect(() => {
    window.addEventListener("gridline:new", create);
    return () => {
      window.removeEventListener("gridline:new", create);
    };
  }, [create]);
  const linkTo = useCallback((number: number) => `/conversations/${conversation}?message=${String(number)}`, [conversation]);
  return (
    <div className={conversation === "" ? "tool" : "tool opened"}>
      <ListPane open={conversation} onNew={create} />
      <div className="tool-thread">
        {conversation === "" ? (
          <div className="empty tool-none">
            <MessagesSquare size={28} aria-hidden="true" />
            <strong>Choose a conversation</strong>
            <p>
              Or begin one with <kbd>N</kbd>
            </p>
          </div>
        ) : !ID.test(conversation) ? (
          <Missing />
        ) : (
          <Thread
            key={conversation}
            conversation={conversation}
            at={Number.isSafeInteger(message) && message > 0 ? message : 0}
            autoFocus={matchMedia("(hover: hover)").matches}
            linkTo={linkTo}
            missing={<Missing />}
            header={(view) => (
              <ConversationHeader
                conversation={conversation}
                view={view}
                starred={starred.has(conversation)}
                back="/conversations"
                onLeft={() => {
                  navigate("/conversations");
                }}
              />
            )}
            onView={(view) => {
              setTitle(view.title);
            }}
          />
        )}
      </div>
      {creating ? (
        <NewConversationDialog
          onClose={() => {
            setCreating(false);
          }}
          onMade={(made) => {
            setCreating(false);
            navigate(`/conversations/${made}`);
          }}
        />
      ) : null}
    </div>
  );
}

function Missing(): ReactNode {
  return (
    <div className="empty tool-none">
      <strong>You cannot see this conversation</strong>
      <p>It does not exist, or you are not a member of it.</p>
      <Link to="/conversations" className="button">
        All conversations
      </Link>
    </div>
  );
}
