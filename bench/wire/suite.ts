/** What a suite of side-by-side measurements consists of. */

/** A finished table. */
export type Section = {
  readonly title: string;
  /** One sentence on what is measured and how. */
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

export type RunOptions = {
  /** A small run that only shows that everything works; its figures mean little. */
  readonly quick: boolean;
  /** Measured rounds of each server, odd so that a median is a measurement; the suite's by default. */
  readonly rounds?: number | undefined;
  /** Only tests whose title matches. */
  readonly only?: RegExp | undefined;
  readonly log: (line: string) => void;
};

export type Suite = {
  readonly name: string;
  readonly about: string;
  readonly run: (options: RunOptions) => Promise<readonly Section[]>;
};

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Ours divided by the real server's, as `1.23x`. */
export function ratio(ours: number, real: number): string {
  return real > 0 ? `${(ours / real).toFixed(2)}x` : '–';
}
