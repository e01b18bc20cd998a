/** What holds, what is being saved, and how to change it. */
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { useSession } from "../../app/session.js";
import { useStore } from "../../app/store.js";
import { words } from "../words.js";
import { Edits, type Edit } from "./edits.js";
import { FIELDS, ownOf, patchOf, settingsOf, type Choice, type Choices, type SettingName, type Settings } from "./model.js";

/** Where one setting comes from, and how its change went. */
export interface Changing {
  readonly name: SettingName;
  /** Whether the person has chosen it; else the company's default holds. */
  readonly own: boolean;
  readonly edit: Pick<Edit<unknown>, "state" | "why"> | undefined;
  readonly useDefault: () => void;
  readonly retry: () => void;
  readonly undo: () => void;
}

/** One setting as the page shows it. */
export interface Shown<V> extends Changing {
  readonly value: V;
  readonly set: (value: V) => void;
}

export interface SettingsState {
  readonly state: "loading" | "shown" | "failed";
  readonly why: string;
  readonly reload: () => void;
  readonly of: <Name extends SettingName>(name: Name) => Shown<Settings[Name]>;
}

export function useSettings(): SettingsState {
  const { client } = useSession();
  const view = useStore(client.preferences.view);
  const [why, setWhy] = useState("");
  const edits = useMemo(
    () =>
      new Edits<Choices>(async (name, choice) => {
        try {
          const { own, value } = choice.own ? choice : { own: false, value: undefined };
          // A snooze that is ended is no choice any more.
          if (own && !(name === "snoozedUntilMs" && value === 0)) {
            await client.preferences.change(patchOf(name, value as Settings[typeof name]));
          } else await client.preferences.change({}, [FIELDS[name]]);
        } catch (error) {
          throw new Error(words(error), { cause: error });
        }
      }),
    [client],
  );
  const pending = useSyncExternalStore(edits.subscribe, () => edits.view);
  const reload = useCallback(() => {
    client.preferences.read().then(
      () => {
        setWhy("");
      },
      (error: unknown) => {
        setWhy(words(error));
      },
    );
  }, [client]);
  useEffect(() => {
    reload();
    // They may have been changed on another device, or by the company.
    window.addEventListener("focus", reload);
    return () => {
      window.removeEventListener("focus", reload);
    };
  }, [reload]);
  const held = useMemo(() => (view.effective ? settingsOf(view.effective) : null), [view.effective]);
  const own = useMemo(() => ownOf(view), [view]);

  const of = <Name extends SettingName>(name: Name): Shown<Settings[Name]> => {
    if (held === null) throw new Error("not read yet");
    const edit = pending[name] as Edit<Choice<Settings[Name]>> | undefined;
    const chosen = edit?.value;
    return {
      name,
      value: chosen?.own === true ? chosen.value : held[name],
      own: chosen?.own ?? own.has(name),
      edit,
      set: (value) => {
        edits.set(name, { own: true, value } as Choices[Name]);
      },
      useDefault: () => {
        edits.set(name, { own: false });
      },
      retry: () => {
        edits.retry(name);
      },
      undo: () => {
        edits.discard(name);
      },
    };
  };
  return { state: held !== null ? "shown" : why === "" ? "loading" : "failed", why, reload, of };
}
