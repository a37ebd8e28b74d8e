// What an overlay is called in its panel.
import { TIMEFRAMES } from "../facts.ts";
import type { Layer } from "../needs.ts";

/** One of longer bars than the panel's says of which. */
export const titleOf = ({ row, timeframe, title }: Pick<Layer["about"], "row" | "timeframe" | "title">): string => (timeframe === TIMEFRAMES[row] ? title : `${title} ${timeframe}`);
