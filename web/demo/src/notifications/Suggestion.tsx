/** Once, and dismissible for good: that the browser could tell while another window is in front. */
import { BellRing, X } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useSession } from "../app/session.js";
import { useStore } from "../app/store.js";

const keyOf = (person: string): string => `gridline/suggested/${person}`;

/** For the Conversations tool: one line while the permission is open and nobody has said no. */
export function Suggestion(): ReactNode {
  const { client, me } = useSession();
  const permission = useStore(client.permission);
  const [gone, setGone] = useState(() => localStorage.getItem(keyOf(me.person)) !== null);
  if (permission !== "default" || gone) return null;
  const dismiss = (): void => {
    localStorage.setItem(keyOf(me.person), "seen");
    setGone(true);
  };
  return (
    <aside className="suggestion" aria-label="Suggestion">
      <BellRing size={16} aria-hidden="true" />
      <p>Be told of messages while you look at another window.</p>
      <button
        type="button"
        className="button"
        onClick={() => {
          // Whatever the answer, it is not asked again here.
          void client.askPermission().then(dismiss);
        }}
      >
        Permit notifications
      </button>
      <button type="button" className="icon-button small" aria-label="Do not suggest this again" title="Do not suggest this again" onClick={dismiss}>
        <X size={15} aria-hidden="true" />
      </button>
    </aside>
  );
}
