// What the pointer does in a panel: crosshair, hover, pan, stretch, zoom, fit, select.
import type { Cleanup } from "../dom.ts";
import type { Facts } from "../facts.ts";
import { clamp } from "../scale.ts";
import type { Panel } from "./panel.ts";
import type { Cross } from "./crosshair.ts";
import { tradeAt } from "./hit.ts";
import { drawsArrows } from "./trades.ts";

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
/** How much wider bars become a pixel of the wheel; a pinch on a touchpad comes as a wheel of few pixels. */
const WHEEL = 0.0022;
const PINCH = 5;

type Drag = { kind: "pan" | "stretch"; x: number; y: number; moved: boolean; rest: number };

export function listen(panel: Panel, host: PanelHost, cleanup: Cleanup): void {
  const { element, geometry, viewport } = panel;
  let drag: Drag | null = null;
  /** Fingers on the panel. */
  const fingers = new Map<number, { x: number; y: number }>();

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

  const zoom = (factor: number, x: number): void => {
    viewport.zoomBy(factor, geometry.edge - x * geometry.ratio, count(), geometry.width * geometry.ratio);
    host.zoomed(panel);
  };

  /** One of two fingers moved: the bars between them spread with them. */
  const pinch = (id: number, x: number, y: number): void => {
    const before = spread(fingers);
    fingers.set(id, { x, y });
    const now = spread(fingers);
    if (before.across > 8 && now.across > 8) zoom(now.across / before.across, now.middle);
    viewport.pan(Math.round((now.middle - before.middle) * geometry.ratio), count());
    host.redraw();
  };

  const lift = (event: PointerEvent): void => {
    fingers.delete(event.pointerId);
    drag = null;
    element.classList.remove("pan");
  };

  cleanup.on(element, "pointerdown", (event) => {
    if (event.button !== 0 || (event.target as Element).closest("button,.ed")) return;
    const { x, y } = place(event);
    if (event.pointerType === "touch") fingers.set(event.pointerId, { x, y });
    if (fingers.size === 2 && count()) return void (drag = null);
    drag = { kind: inAxis(x) && y < geometry.height ? "stretch" : "pan", x, y, moved: false, rest: 0 };
    element.setPointerCapture(event.pointerId);
  });
  cleanup.on(element, "pointermove", (event) => {
    const { x, y } = place(event);
    if (fingers.size === 2 && fingers.has(event.pointerId)) return pinch(event.pointerId, x, y);
    if (drag) pull(drag, x, y);
    if (!drag || drag.kind === "pan") point(x, y);
  });
  cleanup.on(element, "pointerup", (event) => {
    const { x, y } = place(event);
    if (drag && !drag.moved && x < geometry.width) {
      const trade = within(x, y);
      if (trade >= 0) host.selected(trade);
    }
    lift(event);
  });
  cleanup.on(element, "pointercancel", lift);
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
  cleanup.on(element, "wheel", (event) => {
    if (!(event.ctrlKey || event.metaKey || host.armed) || !count()) return;
    event.preventDefault();
    event.stopPropagation();
    const { x } = place(event);
    const unit = event.deltaMode === 1 ? 16 : 1;
    if (event.deltaX) viewport.pan(Math.round(-event.deltaX * unit * geometry.ratio), count());
    const pixels = clamp(event.deltaY * unit * (event.ctrlKey && Math.abs(event.deltaY) < 20 ? PINCH : 1), -240, 240);
    if (pixels) zoom(Math.exp(-pixels * WHEEL), x);
    host.redraw();
  }, { passive: false });
}

/** How far apart two fingers are, in CSS pixels, and where the middle between them is. */
function spread(fingers: Map<number, { x: number; y: number }>): { across: number; middle: number } {
  const [one, other] = [...fingers.values()] as [{ x: number; y: number }, { x: number; y: number }];
  return { across: Math.hypot(one.x - other.x, one.y - other.y), middle: (one.x + other.x) / 2 };
}
