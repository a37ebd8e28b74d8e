// What a person writes for the kernel: a condition to pause at, and the parameters of a fork.
export const CONDITIONS = "drawdown > 0.05 · position != 0 · equity < 9900 · spread > 0.0002 and trades > 3 · entry · exit · fill · refused · mark · decision. Empty: none.";

/** "lookback=30, risk=0.02" as values of the strategy's parameters; a text says what is wrong. */
export function readParameters(text: string, known: readonly (readonly [name: string, kind: string, value: unknown])[]): Record<string, unknown> | string {
  const found: Record<string, unknown> = {};
  for (const part of text.split(",")) {
    const [name = "", value = ""] = part.split(/=(.*)/s).map((side) => side.trim()), kind = known.find((each) => each[0] === name)?.[1];
    if (!kind) return `There is no parameter "${name}". Write name=value.`;
    const read = kind === "str" ? value : kind === "bool" ? { true: true, false: false }[value.toLowerCase()] : value && Number.isFinite(Number(value)) ? Number(value) : undefined;
    if (read === undefined || (kind === "int" && !Number.isInteger(read))) return `${name} takes a value of kind ${kind}, not "${value}".`;
    found[name] = read;
  }
  return found;
}
