/** Addresses: the path says what is shown, nothing else does. */
import { useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent, type ReactNode } from "react";

const listeners = new Set<() => void>();

function changed(): void {
  for (const listener of [...listeners]) listener();
}

window.addEventListener("popstate", changed);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Goes to an address of this application. `replace` leaves no step to go back to. */
export function navigate(to: string, options: { readonly replace?: boolean } = {}): void {
  const now = location.pathname + location.search + location.hash;
  if (to !== now) {
    if (options.replace === true) history.replaceState(null, "", to);
    else history.pushState(null, "", to);
  }
  changed();
}

/** Where the application is: the path's decoded parts and the query. */
export interface Place {
  readonly path: string;
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

/** Reads an address. A part that is no proper encoding stays as it is. */
export function placeOf(address: string): Place {
  const url = new URL(address, "http://x");
  const parts = url.pathname.split("/").filter(Boolean).map(decoded);
  return { path: url.pathname, parts, query: url.searchParams };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

let kept: { readonly address: string; readonly place: Place } | null = null;

function here(): Place {
  const address = location.pathname + location.search;
  if (kept?.address !== address) kept = { address, place: placeOf(address) };
  return kept.place;
}

/** The present address; the component renders again when it changes. */
export function usePlace(): Place {
  return useSyncExternalStore(subscribe, here);
}

export interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly to: string;
  readonly replace?: boolean;
  readonly children?: ReactNode;
}

/** A link within the application; with a modifier key or another button the browser does what it always does. */
export function Link({ to, replace = false, onClick, children, ...rest }: LinkProps): ReactNode {
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || rest.target === "_blank") return;
    event.preventDefault();
    navigate(to, { replace });
  };
  return (
    <a href={to} onClick={follow} {...rest}>
      {children}
    </a>
  );
}
