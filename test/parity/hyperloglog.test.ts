/** HyperLogLogs: the stored bytes and the estimates of the real server. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import type { Both, Command } from '../support/both.ts';
import { key, value } from '../support/arbitraries.ts';
import { runLines } from '../support/lines.ts';
import { useParity } from '../support/parity.ts';

const parity = useParity();

/** A generator of bytes that repeats itself in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

/** Elements of 0 to 40 random bytes. */
function elements(seed: number, count: number): Buffer[] {
  const next = generator(seed);
  return Array.from({ length: count }, () =>
    Buffer.from(Array.from({ length: next(41) }, () => next(256))),
  );
}

/** Adds elements a few at a time and compares the string now and then. */
async function addAll(both: Both, name: string, list: readonly Buffer[], every: number) {
  const commands: Command[] = [];
  for (let i = 0; i < list.length; i += 3) {
    commands.push(['PFADD', name, ...list.slice(i, i + 3)]);
    if (i % every < 3) commands.push(['GET', name], ['PFCOUNT', name], ['GET', name]);
  }
  await both.pipeline(commands);
}

describe('PFADD, PFCOUNT and PFMERGE', () => {
  it(
    'check their arguments',
    parity(async (both) => {
      await runLines(
        both,
        `
        PFADD h
        GET h
        PFADD h
        PFADD h a b c
        PFADD h a
        PFADD h ''
        PFCOUNT h
        GET h
        OBJECT ENCODING h
        PFCOUNT h
        PFCOUNT h missing
        PFCOUNT missing
        PFCOUNT missing other
        PFCOUNT h h h
        PFMERGE d h
        GET d
        PFMERGE fresh
        GET fresh
        PFCOUNT fresh
        PFMERGE d missing
        PFMERGE d d d h
        GET d
        PFADD
        PFCOUNT
        PFMERGE
        SET s foo
        PFADD s a
        PFCOUNT s
        PFCOUNT h s
        PFMERGE s h
        PFMERGE h s
        PFMERGE new s
        EXISTS new
        SET n 12345
        PFADD n a
        SADD members a
        PFADD members a
        PFCOUNT members
        PFCOUNT h members
        PFMERGE members h
        PFMERGE h members
        PFADD t a
        EXPIRE t 1000
        PFADD t b
        PFMERGE t h
        TTL t
        PFSELFTEST
        PFSELFTEST x
        PFDEBUG encoding h
        PFDEBUG DECODE h
        PFDEBUG todense h
        PFDEBUG todense h
        GET h
        PFDEBUG encoding h
        PFDEBUG decode h
        PFADD h a
        PFADD h z
        PFCOUNT h
        PFDEBUG getreg d
        PFDEBUG encoding d
        PFDEBUG foo h
        PFDEBUG foo missing
        PFDEBUG getreg missing
        PFDEBUG getreg s
        PFDEBUG getreg members
        PFDEBUG getreg
      `,
      );
      await both.digest();
    }),
  );

  it(
    'store the same bytes for thousands of elements, and count the same',
    parity(async (both) => {
      await addAll(both, 'h', elements(1, 6000), 100);
      await both.run('PFADD', 'many', ...elements(2, 60_000));
      await both.run('PFCOUNT', 'many');
      await both.run('PFCOUNT', 'many', 'h');
      await both.digest();
    }),
  );

  it(
    'hash elements of every length',
    parity(async (both) => {
      const next = generator(5);
      for (let length = 0; length < 70; length++) {
        const element = Buffer.from(Array.from({ length }, () => next(256)));
        await both.pipeline([
          ['PFADD', `h${length}`, element],
          ['GET', `h${length}`],
        ]);
      }
    }),
  );

  it(
    'obey hll-sparse-max-bytes',
    parity(async (both) => {
      for (const limit of [0, 16, 20, 100, 500, 2999, 16_000]) {
        await both.run('CONFIG', 'SET', 'hll-sparse-max-bytes', limit);
        await addAll(both, `h${limit}`, elements(limit, 1500), 10);
        await both.run('PFMERGE', `d${limit}`, `h${limit}`);
        await both.run('GET', `d${limit}`);
      }
      await both.digest();
    }),
  );

  it(
    'merge sparse and dense strings into the same bytes',
    parity(async (both) => {
      const sizes = [0, 1, 5, 40, 300, 900, 1200, 5000];
      for (const size of sizes) await both.run('PFADD', `s${size}`, ...elements(size + 7, size));
      for (const first of sizes) {
        for (const second of sizes) {
          const target = `${first}+${second}`;
          await both.run('PFMERGE', target, `s${first}`, `s${second}`);
          await both.run('GET', target);
          await both.run('PFCOUNT', target);
          await both.run('PFCOUNT', `s${first}`, `s${second}`, 'missing');
          await both.run('PFMERGE', target, `s${(first * 7) % 9}`, 's300', 's40');
          await both.run('GET', target);
        }
      }
      await both.digest();
    }),
  );
});

