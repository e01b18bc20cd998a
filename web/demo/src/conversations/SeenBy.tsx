/** Who has viewed the last message of one's own. */
import { CheckCheck, Check } from "lucide-react";
import type { ReactNode } from "react";
import { useSession } from "../app/session.js";
import { Avatar } from "../ui/Avatar.js";
import { Menu } from "../ui/Menu.js";
import { listed } from "./names.js";

const MOST = 5;

export function SeenBy({ persons, direct }: { readonly persons: readonly string[]; readonly direct: boolean }): ReactNode {
  const { someone } = useSession();
  if (persons.length === 0) {
    return (
      <p className="seen">
        <Check size={13} aria-hidden="true" /> Sent
      </p>
    );
  }
  if (direct) {
    return (
      <p className="seen">
        <CheckCheck size={13} aria-hidden="true" /> Seen
      </p>
    );
  }
  const names = persons.map((person) => someone(person).name);
  return (
    <div className="seen">
      <Menu
        label="Seen by"
        role="dialog"
        className="seen-button"
        buttonLabel=""
        button={
          <>
            <span>
              Seen by<span className="unseen-inline"> {listed(names, 4)}</span>
            </span>
            <span className="seen-faces" aria-hidden="true">
              {persons.slice(0, MOST).map((person) => (
                <Avatar key={person} person={person} size={18} />
              ))}
            </span>
            {persons.length > MOST ? <span aria-hidden="true">+{persons.length - MOST}</span> : null}
          </>
        }
      >
        <p className="menu-heading">Seen by {persons.length}</p>
        <ul className="seen-list">
          {persons.map((person) => (
            <li key={person} className="menu-item">
              <Avatar person={person} size={24} />
              {someone(person).name}
            </li>
          ))}
        </ul>
      </Menu>
    </div>
  );
}
