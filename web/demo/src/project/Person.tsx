/** A person in a table or among fields. */
import type { ReactNode } from "react";
import { useSession } from "../app/session.js";
import { Avatar } from "../ui/Avatar.js";

export function Person({ person, size = 20 }: { readonly person: string; readonly size?: number }): ReactNode {
  const { someone } = useSession();
  if (person === "") return <span className="hint">–</span>;
  return (
    <span className="person">
      <Avatar person={person} size={size} />
      {someone(person).name}
    </span>
  );
}