describe('strings that SET made', () => {
  const HEADER = 'HYLL\x01\0\0\0';
  const OUTDATED = '\0\0\0\0\0\0\0\x80';
  const sparse = (codes: string, estimate = OUTDATED) =>
    Buffer.from(HEADER + estimate + codes, 'latin1');
  const dense = (fill: number, length = 12_288) =>
    Buffer.concat([Buffer.from(`HYLL\0\0\0\0${OUTDATED}`, 'latin1'), Buffer.alloc(length, fill)]);

  const strings: Record<string, Buffer> = {
    short: Buffer.from('HYLL\x01\0\0\0\0\0\0\0\0\0\0', 'latin1'),
    bare: sparse(''),
    magic: Buffer.from(`hYLL\x01\0\0\0${OUTDATED}\x7f\xff`, 'latin1'),
    form: Buffer.from(`HYLL\x02\0\0\0${OUTDATED}\x7f\xff`, 'latin1'),
    unused: Buffer.from(`HYLL\x01abc${OUTDATED}\x7f\xff`, 'latin1'),
    tooFew: sparse('\x7f\xfe'),
    tooMany: sparse('\x7f\xff\x00'),
    wayTooMany: sparse('\x7f\xff\x7f\xff\x7f\xff'),
    rankBeyond: sparse('\x7f\xff\x80'),
    cut: sparse('\x7f\xbf\x40'),
    shortZeros: sparse('\x3f'.repeat(256)),
    oneByOne: sparse('\0'.repeat(16_384)),
    longOnes: sparse('\x40\x00'.repeat(100) + '\x7f\x9b'),
    ranked: sparse('\x80'.repeat(16_384)),
    joinable: sparse('\x80\x80\x80\x80\x80\x80\x80\x80\x7f\xf7'),
    upToDate: sparse('\x7f\xff', '\x05\0\0\0\0\0\0\0'),
    hugeEstimate: sparse('\x7f\xff', '\xff\xff\xff\xff\xff\xff\xff\x7f'),
    beyond2To53: sparse('\x7f\xff', '\x01\0\0\0\0\0\x20\0'),
    denseZero: dense(0),
    denseFull: dense(0xff),
    denseSome: dense(0x41),
    denseTop: dense(0xcf),
    denseShort: dense(0, 12_287),
    denseLong: dense(0, 12_289),
  };

  it(
    'are refused, or used as they are',
    parity(async (both) => {
      for (const [name, bytes] of Object.entries(strings)) {
        for (const command of [
          ['PFCOUNT', 'h'],
          ['PFCOUNT', 'h', 'other'],
          ['PFADD', 'h', 'a'],
          ['PFADD', 'h', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'],
          ['PFMERGE', 'h'],
          ['PFMERGE', 'target', 'h'],
          ['PFDEBUG', 'encoding', 'h'],
          ['PFDEBUG', 'decode', 'h'],
          ['PFDEBUG', 'todense', 'h'],
          ['PFDEBUG', 'getreg', 'h'],
        ]) {
          await both.pipeline([
            ['SET', 'h', bytes],
            ['DEL', 'target'],
            command,
            ['OBJECT', 'ENCODING', 'h'],
            ['GET', 'h'],
            ['GET', 'target'],
            ['PFCOUNT', 'h'],
            ['GET', 'h'],
            ['SET', 'last', name],
          ]);
        }
      }
      await both.digest();
    }),
  );

  it(
    'fall apart in the same way when elements are added to corrupt ones',
    parity(async (both) => {
      const next = generator(77);
      for (let round = 0; round < 150; round++) {
        const codes = Array.from({ length: 1 + next(60) }, () => String.fromCharCode(next(256)));
        await both.pipeline([
          // Two zeros at the end: in a code that is cut off, the real server reads stale memory.
          ['SET', 'h', sparse(`${codes.join('')}\0\0`)],
          ['PFADD', 'h', `a${round}`],
          ['GET', 'h'],
          ['PFADD', 'h', `b${round}`, `c${round}`, `d${round}`],
          ['GET', 'h'],
          ['PFCOUNT', 'h'],
          ['PFDEBUG', 'decode', 'h'],
        ]);
      }
    }),
  );
});

const name = key(4);
const element = fc.oneof(value, fc.integer({ min: 0, max: 5000 }).map(String));
const several = fc.array(element, { maxLength: 40 });

it(
  'random sequences leave the same bytes',
  parity.random({
    before: [['CONFIG', 'SET', 'hll-sparse-max-bytes', 300]],
    commands: fc.oneof(
      {
        weight: 8,
        arbitrary: fc
          .tuple(name, several)
          .map(([k, list]) => ['PFADD', k].concat(list as string[])),
      },
      { weight: 3, arbitrary: fc.tuple(fc.constant('PFCOUNT'), name) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('PFCOUNT'), name, name) },
      { weight: 3, arbitrary: fc.tuple(fc.constant('PFMERGE'), name, name, name) },
      { weight: 3, arbitrary: fc.tuple(fc.constant('GET'), name) },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.constant('PFDEBUG'), fc.constantFrom('TODENSE', 'DECODE'), name),
      },
      { weight: 1, arbitrary: fc.tuple(fc.constant('APPEND'), name, fc.constantFrom('', 'x')) },
      {
        weight: 1,
        arbitrary: fc.tuple(
          fc.constant('SETBIT'),
          name,
          fc.integer({ min: 90, max: 250 }),
          fc.constant(1),
        ),
      },
      { weight: 1, arbitrary: fc.tuple(fc.constant('DEL'), name) },
    ),
  }),
);
