/** SLOWLOG, LATENCY, MEMORY, COMMAND and other commands about the server itself. */
import { describe, expect, it } from 'vitest';
import { after, sameShape, sameType, unordered } from '../support/comparison.ts';
import { useParity } from '../support/parity.ts';
import { itemsOf, type RespValue, showReply, textOf } from '../support/resp-value.ts';

const parity = useParity();

describe('SLOWLOG', () => {
  /** The arguments and the name of each entry. */
  const entries = after((value) => {
    if (value.type === 'error') return value;
    const shown = itemsOf(value).map((entry) => {
      const fields = itemsOf(entry);
      expect(fields.length).toBe(6);
      return `${showReply(fields[3]!)} ${showReply(fields[5]!)}`;
    });
    return { type: 'simple', text: shown.join('\n') };
  });

  it(
    'trims arguments and hides secrets',
    parity(async (both) => {
      await both.run('CONFIG', 'SET', 'slowlog-log-slower-than', '0');
      await both.run('SLOWLOG', 'RESET');
      await both.run('CLIENT', 'SETNAME', 'slow');
      await both.run('SET', 'k', 'x'.repeat(128));
      await both.run('SET', 'k', 'x'.repeat(129));
      await both.run('MGET', ...Array.from({ length: 31 }, (_, i) => `k${i}`));
      await both.run('MGET', ...Array.from({ length: 32 }, (_, i) => `k${i}`));
      await both.run('MGET', ...Array.from({ length: 50 }, (_, i) => `k${i}`));
      await both.run('AUTH', 'default', 'secret');
      await both.run('CONFIG', 'SET', 'masterauth', 'secret', 'hz', '11');
      await both.run('NOSUCH', 'x');
      await both.run('MULTI');
      await both.run('GET', 'k');
      await both.run('EXEC');
      await both.runWith(entries, 'SLOWLOG', 'GET', '-1');
      await both.runWith(entries, 'SLOWLOG', 'GET');
      await both.runWith(entries, 'SLOWLOG', 'GET', '2');
      await both.run('SLOWLOG', 'LEN');
      await both.run('CONFIG', 'SET', 'slowlog-max-len', '3');
      await both.run('SLOWLOG', 'LEN');
      await both.run('CONFIG', 'SET', 'slowlog-log-slower-than', '-1');
      await both.run('SLOWLOG', 'RESET');
      await both.run('PING');
      await both.run('SLOWLOG', 'LEN');
      await both.run('SLOWLOG', 'GET', '-2');
      await both.run('SLOWLOG', 'GET', 'x');
      await both.run('SLOWLOG', 'GET', '1', '2');
      await both.run('SLOWLOG', 'NOSUCH');
    }),
  );
});

describe('LATENCY', () => {
  it(
    'has events only beyond its threshold',
    parity(async (both) => {
      await both.run('LATENCY', 'LATEST');
      await both.run('LATENCY', 'HISTORY', 'command');
      await both.run('LATENCY', 'GRAPH', 'command');
      await both.run('CONFIG', 'SET', 'latency-monitor-threshold', '300');
      await both.run('DEBUG', 'SLEEP', '0.32');
      await both.runWith(sameShape, 'LATENCY', 'LATEST');
      await both.runWith(sameShape, 'LATENCY', 'HISTORY', 'command');
      await both.runWith(sameType, 'LATENCY', 'GRAPH', 'command');
      await both.runWith(sameType, 'LATENCY', 'DOCTOR');
      await both.run('LATENCY', 'RESET', 'nosuch');
      await both.run('LATENCY', 'RESET', 'command');
      await both.run('LATENCY', 'RESET');
      await both.run('LATENCY', 'NOSUCH');
    }),
  );

  it(
    'HISTOGRAM',
    parity(async (both) => {
      await both.run('CONFIG', 'RESETSTAT');
      await both.run('LATENCY', 'HISTOGRAM', 'get', 'nosuch');
      for (let i = 0; i < 10; i++) await both.run('GET', 'k');
      await both.run('CLIENT', 'GETNAME');
      const calls = after((value): RespValue => {
        const shown = itemsOf(value).map((item, i) =>
          i % 2 === 0 ? showReply(item) : showReply(itemsOf(item)[1]!),
        );
        return { type: 'simple', text: `${value.type} ${shown.toSorted().join(' ')}` };
      });
      await both.runWith(calls, 'LATENCY', 'HISTOGRAM', 'get', 'nosuch', 'client');
      await both.run('CONFIG', 'SET', 'latency-tracking', 'no');
      await both.run('CONFIG', 'RESETSTAT');
      await both.run('GET', 'k');
      await both.run('LATENCY', 'HISTOGRAM', 'get');
    }),
  );
});

