/** Consumer groups against redis-server: XGROUP, XREADGROUP, XACK, XPENDING, XCLAIM, XAUTOCLAIM. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import type { Both, Command } from '../support/both.ts';
import { after, type Comparison } from '../support/comparison.ts';
import { useParity } from '../support/parity.ts';
import type { RespValue } from '../support/resp-value.ts';

const parity = useParity();
const MAX = '18446744073709551615';

/** Points in time, and idle times that are only a few milliseconds, are each server's own. */
const withoutTimes: Comparison = after(blurTimes);

function blurTimes(value: RespValue): RespValue {
  if (value.type === 'integer' && value.value > 1_500_000_000_000n) return { ...value, value: -7n };
  if ('items' in value) return { type: value.type, items: value.items.map(blurTimes) };
  if (value.type !== 'map') return value;
  return {
    type: 'map',
    entries: value.entries.map(([name, item]) => [name, blurTimes(item)] as const),
  };
}

/** Idle times of XPENDING's entries and XINFO CONSUMERS, in milliseconds, may differ by a second. */
const withoutIdle: Comparison = after(blurIdle);

function blurIdle(value: RespValue): RespValue {
  if (value.type === 'map') {
    return {
      type: 'map',
      entries: value.entries.map(([name, item]) =>
        'bytes' in name && name.bytes.toString() === 'idle'
          ? ([name, { type: 'integer', value: 0n }] as const)
          : ([name, item] as const),
      ),
    };
  }
  if (!('items' in value)) return value;
  const items = value.items.map(blurIdle);
  // [id, consumer, idle, deliveries], and [name, …, pending, …, idle, …] of RESP2.
  const isEntry = items.length === 4 && items[2]!.type === 'integer' && items[1]!.type === 'bulk';
  const isConsumer = items.length === 6 && items[5]!.type === 'integer';
  if (isEntry) items[2] = { type: 'integer', value: 0n };
  if (isConsumer) items[5] = { type: 'integer', value: 0n };
  return { type: value.type, items };
}

async function inspect(both: Both, name: string, group = 'g'): Promise<void> {
  await both.runWith(withoutTimes, 'XINFO', 'STREAM', name, 'FULL', 'COUNT', '0');
  await both.run('XINFO', 'GROUPS', name);
  await both.runWith(withoutIdle, 'XINFO', 'CONSUMERS', name, group);
  await both.run('XPENDING', name, group);
  await both.runWith(withoutIdle, 'XPENDING', name, group, '-', '+', '100');
}

async function fill(both: Both, name: string, count: number): Promise<void> {
  await both.pipeline(
    Array.from({ length: count }, (_, i) => ['XADD', name, `${i + 1}-1`, 'n', String(i + 1)]),
  );
}

