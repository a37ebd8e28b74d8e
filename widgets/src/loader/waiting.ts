// What a cell shows while the script is not there: nothing at first, then the picture that was drawn when the cell ran, and a
// sentence. A notebook that is read without its kernel stays with that.
import type { Bytes } from "../frames.ts";
import { unpackText } from "./scripts.ts";

const BOX = "display:grid;gap:6px;margin:0;font:12px/1.4 var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-ui-font-color1,inherit)";
const PICTURE = "display:block;max-width:100%;height:auto";
const BUSY = "The kernel is busy or gone. This comes to life as soon as it answers; where it is gone, run the cell again.";

export class Waiting {
  private readonly box = document.createElement("figure");
  private readonly text = document.createElement("figcaption");

  constructor(private readonly element: HTMLElement) {
    this.box.style.cssText = BOX;
    this.text.setAttribute("role", "status");
    this.box.append(this.text);
    element.append(this.box);
  }

  /** Nobody has answered for a while. */
  async showPicture(packed: Bytes | undefined): Promise<void> {
    this.text.textContent = BUSY;
    const drawn = packed?.byteLength ? await unpackText(packed).catch(() => "") : "";
    if (!drawn || !this.box.isConnected || this.box.firstChild !== this.text) return;
    // An image runs no script, whatever its text is; policies that allow no `blob:` allow this.
    const image = document.createElement("img");
    [image.src, image.alt] = [`data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawn)}`, "The chart as it was when the cell ran"];
    image.style.cssText = PICTURE;
    this.box.prepend(image);
  }

  showFault(error: unknown): void {
    this.text.textContent = `This page cannot show the widget: ${error instanceof Error ? error.message : String(error)}`;
    this.element.append(this.box);
  }

  remove(): void {
    this.box.remove();
  }
}
