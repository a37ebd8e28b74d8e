// The ways in which a panel can draw its bars, and what they are called.
export const STYLES = { candles: "Candles", bars: "Bars", line: "Line", heikin: "Heikin-Ashi" } as const;
export type BarStyle = keyof typeof STYLES;
