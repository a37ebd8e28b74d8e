// A block of the inspector: a title, a note at its right, and what stands below. Blocks keep their height, so nothing jumps.
import { make, writer } from "../dom.ts";

export class Block {
  readonly element: HTMLElement;
  readonly title: (text: string) => void;
  readonly note: (text: string) => void;

  constructor(kind: string, title: string, note = "") {
    const name = make("span");
    const aside = make("span");
    this.element = make("section", { class: `blk ${kind}`, "aria-label": title }, make("h3", {}, name, aside));
    this.title = writer(name);
    this.note = writer(aside);
    this.title(title);
    this.note(note);
  }
}

/** Rows of a definition list that are made once and used again; what is not shown is hidden. */
export class Rows {
  readonly element = make("dl", { class: "kv" });
  private readonly rows: Row[] = [];

  row(index: number): Row {
    return (this.rows[index] ??= new Row(this.element));
  }

  /** Shows the first `count` rows. */
  keep(count: number): void {
    this.rows.forEach((row, index) => row.show(index < count));
  }
}

export class Row {
  readonly name: (text: string) => void;
  readonly detail: (text: string) => void;
  readonly value: (text: string) => void;
  readonly second: (text: string) => void;
  private readonly term = make("dt");
  private readonly answer = make("dd");
  private readonly swatch = make("i", { class: "sw" });
  private shown = true;
  private kind = "";
  private said = "";

  constructor(list: HTMLElement) {
    const [name, detail] = [make("span"), make("span", { class: "t3" })];
    const [value, second] = [make("span"), make("span", { class: "ds" })];
    this.term.append(this.swatch, name, " ", detail);
    this.answer.append(value, " ", second);
    list.append(this.term, this.answer);
    const write = writer(name);
    this.name = (text) => {
      write(text);
      if (text !== this.said) this.term.title = this.said = text; // a long one is cut
    };
    this.detail = writer(detail);
    this.value = writer(value);
    this.second = writer(second);
  }

  colour(kind: string): void {
    if (kind !== this.kind) this.swatch.className = "sw " + (this.kind = kind);
  }

  /** A swatch in a colour of its own. */
  paint(colour: string): void {
    if (colour === this.kind) return;
    this.swatch.className = "sw";
    this.swatch.style.background = this.kind = colour;
  }

  show(shown: boolean): void {
    if (shown === this.shown) return;
    this.shown = shown;
    this.term.hidden = this.answer.hidden = !shown;
  }
}
