/** What is said to screen readers, and, if it answers something the person did, shown for a moment. */
import { useEffect, useState, type ReactNode } from "react";

interface Said {
  readonly id: number;
  readonly text: string;
  readonly shown: boolean;
}

const SHOWN_MS = 3_500;
let id = 0;
const listeners = new Set<(said: Said) => void>();

/** Says something. `shown` also shows it. */
export function announce(text: string, shown = false): void {
  const said = { id: ++id, text, shown };
  for (const listener of listeners) listener(said);
}

export function Announcer(): ReactNode {
  const [said, setSaid] = useState<Said | null>(null);
  useEffect(() => {
    const listener = (now: Said): void => {
      setSaid(now);
    };
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, []);
  useEffect(() => {
    if (said === null) return undefined;
    const timer = setTimeout(() => {
      setSaid(null);
    }, SHOWN_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [said]);
  return (
    <div aria-live="polite" className="announcer">
      {said === null ? null : (
        <p key={said.id} className={said.shown ? "toast" : "unseen"}>
          {said.text}
        </p>
      )}
    </div>
  );
}
