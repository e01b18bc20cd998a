/** The project at a glance: what waits for the person, what is open, and where people talk. */
import type { ReactNode } from "react";
import { Link } from "../app/router.js";
import { useSession } from "../app/session.js";
import { shownNumber } from "../app/Shell.js";
import { listTime } from "../app/time.js";
import { useTitle } from "../app/title.js";
import { Avatar } from "../ui/Avatar.js";
import { KindIcon } from "../conversations/KindIcon.js";
import { useList, useNow } from "../conversations/hooks.js";
import { Due } from "./Due.js";
import { ITEMS, linkOf, NAMES, numberOf, openCounts, PATHS, type Tool } from "./items.js";
import { money } from "./money.js";
import { Person } from "./Person.js";
import { sorted } from "./table.js";

const TOOLS = Object.keys(NAMES) as Tool[];
const SHOWN_CONVERSATIONS = 7;

export function Home(): ReactNode {
  const { config, me, someone } = useSession();
  const { view } = useList({});
  const now = useNow();
  useTitle("Home");
  const nameOf = (person: string): string => someone(person).name;
  const open = TOOLS.flatMap((tool) => ITEMS[tool]).filter((item) => item.open);
  const mine = sorted(open.filter((item) => item.court === me.person), "due", false, nameOf);
  const soon = sorted(open.filter((item) => item.court !== me.person && item.due !== null && item.due <= 3), "due", false, nameOf);
  const pending = ITEMS.change_order.filter((item) => item.open).reduce((sum, item) => sum + (item.amount ?? 0), 0);
  const overdue = (tool: Tool): number => ITEMS[tool].filter((item) => item.open && item.due !== null && item.due < 0).length;
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>{config.project.name}</h1>
          <p className="hint">412 Harlan Avenue · three floors, 11,800 m² · completion September 30, nine days of float</p>
        </div>
      </header>
      <ul className="figures">
        {TOOLS.map((tool) => (
          <li key={tool}>
            <Link to={`/projects/${config.project.id}/${PATHS[tool]}`} className="figure">
              <span className="figure-name">{NAMES[tool].many}</span>
              <span className="figure-number">{openCounts[tool]}</span>
              <span className="figure-note">
                {tool === "change_order" ? `open, ${money(pending)} pending` : overdue(tool) > 0 ? `open, ${String(overdue(tool))} overdue` : "open, none overdue"}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <div className="home-columns">
        <div>
          <section className="home-part" aria-labelledby="mine">
            <h2 id="mine">Your turn</h2>
            {mine.length === 0 ? <p className="hint">Nothing waits for you.</p> : <Rows items={mine} />}
          </section>
          <section className="home-part" aria-labelledby="soon">
            <h2 id="soon">Due in the next days</h2>
            <Rows items={soon.slice(0, 8)} withCourt />
          </section>
        </div>
        <section className="home-part" aria-labelledby="talk">
          <h2 id="talk">Conversations</h2>
          <ul className="home-talk" aria-busy={view.state === "loading"}>
            {view.conversations.slice(0, SHOWN_CONVERSATIONS).map((one) => (
              <li key={one.conversation}>
                <Link to={`/conversations/${one.conversation}`} className="home-talk-link">
                  {one.kind === "direct" ? <Avatar person={one.other} size={28} presence /> : <KindIcon kind={one.kind} link={one.link} size={28} />}
                  <span className={one.unread > 0 ? "home-talk-title unread" : "home-talk-title"}>{one.title}</span>
                  {one.unread > 0 ? (
                    <span className={one.mutedUntilMs > now ? "badge muted" : "badge"}>
                      {shownNumber(one.unread)}
                      <span className="unseen"> unread</span>
                    </span>
                  ) : (
                    <time className="list-time">{listTime(one.activeAtMs, now)}</time>
                  )}
                </Link>
              </li>
            ))}
          </ul>
          <Link to="/conversations" className="home-all">
            All conversations
          </Link>
        </section>
      </div>
    </div>
  );
}

function Rows({ items, withCourt = false }: { readonly items: ReturnType<typeof sorted>; readonly withCourt?: boolean }): ReactNode {
  const { config } = useSession();
  return (
    <ul className="rows">
      {items.map((item) => (
        <li key={`${item.tool} ${item.id}`}>
          <Link to={linkOf(config.project.id, item)} className="row">
            <span className="row-number">
              {NAMES[item.tool].of} {numberOf(item)}
            </span>
            <span className="row-title">{item.title}</span>
            {withCourt ? (
              <span className="row-court">
                <Person person={item.court} size={18} />
              </span>
            ) : (
              <span className={`chip ${item.tone}`}>{item.status}</span>
            )}
            <span className="row-due">
              <Due item={item} short />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