describe('XGROUP', () => {
  it(
    'makes, moves and removes groups and consumers',
    parity(async (both) => {
      await both.run('SET', 'text', 'x');
      await fill(both, 'a', 5);
      for (const args of [
        ['CREATE', 'missing', 'g', '$'],
        ['CREATE', 'missing', 'g', 'x', 'MKSTREAM'],
        ['CREATE', 'text', 'g', '$', 'MKSTREAM'],
        ['CREATE', 'made', 'g', '$', 'MKSTREAM'],
        ['CREATE', 'made', 'g', '5', 'MKSTREAM'],
        ['CREATE', 'made', 'h', '7-3', 'mkstream', 'ENTRIESREAD', '3'],
        ['CREATE', 'made', 'i', '0', 'ENTRIESREAD', '-1'],
        ['CREATE', 'made', 'j', '0', 'ENTRIESREAD', '-2'],
        ['CREATE', 'made', 'j', '0', 'ENTRIESREAD', 'x'],
        ['CREATE', 'made', 'j', '0', 'ENTRIESREAD'],
        ['CREATE', 'made', 'j', '0', 'NOTHING'],
        ['CREATE', 'made', 'j', '-'],
        ['CREATE', 'made', 'j', '+'],
        ['CREATE', 'a', 'g', '$'],
        ['CREATE', 'a', 'g', '$'],
        ['CREATE', 'a', '', '0'],
        ['CREATE', 'a', 'middle', '3-1'],
        ['CREATE', 'a', 'between', '3-0'],
        ['CREATE', 'a', 'last', '5-1'],
        ['CREATE', 'a', 'ahead', '9'],
        ['CREATE', 'a', 'first', '1-1'],
        ['CREATE', 'a'],
        ['SETID', 'a', 'g', '2'],
        ['SETID', 'a', 'g', '-'],
        ['SETID', 'a', 'g', '+'],
        ['SETID', 'a', 'g', '$', 'ENTRIESREAD', '5'],
        ['SETID', 'a', 'g', '2', 'MKSTREAM'],
        ['SETID', 'a', 'none', '2'],
        ['SETID', 'missing', 'g', '2'],
        ['SETID', 'text', 'g', '2'],
        ['SETID', 'a', 'g'],
        ['CREATECONSUMER', 'a', 'g', 'c'],
        ['CREATECONSUMER', 'a', 'g', 'c'],
        ['CREATECONSUMER', 'a', 'g', 'a'],
        ['CREATECONSUMER', 'a', 'none', 'c'],
        ['CREATECONSUMER', 'missing', 'g', 'c'],
        ['CREATECONSUMER', 'a', 'g', 'c', 'x'],
        ['DELCONSUMER', 'a', 'g', 'c'],
        ['DELCONSUMER', 'a', 'g', 'c'],
        ['DELCONSUMER', 'a', 'none', 'c'],
        ['DELCONSUMER', 'missing', 'g', 'c'],
        ['DELCONSUMER', 'text', 'g', 'c'],
        ['DESTROY', 'a', 'none'],
        ['DESTROY', 'a', 'middle'],
        ['DESTROY', 'missing', 'g'],
        ['DESTROY', 'text', 'g'],
        ['DESTROY', 'a', 'g', 'x'],
        ['NOTHING', 'a', 'g'],
        ['HELP', 'x'],
      ]) {
        await both.run('XGROUP', ...args);
        await both.run('XINFO', 'GROUPS', 'a');
        await both.run('XINFO', 'GROUPS', 'made');
      }
      await inspect(both, 'a');
      await inspect(both, 'made');
      await both.digest();
    }),
  );
});

