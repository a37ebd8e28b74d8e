// Which prices stand at an axis, and how its labels keep out of each other's way. Pure arithmetic.

/** A label at the price axis that wants to stand at `y` and is `height` high; `settle` writes `at`. */
export interface Tag {
  y: number;
  height: number;
  priority: number;
  at: number;
}

/** The smallest of 1, 2, 2.5, 5 times a power of ten that divides `span` into at most `most` parts. */
export function niceStep(span: number, most: number): number {
  const raw = span / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  for (const factor of [1, 2, 2.5, 5]) if (factor * power >= raw * 0.9999) return factor * power;
  return 10 * power;
}

/** The price steps of an axis: whole numbers of the instrument's last digit, or its labels would lie. */
export function priceStep(span: number, most: number, digits: number): number {
  const least = 1 / 10 ** digits, step = Math.max(niceStep(span, most), least);
  return Math.abs(step / least - 2.5) < 0.01 ? 5 * least : step;
}

/**
 * Moves tags so that none touches another: the higher priority keeps its place, the lesser one steps aside. One that finds no room
 * is at NaN.
 */
export function settle<T extends Tag>(tags: T[], low: number, high: number, gap = 1): T[] {
  const order = tags.length > 1 ? [...tags].sort((a, b) => b.priority - a.priority) : tags;
  const done: T[] = [];
  for (const tag of order) {
    tag.at = place(tag, done, low + tag.height / 2, high - tag.height / 2, gap);
    done.push(tag);
  }
  return tags;
}

function place(tag: Tag, done: Tag[], low: number, high: number, gap: number): number {
  const wanted = Math.min(Math.max(tag.y, low), high);
  if (free(tag, done, wanted, gap)) return wanted;
  let best = NaN;
  let distance = Infinity;
  for (const other of done) {
    const room = (other.height + tag.height) / 2 + gap;
    for (const at of [other.at + room, other.at - room]) {
      const away = Math.abs(at - wanted);
      if (away < distance && at >= low - 0.01 && at <= high + 0.01 && free(tag, done, at, gap)) {
        best = at;
        distance = away;
      }
    }
  }
  return best;
}

function free(tag: Tag, done: Tag[], at: number, gap: number): boolean {
  for (const other of done) if (Math.abs(other.at - at) < (other.height + tag.height) / 2 + gap - 0.01) return false;
  return true;
}

export const clamp = (value: number, low: number, high: number): number => (value < low ? low : value > high ? high : value);
