// Heikin-Ashi: bars of means. Each opens in the middle of the one before, so that they show the way rather than the prices.
import type { Series } from "../needs.ts";
import type { Shapes } from "./candles.ts";

/** The first open is of no consequence this many columns later: each halves what is left of it. */
const WARM = 60;

/**
 * close = (open + high + low + close) / 4, open = (open + close of the one before) / 2, high and low with both of these
 * (Valcu, Using the Heikin-Ashi Technique, 2004).
 */
export class Heikin implements Shapes {
  private first = 0;
  private opens = new Float64Array(0);
  private closes = new Float64Array(0);

  private series!: Series;

  /** Works out columns `first` to `last`. */
  take(series: Series, level: number, first: number, last: number): void {
    const begin = Math.max(0, first - WARM);
    this.series = series;
    if (this.opens.length < last - begin + 1) [this.opens, this.closes] = [new Float64Array(2 * (last - begin + 1)), new Float64Array(2 * (last - begin + 1))];
    this.first = begin;
    for (let column = begin; column <= last; column++) {
      const i = column - begin;
      this.opens[i] = i ? (this.opens[i - 1]! + this.closes[i - 1]!) / 2 : (series.openOf(level, column) + series.closeOf(level, column)) / 2;
      this.closes[i] = meanOf(series, level, column);
    }
  }

  /** Works out the newest column again: it is the one that changes. */
  renew(level: number, column: number): void {
    this.closes[column - this.first] = meanOf(this.series, level, column);
  }

  openOf(_level: number, column: number): number {
    return this.opens[column - this.first]!;
  }

  closeOf(_level: number, column: number): number {
    return this.closes[column - this.first]!;
  }

  highOf(level: number, column: number): number {
    return Math.max(this.series.highOf(level, column), this.openOf(level, column), this.closeOf(level, column));
  }

  lowOf(level: number, column: number): number {
    return Math.min(this.series.lowOf(level, column), this.openOf(level, column), this.closeOf(level, column));
  }
}

const meanOf = (series: Series, level: number, column: number): number =>
  (series.openOf(level, column) + series.highOf(level, column) + series.lowOf(level, column) + series.closeOf(level, column)) / 4;