describe('XREADGROUP', () => {
  it(
    'gives new entries, and tells the history',
    parity(async (both) => {
      await fill(both, 'a', 10);
      await fill(both, 'b', 3);
      await both.run('XGROUP', 'CREATE', 'a', 'g', '0');
      await both.run('XGROUP', 'CREATE', 'b', 'g', '$');
      for (const args of [
        ['GROUP', 'g', 'one', 'COUNT', '2', 'STREAMS', 'a', '>'],
        ['GROUP', 'g', 'two', 'COUNT', '2', 'STREAMS', 'a', '>'],
        ['GROUP', 'g', 'one', 'COUNT', '2', 'STREAMS', 'a', 'b', '>', '>'],
        ['GROUP', 'g', 'one', 'STREAMS', 'a', '0'],
        ['GROUP', 'g', 'one', 'STREAMS', 'a', '1-1'],
        ['GROUP', 'g', 'one', 'COUNT', '1', 'STREAMS', 'a', 'b', '0', '0'],
        ['GROUP', 'g', 'two', 'STREAMS', 'a', '3'],
        ['GROUP', 'g', 'three', 'STREAMS', 'a', '0'],
        ['GROUP', 'g', 'one', 'NOACK', 'COUNT', '1', 'STREAMS', 'a', '>'],
        ['GROUP', 'g', 'four', 'NOACK', 'STREAMS', 'a', 'b', '>', '>'],
        ['GROUP', 'g', 'one', 'STREAMS', 'a', '>'],
        ['GROUP', 'g', 'one', 'STREAMS', 'b', '>'],
        ['GROUP', 'g', 'one', 'STREAMS', 'a', `${MAX}-${MAX}`],
        ['GROUP', 'g', 'one', 'STREAMS', 'a', `${MAX}`],
      ]) {
        await both.run('XREADGROUP', ...args);
        await inspect(both, 'a');
        await inspect(both, 'b');
      }
      await both.run('XDEL', 'a', '1-1', '6-1');
      await both.run('XREADGROUP', 'GROUP', 'g', 'one', 'STREAMS', 'a', '0');
      await both.run('XGROUP', 'SETID', 'a', 'g', '0');
      await both.run('XREADGROUP', 'GROUP', 'g', 'three', 'COUNT', '3', 'STREAMS', 'a', '>');
      await inspect(both, 'a');
      await both.run('XGROUP', 'DELCONSUMER', 'a', 'g', 'three');
      await inspect(both, 'a');
      await both.run('COPY', 'a', 'copy');
      await both.run('XGROUP', 'DESTROY', 'a', 'g');
      await inspect(both, 'copy');
      await both.digest();
    }),
  );

  it(
    'refuses wrong arguments',
    parity(async (both) => {
      await both.run('SET', 'text', 'x');
      await fill(both, 'a', 3);
      await both.run('XGROUP', 'CREATE', 'a', 'g', '0');
      for (const args of [
        ['XREADGROUP', 'STREAMS', 'a', 'a', 'a', '>', '>', '>'],
        ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'a'],
        ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'a', 'b', '>'],
        ['XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', 'x', 'STREAMS', 'a', '>'],
        ['XREADGROUP', 'GROUP', 'g', 'c', 'BLOCK', 'x', 'STREAMS', 'a', '>'],
        ['XREADGROUP', 'GROUP', 'g', 'c', 'BLOCK', '-1', 'STREAMS', 'a', '>'],
        ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'a', '$'],
        ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'a', 'x'],
        ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'a', '-'],
        ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'missing', '>'],
        ['XREADGROUP', 'GROUP', 'none', 'c', 'STREAMS', 'a', '>'],
        ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'text', '>'],
        ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'a', 'missing', '>', '>'],
        ['XREADGROUP', 'GROUP', 'g', 'c', 'NOTHING', 'STREAMS', 'a', '>'],
        ['XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', '1', 'BLOCK', '1'],
        ['XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', '-1', 'STREAMS', 'a', '0'],
        ['XREAD', 'STREAMS', 'a', '>'],
        ['XREAD', 'STREAMS', 'a', 'x'],
        ['XREAD', 'STREAMS', 'a', '+'],
        ['XREAD', 'STREAMS', 'a', 'b', '0'],
        ['XREAD', 'STREAMS', 'text', '0'],
        ['XREAD', 'STREAMS', 'text', 'x'],
        ['XREAD', 'GROUP', 'g', 'c', 'STREAMS', 'a', '0'],
        ['XREAD', 'NOACK', 'STREAMS', 'a', '0'],
        ['XREAD', 'COUNT', 'x', 'STREAMS', 'a', '0'],
        ['XREAD', 'COUNT', '2', 'NOTHING'],
        ['XREAD', 'COUNT', '0', 'STREAMS', 'a', '0'],
        ['XREAD', 'COUNT', '-5', 'STREAMS', 'a', '0'],
        ['XREAD', 'COUNT', '1', 'STREAMS', 'a', 'missing', 'a', '0', '0', '2'],
        ['XREAD', 'STREAMS', 'a', '3-1'],
        ['XREAD', 'STREAMS', 'a', '$'],
        ['XREAD', 'BLOCK', '1', 'STREAMS', 'a', '$'],
        ['XREAD', 'STREAMS', 'missing', '0'],
        ['XREAD', 'streams', 'a', '0-0', 'b'],
        ['XREAD', 'STREAMS', 'a', `${MAX}-${MAX}`],
      ])
        await both.run(...args);
      await inspect(both, 'a');
    }),
  );
});

