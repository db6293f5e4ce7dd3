/** CONFIG, and what its settings do. */
import { describe, expect, it } from 'vitest';
import { useParity } from '../support/parity.ts';
import { textOf } from '../support/resp-value.ts';

const parity = useParity();

describe('CONFIG', () => {
  it(
    'GET',
    parity(async (both) => {
      await both.run('CONFIG', 'GET', 'maxmemory');
      await both.run('CONFIG', 'GET', 'MAXMEMORY', 'maxmemory', 'hash-max-*');
      await both.run('CONFIG', 'GET', 'hash-max-ziplist-entries', 'nosuch', 'list-*size');
      await both.run('CONFIG', 'GET', '*entries', 'save');
      await both.run('CONFIG', 'GET');
      await both.run('CONFIG', 'NOSUCH');
    }),
  );

  it(
    'SET of one, several, wrong ones: all or none',
    parity(async (both) => {
      await both.run('CONFIG', 'SET', 'hash-max-listpack-entries', '7');
      await both.run('CONFIG', 'SET', 'maxmemory-samples', '3', 'hz', '20');
      await both.run('CONFIG', 'SET', 'hz', '30', 'maxmemory-samples', 'x');
      await both.run('CONFIG', 'SET', 'hz', '40', 'nosuch', '1');
      await both.run('CONFIG', 'SET', 'hz', '40', 'hz', '50');
      await both.run('CONFIG', 'SET', 'hz');
      await both.run('CONFIG', 'SET', 'hz', '40', 'port');
      await both.run('CONFIG', 'SET', 'databases', '3');
      await both.run('CONFIG', 'SET', 'save', '900 1 300 10');
      await both.run('CONFIG', 'SET', 'maxmemory', '10mb');
      await both.run('CONFIG', 'SET', 'dir', '/no/such/place');
      await both.run('CONFIG', 'SET', 'maxclients', '0');
      await both.run('CONFIG', 'GET', 'hz', 'maxmemory*', 'save', 'hash-max-listpack-entries');
    }),
  );

  it(
    'REWRITE without a file',
    parity(async (both) => {
      await both.run('CONFIG', 'REWRITE');
      await both.run('CONFIG', 'REWRITE', 'x');
    }),
  );

  it(
    'RESETSTAT',
    parity(async (both) => {
      await both.run('GET', 'k');
      await both.run('NOSUCH');
      await both.run('CONFIG', 'RESETSTAT');
      for (const side of [both.real, both.ours]) {
        const text = textOf(await side.call('INFO', 'stats', 'commandstats', 'errorstats'))!;
        expect(text).toContain('keyspace_misses:0\r\n');
        expect(text).toContain('total_error_replies:0\r\n');
        expect(text).not.toContain('cmdstat_get');
        expect(text).not.toContain('errorstat_');
      }
    }),
  );

  it(
    'inside MULTI',
    parity(async (both) => {
      await both.run('MULTI');
      await both.run('CONFIG', 'SET', 'hz', '20');
      await both.run('CONFIG', 'GET', 'hz');
      await both.run('EXEC');
    }),
  );
});

describe('INFO', () => {
  /** Of ours alone, and only in 'everything'. */
  const OWN_SECTION = '# Hotkeys';
  const names = (text: string): string[] =>
    text
      .split('\r\n')
      .map((line) => line.split(':')[0]!)
      .filter((name) => name !== '');

  for (const sections of [[], ['all'], ['everything'], ['default'], ['SERVER', 'cpu'], ['nosuch']])
    it(
      `tells the same sections for '${sections.join(' ')}'`,
      parity(async (both) => {
        await both.run('SET', 'k', 'v', 'EX', '100');
        await both.run('NOSUCH');
        const texts: string[] = [];
        for (const side of [both.real, both.ours])
          texts.push(textOf(await side.call('INFO', ...sections))!);
        const heads = texts.map((text) => names(text).filter((name) => name.startsWith('#')));
        expect(heads[1]!.filter((name) => name !== OWN_SECTION)).toEqual(heads[0]);
        const ours = new Set(names(texts[1]!));
        const missing = names(texts[0]!).filter((name) => !ours.has(name) && !IRRELEVANT.has(name));
        expect(missing.filter((name) => !/^(cmdstat|latency_perc)/.test(name))).toEqual([]);
      }),
    );

  /** Facts about a C program, and statistics of commands that only its harness had run. */
  const IRRELEVANT = new Set(
    'gcc_version used_cpu_sys_main_thread used_cpu_user_main_thread'.split(' '),
  );

  it(
    'counts commands, errors and keys',
    parity(async (both) => {
      await both.run('CONFIG', 'RESETSTAT');
      await both.run('SET', 'k', 'v');
      await both.run('SET', 'l', 'v', 'EX', '1000');
      await both.run('GET', 'k');
      await both.run('GET', 'nothing');
      await both.run('GET');
      await both.run('INCR', 'k');
      await both.run('NOSUCH');
      await both.run('CLIENT', 'GETNAME');
      await both.run('SELECT', '99');
      const texts: string[] = [];
      for (const side of [both.real, both.ours]) {
        const text = textOf(await side.call('INFO', 'everything'))!;
        texts.push(
          text
            .split('\r\n')
            .filter((line) => /^(cmdstat_|errorstat_|keyspace_|total_error|db\d)/.test(line))
            .map((line) => line.replaceAll(/(usec|usec_per_call|avg_ttl)=[\d.]+/g, '$1'))
            .toSorted()
            .join('\n'),
        );
      }
      expect(texts[1]).toBe(texts[0]);
    }),
  );
});
