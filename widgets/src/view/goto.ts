// The box "Go to": what it cannot read stays in it, with the reason below.
import { make, writer } from "./dom.ts";
import { EXAMPLES } from "./place.ts";

export class GoTo {
  readonly element: HTMLElement;
  private readonly input = make("input", { type: "text", "aria-label": "Go to", autocomplete: "off", spellcheck: "false", placeholder: "2014-05-07 13:30" });
  private readonly reason = make("div", { class: "bad", role: "alert", hidden: "" });
  private readonly say: (text: string) => void;

  /** `go` returns the reason why it could not, or null. */
  constructor(private readonly go: (text: string) => string | null, private readonly closed: () => void) {
    this.say = writer(this.reason);
    const hint = make("div", { class: "hint" }, EXAMPLES, ". Times are of the zone above.");
    this.element = make("div", { class: "pop", hidden: "" }, make("label", {}, "Go to"), this.input, this.reason, hint);
    this.input.addEventListener("input", () => this.forgive());
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      event.preventDefault();
      this.submit();
    });
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  show(): void {
    this.element.hidden = false;
    this.input.focus({ preventScroll: true });
    this.input.select();
  }

  hide(): void {
    this.element.hidden = true;
    this.forgive();
    this.closed();
  }

  private forgive(): void {
    this.reason.hidden = true;
    this.input.removeAttribute("aria-invalid");
  }

  private submit(): void {
    const reason = this.go(this.input.value);
    if (reason === null) {
      this.input.value = "";
      this.hide();
      return;
    }
    this.say(reason);
    this.reason.hidden = false;
    this.input.setAttribute("aria-invalid", "true");
  }
}
