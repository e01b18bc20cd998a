/** What the settings page is made of: sections, rows with their label, switches, and how a change went. */
import { useId, type ReactNode } from "react";
import type { Changing, Shown } from "./useSettings.js";

export function Section(props: {
  readonly id: string;
  readonly title: string;
  readonly lead?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  const heading = useId();
  return (
    <section className="set-section" id={props.id} aria-labelledby={heading}>
      <h2 id={heading}>{props.title}</h2>
      {props.lead === undefined ? null : <p className="set-lead">{props.lead}</p>}
      <div className="card set-card">{props.children}</div>
    </section>
  );
}

export interface RowProps {
  readonly title: string;
  readonly hint?: ReactNode;
  readonly icon?: ReactNode;
  /** The control on the right; gets the ids of its label and its hint. */
  readonly control?: (ids: { readonly id: string; readonly hint: string }) => ReactNode;
  readonly setting?: Changing;
  /** Below, across the whole row. */
  readonly children?: ReactNode;
  readonly name?: string;
  readonly nested?: boolean;
}

export function Row({ title, hint, icon, control, setting, children, name, nested = false }: RowProps): ReactNode {
  const id = useId();
  const hintId = `${id}-hint`;
  return (
    <div className={nested ? "set-row nested" : "set-row"} data-setting={setting?.name ?? name}>
      <div className="set-main">
        {icon === undefined ? null : <span className="set-icon">{icon}</span>}
        <div className="set-words">
          {control === undefined ? <p className="set-title">{title}</p> : <label className="set-title" htmlFor={id}>{title}</label>}
          {hint === undefined ? null : (
            <p className="hint" id={hintId}>
              {hint}
            </p>
          )}
        </div>
        {setting === undefined ? null : <Origin setting={setting} title={title} />}
        {control === undefined ? null : (
          <div className="set-control">
            {control({ id, hint: hint === undefined ? "" : hintId })}
          </div>
        )}
      </div>
      {setting === undefined ? null : <Saving setting={setting} />}
      {children}
    </div>
  );
}

/** Where a setting comes from, and the way back. */
export function Origin({ setting, title }: { readonly setting: Changing; readonly title: string }): ReactNode {
  return (
    <p className="set-origin">
      {setting.own ? (
        <>
          Your choice
          <span aria-hidden="true"> · </span>
          <button type="button" className="set-link" onClick={setting.useDefault} aria-label={`Use company default for ${title}`}>
            Use company default
          </button>
        </>
      ) : (
        "Company default"
      )}
    </p>
  );
}

/** That a change was not saved; nothing while all is well. */
export function Saving({ setting }: { readonly setting: Changing }): ReactNode {
  const { edit } = setting;
  return (
    <div role="status" className="set-saving" data-state={edit?.state ?? "saved"}>
      {edit?.state === "failed" ? (
        <p className="problem">
          Not saved: {edit.why}.{" "}
          <button type="button" className="set-link" onClick={setting.retry}>
            Try again
          </button>{" "}
          <button type="button" className="set-link" onClick={setting.undo}>
            Undo
          </button>
        </p>
      ) : null}
    </div>
  );
}

export function Switch(props: {
  readonly id?: string;
  readonly hint?: string;
  readonly label?: string;
  readonly on: boolean;
  readonly disabled?: boolean;
  readonly onChange: (on: boolean) => void;
}): ReactNode {
  return (
    <input
      type="checkbox"
      role="switch"
      className="switch"
      id={props.id}
      aria-label={props.label}
      aria-describedby={props.hint === "" ? undefined : props.hint}
      checked={props.on}
      disabled={props.disabled}
      onChange={(event) => {
        props.onChange(event.target.checked);
      }}
    />
  );
}

/** A row with one switch. */
export function SwitchRow(props: {
  readonly setting: Shown<boolean>;
  readonly title: string;
  readonly hint?: ReactNode;
  readonly icon?: ReactNode;
  readonly children?: ReactNode;
  readonly nested?: boolean;
}): ReactNode {
  const { setting } = props;
  return (
    <Row
      {...props}
      control={({ id, hint }) => <Switch id={id} hint={hint} on={setting.value} onChange={setting.set} />}
    />
  );
}