describe('XACK and XPENDING', () => {
  it(
    'confirm, and list what is not confirmed',
    parity(async (both) => {
      await both.run('SET', 'text', 'x');
      await fill(both, 'a', 12);
      await both.run('XGROUP', 'CREATE', 'a', 'g', '0');
      await both.run('XPENDING', 'a', 'g');
      await both.run('XREADGROUP', 'GROUP', 'g', 'one', 'COUNT', '5', 'STREAMS', 'a', '>');
      await both.run('XREADGROUP', 'GROUP', 'g', 'two', 'COUNT', '5', 'STREAMS', 'a', '>');
      await both.run('XGROUP', 'CREATECONSUMER', 'a', 'g', 'idle');
      for (const args of [
        ['XPENDING', 'a', 'g', '-', '+', '3'],
        ['XPENDING', 'a', 'g', '(2-1', '(7-1', '10'],
        ['XPENDING', 'a', 'g', '3', '8', '10', 'two'],
        ['XPENDING', 'a', 'g', '-', '+', '10', 'idle'],
        ['XPENDING', 'a', 'g', '-', '+', '10', 'nobody'],
        ['XPENDING', 'a', 'g', 'IDLE', '0', '-', '+', '10'],
        ['XPENDING', 'a', 'g', 'IDLE', '100000', '-', '+', '10'],
        ['XPENDING', 'a', 'g', 'idle', '0', '-', '+', '2', 'one'],
        ['XPENDING', 'a', 'g', 'IDLE', 'x', '-', '+', '10'],
        ['XPENDING', 'a', 'g', 'IDLE', '0', '-', '+'],
        ['XPENDING', 'a', 'g', 'IDLE', '-9', '-', '+', '1'],
        ['XPENDING', 'a', 'g', '-', '+', '0'],
        ['XPENDING', 'a', 'g', '-', '+', '-1'],
        ['XPENDING', 'a', 'g', '-', '+', 'x'],
        ['XPENDING', 'a', 'g', 'x', '+', '1'],
        ['XPENDING', 'a', 'g', '-', 'x', '1'],
        ['XPENDING', 'a', 'g', `(${MAX}-${MAX}`, '+', '1'],
        ['XPENDING', 'a', 'g', '-', '(0-0', '1'],
        ['XPENDING', 'a', 'g', '-'],
        ['XPENDING', 'a', 'g', '-', '+'],
        ['XPENDING', 'a', 'g', '-', '+', '1', 'one', 'x'],
        ['XPENDING', 'a', 'g', 'IDLE', '0', '-', '+', '1', 'one', 'x'],
        ['XPENDING', 'a', 'none'],
        ['XPENDING', 'a', 'none', '-', '+', '1'],
        ['XPENDING', 'missing', 'g'],
        ['XPENDING', 'text', 'g'],
        ['XACK', 'a', 'g', '1-1'],
        ['XACK', 'a', 'g', '1-1', '2-1', '99-1', '7-1', '7-1'],
        ['XACK', 'a', 'g', '3-1', 'x'],
        ['XACK', 'a', 'g', '3'],
        ['XACK', 'a', 'none', '3-1'],
        ['XACK', 'a', 'none', 'x'],
        ['XACK', 'missing', 'g', 'x'],
        ['XACK', 'text', 'g', '3-1'],
        ['XACK', 'a', 'g'],
      ])
        await both.runWith(withoutIdle, ...args);
      await inspect(both, 'a');
    }),
  );
});

