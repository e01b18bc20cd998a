/** The library's stores in React. */
import { useCallback, useSyncExternalStore } from "react";
import type { Store } from "@conversations/client";

/** The store's value; the component renders again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const subscribe = useCallback((listener: () => void) => store.subscribe(listener), [store]);
  return useSyncExternalStore(subscribe, () => store.value);
}

/** A part of the store's value; the component renders again only when that part changes (compared by identity). */
export function useSelected<T, P>(store: Store<T>, select: (value: T) => P): P {
  const subscribe = useCallback((listener: () => void) => store.subscribe(listener), [store]);
  return useSyncExternalStore(subscribe, () => select(store.value));
}
