import type { Page, PageEvents } from "../src/page.js";

/** A page that the test plays. */
export class PlayedPage implements Page {
  focused = true;
  shown = true;
  events: PageEvents | null = null;

  visible = (): boolean => this.shown;
  attentive = (): boolean => this.shown && this.focused;
  observe = (events: PageEvents): (() => void) => {
    this.events = events;
    return () => {
      this.events = null;
    };
  };

  /** The focus comes or goes. */
  focus(focused: boolean): void {
    this.focused = focused;
    this.events?.changed();
  }
}
