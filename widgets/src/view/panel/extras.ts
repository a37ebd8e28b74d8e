// The tools of one panel: overlays, other kinds of bars, numbers of trades, the crosshair, the way back to the head.
import type { Ledger } from "../../model/ledger.ts";
import { make } from "../dom.ts";
import { follow } from "../drawings.ts";
import type { Facts } from "../facts.ts";
import { price as priceText } from "../format.ts";
import { icon } from "../icons.ts";
import type { Series } from "../needs.ts";
import type { PanelOverlays } from "../overlays/part.ts";
import type { Added, Layer } from "./added.ts";
import { type Cross, drawCrosshair } from "./crosshair.ts";
import { Heikin } from "./heikin.ts";
import { drawMarginCalls } from "./margincalls.ts";
import { Numbers } from "./numbers.ts";
import type { Panel } from "./panel.ts";
import { PRIORITY } from "./priceaxis.ts";
import { drawBars } from "./styles.ts";
import { drawTimeChip } from "./timechip.ts";
import { drawTrail } from "./trail.ts";

const MOST_TRAILS = 8;

export class Extras implements Added {
  private readonly heikin = new Heikin();
  private readonly numbers = new Numbers();
  private readonly home = make("button", { type: "button", class: "home", hidden: "" }, icon(follow), "to the head");

  private overlays: PanelOverlays | undefined;

  /** `goHome`: the way back was asked for. */
  constructor(private readonly panel: Panel, private readonly ledger: Ledger, goHome: () => void) {
    panel.element.append(this.home);
    this.home.addEventListener("click", goHome);
  }

  lay(overlays: PanelOverlays): void {
    this.overlays = overlays;
    this.panel.legend.name(overlays.names);
    this.home.before(...overlays.elements);
  }

  split(shown: number): void {
    this.overlays?.split(this.panel.geometry, shown);
  }

  under({ pen, series, facts, colours }: Layer): void {
    const { geometry } = this.panel;
    if (facts.style === "heikin") this.heikin.take(series, geometry.level, geometry.first, geometry.last);
    const { overlays } = this;
    if (!overlays) return;
    overlays.begin(pen, geometry, series, colours);
    pen.clipped(0, 0, geometry.width, geometry.height, () => overlays.drawUnder(pen, geometry, series, colours));
  }

  over({ pen, series, colours }: Layer): void {
    this.overlays?.drawOver(pen, this.panel.geometry, series, colours);
  }

  closed({ pen, series, facts, colours }: Layer): void {
    const { panel } = this;
    if (panel.large) this.numbers.drawClosed(pen, panel.geometry, series, facts, panel.found, colours);
  }

  panes({ pen, series, colours }: Layer): void {
    this.overlays?.drawPanes(pen, this.panel.geometry, series, colours);
  }

  bars({ pen, series, facts, colours }: Layer, first: number, last: number, forming: boolean): boolean {
    if (facts.style === "candles") return false;
    const { geometry } = this.panel;
    if (facts.style === "heikin" && pen === this.panel.live) this.heikin.renew(geometry.level, last);
    drawBars(pen, geometry, series, this.heikin, facts.style, first, last, forming, colours);
    return true;
  }

  marks({ pen, series, colours }: Layer): void {
    if (this.panel.row <= 3) drawMarginCalls(pen, this.panel.geometry, series, this.ledger.marginCalls(), colours);
  }

  open({ pen, series, facts, colours }: Layer): void {
    const { geometry, large } = this.panel;
    for (const trade of facts.open.slice(-MOST_TRAILS)) drawTrail(pen, geometry, series, facts, trade, colours);
    if (large) this.numbers.drawOpen(pen, geometry, series, facts, colours);
  }

  tags({ series, facts, colours }: Layer): void {
    const { panel } = this;
    if (panel.large) this.overlays?.addTags(panel.axis, panel.geometry, series, facts.info.digits, colours);
  }

  cross({ pen, series, facts, colours }: Layer, cross: Cross): number {
    const { geometry, row, axis, labels } = this.panel, own = cross.row === row;
    const bar = series.indexAt(cross.time), column = bar >> geometry.level;
    if (bar < 0 || column < geometry.first || column > geometry.last) return series.count - 1;
    const x = geometry.x(column), price = own ? cross.price : series.close(bar), y = geometry.y(price);
    drawCrosshair(pen, geometry, x, y, own, colours);
    if (own && y > geometry.height) this.overlays?.drawCursor(pen, geometry, y, colours);
    else axis.add(own ? "cross" : "echo", own ? PRIORITY.cross : PRIORITY.echo, y, priceText(price, facts.info.digits), own ? colours.text2 : colours.text3, geometry);
    drawTimeChip(pen, geometry, labels, x, facts.named(row, bar), facts.source.length(row), own, colours);
    return bar;
  }

  write(series: Series, bar: number, facts: Facts): void {
    this.overlays?.write(series, bar, facts.info.digits, facts.version);
    const { panel, home } = this, away = panel.viewport.at !== null && series.count > 0;
    if (home.hidden !== away) return;
    if (!away && home.matches(":focus")) panel.element.focus({ preventScroll: true });
    home.hidden = !away;
  }
}
