// Where a value stands in ascending ones.

/** Where the entries of an ascending column, or of its part begin <= i < end, that are <= value have their end. */
export function upperBound(column: ArrayLike<number>, value: number, begin = 0, end = column.length): number {
  let low = begin, high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (column[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
