/** Whole numbers from 0 to below a limit, the same ones each time. */
export function drawn(seed: number): (limit: number) => number {
  return (limit) => Math.floor((((seed = Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32) * limit);
}
