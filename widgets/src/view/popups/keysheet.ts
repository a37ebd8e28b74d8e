// The sheet of keys: what each one does, closed by Esc, ? or a click beside it.
import { make } from "../dom.ts";

const REPLAY_KEYS: [string, string][] = [
  ["Space", "play, pause"], ["N / P", "next, previous trade (Shift: its other end)"],
  ["\u2192 / \u2190", "one step forward, back (Shift: ten)"], ["J / K", "next, previous mark or decision"],
  ["\u2191 / \u2193", "faster, slower"], ["F", "follow the head"],
  ["Home / End", "start, end"], ["L", "lock: zoom all panels together"],
  ["U", "next step unit (Shift: previous)"], ["H", "hide or show the future"],
  ["G", "go to a date, tick or trade"], ["1 \u2026 6", "enlarge a panel"],
  ["0", "all panels"], ["W", "the worst trade"],
  ["R", "a random start"], ["B", "bookmark here"],
  ["+ / \u2212", "zoom the panel (=: fit)"], [", / .", "a bar back, forward (Shift: twenty)"],
  ["?", "this sheet"],
  ["Esc", "close, then give the keyboard back"], ["Tab", "through the parts"],
];
const MOUSE: [string, string][] = [
  ["Wheel", "zoom, with Ctrl or after a click"], ["Drag", "pan; on the price axis: stretch"],
  ["Double click", "fit"], ["Click", "select a trade"],
];

export class KeySheet {
  readonly element: HTMLElement;
  private readonly close = make("button", { type: "button", class: "btn" }, "Close");

  constructor(private readonly closed: () => void) {
    const list = make("dl");
    for (const [key, does] of [...REPLAY_KEYS, ...MOUSE]) list.append(make("dt", {}, make("kbd", {}, key)), make("dd", {}, does));
    const inner = make("div", {}, make("h3", {}, "Keys and mouse"), list, make("p", { style: "margin-top:12px;text-align:right" }, this.close));
    this.element = make("div", { class: "sheet", role: "dialog", "aria-label": "Keys", hidden: "" }, inner);
    this.element.addEventListener("click", (event) => {
      if (event.target === this.element || event.target === this.close) this.hide();
    });
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  show(): void {
    this.element.hidden = false;
    this.close.focus({ preventScroll: true });
  }

  hide(): void {
    this.element.hidden = true;
    this.closed();
  }
}
