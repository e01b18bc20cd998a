/** "Why was I (not) notified?": a message, and the path through the notifier's table for this person. */
import { ArrowLeft } from "lucide-react";
import type { ReactNode } from "react";
import { Link, usePlace } from "../../app/router.js";
import { useTitle } from "../../app/title.js";
import { Picker } from "./Picker.js";
import { StoryView } from "./StoryView.js";

/** The address of this page for one message. */
export function whyAddress(conversation: string, number: number): string {
  return `/settings/notifications/why?conversation=${conversation}&message=${String(number)}`;
}

export function WhyPage(): ReactNode {
  useTitle("Why was I notified?");
  const { query } = usePlace();
  const conversation = query.get("conversation") ?? "";
  const number = Number(query.get("message") ?? 0);
  const picked = conversation !== "" && Number.isSafeInteger(number) && number > 0;
  return (
    <div className={picked ? "why-page picked" : "why-page"}>
      <header className="why-head">
        <Link to="/settings/notifications" className="why-back">
          <ArrowLeft size={15} aria-hidden="true" />
          Notification settings
        </Link>
        <h1>Why was I (not) notified?</h1>
        <p className="set-lead">
          Every message is decided on once for you, and the decision is kept with everything it was made on. Pick a message to see
          it.
        </p>
      </header>
      <div className="why-columns">
        <section className="why-list" aria-label="Recent messages">
          <Picker conversation={conversation} number={number} />
        </section>
        <section className="why-story" aria-label="Explanation">
          {picked ? (
            <StoryView key={`${conversation} ${String(number)}`} conversation={conversation} number={number} />
          ) : (
            <div className="empty why-none">
              <strong>No message is picked</strong>
              <p>Pick one of the list, or choose “Why was I notified?” in a message’s own menu.</p>
            </div>
          )}
        </section>
      </div>
    </div>
  );
}
