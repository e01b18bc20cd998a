/** An item: what it is, whose turn it is, and its conversation beside it. */
import { ChevronRight, Paperclip } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link, usePlace } from "../app/router.js";
import { useSession } from "../app/session.js";
import { shownNumber } from "../app/Shell.js";
import { shortDate } from "../app/time.js";
import { useTitle } from "../app/title.js";
import { useNow } from "../conversations/hooks.js";
import { useMedia } from "../ui/useMedia.js";
import { Drawing } from "./Drawing.js";
import { Due } from "./Due.js";
import { useItemConversations } from "./hooks.js";
import { ItemConversation } from "./ItemConversation.js";
import { dateOf, itemOf, NAMES, numberOf, PATHS, type Item, type Tool } from "./items.js";
import { money } from "./money.js";
import { Person } from "./Person.js";

export function ItemPage({ tool, id }: { readonly tool: Tool; readonly id: string }): ReactNode {
  const { config } = useSession();
  const item = itemOf(tool, id);
  useTitle(item === undefined ? "Not found" : `${NAMES[tool].one} ${numberOf(item)}`);
  const back = `/projects/${config.project.id}/${PATHS[tool]}`;
  if (item === undefined) {
    return (
      <div className="empty">
        <h1>
          There is no {NAMES[tool].one} {id}
        </h1>
        <Link to={back} className="button">
          {NAMES[tool].many}
        </Link>
      </div>
    );
  }
  return <Shown item={item} back={back} />;
}

function Shown({ item, back }: { readonly item: Item; readonly back: string }): ReactNode {
  const { query } = usePlace();
  const message = Number(query.get("message") ?? 0);
  const conversations = useItemConversations();
  const unread = conversations.of(item.tool, item.id)?.unread ?? 0;
  const narrow = useMedia("(max-width: 1020px)");
  const [talk, setTalk] = useState(message > 0);
  return (
    <div className="item-page">
      {narrow ? (
        <div className="item-switch segments" role="group" aria-label="Show">
          <button type="button" className="segment" aria-pressed={!talk} onClick={() => { setTalk(false); }}>
            Details
          </button>
          <button type="button" className="segment" aria-pressed={talk} onClick={() => { setTalk(true); }}>
            Conversation
            {unread > 0 ? <span className="badge">{shownNumber(unread)}</span> : null}
          </button>
        </div>
      ) : null}
      {narrow && talk ? null : <Details item={item} back={back} />}
      {narrow && !talk ? null : (
        <aside className="item-talk" aria-label="Conversation about this item">
          <ItemConversation item={item} conversations={conversations} message={Number.isSafeInteger(message) ? message : 0} />
        </aside>
      )}
    </div>
  );
}

function Details({ item, back }: { readonly item: Item; readonly back: string }): ReactNode {
  const { someone } = useSession();
  const now = useNow();
  const day = (days: number): string => shortDate(dateOf(days, now), now);
  return (
    <article className="item-main" tabIndex={-1}>
      <nav aria-label="Breadcrumb" className="crumbs">
        <Link to={back}>{NAMES[item.tool].many}</Link>
        <ChevronRight size={13} aria-hidden="true" />
        <span>
          {NAMES[item.tool].one} {numberOf(item)}
        </span>
      </nav>
      <header className="item-head">
        <h1>{item.title}</h1>
        <span className={`chip ${item.tone}`}>{item.status}</span>
      </header>
      <dl className="fields">
        <Field name="Ball in court">
          <Person person={item.court} />
        </Field>
        <Field name="Due">
          <Due item={item} words />
        </Field>
        {item.amount === undefined ? null : <Field name="Amount">{money(item.amount)}</Field>}
        {item.days === undefined ? null : <Field name="Schedule">{item.days === 0 ? "No change" : `+${String(item.days)} days`}</Field>}
        <Field name="Location">{item.place}</Field>
        <Field name={item.tool === "change_order" ? "Reason" : "Specification"}>{item.trade}</Field>
        <Field name="Created">
          {day(item.created)} by {someone(item.by).name}
        </Field>
      </dl>
      {item.text.length === 0 ? null : (
        <section className="item-section">
          <h2>{{ rfi: "Question", submittal: "Submittal", change_order: "Scope", punch_item: "Description" }[item.tool]}</h2>
          {item.text.map((paragraph) => (
            <p key={paragraph}>{paragraph}</p>
          ))}
        </section>
      )}
      {item.drawing === undefined ? null : <Drawing which={item.drawing} />}
      {item.answer === undefined ? null : (
        <section className="item-section answer">
          <h2>{item.tool === "submittal" ? "Review" : "Official answer"}</h2>
          <p>{item.answer.text}</p>
          <p className="answer-by">
            <Person person={item.answer.person} />
            <span className="hint">{day(item.answer.day)}</span>
          </p>
        </section>
      )}
      {item.files.length === 0 ? null : (
        <section className="item-section">
          <h2>Attachments</h2>
          <ul className="files">
            {item.files.map((file) => (
              <li key={file}>
                <Paperclip size={14} aria-hidden="true" /> {file}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section className="item-section">
        <h2>History</h2>
        <ol className="history">
          {[...item.history].reverse().map((one) => (
            <li key={`${String(one.day)} ${one.what}`}>
              <time>{day(one.day)}</time>
              <span>
                {someone(one.person).name} {one.what}
              </span>
            </li>
          ))}
        </ol>
      </section>
    </article>
  );
}

function Field({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div className="field-pair">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
