/** What the page itself tells: focus, visibility, input, and waking up. */

const INPUT_EVENTS = ["keydown", "pointerdown", "pointermove", "touchstart", "wheel"] as const;

export interface PageEvents {
  /** Focus or visibility have changed. */
  readonly changed: () => void;
  /** The machine or the page was asleep, or the network was away. */
  readonly woke: () => void;
  readonly input: () => void;
}

/** The page, handed in so that tests can play it. */
export interface Page {
  visible(): boolean;
  /** Whether the person looks at it: it is visible and has the focus. */
  attentive(): boolean;
  /** Follows what it tells; the answer ends that. */
  observe(events: PageEvents): () => void;
}

export const browserPage: Page = {
  visible: () => document.visibilityState === "visible",
  attentive: () => browserPage.visible() && document.hasFocus(),
  observe,
};

function observe({ changed, woke, input }: PageEvents): () => void {
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
    if (browserPage.visible()) woke();
  });
  on(document, ["resume"], woke);
  on(window, ["online", "pageshow"], woke);
  on(window, INPUT_EVENTS, input);
  return () => {
    for (const end of undo) end();
  };
}
