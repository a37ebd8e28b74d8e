// The explorer's only entry: puts it into an element and lets it talk through a transport.
import type { Transport } from "../transport.ts";
import { Cleanup, make } from "../view/dom.ts";
import { Loading, message } from "../view/states.ts";
import { type ThemeChoice, hostTheme, readColours, watchTheme } from "../view/theme.ts";
import { ExplorerModel } from "./model.ts";
import { EXPLORER_STYLE } from "./style.ts";
import { ExplorerWidget } from "./widget.ts";

const GUESS = 800;

/** Mounts the explorer; what it returns takes everything away again: page, listeners, observers, frames, timers. */
export function mountExplorer(element: HTMLElement, transport: Transport, options: { theme?: ThemeChoice } = {}): () => void {
  const root = make("div", { class: "btlab" }), frame = make("div", { class: "w" }), style = make("style"), loading = new Loading(), cleanup = new Cleanup();
  style.textContent = EXPLORER_STYLE;
  root.append(style, frame);
  element.append(root);
  let widget: ExplorerWidget | null = null, ratio = devicePixelRatio;
  const applyTheme = (): void => {
    const theme = options.theme && options.theme !== "auto" ? options.theme : hostTheme(element);
    if (root.dataset.theme === theme) return;
    root.dataset.theme = theme;
    widget?.themed();
  };
  applyTheme();
  const model = new ExplorerModel(transport, () => {
    if (widget) widget.follow();
    else if (model.info && model.current) {
      widget = new ExplorerWidget(root, model);
      frame.replaceWith(widget.element);
      widget.resized();
    } else if (model.lost) frame.replaceChildren(message("plug", model.gone ? "The kernel is gone" : "The kernel is gone or busy", model.lost));
  }, GUESS * devicePixelRatio);
  frame.replaceChildren(loading.element);
  loading.draw(0, 0, "tick", readColours(root), devicePixelRatio);
  cleanup.add(watchTheme(applyTheme));
  const observer = new ResizeObserver(() => {
    applyTheme();
    widget?.resized();
  });
  observer.observe(root);
  cleanup.add(() => observer.disconnect());
  cleanup.on(window, "resize", () => {
    if (devicePixelRatio === ratio) return;
    ratio = devicePixelRatio;
    widget?.resized();
  });
  return () => {
    model.close();
    widget?.remove();
    cleanup.run();
    root.remove();
  };
}
