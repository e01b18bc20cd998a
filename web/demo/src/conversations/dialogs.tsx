/** New conversations, members, names, leaving. */
import { EllipsisVertical, Search, X } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useSession } from "../app/session.js";
import { announce } from "../app/announce.js";
import { Avatar } from "../ui/Avatar.js";
import { Dialog } from "../ui/Dialog.js";
import { Menu, MenuItem } from "../ui/Menu.js";
import { fitting } from "./text.js";
import { useVerbs, whyOf } from "./verbs.js";

interface PickerProps {
  readonly without: readonly string[];
  readonly picked: readonly string[];
  readonly onChange: (picked: readonly string[]) => void;
}

/** People to choose from: by name, with chips for those who are chosen. */
function PeoplePicker({ without, picked, onChange }: PickerProps): ReactNode {
  const { config, someone } = useSession();
  const [query, setQuery] = useState("");
  const left = config.people.filter(({ person }) => !without.includes(person));
  const found = fitting(
    left.map(({ person, name }) => ({ person, label: name })),
    query.trim(),
  );
  const toggle = (person: string): void => {
    onChange(picked.includes(person) ? picked.filter((one) => one !== person) : [...picked, person]);
    setQuery("");
  };
  return (
    <div className="picker">
      <div className="picker-chips">
        {picked.map((person) => (
          <button
            key={person}
            type="button"
            className="chip accent"
            aria-label={`Take ${someone(person).name} out`}
            onClick={() => {
              toggle(person);
            }}
          >
            {someone(person).name} <X size={12} aria-hidden="true" />
          </button>
        ))}
        {picked.length === 0 ? <span className="hint">Nobody chosen yet</span> : null}
      </div>
      <label className="search-box">
        <Search size={16} aria-hidden="true" />
        <input
          type="search"
          className="field"
          aria-label="Find people"
          placeholder="Find people by name"
          value={query}
          autoFocus
          onChange={(event) => {
            setQuery(event.target.value);
          }}
          onKeyDown={(event) => {
            const first = found[0];
            if (event.key !== "Enter") return;
            event.preventDefault();
            if (first !== undefined && query.trim() !== "") toggle(first.person);
          }}
        />
      </label>
      <ul className="picker-list" aria-label="People">
        {found.map(({ person, label }) => (
          <li key={person}>
            <label className="menu-item">
              <input
                type="checkbox"
                checked={picked.includes(person)}
                onChange={() => {
                  toggle(person);
                }}
              />
              <Avatar person={person} size={26} />
              <span>{label}</span>
              <span className="trailing">{someone(person).role}</span>
            </label>
          </li>
        ))}
        {found.length === 0 ? <li className="hint picker-none">Nobody of that name on this project</li> : null}
      </ul>
    </div>
  );
}

