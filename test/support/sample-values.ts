/** Commands that make keys of every type and encoding, with every form of string in them. */
import { SeededRandom, randomBelow } from '../../src/env/random.ts';
import type { Argument } from './raw-client.ts';

export type SampleCommand = readonly Argument[];

/** A text that tends to meet the limits of integer, length and compression forms. */
function sampleText(random: SeededRandom): Argument {
  const below = (limit: number): number => randomBelow(random, limit);
  switch (below(10)) {
    case 0:
      return below(300) - 150;
    case 1:
      return below(140_000) - 70_000;
    case 2:
      return String((BigInt(random.next32()) << 31n) - (1n << 61n));
    case 3:
      return 'abcabcabc'.repeat(below(40));
    case 4:
      return Uint8Array.from({ length: below(70) }, () => random.next32());
    case 5:
      return 'x'.repeat(below(20_000));
    case 6:
      return `-${below(2000)}`;
    case 7:
      return ['', '0', '-0', '007', '2147483648', '-2147483649', '9223372036854775807'][below(7)];
    default:
      return `word${below(1000)}`;
  }
}

function score(random: SeededRandom): Argument {
  const kinds = [
    () => randomBelow(random, 100) - 50,
    () => randomBelow(random, 1e6) / 64,
    () => random.next32() / 3,
    () => 'inf',
    () => '-inf',
    () => '1e300',
  ];
  return kinds[randomBelow(random, 20) < 14 ? 0 : randomBelow(random, kinds.length)]();
}

const MAKERS: Readonly<
  Record<string, (key: string, random: SeededRandom, size: number) => SampleCommand[]>
> = {
  string: (key, random) => [['SET', key, sampleText(random)]],
  appended: (key, random) => [['APPEND', key, sampleText(random)]],
  list: (key, random, size) => [
    ['RPUSH', key, 'first', ...Array.from({ length: size }, () => sampleText(random))],
  ],
  intset: (key, random, size) => [
    [
      'SADD',
      key,
      1,
      ...Array.from({ length: size }, () => random.next32() >>> randomBelow(random, 32)),
    ],
    ...(random.next32() % 2 === 0 ? [['SADD', key, '-9223372036854775808']] : []),
  ],
  set: (key, random, size) => [
    ['SADD', key, 'first', ...Array.from({ length: size }, () => sampleText(random))],
  ],
  hash: (key, random, size) => [
    [
      'HSET',
      key,
      ...Array.from({ length: size + 1 }, (_, i) => [`f${i}`, sampleText(random)]).flat(),
    ],
  ],
  smallHash: (key, random, size) => [
    [
      'HSET',
      key,
      ...Array.from({ length: size + 1 }, (_, i) => [i, randomBelow(random, 9)]).flat(),
    ],
  ],
  zset: (key, random, size) => [
    [
      'ZADD',
      key,
      ...Array.from({ length: size + 1 }, () => [score(random), sampleText(random)]).flat(),
    ],
  ],
  smallZset: (key, random, size) => [
    ['ZADD', key, ...Array.from({ length: size + 1 }, (_, i) => [score(random), `m${i}`]).flat()],
  ],
  stream: (key, random, size) => {
    const commands: SampleCommand[] = [];
    for (let i = 1; i <= size + 1; i++) {
      const field = random.next32() % 4 === 0 ? 'other' : 'field';
      commands.push(['XADD', key, `${1000 + (i >> 2)}-${i}`, field, sampleText(random), 'n', i]);
    }
    for (let i = 1; i <= size; i += 5) commands.push(['XDEL', key, `${1000 + (i >> 2)}-${i}`]);
    if (random.next32() % 2 === 0) {
      commands.push(
        ['XGROUP', 'CREATE', key, 'group', 0],
        ['XGROUP', 'CREATE', key, 'idle', '$'],
        ['XREADGROUP', 'GROUP', 'group', 'alice', 'COUNT', 3, 'STREAMS', key, '>'],
        ['XREADGROUP', 'GROUP', 'group', 'bob', 'COUNT', 200, 'STREAMS', key, '>'],
        ['XGROUP', 'CREATECONSUMER', key, 'group', 'nobody'],
        ['XACK', key, 'group', '1000-2'],
      );
    }
    return commands;
  },
};

/** Names of the kinds of values. */
export const SAMPLE_KINDS = Object.keys(MAKERS);

/** Commands that make `key`, of this kind, with about `size` elements. */
export function sampleCommands(
  kind: string,
  key: string,
  random: SeededRandom,
  size: number,
): SampleCommand[] {
  return MAKERS[kind](key, random, size);
}

/** Sizes on both sides of every limit. */
export function sampleSize(random: SeededRandom): number {
  return [0, 1, 3, 20, 130, 600, 3000][randomBelow(random, 7)];
}

/** Commands for a data set of every kind in several databases, some keys with expiry. */
export function sampleDataSet(seed: number, keys: number): SampleCommand[] {
  const random = new SeededRandom(seed);
  const library = `#!lua name=library${seed}\nredis.register_function('f${seed}', function() return ${seed} end)`;
  const commands: SampleCommand[] = [['FUNCTION', 'LOAD', 'REPLACE', library]];
  for (let i = 0; i < keys; i++) {
    const kind = SAMPLE_KINDS[i % SAMPLE_KINDS.length];
    const key = i % 13 === 0 ? `${kind}:${'long'.repeat(100)}:${i}` : `${kind}:${i}`;
    commands.push(['SELECT', i % 5 === 0 ? randomBelow(random, 3) : 0]);
    commands.push(...sampleCommands(kind, key, random, sampleSize(random) >> (i % 3)));
    if (i % 7 === 0) commands.push(['PEXPIRE', key, 10_000_000 + i * 1000]);
  }
  commands.push(['SELECT', 0]);
  return commands;
}
