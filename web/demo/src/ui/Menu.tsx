/** A button that opens a menu: arrow keys, Home, End, Esc; the focus goes back to the button. */
import {
  createContext,
  use,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  type ButtonHTMLAttributes,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
} from "react";

const CloseContext = createContext<() => void>(() => undefined);

export interface MenuProps {
  /** The menu's name, and the button's unless `buttonLabel` is given. */
  readonly label: string;
  readonly className?: string;
  /** What the button shows. */
  readonly button: ReactNode;
  /** The button's name; empty if what it shows says it. */
  readonly buttonLabel?: string;
  readonly buttonProps?: ButtonHTMLAttributes<HTMLButtonElement> & { readonly ref?: Ref<HTMLButtonElement> };
  /** Rendered while it is open. */
  readonly children: ReactNode;
  /** "menu" for commands; "dialog" for anything else. */
  readonly role?: "menu" | "dialog";
  readonly onOpen?: (open: boolean) => void;
}

const GAP = 6;
const EDGE = 8;

export function Menu(props: MenuProps): ReactNode {
  const { label, className = "icon-button", button, buttonLabel = label, children, role = "menu" } = props;
  const id = useId();
  const trigger = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  useLayoutEffect(() => {
    const at = trigger.current?.getBoundingClientRect();
    const box = panel.current;
    if (!open || at === undefined || box === null) return;
    const { offsetWidth: width, offsetHeight: height } = box;
    const below = at.bottom + GAP + height <= innerHeight - EDGE;
    const top = below ? at.bottom + GAP : Math.max(EDGE, at.top - GAP - height);
    const start = at.left + width <= innerWidth - EDGE ? at.left : at.right - width;
    box.style.top = `${String(Math.min(top, innerHeight - EDGE - height))}px`;
    box.style.left = `${String(Math.max(EDGE, Math.min(start, innerWidth - EDGE - width)))}px`;
    box.style.visibility = "visible";
    items(box)[0]?.focus({ preventScroll: true });
  }, [open]);
  const close = (): void => {
    panel.current?.hidePopover();
  };
  return (
    <>
      <button
        {...props.buttonProps}
        ref={trigger}
        type="button"
        className={className}
        aria-label={buttonLabel === "" ? undefined : buttonLabel}
        aria-haspopup={role}
        aria-expanded={open}
        popoverTarget={id}
      >
        {button}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        role={role}
        aria-label={label}
        className="menu"
        tabIndex={-1}
        style={{ visibility: "hidden" }}
        onKeyDown={move}
        onToggle={(event) => {
          // The event bubbles in React: one of a menu within this one is not ours.
          if (event.target !== event.currentTarget) return;
          const now = event.newState === "open";
          if (!now) event.currentTarget.style.visibility = "hidden";
          setOpen(now);
          props.onOpen?.(now);
        }}
      >
        <CloseContext value={close}>{open ? children : null}</CloseContext>
      </div>
    </>
  );
}

export interface MenuItemProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly icon?: ReactNode;
  readonly trailing?: ReactNode;
  readonly danger?: boolean;
  readonly checked?: boolean;
  readonly onSelect: () => void;
}

/** A command; the menu closes with it. */
export function MenuItem({ icon, trailing, danger = false, checked, onSelect, children, ...rest }: MenuItemProps): ReactNode {
  const close = use(CloseContext);
  return (
    <button
      type="button"
      role={checked === undefined ? "menuitem" : "menuitemradio"}
      aria-checked={checked}
      tabIndex={-1}
      className={`menu-item${danger ? " danger" : ""}`}
      onClick={() => {
        close();
        onSelect();
      }}
      {...rest}
    >
      {icon}
      <span>{children}</span>
      {trailing === undefined ? null : <span className="trailing">{trailing}</span>}
    </button>
  );
}

/** A line between groups of commands. */
export function MenuLine(): ReactNode {
  return <div role="separator" className="menu-line" />;
}

/** Closes the menu around, for what is no command. */
export function useCloseMenu(): () => void {
  return use(CloseContext);
}

function items(box: HTMLElement): HTMLElement[] {
  return [...box.querySelectorAll<HTMLElement>("[role^=menuitem]:not(:disabled), button:not(:disabled), a[href], input")];
}

function move(event: KeyboardEvent<HTMLDivElement>): void {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
  const all = items(event.currentTarget);
  const now = all.findIndex((one) => one === document.activeElement);
  const step = steps[event.key];
  let next = -1;
  if (step !== undefined) next = (now + step + all.length) % all.length;
  else if (event.key === "Home") next = 0;
  else if (event.key === "End") next = all.length - 1;
  else if (event.key === "Tab") {
    event.currentTarget.hidePopover();
    return;
  }
  if (next < 0) return;
  event.preventDefault();
  event.stopPropagation();
  all[next]?.focus();
}