describe('XCLAIM and XAUTOCLAIM', () => {
  it(
    'give entries to another consumer',
    parity(async (both) => {
      await both.run('SET', 'text', 'x');
      await fill(both, 'a', 12);
      await both.run('XGROUP', 'CREATE', 'a', 'g', '0');
      await both.run('XREADGROUP', 'GROUP', 'g', 'one', 'COUNT', '8', 'STREAMS', 'a', '>');
      await both.run('XDEL', 'a', '5-1');
      for (const args of [
        ['XCLAIM', 'a', 'g', 'two', '0', '1-1'],
        ['XCLAIM', 'a', 'g', 'two', '0', '1-1', '2', '99', '2-1', 'JUSTID'],
        ['XCLAIM', 'a', 'g', 'two', '100000', '3-1'],
        ['XCLAIM', 'a', 'g', 'two', '-5', '3-1', 'RETRYCOUNT', '7'],
        ['XCLAIM', 'a', 'g', 'two', '0', '5-1'],
        ['XCLAIM', 'a', 'g', 'three', '0', '5-1', '10-1', 'FORCE'],
        ['XCLAIM', 'a', 'g', 'three', '0', '11-1', 'FORCE', 'JUSTID'],
        ['XCLAIM', 'a', 'g', 'three', '0', '12-1', 'FORCE', 'RETRYCOUNT', '0', 'IDLE', '5000'],
        ['XCLAIM', 'a', 'g', 'three', '0', '4-1', 'TIME', '1500000000001', 'LASTID', '11-5'],
        ['XCLAIM', 'a', 'g', 'three', '0', '4-1', 'TIME', '99999999999999'],
        ['XCLAIM', 'a', 'g', 'three', '0', '4-1', 'TIME', '-5', 'IDLE', '-5'],
        ['XCLAIM', 'a', 'g', 'four', '0', '99-1', 'LASTID', '12-5'],
        ['XCLAIM', 'a', 'g', 'four', '0', '1-1', 'LASTID', '3'],
        ['XCLAIM', 'a', 'g', 'four', '0', 'x'],
        ['XCLAIM', 'a', 'g', 'four', '0', '1-1', 'x', '2-1'],
        ['XCLAIM', 'a', 'g', 'four', 'x', '1-1'],
        ['XCLAIM', 'a', 'g', 'four', '0', '1-1', 'IDLE', 'x'],
        ['XCLAIM', 'a', 'g', 'four', '0', '1-1', 'TIME', 'x'],
        ['XCLAIM', 'a', 'g', 'four', '0', '1-1', 'RETRYCOUNT', 'x'],
        ['XCLAIM', 'a', 'g', 'four', '0', '1-1', 'RETRYCOUNT', '-3'],
        ['XCLAIM', 'a', 'g', 'four', '0', '1-1', 'LASTID', 'x'],
        ['XCLAIM', 'a', 'g', 'four', '0', '1-1', 'IDLE'],
        ['XCLAIM', 'a', 'none', 'four', '0', '1-1'],
        ['XCLAIM', 'missing', 'g', 'four', '0', '1-1'],
        ['XCLAIM', 'text', 'g', 'four', '0', '1-1'],
        ['XCLAIM', 'missing', 'g', 'four', 'x', '1-1'],
        ['XAUTOCLAIM', 'a', 'g', 'five', '0', '-', 'COUNT', '2'],
        ['XAUTOCLAIM', 'a', 'g', 'five', '0', '(3-1', 'COUNT', '2', 'JUSTID'],
        ['XAUTOCLAIM', 'a', 'g', 'six', '100000', '0'],
        ['XAUTOCLAIM', 'a', 'g', 'six', '1000', '0', 'COUNT', '1'],
        ['XAUTOCLAIM', 'a', 'g', 'six', '0', '0', 'COUNT', '0'],
        ['XAUTOCLAIM', 'a', 'g', 'six', '0', '0', 'COUNT', 'x'],
        ['XAUTOCLAIM', 'a', 'g', 'six', '0', '0', 'COUNT', '-1'],
        ['XAUTOCLAIM', 'a', 'g', 'six', '0', '0', 'COUNT', '576460752303423488'],
        ['XAUTOCLAIM', 'a', 'g', 'six', '0', '0', 'COUNT'],
        ['XAUTOCLAIM', 'a', 'g', 'six', '0', '0', 'NOTHING'],
        ['XAUTOCLAIM', 'a', 'g', 'six', 'x', '0'],
        ['XAUTOCLAIM', 'a', 'g', 'six', '0', 'x'],
        ['XAUTOCLAIM', 'a', 'g', 'six', '0', `(${MAX}-${MAX}`],
        ['XAUTOCLAIM', 'a', 'none', 'six', '0', '0'],
        ['XAUTOCLAIM', 'missing', 'g', 'six', '0', '0'],
        ['XAUTOCLAIM', 'text', 'g', 'six', '0', '0'],
      ]) {
        await both.run(...args);
        await inspect(both, 'a');
      }
      await both.run('XDEL', 'a', '1-1', '2-1', '7-1');
      await both.run('XAUTOCLAIM', 'a', 'g', 'seven', '0', '0', 'COUNT', '3');
      await both.run('XAUTOCLAIM', 'a', 'g', 'seven', '0', '0', 'JUSTID');
      await inspect(both, 'a');
    }),
  );

  it(
    'examine no more than ten entries for each they may return',
    parity(async (both) => {
      await fill(both, 'a', 40);
      await both.run('XGROUP', 'CREATE', 'a', 'g', '0');
      await both.run('XREADGROUP', 'GROUP', 'g', 'one', 'STREAMS', 'a', '>');
      await both.run('XCLAIM', 'a', 'g', 'one', '0', '25-1', 'IDLE', '500000', 'JUSTID');
      await both.run('XAUTOCLAIM', 'a', 'g', 'two', '100000', '0', 'COUNT', '1');
      await both.run('XAUTOCLAIM', 'a', 'g', 'two', '100000', '11', 'COUNT', '1');
      await both.run('XAUTOCLAIM', 'a', 'g', 'two', '100000', '21', 'COUNT', '1');
      await both.run('XAUTOCLAIM', 'a', 'g', 'two', '100000', '26', 'COUNT', '2');
    }),
  );
});

const id = fc.tuple(fc.nat(25), fc.nat(2)).map(([ms, seq]) => `${ms}-${seq}`);
const streamKey = fc.constantFrom('a', 'b');
const group = fc.constantFrom('g', 'h');
const consumer = fc.constantFrom('one', 'two', 'three');
const exact = (args: fc.Arbitrary<Command>): typeof args => args;
const blurred = (args: fc.Arbitrary<Command>, comparison: Comparison) =>
  args.map((command) => ({ args: command, comparison }));

