// Drawing that snaps to device pixels, and text whose digits keep their columns.

const STACK = `-apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif`;

const SOLID: number[] = [];
/** Dashes in CSS pixels: stop and target, crosshair, last price, closed hours. */
export const DASH = { level: [5, 3], cross: [3, 3], price: [1, 3], gap: [1, 4] };

interface Face {
  css: string;
  widths: Map<string, number>;
  zero: number;
  tabular: boolean;
}

export class Pen {
  readonly context: CanvasRenderingContext2D;
  ratio = 1;
  width = 0;
  height = 0;
  /** One hairline in CSS pixels. */
  hair = 1;
  private readonly faces = new Map<string, Face>();
  private face: Face;
  private family = STACK;

  constructor(readonly canvas: HTMLCanvasElement) {
    this.context = canvas.getContext("2d")!;
    this.face = { css: "", widths: new Map(), zero: 0, tabular: true };
  }

  /** Takes the size in CSS pixels; true when the canvas had to be made anew (and is empty now). */
  resize(width: number, height: number, ratio: number): boolean {
    const columns = Math.max(1, Math.round(width * ratio));
    const rows = Math.max(1, Math.round(height * ratio));
    this.width = width;
    this.height = height;
    if (ratio === this.ratio && this.canvas.width === columns && this.canvas.height === rows) return false;
    this.ratio = ratio;
    this.hair = Math.max(1, Math.round(ratio * 0.6)) / ratio;
    this.canvas.width = columns;
    this.canvas.height = rows;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.lineJoin = "round";
    this.context.fontKerning = "none";
    this.context.textBaseline = "alphabetic";
    this.face = { ...this.face, css: "" };
    return true;
  }

  /** The host's font; measured widths belong to the one before. */
  useFamily(family: string): void {
    const stack = family ? family + ", " + STACK : STACK;
    if (stack === this.family) return;
    this.family = stack;
    this.faces.clear();
    this.face = { ...this.face, css: "" };
  }

  clear(): void {
    this.context.clearRect(0, 0, this.width + 1, this.height + 1);
  }

  snap(value: number): number {
    return Math.round(value * this.ratio) / this.ratio;
  }

  fill(x: number, y: number, width: number, height: number, colour: string): void {
    const left = this.snap(x);
    const top = this.snap(y);
    this.context.fillStyle = colour;
    this.context.fillRect(left, top, this.snap(x + width) - left, this.snap(y + height) - top);
  }

  across(from: number, to: number, y: number, colour: string): void {
    const left = this.snap(from);
    this.context.fillStyle = colour;
    this.context.fillRect(left, this.snap(y), this.snap(to) - left, this.hair);
  }

  down(x: number, from: number, to: number, colour: string): void {
    const top = this.snap(from);
    this.context.fillStyle = colour;
    this.context.fillRect(this.snap(x), top, this.hair, this.snap(to) - top);
  }

  dashAcross(from: number, to: number, y: number, colour: string, dash: number[]): void {
    const middle = this.snap(y) + this.hair / 2;
    this.line(this.snap(from), middle, this.snap(to), middle, colour, this.hair, dash);
  }

  dashDown(x: number, from: number, to: number, colour: string, dash: number[]): void {
    const middle = this.snap(x) + this.hair / 2;
    this.line(middle, this.snap(from), middle, this.snap(to), colour, this.hair, dash);
  }

  line(x0: number, y0: number, x1: number, y1: number, colour: string, width: number, dash: number[] = SOLID): void {
    const { context } = this;
    context.strokeStyle = colour;
    context.lineWidth = width;
    if (dash.length) context.setLineDash(dash);
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
    if (dash.length) context.setLineDash(SOLID);
  }

  dot(x: number, y: number, radius: number, colour: string): void {
    const { context } = this;
    context.fillStyle = colour;
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    context.fill();
  }

  round(x: number, y: number, width: number, height: number, radius: number, colour: string): void {
    const { context } = this;
    const left = this.snap(x);
    const top = this.snap(y);
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(left, top, Math.max(0, this.snap(x + width) - left), this.snap(y + height) - top, radius);
    context.fill();
  }

  ring(x: number, y: number, width: number, height: number, radius: number, colour: string): void {
    const { context, hair } = this;
    const left = this.snap(x);
    const top = this.snap(y);
    context.strokeStyle = colour;
    context.lineWidth = hair;
    context.beginPath();
    context.roundRect(left + hair / 2, top + hair / 2, this.snap(x + width) - left - hair, this.snap(y + height) - top - hair, radius);
    context.stroke();
  }

  clipped(x: number, y: number, width: number, height: number, draw: () => void): void {
    const { face, context } = this;
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    draw();
    context.restore();
    this.face = face;
  }

  /** Setting a font makes the browser bring the page's style up to date: draw first, write to the page afterwards. */
  font(size = 11, weight = 400): this {
    const css = `${weight} ${size}px ${this.family}`;
    if (css === this.face.css) return this;
    this.context.font = css;
    this.face = this.faces.get(css) ?? this.measure(css);
    return this;
  }

  /** Width of `text` with every digit as wide as a zero. */
  textWidth(text: string): number {
    let width = 0;
    for (let i = 0; i < text.length; i++) width += this.advance(text, i);
    return width;
  }

  text(text: string, x: number, y: number, colour: string, align: "left" | "right" | "center" = "left"): void {
    const { context, face } = this;
    const width = align === "left" ? 0 : this.textWidth(text);
    let at = this.snap(align === "right" ? x - width : align === "center" ? x - width / 2 : x);
    const line = this.snap(y);
    context.fillStyle = colour;
    if (face.tabular || !/\d/.test(text)) {
      context.fillText(text, at, line);
      return;
    }
    for (let i = 0; i < text.length; i++) {
      const glyph = text[i]!;
      const room = this.advance(text, i);
      context.fillText(glyph, isDigit(text, i) ? at + (room - this.glyph(glyph)) / 2 : at, line);
      at += room;
    }
  }

  private advance(text: string, i: number): number {
    return isDigit(text, i) ? this.face.zero : this.glyph(text[i]!);
  }

  private glyph(glyph: string): number {
    let width = this.face.widths.get(glyph);
    if (width === undefined) this.face.widths.set(glyph, (width = this.context.measureText(glyph).width));
    return width;
  }

  private measure(css: string): Face {
    const zero = this.context.measureText("0").width;
    const tabular = Math.abs(this.context.measureText("1").width - zero) < 0.01;
    const face = { css, widths: new Map<string, number>(), zero, tabular };
    this.faces.set(css, face);
    return face;
  }
}

function isDigit(text: string, i: number): boolean {
  const code = text.charCodeAt(i);
  return code >= 48 && code <= 57;
}
