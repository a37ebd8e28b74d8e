// What the pointer does in a panel: crosshair, hover, pan, stretch, zoom, fit, select.
import type { Cleanup } from "../dom.ts";
import type { Facts } from "../facts.ts";
import { clamp } from "../scale.ts";
import type { Panel } from "./panel.ts";
import type { Cross } from "./crosshair.ts";
import { drawsArrows, tradeAt } from "./trades.ts";

/** What a panel tells the widget it is in. */
export interface PanelHost {
  readonly facts: Facts;
  /** Whether the wheel zooms without Ctrl: after a click in the widget. */
  readonly armed: boolean;
  pointed(cross: Cross | null): void;
  hovered(trade: number, panel: Panel, x: number, y: number): void;
  selected(trade: number): void;
  zoomed(panel: Panel): void;
  home(panel: Panel): void;
  redraw(): void;
}

const REACH = 6;
const CLICK = 4;
const NOTCH = 40;

type Drag = { kind: "pan" | "stretch"; x: number; y: number; moved: boolean; rest: number };

export function listen(panel: Panel, host: PanelHost, cleanup: Cleanup): void {
  const { element, geometry, viewport } = panel;
  let drag: Drag | null = null;
  let wheel = 0;

  const place = (event: MouseEvent): { x: number; y: number } => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const inAxis = (x: number): boolean => x > geometry.width && x <= geometry.width + geometry.axis;
  const count = (): number => host.facts.series[panel.row]!.count;
  const within = (x: number, y: number): number =>
    drawsArrows(panel.row, geometry) ? tradeAt(geometry, host.facts.series[panel.row]!, host.facts, [...host.facts.open, ...panel.found], x, y, REACH) : -1;

  const point = (x: number, y: number): void => {
    const series = host.facts.series[panel.row]!;
    const trade = x < geometry.width && series.count ? within(x, y) : -1;
    element.classList.toggle("axis", inAxis(x) && y < geometry.height);
    element.classList.toggle("over", trade >= 0);
    host.hovered(trade, panel, x, y);
    if (x > geometry.width || y > geometry.foot || !series.count) return host.pointed(null);
    const column = clamp(geometry.columnAt(x), geometry.first, geometry.last);
    const bar = Math.min(column << geometry.level, series.count - 1);
    host.pointed({ row: panel.row, time: series.start(bar), price: geometry.price(y) });
  };

  const pull = (held: Drag, x: number, y: number): void => {
    if (!held.moved && Math.hypot(x - held.x, y - held.y) < CLICK) return;
    if (!held.moved) element.classList.add("pan");
    held.moved = true;
    if (held.kind === "stretch") viewport.stretch = clamp(viewport.stretch * Math.exp((held.y - y) / 120), 0.05, 40);
    else {
      const pixels = (x - held.x) * geometry.ratio + held.rest;
      held.rest = pixels - Math.trunc(pixels);
      viewport.pan(Math.trunc(pixels), count());
      if (viewport.stretch !== 1) viewport.shift += ((y - held.y) / Math.max(1, geometry.height)) * 2;
    }
    held.x = x;
    held.y = y;
    host.redraw();
  };

  cleanup.on(element, "pointerdown", (event) => {
    if (event.button !== 0 || (event.target as Element).closest("button")) return;
    const { x, y } = place(event);
    drag = { kind: inAxis(x) && y < geometry.height ? "stretch" : "pan", x, y, moved: false, rest: 0 };
    element.setPointerCapture(event.pointerId);
  });
  cleanup.on(element, "pointermove", (event) => {
    const { x, y } = place(event);
    if (drag) pull(drag, x, y);
    if (!drag || drag.kind === "pan") point(x, y);
  });
  cleanup.on(element, "pointerup", (event) => {
    const { x, y } = place(event);
    if (drag && !drag.moved && x < geometry.width) {
      const trade = within(x, y);
      if (trade >= 0) host.selected(trade);
    }
    drag = null;
    element.classList.remove("pan");
  });
  cleanup.on(element, "pointercancel", () => {
    drag = null;
    element.classList.remove("pan");
  });
  cleanup.on(element, "pointerleave", () => {
    if (drag) return;
    host.pointed(null);
    host.hovered(-1, panel, 0, 0);
  });
  cleanup.on(element, "dblclick", () => {
    panel.fit();
    host.zoomed(panel);
    host.home(panel);
  });
  cleanup.on(panel.home, "click", () => host.home(panel));
  cleanup.on(element, "wheel", (event) => {
    if (!(event.ctrlKey || event.metaKey || host.armed) || !count()) return;
    event.preventDefault();
    event.stopPropagation();
    const { x } = place(event);
    const unit = event.deltaMode === 1 ? 16 : 1;
    if (event.deltaX) viewport.pan(Math.round(-event.deltaX * unit * geometry.ratio), count());
    wheel += event.deltaY * unit * (event.ctrlKey && Math.abs(event.deltaY) < 20 ? 6 : 1);
    const steps = Math.trunc(wheel / NOTCH);
    wheel -= steps * NOTCH;
    if (steps) {
      viewport.zoomBy(-clamp(steps, -3, 3), geometry.edge - x * geometry.ratio, count(), geometry.width * geometry.ratio);
      host.zoomed(panel);
    }
    host.redraw();
  }, { passive: false });
}
