// The only entry: puts a session's widget into an element and lets it talk through a transport.
import type { Parts } from "./hand.ts";
import { SessionModel } from "./model/model.ts";
import { TIMEFRAMES } from "./model/series.ts";
import type { Info as SessionInfo } from "./model/info.ts";
import type { Transport } from "./transport.ts";
import type { Info } from "./view/needs.ts";
import { type BarStyle, STYLES } from "./view/panel/barstyle.ts";
import { Stage, type StageOptions } from "./view/stage.ts";
import type { Widget } from "./view/widget.ts";

export type MountOptions = StageOptions;

/** What is here sooner needs no word of waiting, which takes its time to draw. */
const PATIENCE_MS = 150;
/** The tools come a moment after the first picture; where they take longer, a person is told. */
const TOOLS_MS = 3_000;
const RUN_AGAIN = "where it is gone, run the cell again.";

/** Mounts the widget; what it returns takes everything away again: page, listeners, observers, frames, timers. */
export function mount(element: HTMLElement, transport: Transport, parts: Parts, options: MountOptions = {}): () => void {
  const stage = new Stage(element, options);
  let widget: Widget | null = null, patient = true, missing = "", absent = "tools", overdue: ReturnType<typeof setTimeout> | undefined;
  const fail = (error: unknown): void => stage.showMessage("warn", "This page cannot show the session", textOf(error));
  const miss = (text: string): void => {
    clearTimeout(overdue);
    missing = text;
    notice();
  };
  const notice = (): void => {
    const unit = model.info?.bars ? "bar" : "tick";
    if (model.lost || model.slow) stage.showLost(model.lost || "The kernel is busy.", widget ? `What was sent still plays: to ${unit} ${(model.reach + 1).toLocaleString("en")}.` : `The chart appears as soon as it answers; ${RUN_AGAIN}`);
    else if (missing) stage.showLost(`The ${absent} are not here.`, `${missing} What was sent still plays.`);
    else stage.showFound();
  };
  const open = (view: Widget): void => {
    widget = view;
    model.onState = (state) => view.chosen.take(state);
    view.chosen.open(model.info.state ?? {});
    overdue = setTimeout(() => miss(`The kernel is busy or gone; ${RUN_AGAIN}`), TOOLS_MS);
    const overlays = model.info.overlays?.length ? parts.overlays() : undefined;
    parts.tools.then((make) => {
      view.equip((widget) => make(widget, parts.popups, overlays));
      absent = "boxes";
      return parts.popups;
    }).then(() => {
      absent = "overlays";
      return overlays;
    }).then(() => miss(""), (error: unknown) => miss(`${textOf(error)}.`));
  };
  const model = new SessionModel(transport, () => {
    if (model.fault) return fail(model.fault);
    if (widget) widget.redraw();
    else if (model.status === "ready") open(stage.showWidget(model, infoOf(model.info)));
    else if (model.status === "empty") stage.showMessage("empty", "No ticks in this range", emptyText(model.info));
    else if (!patient) stage.showLoading(model.loaded, model.ticks, "tick");
    notice();
  });
  const late = setTimeout(() => {
    patient = false;
    if (model.status === "loading") stage.showLoading(model.loaded, model.ticks, "tick");
  }, PATIENCE_MS);
  return () => {
    clearTimeout(late);
    clearTimeout(overdue);
    model.close();
    stage.remove();
  };
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The opening frame's facts in the view's words. */
export function infoOf(info: SessionInfo): Info {
  return {
    ...info, tick: info.tickSize, palette: info.palette ?? "default", style: info.style && info.style in STYLES ? (info.style as BarStyle) : "candles",
    zone: info.zone ?? "UTC", zones: [...(info.zones ?? []), Intl.DateTimeFormat().resolvedOptions().timeZone],
    kernel: info.kernel ?? false, told: info.told ?? false, parameters: info.parameters ?? [],
    tenths: Math.abs(info.pip / info.tickSize - 10) < 0.5 && Math.abs(info.pip * 10 ** (info.digits - 1) - 1) < 0.01,
    unit: info.bars ? "bar" : "tick", volumeName: info.sizes ? "Volume" : "Ticks", timeframes: TIMEFRAMES.slice(info.base),
  };
}

const emptyText = (info: SessionInfo): string => `${info.symbol || "This session"} has no ${info.bars ? "bars" : "ticks"} to show here. Ask for a range that holds some.`;
