/** What the page itself tells: focus, visibility, input, and waking up. */

const INPUT_EVENTS = ["keydown", "pointerdown", "pointermove", "touchstart", "wheel"] as const;

/** Whether the person looks at this page: it is visible and has the focus. */
export function attentive(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

export interface PageEvents {
  /** Focus or visibility have changed. */
  readonly changed: () => void;
  /** The machine or the page was asleep, or the network was away. */
  readonly woke: () => void;
  readonly input: () => void;
}

/** Follows them; the answer ends that. */
export function observePage({ changed, woke, input }: PageEvents): () => void {
  const undo: (() => void)[] = [];
  const on = (target: EventTarget, names: readonly string[], act: () => void): void => {
    for (const name of names) {
      target.addEventListener(name, act, { passive: true, capture: true });
      undo.push(() => {
        target.removeEventListener(name, act, { capture: true });
      });
    }
  };
  on(window, ["focus", "blur"], changed);
  on(document, ["visibilitychange"], () => {
    changed();
    if (document.visibilityState === "visible") woke();
  });
  on(document, ["resume"], woke);
  on(window, ["online", "pageshow"], woke);
  on(window, INPUT_EVENTS, input);
  return () => {
    for (const end of undo) end();
  };
}
