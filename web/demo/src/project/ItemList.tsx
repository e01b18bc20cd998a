/** All items of a tool: a table, sorted and filtered; with what is unread in their conversations. */
import { ArrowDown, ArrowUp, MessageSquare, Search } from "lucide-react";
import { useState, type ReactNode } from "react";
import type { ListedConversation } from "@conversations/client";
import { Link, navigate } from "../app/router.js";
import { useSession } from "../app/session.js";
import { shownNumber } from "../app/Shell.js";
import { useTitle } from "../app/title.js";
import { Due } from "./Due.js";
import { useItemConversations } from "./hooks.js";
import { ITEMS, linkOf, NAMES, numberOf, type Item, type Tool } from "./items.js";
import { money } from "./money.js";
import { Person } from "./Person.js";
import { sorted, SHOWS, shownItems, type Column, type Show } from "./table.js";

const COLUMNS: Readonly<Record<Tool, readonly Column[]>> = {
  rfi: ["number", "title", "status", "court", "due", "place"],
  submittal: ["number", "title", "status", "court", "due", "trade"],
  change_order: ["number", "title", "status", "amount", "days", "court", "due"],
  punch_item: ["number", "title", "place", "status", "court", "due"],
};

const WORDS: Readonly<Record<Column, string>> = {
  number: "No.",
  title: "Title",
  status: "Status",
  court: "Ball in court",
  due: "Due",
  place: "Location",
  trade: "Specification",
  amount: "Amount",
  days: "Days",
};

export function ItemList({ tool }: { readonly tool: Tool }): ReactNode {
  const { config, someone } = useSession();
  const conversations = useItemConversations();
  const [show, setShow] = useState<Show>("Open");
  const [query, setQuery] = useState("");
  const [by, setBy] = useState<{ readonly column: Column; readonly down: boolean }>({ column: "number", down: true });
  useTitle(NAMES[tool].many);
  const nameOf = (person: string): string => (person === "" ? "" : someone(person).name);
  const items = sorted(shownItems(ITEMS[tool], show, query, nameOf), by.column, by.down, nameOf);
  const columns = COLUMNS[tool];
  return (
    <div className="page">
      <header className="page-head">
        <h1>{NAMES[tool].many}</h1>
        <p className="hint">
          {ITEMS[tool].filter(({ open }) => open).length} open of {ITEMS[tool].length}
        </p>
      </header>
      <div className="page-tools">
        <div className="segments" role="group" aria-label="Show">
          {SHOWS.map((one) => (
            <button
              key={one}
              type="button"
              className="segment"
              aria-pressed={one === show}
              onClick={() => {
                setShow(one);
              }}
            >
              {one}
            </button>
          ))}
        </div>
        <label className="search-box page-search">
          <Search size={16} aria-hidden="true" />
          <input
            type="search"
            className="field"
            aria-label={`Filter ${NAMES[tool].many}`}
            placeholder="Filter by title, place or person"
            value={query}
            onChange={(event) => {
              setQuery(event.target.value);
            }}
          />
        </label>
      </div>
      <div className="table-frame">
        <table className="items">
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col" className={`col-${column}`} aria-sort={by.column === column ? (by.down ? "descending" : "ascending") : "none"}>
                  <button
                    type="button"
                    className="sort"
                    onClick={() => {
                      setBy({ column, down: by.column === column ? !by.down : false });
                    }}
                  >
                    {WORDS[column]}
                    {by.column === column ? by.down ? <ArrowDown size={13} aria-hidden="true" /> : <ArrowUp size={13} aria-hidden="true" /> : null}
                  </button>
                </th>
              ))}
              <th scope="col" className="col-talk">
                <span className="unseen">Conversation</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <ItemRow key={item.id} item={item} columns={columns} link={linkOf(config.project.id, item)} talk={conversations.of(tool, item.id)} />
            ))}
          </tbody>
        </table>
        {items.length === 0 ? (
          <div className="empty">
            <strong>Nothing fits</strong>
            <p>{query === "" ? "There is none of these." : "Other words, or another status, may find it."}</p>
          </div>
        ) : null}
      </div>
    </div>
  );
}

interface ItemRowProps {
  readonly item: Item;
  readonly columns: readonly Column[];
  readonly link: string;
  readonly talk: ListedConversation | undefined;
}

function ItemRow({ item, columns, link, talk }: ItemRowProps): ReactNode {
  return (
    <tr
      onClick={(event) => {
        // Anywhere in the row; the link in it is for keys and screen readers.
        if (event.target instanceof Element && event.target.closest("a, button") === null && getSelection()?.isCollapsed !== false) navigate(link);
      }}
    >
      {columns.map((column) => (
        <td key={column} className={`col-${column}`}>
          <Cell item={item} column={column} link={link} />
        </td>
      ))}
      <td className="col-talk">
        {talk === undefined ? null : talk.unread > 0 ? (
          <span className="badge">
            {shownNumber(talk.unread)}
            <span className="unseen"> unread</span>
          </span>
        ) : (
          <span className="talk" title="Has a conversation">
            <MessageSquare size={15} aria-hidden="true" />
            <span className="unseen">Has a conversation</span>
          </span>
        )}
      </td>
    </tr>
  );
}

function Cell({ item, column, link }: { readonly item: Item; readonly column: Column; readonly link: string }): ReactNode {
  switch (column) {
    case "number":
      return numberOf(item);
    case "title":
      return (
        <Link to={link} className="item-link">
          {item.title}
        </Link>
      );
    case "status":
      return <span className={`chip ${item.tone}`}>{item.status}</span>;
    case "court":
      return <Person person={item.court} />;
    case "due":
      return <Due item={item} />;
    case "place":
      return item.place;
    case "trade":
      return item.trade;
    case "amount":
      return money(item.amount ?? 0);
    case "days":
      return String(item.days ?? 0);
  }
}
