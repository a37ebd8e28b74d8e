// A box that asks for a line of text; what it cannot take stays in it, with the reason below.
import { make, writer } from "../dom.ts";

export class AskBox {
  readonly element: HTMLElement;
  private readonly input: HTMLInputElement;
  private readonly reason = make("div", { class: "bad", role: "alert", hidden: "" });
  private readonly hint = make("div", { class: "hint" });
  private readonly say: (text: string) => void;

  /** `take` returns the reason why it could not, or null. */
  constructor(label: string, placeholder: string, private readonly hintOf: () => string, private readonly take: (text: string) => string | null | Promise<string | null>, private readonly closed: () => void) {
    this.say = writer(this.reason);
    this.input = make("input", { type: "text", "aria-label": label, autocomplete: "off", spellcheck: "false", placeholder });
    this.element = make("div", { class: "pop", role: "dialog", "aria-label": label, hidden: "" }, make("label", {}, label), this.input, this.reason, this.hint);
    this.input.addEventListener("input", () => this.forgive());
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      event.preventDefault();
      void this.submit();
    });
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  show(text = this.input.value): void {
    this.hint.textContent = this.hintOf();
    this.element.hidden = false;
    this.input.value = text;
    this.input.focus({ preventScroll: true });
    this.input.select();
    this.element.scrollIntoView({ block: "nearest" }); // a narrow widget is higher than its page
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

  private async submit(): Promise<void> {
    const asked = this.take(this.input.value);
    const reason = asked instanceof Promise ? await asked.catch((error: unknown) => (error as Error).message) : asked;
    if (reason === null) {
      this.input.value = "";
      if (this.open) this.hide();
      return;
    }
    this.say(reason);
    this.reason.hidden = false;
    this.input.setAttribute("aria-invalid", "true");
  }
}
