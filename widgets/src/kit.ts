// What the tools' script is handed of the core: whatever both use and only one may have, or what is long. The build takes the names
// from here.
export { unpack } from "./frames.ts";
export { Extremes } from "./model/extremes.ts";
export { upperBound } from "./model/search.ts";
export { TIMEFRAMES, UNITS } from "./view/facts.ts";
export { DAY, HOUR, MINUS, MINUTE, SECOND, clock, countdown, dayMonth, dayOf, fixed, price, signed, wear, worn, yearOf } from "./view/format.ts";
export { MOST_TOLD, byValues, titleOf, toldOf } from "./view/overlays/title.ts";
export { drawPill } from "./view/panel/background.ts";
export { bodyWidth, drawCandles } from "./view/panel/candles.ts";
export { AXIS_HEIGHT } from "./view/panel/geometry.ts";
export { drawArrow } from "./view/panel/marker.ts";
export { PRIORITY } from "./view/panel/priceaxis.ts";
export { drawsArrows } from "./view/panel/trades.ts";
export { DASH, Pen } from "./view/pen.ts";
export { timeLabels } from "./view/timeaxis.ts";
export { Zone } from "./view/zone.ts";
