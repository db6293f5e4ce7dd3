/**
 * Random command sequences against both servers, shrunk to the shortest that still differs.
 *
 * A failure prints the seed, the minimal sequence and a regression test to paste.
 * RESPD_SEED repeats a failure; RESPD_RUNS sets how many sequences each test tries.
 */
import { DEFAULT_SEED } from './setup.ts';
import * as fc from 'fast-check';

import type { Both, Command } from './both.ts';
import { comparisonFor, type Comparison } from './comparison.ts';
import type { Argument } from './raw-client.ts';

/** A command, or a command with its own idea of equal replies. */
export type RandomCommand = Command | { readonly args: Command; readonly comparison: Comparison };

export type RandomParityOptions = {
  readonly commands: fc.Arbitrary<RandomCommand>;
  /** Longest sequence; 100 by default. */
  readonly steps?: number;
  /** How many sequences to try; 30 by default. */
  readonly runs?: number;
  /** The seed; the same one every time by default. */
  readonly seed?: number;
  /** Sent before every sequence, for example CONFIG SET of encoding limits. */
  readonly before?: readonly Command[];
  /** Compare contents after every sequence; true by default. */
  readonly digest?: boolean;
  /** Time for trying and shrinking together, in milliseconds; 12 s by default. */
  readonly limitMs?: number;
};

const STEPS = 100;
const RUNS = 30;
const LIMIT_MS = 12_000;

/** Runs the sequences; `open` gives empty servers and new connections. */
export async function checkRandomly(
  open: () => Promise<Both>,
  options: RandomParityOptions,
): Promise<void> {
  let protocol = 0;
  const attempt = async (sequence: readonly RandomCommand[]): Promise<void> => {
    const both = await open();
    protocol = both.protocol;
    try {
      await both.pipeline(options.before ?? []);
      await Promise.all(
        sequence.map((step) => both.runWith(comparisonOf(step), ...argumentsOf(step))),
      );
      if (options.digest !== false) await both.digest();
    } finally {
      both.close();
    }
  };
  const maxLength = options.steps ?? STEPS;
  const sequences = fc.array(options.commands, { minLength: 1, maxLength, size: 'max' });
  const seed = process.env['RESPD_SEED'] ?? options.seed ?? DEFAULT_SEED;
  const limitMs = options.limitMs ?? LIMIT_MS;
  const result = await fc.check(fc.asyncProperty(sequences, attempt), {
    numRuns: Number(process.env['RESPD_RUNS'] ?? options.runs ?? RUNS),
    interruptAfterTimeLimit: limitMs,
    seed: Number.parseInt(String(seed), 10),
  });
  if (!result.failed || result.counterexample === null) return;
  const found = { sequence: result.counterexample[0], cause: result.errorInstance as Error };
  const shortest = await withoutNeedlessSteps(found, attempt, performance.now() + limitMs / 2);
  throw failure(shortest, result.seed, protocol, options);
}

type Found = { readonly sequence: readonly RandomCommand[]; readonly cause: Error };

/**
 * Leaves out single commands as long as the difference stays. fast-check shrinks the length before
 * the elements and does not come back, so its result may hold commands that do not matter.
 */
async function withoutNeedlessSteps(
  found: Found,
  attempt: (sequence: readonly RandomCommand[]) => Promise<void>,
  deadline: number,
): Promise<Found> {
  let { sequence, cause } = found;
  for (let at = sequence.length - 1; at >= 0 && performance.now() < deadline; at--) {
    const shorter = sequence.toSpliced(at, 1);
    try {
      await attempt(shorter);
    } catch (stillFails) {
      sequence = shorter;
      cause = stillFails as Error;
      // What came later may have become needless: begin again from the end.
      at = sequence.length;
    }
  }
  return { sequence, cause };
}

function failure(
  { sequence, cause }: Found,
  seed: number,
  protocol: number,
  options: RandomParityOptions,
): Error {
  const commands = [...(options.before ?? []), ...sequence.map(argumentsOf)];
  const message = `${cause.message}

seed ${seed} (RESPD_SEED=${seed} repeats it), RESP${protocol}; to keep it as a regression test:

${regressionTest(commands, seed, options.digest !== false)}`;
  const { expected, actual } = cause as { expected?: string; actual?: string };
  return Object.assign(new Error(message, { cause }), { expected, actual });
}

function argumentsOf(step: RandomCommand): Command {
  return 'args' in step ? step.args : step;
}

function comparisonOf(step: RandomCommand): Comparison {
  return 'args' in step ? step.comparison : comparisonFor(step);
}

/** A test for test/regressions/ that repeats the sequence. */
function regressionTest(sequence: readonly Command[], seed: number, digest = true): string {
  const lines = sequence.map((args) => `    await both.run(${args.map(literal).join(', ')});`);
  if (digest) lines.push('    await both.digest();');
  return `it(
  'agrees with redis-server (seed ${seed})',
  parity(async (both) => {
${lines.join('\n')}
  }),
);`;
}

function literal(arg: Argument): string {
  if (typeof arg === 'bigint') return `${arg}n`;
  if (typeof arg === 'number') return Object.is(arg, -0) ? '-0' : String(arg);
  if (typeof arg === 'string') return `'${escape(arg)}'`;
  const text = Buffer.from(arg).toString('latin1');
  const isAscii = arg.every((byte) => byte >= 0x20 && byte < 0x7f);
  if (isAscii) return `'${escape(text)}'`;
  return `Buffer.from('${Buffer.from(arg).toString('hex')}', 'hex')`;
}

function escape(text: string): string {
  const quoted = JSON.stringify(text).slice(1, -1);
  return quoted.replaceAll('\\"', '"').replaceAll("'", "\\'");
}
