import { describe, expect, it } from 'vitest';
import { extractKeys, firstKeyIndex, KeyPositions, type RequestView } from './key-extraction.ts';
import { keyFlagNames } from './key-spec.ts';
import { type Command, command } from './spec.ts';

/** A request as a reader leaves it, behind other requests' offsets. */
function view(words: readonly string[]): RequestView {
  const bytes = new TextEncoder().encode(`xx${words.join('')}`);
  const offsets = new Int32Array(6 + 2 * words.length);
  let at = 2;
  for (const [index, word] of words.entries()) {
    offsets[6 + 2 * index] = at;
    at += word.length;
    offsets[7 + 2 * index] = at;
  }
  return { bytes, offsets, first: 6, count: words.length };
}

const KEYS: Record<string, string> = {
  GET: 'RO access 1',
  MSET: 'OW update 1 to -1 step 2',
  BLPOP: 'RW access delete 1 to -2',
  ZUNIONSTORE: 'OW update 1; RO access 2 keynum',
  EVAL: 'RW access update 2 keynum',
  XREAD: 'RO access STREAMS@1 to -1 limit 2',
  GEORADIUS: 'RO access 1; OW update STORE@6; OW update STOREDIST@6',
  SPUBLISH: 'not_key 1',
  SET: 'RW access update variable_flags 1',
  BITFIELD: 'RW access update variable_flags 1',
  SORT: 'RO access 1; RO access ?; OW update ?',
  SORT_RO: 'RO access 1; RO access ?',
  MIGRATE: 'RW access delete 3; RW access delete incomplete KEYS@-2 to -1',
  PING: '',
};

const commands = new Map<string, Command>(
  Object.entries(KEYS).map(([name, keys]) => [
    name,
    command({
      name,
      group: 'generic',
      since: '1.0.0',
      summary: '',
      arity: -1,
      keys,
      handler: () => undefined,
    }),
  ]),
);

function find(name: string): Command {
  const found = commands.get(name);
  if (found === undefined) throw new Error(`no command ${name}`);
  return found;
}

/** `position:flags` of each key; '-' stands for an empty argument. */
function keysOf(line: string, sharded = false): string[] {
  const words = line.split(' ').map((word) => (word === '-' ? '' : word));
  const keys = new KeyPositions();
  const count = extractKeys(find(words[0]!), view(words), keys, sharded);
  return Array.from({ length: count }, (_, index) => {
    return `${keys.positions[index]}:${keyFlagNames(keys.flags[index]!).join(' ')}`;
  });
}

/** The expectations were taken from COMMAND GETKEYSANDFLAGS of Redis 7.0.15. */
describe('extractKeys', () => {
  it.each([
    ['PING', []],
    ['GET k', ['1:RO access']],
    ['MSET a 1 b 2', ['1:OW update', '3:OW update']],
    ['MSET a 1 b', ['1:OW update', '3:OW update']],
    ['BLPOP a b 0', ['1:RW access delete', '2:RW access delete']],
    ['ZUNIONSTORE d 2 a b', ['1:OW update', '3:RO access', '4:RO access']],
    ['ZUNIONSTORE d 3 a b', []],
    ['ZUNIONSTORE d 0 a b', []],
    ['ZUNIONSTORE d -1 a b', []],
    ['ZUNIONSTORE d x a b', []],
    ['ZUNIONSTORE d 9999999999 a', []],
    ['EVAL x 0', []],
    ['EVAL x', []],
    ['EVAL x 1 a b', ['3:RW access update']],
    ['XREAD BLOCK 1 streams a b 1 2', ['4:RO access', '5:RO access']],
    ['XREAD STREAMS a b c', ['2:RO access']],
    ['XREAD COUNT 1 STREAMS a', []],
    ['XREAD a b STREAMS', []],
    ['GEORADIUS k 1 2 3 m STORE', ['1:RO access']],
    ['GEORADIUS k 1 2 3 m storedist b store a', ['1:RO access', '9:OW update', '7:OW update']],
  ])('finds the keys of %s by the specs', (line, expected) => {
    expect(keysOf(line)).toEqual(expected);
  });

  it.each([
    ['SET k v', ['1:OW update']],
    ['SET k get', ['1:OW update']],
    ['SET k v EX 1 get', ['1:RW access update']],
    ['BITFIELD k', ['1:RO access']],
    ['BITFIELD k GET u8 0 get u8 1', ['1:RO access']],
    ['BITFIELD k OVERFLOW WRAP GET u8 0', ['1:RO access']],
    ['BITFIELD k GET u8', ['1:RW access update']],
    ['BITFIELD k GET u8 0 INCRBY u8 0 1', ['1:RW access update']],
    ['SORT k BY STORE STORE d GET STORE', ['1:RO access', '5:OW update']],
    ['SORT k LIMIT STORE x STORE a STORE b', ['1:RO access', '8:OW update']],
    ['SORT k STORE', ['1:RO access']],
    ['SORT_RO k BY a GET b', ['1:RO access']],
    ['MIGRATE h 1 k 0 10', ['3:RW access delete']],
    ['MIGRATE h 1 - 0 10 COPY KEYS a b', ['8:RW access delete', '9:RW access delete']],
    ['MIGRATE h 1 k 0 10 KEYS a', []],
    ['MIGRATE h 1 - 0 10 AUTH keys a b', ['3:RW access delete']],
    ['MIGRATE h 1 - 0 10 auth2 keys keys KEYS c', ['10:RW access delete']],
  ])('reads the options of %s', (line, expected) => {
    expect(keysOf(line)).toEqual(expected);
  });

  it('counts sharded channels only when asked', () => {
    expect(keysOf('SPUBLISH c m')).toEqual([]);
    expect(keysOf('SPUBLISH c m', true)).toEqual(['1:not_key']);
  });

  it('grows with the number of keys', () => {
    const names = Array.from({ length: 100 }, (_, index) => `k${index} v`);
    expect(keysOf(`MSET ${names.join(' ')}`)).toHaveLength(100);
  });
});

describe('firstKeyIndex', () => {
  it.each([
    ['GET k', 1],
    ['GET', 0],
    ['PING', 0],
    ['SPUBLISH c m', 1],
    ['ZUNIONSTORE d 1 a', 1],
    ['EVAL x 1 a', 3],
    ['EVAL x 0 a', 0],
    ['EVAL x 1', 0],
    ['EVAL x', 0],
    ['XREAD COUNT 1 STREAMS a 0', 4],
    ['XREAD COUNT 1', 0],
    ['MIGRATE h 1 k 0 10', 3],
  ])('of %s is %i', (line, expected) => {
    const words = line.split(' ');
    expect(firstKeyIndex(find(words[0]!), view(words))).toBe(expected);
  });
});