/** A direct conversation with one person, a group with several. */
export function NewConversationDialog({ onClose, onMade }: { readonly onClose: () => void; readonly onMade: (conversation: string) => void }): ReactNode {
  const { client, me } = useSession();
  const [picked, setPicked] = useState<readonly string[]>([]);
  const [title, setTitle] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const group = picked.length > 1;
  const ready = picked.length === 1 || (group && title.trim() !== "");
  const make = async (): Promise<void> => {
    const [first] = picked;
    if (!ready || busy || first === undefined) return;
    setBusy(true);
    setProblem("");
    try {
      onMade(group ? await client.createGroup(title.trim(), picked) : await client.createDirect(first));
    } catch (error) {
      setProblem(whyOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title="New conversation"
      onClose={onClose}
      foot={
        <>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="button" className="button primary" disabled={!ready || busy} onClick={() => void make()}>
            {group ? "Create the group" : "Open"}
          </button>
        </>
      }
    >
      <PeoplePicker without={[me.person]} picked={picked} onChange={setPicked} />
      {/* Its place is kept, so that nothing moves when a second person is chosen. */}
      <div style={{ visibility: group ? "visible" : "hidden" }}>
        <label className="label" htmlFor="group-name">
          Name of the group
        </label>
        <input
          id="group-name"
          className="field"
          maxLength={200}
          value={title}
          placeholder="For example: Level 3 deck pour"
          onChange={(event) => {
            setTitle(event.target.value);
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter") void make();
          }}
        />
      </div>
      <p className="problem" role="alert">
        {problem}
      </p>
    </Dialog>
  );
}

interface MembersProps {
  readonly conversation: string;
  readonly members: readonly string[];
  readonly owners: readonly string[];
  readonly archived: boolean;
  readonly onClose: () => void;
}

/** Who is in it; adds people, and, for an owner, takes them out and gives roles. */
export function MembersDialog({ conversation, members, owners, archived, onClose }: MembersProps): ReactNode {
  const { client, me, someone } = useSession();
  const [adding, setAdding] = useState(false);
  const [picked, setPicked] = useState<readonly string[]>([]);
  const [problem, setProblem] = useState("");
  const owner = owners.includes(me.person) && !archived;
  const change = async (act: () => Promise<void>): Promise<void> => {
    setProblem("");
    try {
      await act();
      setAdding(false);
      setPicked([]);
    } catch (error) {
      setProblem(whyOf(error));
    }
  };
  return (
    <Dialog
      title={adding ? "Add people" : `Members (${String(members.length)})`}
      onClose={onClose}
      foot={
        archived ? undefined : adding ? (
          <>
            <button
              type="button"
              className="button"
              onClick={() => {
                setAdding(false);
              }}
            >
              Back
            </button>
            <button
              type="button"
              className="button primary"
              disabled={picked.length === 0}
              onClick={() => void change(() => client.addMembers(conversation, picked))}
            >
              Add
            </button>
          </>
        ) : (
          <button
            type="button"
            className="button"
            onClick={() => {
              setAdding(true);
            }}
          >
            Add people
          </button>
        )
      }
    >
      {adding ? (
        <PeoplePicker without={members} picked={picked} onChange={setPicked} />
      ) : (
        <ul className="member-list" aria-label="Members">
          {members.map((person) => (
            <li key={person} className="member">
              <Avatar person={person} size={30} presence />
              <span className="member-words">
                <span>
                  {someone(person).name}
                  {person === me.person ? " (you)" : ""}
                </span>
                <span className="hint">{someone(person).role}</span>
              </span>
              {owners.includes(person) ? <span className="chip">Owner</span> : null}
              {owner && person !== me.person ? (
                <Menu
                  label={`Actions for ${someone(person).name}`}
                  className="icon-button small"
                  button={<EllipsisVertical size={15} aria-hidden="true" />}
                >
                  {owners.includes(person) ? (
                    <MenuItem onSelect={() => void change(() => client.setRole(conversation, person, "member"))}>
                      Make a member
                    </MenuItem>
                  ) : (
                    <MenuItem onSelect={() => void change(() => client.setRole(conversation, person, "owner"))}>
                      Make an owner
                    </MenuItem>
                  )}
                  <MenuItem danger onSelect={() => void change(() => client.removeMembers(conversation, [person]))}>
                    Remove
                  </MenuItem>
                </Menu>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      <p className="problem" role="alert">
        {problem}
      </p>
    </Dialog>
  );
}

export function RenameDialog({ conversation, title, onClose }: { readonly conversation: string; readonly title: string; readonly onClose: () => void }): ReactNode {
  const { client } = useSession();
  const [name, setName] = useState(title);
  const [problem, setProblem] = useState("");
  const save = async (): Promise<void> => {
    try {
      await client.rename(conversation, name.trim());
      announce("Renamed", true);
      onClose();
    } catch (error) {
      setProblem(whyOf(error));
    }
  };
  return (
    <Dialog
      title="Rename"
      onClose={onClose}
      foot={
        <>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="button" className="button primary" disabled={name.trim() === "" || name === title} onClick={() => void save()}>
            Save
          </button>
        </>
      }
    >
      <div>
        <label className="label" htmlFor="new-name">
          Name of the group
        </label>
        <input
          id="new-name"
          className="field"
          maxLength={200}
          value={name}
          autoFocus
          onChange={(event) => {
            setName(event.target.value);
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter") void save();
          }}
        />
      </div>
      <p className="problem" role="alert">
        {problem}
      </p>
    </Dialog>
  );
}

export function LeaveDialog(props: { readonly conversation: string; readonly title: string; readonly onClose: () => void; readonly onLeft: () => void }): ReactNode {
  const verbs = useVerbs();
  return (
    <Dialog
      title={`Leave “${props.title}”?`}
      onClose={props.onClose}
      foot={
        <>
          <button type="button" className="button" onClick={props.onClose}>
            Stay
          </button>
          <button
            type="button"
            className="button danger"
            onClick={() =>
              void verbs.leave(props.conversation).then((left) => {
                props.onClose();
                if (left) props.onLeft();
              })
            }
          >
            Leave
          </button>
        </>
      }
    >
      <p>You will see nothing more of it, and what you have not read leaves your number at once. Any member can add you again.</p>
    </Dialog>
  );
}
