/** What a measurement says: figures beside their budgets, and what was wrong whatever the time it took. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  /** Of the budget's unit; the budget is null where a figure has none. */
  readonly ratio: number;
  readonly budget: number | null;
}

export interface Measured {
  readonly rows: readonly Row[];
  /** Drift that was lost, doubled or told wrongly. */
  readonly faults: readonly string[];
}

/** A figure against the most that it may be. */
export function row(what: string, value: number, most: number | null, unit: string, digits = 0): Row {
  const limit = most === null ? '' : ` / ${most}`;
  const ratio = most === null || value === 0 ? value : value / most;
  return { what, measured: `${value.toFixed(digits)}${limit} ${unit}`.trimEnd(), ratio, budget: most === null ? null : 1 };
}

/** The value below which that part of the values lies, from 0 to 1. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

export function isOver({ ratio, budget }: Row): boolean {
  return budget !== null && !(ratio <= budget);
}

export function print({ rows, faults }: Measured): void {
  for (const each of rows) {
    const mark = each.budget === null ? '    ' : isOver(each) ? 'OVER' : 'ok  ';
    const ratio = each.budget === null ? '' : `${each.ratio.toFixed(2)} of ${each.budget}`;
    console.log(`${mark} ${each.what.padEnd(58)} ${each.measured.padEnd(24)} ${ratio}`.trimEnd());
  }
  for (const fault of faults) console.log(`WRONG ${fault}`);
}
