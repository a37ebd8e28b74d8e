// What is known of overlays before they are drawn: what each is called in its panel, and which of its values the inspector tells.
import { TIMEFRAMES } from "../facts.ts";
import type { Layer, Shape } from "../needs.ts";

type About = Pick<Layer["about"], "shapes">;

/** Values in the inspector. */
export const MOST_TOLD = 14;

/** One of longer bars than the panel's says of which. */
export const titleOf = ({ row, timeframe, title }: Pick<Layer["about"], "row" | "timeframe" | "title">): string => (timeframe === TIMEFRAMES[row] ? title : `${title} ${timeframe}`);

/** Names stand in this order: where not all have room, those with values do. */
export const byValues = (one: About, other: About): number => +other.shapes.some(toldOf) - +one.shapes.some(toldOf);

/** How many values at each bar a shape has that are told. */
export const toldOf = ({ kind, columns }: Shape): number => (/shade|profile|dots/.test(kind) ? 0 : columns);
