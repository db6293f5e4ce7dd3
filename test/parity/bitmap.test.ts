/** Strings as bits and as fields of bits. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import { integer, integerText, key, value } from '../support/arbitraries.ts';
import { runLines } from '../support/lines.ts';
import { useParity } from '../support/parity.ts';

const parity = useParity();
const MAX = '9223372036854775807';
const MIN = '-9223372036854775808';

const lines = (text: string) =>
  parity(async (both) => {
    await runLines(both, text);
    await both.digest();
  });

describe('GETBIT and SETBIT', () => {
  it(
    'read and write single bits',
    lines(`
      SETBIT b 7 1
      SETBIT b 7 1
      SETBIT b 7 0
      SETBIT b 100 0
      SETBIT b 100 1
      GETBIT b 100
      GETBIT b 101
      GETBIT b 100000
      GET b
      SET n 5
      SETBIT n 0 0
      OBJECT ENCODING n
      SETBIT n 6 1
      GET n
      SETBIT fresh 0 0
      GET fresh
      OBJECT ENCODING fresh
      SETBIT b 20000 1
      STRLEN b
      SETBIT b -1 1
      SETBIT b x 1
      SETBIT b 1 x
      SETBIT b 1 2
      SETBIT b 1 -1
      SETBIT b x x
      SETBIT b 1
      SETBIT b 4294967296 1
      SETBIT b ${MAX} 1
      SETBIT b 9223372036854775808 1
      SETBIT b #1 1
      GETBIT b -1
      GETBIT b x
      GETBIT b 4294967295
      GETBIT b 4294967296
      GETBIT missing 5
      GETBIT missing x
      GETBIT b
      SADD members a
      SETBIT members 0 1
      GETBIT members 0
      GETBIT members x
      SET t x EX 1000
      SETBIT t 9000 1
      TTL t
      CONFIG SET proto-max-bulk-len 1mb
      SETBIT b 8388607 1
      SETBIT b 8388608 1
      GETBIT b 8388608
    `),
  );
});

describe('BITCOUNT and BITPOS', () => {
  it(
    'check their arguments',
    lines(`
      SET b foobar
      SADD members a
      BITCOUNT members
      BITCOUNT members 0
      BITCOUNT missing
      BITCOUNT missing 0
      BITCOUNT missing x y
      BITCOUNT b
      BITCOUNT b 0
      BITCOUNT b x 0
      BITCOUNT b 0 x
      BITCOUNT b 0 -1 foo
      BITCOUNT b -1 -2 foo
      BITCOUNT b 2 1 foo
      BITCOUNT b 0 -1 bit
      BITCOUNT b 0 -1 BYTE
      BITCOUNT b 0 -1 BIT BIT
      BITCOUNT b ${MIN} ${MAX}
      BITCOUNT b ${MIN} ${MAX} BIT
      BITCOUNT b ${MAX} ${MIN}
      BITCOUNT b 9223372036854775808 1
      BITCOUNT
      BITPOS members 0
      BITPOS members 2
      BITPOS missing 0
      BITPOS missing 1
      BITPOS missing 1 x
      BITPOS missing 2
      BITPOS missing x
      BITPOS b 2
      BITPOS b -1
      BITPOS b x
      BITPOS b 1 x
      BITPOS b 1 0 x
      BITPOS b 1 0 -1 foo
      BITPOS b 1 0 -1 BIT BIT
      BITPOS b 1 5 1
      BITPOS b 1 ${MIN} ${MAX} BIT
      BITPOS b 0 ${MAX} ${MIN}
      BITPOS b
      SET empty ''
      BITPOS empty 0
      BITPOS empty 1
      BITPOS empty 0 0
      BITPOS empty 0 0 -1
      BITPOS empty 0 0 -1 BIT
      BITCOUNT empty
      BITCOUNT empty 0 -1
      BITCOUNT empty 0 -1 BIT
    `),
  );

  it(
    'agree on every range of short strings',
    parity(async (both) => {
      const ones = '\xff';
      const texts = ['\x00\xff\xf0', `${ones}${ones}${ones}`, '\0\0\0', '\xff\x80\x01', '5', 'ab'];
      for (const text of texts) {
        await both.run('SET', 'b', Buffer.from(text, 'latin1'));
        const commands: (string | number)[][] = [];
        for (const unit of ['BYTE', 'BIT']) {
          const reach = unit === 'BIT' ? 26 : 5;
          for (let start = -reach; start <= reach; start++) {
            for (let end = -reach; end <= reach; end += unit === 'BIT' ? 3 : 1) {
              commands.push(['BITCOUNT', 'b', start, end, unit]);
              commands.push(['BITPOS', 'b', 0, start, end, unit]);
              commands.push(['BITPOS', 'b', 1, start, end, unit]);
            }
            commands.push(['BITPOS', 'b', 0, start], ['BITPOS', 'b', 1, start]);
          }
        }
        await both.pipeline(commands);
      }
    }),
  );

  it(
    'agree on long strings',
    parity(async (both) => {
      for (const [fill, other] of [
        ['\0', '\x10'],
        ['\xff', '\xfb'],
      ]) {
        for (const length of [63, 64, 65, 1024, 1025, 5000]) {
          for (const place of [0, 3, 31, 60, length - 1]) {
            const text = fill!.repeat(place) + other! + fill!.repeat(length - place - 1);
            await both.pipeline([
              ['SET', 'b', Buffer.from(text, 'latin1')],
              ['BITPOS', 'b', 0],
              ['BITPOS', 'b', 1],
              ['BITPOS', 'b', 0, 2, -2],
              ['BITPOS', 'b', 1, 2, -2],
              ['BITPOS', 'b', 0, 13, -13, 'BIT'],
              ['BITPOS', 'b', 1, 13, -13, 'BIT'],
              ['BITCOUNT', 'b'],
              ['BITCOUNT', 'b', 3, -3],
              ['BITCOUNT', 'b', 5, -6, 'BIT'],
            ]);
          }
        }
      }
    }),
  );
});

describe('BITOP', () => {
  it(
    'checks its arguments and types',
    lines(`
      SET a abc
      SET b \\xff\\x0f
      SET n 12
      SADD members x
      BITOP AND d a b
      GET d
      OBJECT ENCODING d
      BITOP or d a b n
      GET d
      BITOP Xor d a b missing
      GET d
      BITOP NOT d a
      GET d
      BITOP NOT d a b
      BITOP NOT d
      BITOP AND d a
      BITOP AND a a b
      GET a
      BITOP OR b a b b
      GET b
      BITOP AND d missing
      EXISTS d
      BITOP AND d missing
      BITOP NOT d missing
      BITOP FOO d a
      BITOP FOO d members
      BITOP AND d a members
      BITOP AND members a
      TYPE members
      SET t x EX 1000
      BITOP OR t a
      TTL t
      SET empty ''
      BITOP OR t empty
      EXISTS t
      SETBIT big 100000 1
      BITOP XOR big big big
      BITCOUNT big
      STRLEN big
    `),
  );

  it(
    'combines long and short strings',
    parity(async (both) => {
      let state = 99;
      const bytes = (length: number) =>
        Buffer.from(
          Array.from({ length }, () => {
            state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
            return state >>> 16;
          }),
        );
      const lengths = [0, 1, 3, 8, 31, 900, 1024, 1025, 1033, 40_000, 70_001];
      await both.pipeline(lengths.map((length) => ['SET', `s${length}`, bytes(length)]));
      for (const operation of ['AND', 'OR', 'XOR']) {
        for (let i = 0; i < lengths.length; i++) {
          const names = [0, 3, 7].map((step) => `s${lengths[(i + step) % lengths.length]}`);
          await both.run('BITOP', operation, `${operation}${i}`, ...names);
          await both.run('BITOP', operation, `${operation}two${i}`, names[1]!, names[2]!);
        }
      }
      for (const length of lengths) await both.run('BITOP', 'NOT', `not${length}`, `s${length}`);
      await both.digest();
    }),
  );
});

describe('BITFIELD', () => {
  it(
    'checks its arguments',
    lines(`
      BITFIELD f
      BITFIELD f GET u8 0
      EXISTS f
      BITFIELD f SET u8 0 255 GET u8 0 GET i8 0
      BITFIELD f get U8 0
      BITFIELD f GET u64 0
      BITFIELD f GET u63 0
      BITFIELD f GET i64 0
      BITFIELD f GET i65 0
      BITFIELD f GET u0 0
      BITFIELD f GET i0 0
      BITFIELD f GET i08 0
      BITFIELD f GET i-1 0
      BITFIELD f GET i 0
      BITFIELD f GET '' 0
      BITFIELD f GET x8 0
      BITFIELD f GET u8 x
      BITFIELD f GET u8 -1
      BITFIELD f GET u8 #1
      BITFIELD f GET u8 #
      BITFIELD f GET u8 #-1
      BITFIELD f GET u8 #x
      BITFIELD f GET u8 4294967295
      BITFIELD f GET u8 4294967296
      BITFIELD f GET u8 #536870911
      BITFIELD f GET u8 #536870912
      BITFIELD f GET u4 #4611686018427387904
      BITFIELD f GET u8 #1152921504606846976
      BITFIELD f GET u8 #1152921504606846977
      BITFIELD f GET u63 #${MAX}
      BITFIELD f GET i64 #${MAX}
      BITFIELD f GET u7 #${MAX}
      BITFIELD f GET u8
      BITFIELD f SET u8 0
      BITFIELD f SET u8 0 x
      BITFIELD f SET u8 x x
      BITFIELD f INCRBY u8 0 1.5
      BITFIELD f OVERFLOW
      BITFIELD f OVERFLOW FOO
      BITFIELD f OVERFLOW SAT
      BITFIELD new OVERFLOW FAIL
      EXISTS new
      BITFIELD f FOO
      BITFIELD f GET u8 0 FOO
      BITFIELD_RO f GET u8 0
      BITFIELD_RO f GET u8 0 GET i8 0
      BITFIELD_RO f SET u8 0 1
      BITFIELD_RO f SET u8 0 x
      BITFIELD_RO f OVERFLOW WRAP GET u8 0
      BITFIELD_RO f
      BITFIELD_RO missing GET i64 5
      SADD members a
      BITFIELD members GET u8 0
      BITFIELD members SET u8 0 1
      BITFIELD members SET u8 0 x
      BITFIELD_RO members GET u8 0
      BITFIELD members
      SET t x EX 1000
      BITFIELD t SET u8 100 7
      TTL t
      SET i 12345
      BITFIELD i SET u8 0 50
      OBJECT ENCODING i
      BITFIELD i OVERFLOW FAIL INCRBY u8 1000 1000
      STRLEN i
    `),
  );

  it(
    'overflows in three ways, exactly',
    parity(async (both) => {
      const types = ['i1', 'u1', 'i2', 'i8', 'u8', 'i31', 'u32', 'i33', 'u47', 'i48', 'u48', 'i49'];
      types.push('u52', 'i53', 'i54', 'i62', 'u62', 'i63', 'u63', 'i64');
      const operands = ['0', '1', '-1', '127', '128', '-128', '-129', '255', '256', MAX, MIN];
      operands.push('281474976710655', '4503599627370496', '4503599627370497', '-4503599627370497');
      operands.push(
        '9007199254740993',
        '-9007199254740993',
        '4611686018427387904',
        '-9223372036854775800',
      );
      for (const type of types) {
        const commands: (string | number)[][] = [];
        for (const mode of ['WRAP', 'SAT', 'FAIL']) {
          for (const operand of operands) {
            commands.push(['BITFIELD', 'f', 'OVERFLOW', mode, 'SET', type, 3, operand]);
            commands.push(['BITFIELD', 'f', 'OVERFLOW', mode, 'INCRBY', type, 3, operand]);
            commands.push(['BITFIELD', 'f', 'GET', type, 3, 'GET', 'u8', 0, 'GET', 'i64', 1]);
          }
        }
        await both.pipeline(commands);
      }
      await both.digest();
    }),
  );
});

const name = key(3);
const type = fc.oneof(
  fc.integer({ min: 1, max: 64 }).map((bits) => `i${bits}`),
  fc.integer({ min: 1, max: 63 }).map((bits) => `u${bits}`),
);
const offset = fc.oneof(
  fc.integer({ min: 0, max: 200 }).map(String),
  fc.integer({ min: 0, max: 9 }).map((index) => `#${index}`),
);
const operand = fc.oneof(integer.map(String), fc.integer({ min: -300, max: 300 }).map(String));
const operation = fc.oneof(
  fc.tuple(fc.constant('GET'), type, offset),
  fc.tuple(fc.constant('SET'), type, offset, operand),
  fc.tuple(fc.constant('INCRBY'), type, offset, operand),
  fc.tuple(fc.constant('OVERFLOW'), fc.constantFrom('WRAP', 'SAT', 'FAIL')),
);
const bitfield = fc
  .tuple(name, fc.array(operation, { maxLength: 6 }))
  .map(([target, operations]) => ['BITFIELD', target].concat(operations.flat()));
const bitIndex = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 12_000 }));
const end = fc.integer({ min: -100, max: 100 });
const unit = fc.constantFrom('BIT', 'BYTE');
const bit = fc.constantFrom('0', '1');

it(
  'random sequences leave the same contents',
  parity.random({
    commands: fc.oneof(
      { weight: 8, arbitrary: bitfield },
      { weight: 4, arbitrary: fc.tuple(fc.constant('SETBIT'), name, bitIndex, bit) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('GETBIT'), name, bitIndex) },
      { weight: 3, arbitrary: fc.tuple(fc.constant('BITCOUNT'), name, end, end, unit) },
      { weight: 3, arbitrary: fc.tuple(fc.constant('BITPOS'), name, bit, end, end, unit) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('BITPOS'), name, bit, end) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('BITPOS'), name, bit) },
      {
        weight: 3,
        arbitrary: fc.tuple(
          fc.constant('BITOP'),
          fc.constantFrom('AND', 'OR', 'XOR'),
          name,
          name,
          name,
        ),
      },
      { weight: 1, arbitrary: fc.tuple(fc.constant('BITOP'), fc.constant('NOT'), name, name) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('SET'), name, value) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('INCRBY'), name, integerText) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('DEL'), name) },
    ),
  }),
);