describe('MEMORY', () => {
  it(
    'tells sizes',
    parity(async (both) => {
      await both.run('SET', 'k', 'v');
      await both.run('MEMORY', 'USAGE', 'nothing');
      await both.runWith(sameType, 'MEMORY', 'USAGE', 'k');
      await both.runWith(sameType, 'MEMORY', 'USAGE', 'k', 'SAMPLES', '0');
      await both.run('MEMORY', 'USAGE', 'k', 'SAMPLES', '-1');
      await both.run('MEMORY', 'USAGE', 'k', 'SAMPLES', 'x');
      await both.run('MEMORY', 'USAGE', 'k', 'SAMPLES');
      await both.run('MEMORY', 'USAGE', 'k', 'NOSUCH', '1');
      const names = after((value): RespValue => {
        const shown = itemsOf(value).map((item, i) => (i % 2 === 0 ? showReply(item) : item.type));
        return { type: 'simple', text: `${value.type} ${shown.join(' ')}` };
      });
      await both.runWith(names, 'MEMORY', 'STATS');
      await both.runWith(sameType, 'MEMORY', 'DOCTOR');
      await both.run('MEMORY', 'NOSUCH');
      await both.run('MEMORY', 'PURGE');
    }),
  );
});

describe('COMMAND', () => {
  it(
    'GETKEYS and GETKEYSANDFLAGS',
    parity(async (both) => {
      for (const sub of ['GETKEYS', 'GETKEYSANDFLAGS']) {
        await both.run('COMMAND', sub, 'GET', 'k');
        await both.run('COMMAND', sub, 'set', 'k', 'v', 'GET');
        await both.run('COMMAND', sub, 'MSET', 'a', '1', 'b', '2');
        await both.run('COMMAND', sub, 'MSET', 'a', '1', 'b');
        await both.run('COMMAND', sub, 'PING');
        await both.run('COMMAND', sub, 'PING', 'x');
        await both.run('COMMAND', sub, 'GET', 'k', 'l');
        await both.run('COMMAND', sub, 'NOSUCH', 'k');
        await both.run('COMMAND', sub, 'MEMORY', 'USAGE', 'k');
        await both.run('COMMAND', sub, 'MEMORY', 'NOSUCH', 'k');
        await both.run('COMMAND', sub, 'OBJECT', 'ENCODING', 'k');
        await both.run('COMMAND', sub);
        await both.run('COMMAND', sub, 'x');
      }
    }),
  );

  it(
    'LIST and its filters',
    parity(async (both) => {
      await both.runWith(unordered, 'COMMAND', 'LIST', 'FILTERBY', 'PATTERN', 'MGE?');
      await both.runWith(unordered, 'COMMAND', 'LIST', 'FILTERBY', 'PATTERN', 'config|*');
      await both.run('COMMAND', 'LIST', 'FILTERBY', 'MODULE', 'nosuch');
      await both.run('COMMAND', 'LIST', 'FILTERBY', 'ACLCAT', 'nosuch');
      await both.run('COMMAND', 'LIST', 'FILTERBY', 'WHAT', 'nosuch');
      await both.run('COMMAND', 'LIST', 'FILTERBY');
      await both.run('COMMAND', 'LIST', 'x');
      await both.run('COMMAND', 'NOSUCH');
      await both.run('COMMAND', 'INFO', 'nosuch', 'get');
      await both.run('COMMAND', 'DOCS', 'nosuch');
    }),
  );
});

describe('the rest', () => {
  it(
    'TIME, ROLE, LOLWUT, SHUTDOWN',
    parity(async (both) => {
      await both.run('TIME');
      await both.run('ROLE');
      await both.run('MODULE', 'LIST');
      await both.run('MODULE', 'LOAD', '/nosuch.so');
      await both.run('MODULE', 'NOSUCH');
      await both.runWith(sameType, 'LASTSAVE');
      await both.runWith(sameType, 'LOLWUT');
      await both.run('LOLWUT', 'VERSION', 'x');
      await both.run('SHUTDOWN', 'ABORT');
      await both.run('SHUTDOWN', 'SAVE', 'NOSAVE');
      await both.run('SHUTDOWN', 'ABORT', 'NOW');
      await both.run('SHUTDOWN', 'WHAT');
      await both.run('MULTI');
      await both.run('SHUTDOWN', 'NOSAVE');
      await both.run('DISCARD');
      const art = textOf(await both.ours.call('LOLWUT'))!;
      expect(art).toContain('Redis ver. 7.0.15\n');
      expect(art).toContain('#');
    }),
  );

  it(
    'HELP of every container has the same head and end',
    parity(async (both) => {
      const ends = after((value) => {
        const lines = itemsOf(value).map((line) => showReply(line));
        return { type: 'simple', text: [lines[0], ...lines.slice(-2)].join('\n') };
      });
      for (const name of ['CLIENT', 'COMMAND', 'CONFIG', 'LATENCY', 'MEMORY', 'SLOWLOG']) {
        await both.runWith(ends, name, 'HELP');
        await both.run(name, 'HELP', 'x');
      }
    }),
  );
});