describe('random sequences', () => {
  it(
    'of commands on groups agree',
    parity.random({
      steps: 150,
      before: [
        ['CONFIG', 'SET', 'stream-node-max-entries', '4'],
        ['XGROUP', 'CREATE', 'a', 'g', '0', 'MKSTREAM'],
        ['XGROUP', 'CREATE', 'b', 'h', '$', 'MKSTREAM'],
      ],
      commands: fc.oneof(
        {
          weight: 10,
          arbitrary: exact(
            fc.tuple(streamKey, fc.nat(25)).map(([k, ms]) => ['XADD', k, `${ms}-*`, 'f', 'v']),
          ),
        },
        { weight: 3, arbitrary: fc.tuple(streamKey, id).map(([k, i]) => ['XDEL', k, i]) },
        {
          weight: 1,
          arbitrary: fc
            .tuple(streamKey, fc.nat(10))
            .map(([k, n]) => ['XTRIM', k, 'MAXLEN', String(n)]),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(streamKey, group, fc.constantFrom('0', '$', '7'))
            .map(([k, g, i]) => ['XGROUP', 'CREATE', k, g, i, 'MKSTREAM']),
        },
        {
          weight: 1,
          arbitrary: fc
            .tuple(streamKey, group, id)
            .map(([k, g, i]) => ['XGROUP', 'SETID', k, g, i]),
        },
        {
          weight: 1,
          arbitrary: fc
            .tuple(streamKey, group, id, fc.integer({ min: -1, max: 30 }))
            .map(([k, g, i, n]) => ['XGROUP', 'SETID', k, g, i, 'ENTRIESREAD', String(n)]),
        },
        {
          weight: 1,
          arbitrary: fc
            .tuple(streamKey, group, consumer)
            .map(([k, g, c]) => ['XGROUP', 'DELCONSUMER', k, g, c]),
        },
        {
          weight: 6,
          arbitrary: fc
            .tuple(group, consumer, fc.nat(4), streamKey, fc.boolean())
            .map(([g, c, n, k, noAck]) => [
              ...['XREADGROUP', 'GROUP', g, c, 'COUNT', String(n)],
              ...(noAck ? ['NOACK'] : []),
              ...['STREAMS', k, '>'],
            ]),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(group, consumer, streamKey, id)
            .map(([g, c, k, i]) => ['XREADGROUP', 'GROUP', g, c, 'STREAMS', k, i]),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(streamKey, group, fc.array(id, { minLength: 1, maxLength: 4 }))
            .map(([k, g, ids]) => ['XACK', k, g, ...ids]),
        },
        {
          weight: 3,
          arbitrary: fc
            .tuple(
              ...[streamKey, group, consumer, fc.array(id, { minLength: 1, maxLength: 4 })],
              fc.subarray(['FORCE', 'JUSTID']),
            )
            .map(([k, g, c, ids, options]) => ['XCLAIM', k, g, c, '0', ...ids, ...options]),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(streamKey, group, consumer, id, fc.integer({ min: 1, max: 4 }), fc.boolean())
            .map(([k, g, c, i, n, justId]) => [
              ...['XAUTOCLAIM', k, g, c, '0', i, 'COUNT', String(n)],
              ...(justId ? ['JUSTID'] : []),
            ]),
        },
        {
          weight: 2,
          arbitrary: blurred(
            streamKey.map((k) => ['XINFO', 'STREAM', k, 'FULL', 'COUNT', '0']),
            withoutTimes,
          ),
        },
        { weight: 3, arbitrary: streamKey.map((k) => ['XINFO', 'GROUPS', k]) },
        { weight: 1, arbitrary: fc.tuple(streamKey, group).map(([k, g]) => ['XPENDING', k, g]) },
        {
          weight: 1,
          arbitrary: blurred(
            fc
              .tuple(streamKey, group, id, consumer)
              .map(([k, g, i, c]) => ['XPENDING', k, g, i, '+', '5', c]),
            withoutIdle,
          ),
        },
        { weight: 1, arbitrary: fc.constant(['COPY', 'a', 'b', 'REPLACE']) },
        { weight: 1, arbitrary: fc.constant(['XSETID', 'a', '26-1']) },
      ),
    }),
  );
});
