import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Config } from './config.ts';
import { EXTENSION } from './directive.ts';
import { DIRECTIVES, findDirective } from './directives.ts';
import { Settings } from './settings.ts';

interface Initial {
  readonly name: string;
  readonly initial: string;
}

interface SetVector {
  readonly name: string;
  readonly value: string;
  readonly error: string | null;
  readonly after: string | null;
}

/**
 * Recorded from redis-server 7.0.15: what CONFIG GET shows without a configuration file, then
 * CONFIG SETs in order, with the answer (null is OK, ~ the usual beginning) and the value after.
 */
const recorded = readFileSync(new URL('redis-vectors.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Initial | SetVector);
const initials = recorded.filter((entry): entry is Initial => 'initial' in entry);
const setVectors = recorded.filter((entry): entry is SetVector => 'value' in entry);

/** What the real server refuses for reasons of its own machine. */
const environment = new Set(['tls-port']);

function usualBeginning(name: string): string {
  return `ERR CONFIG SET failed (possibly related to argument '${name}')`;
}

describe('the table', () => {
  it('has the names and defaults of Redis', () => {
    const config = new Config();
    const shown = config.get(['*']).filter(([name]) => !(findDirective(name)!.flags & EXTENSION));
    const ours = Object.fromEntries(shown);
    for (const name of ['dir', 'unixsocket', 'port']) delete ours[name];
    expect(ours).toEqual(Object.fromEntries(initials.map(({ name, initial }) => [name, initial])));
  });

  it('gives every directive a field of Settings with a value of the same type, and no more', () => {
    const declared = new Settings() as unknown as Record<string, unknown>;
    const config = new Config() as unknown as Record<string, unknown>;
    expect(Object.keys(declared).toSorted()).toEqual(
      DIRECTIVES.map(({ field }) => field).toSorted(),
    );
    for (const { field, name } of DIRECTIVES) {
      expect(typeof config[field], name).toBe(typeof declared[field]);
    }
  });

  it('takes back every default as it prints it', () => {
    for (const directive of DIRECTIVES) {
      const config = new Config();
      const printed = config.print(directive.name)!;
      if (directive.name === 'directives-without-effect' || printed === '') continue;
      expect(config.assign(directive.name, [printed]), directive.name).toBeUndefined();
      expect(config.print(directive.name)).toBe(printed);
    }
  });
});

describe('CONFIG SET', () => {
  it(`answers ${setVectors.length} recorded calls as Redis does`, () => {
    const config = new Config();
    const differences: unknown[] = [];
    for (const { name, value, error, after } of setVectors) {
      if (environment.has(name)) continue;
      const expected = error?.replace(/^~/, usualBeginning(name)) ?? undefined;
      const answer = config.set([[name, value]]);
      const printed = config.print(name) ?? null;
      if (answer !== expected || printed !== after) {
        differences.push({ name, value, answer, expected, printed, after });
        if (after !== null) config.assign(name, [after]);
      }
    }
    expect(differences).toEqual([]);
  });

  it('changes all of several directives, or none', () => {
    const config = new Config();
    expect(
      config.set([
        ['timeout', '5'],
        ['maxmemory', '1mb'],
      ]),
    ).toBeUndefined();
    expect([config.timeout, config.maxmemory]).toEqual([5, 1048576]);
    expect(
      config.set([
        ['timeout', '6'],
        ['maxmemory', 'lots'],
      ]),
    ).toBe(
      "ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value",
    );
    expect([config.timeout, config.print('timeout')]).toEqual([5, '5']);
  });

  it.each([
    [
      ['timeout', '1', 'foo', '2'],
      "ERR Unknown option or number of arguments for CONFIG SET - 'foo'",
    ],
    [
      ['timeout', 'x', 'foo', '1'],
      "ERR Unknown option or number of arguments for CONFIG SET - 'foo'",
    ],
    [['TIMEOUT', '1', 'timeout', '2'], `${usualBeginning('timeout')} - duplicate parameter`],
    [['timeout', '9', 'TimeOut', 'x'], `${usualBeginning('TimeOut')} - duplicate parameter`],
    [['databases', '1', 'foo', '2'], `${usualBeginning('databases')} - can't set immutable config`],
    [['DIR', 'a', 'timeout', 'x'], `${usualBeginning('DIR')} - can't set protected config`],
    [
      ['timeout', '1', 'timeout', 'x', 'foo', '1'],
      `${usualBeginning('timeout')} - duplicate parameter`,
    ],
    [['slave-priority', '1', 'replica-priority', '2'], undefined],
  ])('answers %j like Redis', (words, expected) => {
    const pairs = words.flatMap((word, i) => (i % 2 ? [[words[i - 1]!, word] as const] : []));
    expect(new Config().set(pairs)).toBe(expected);
  });

  it('opens protected directives to everyone, or to local clients', () => {
    const config = new Config();
    config.assign('enable-protected-configs', ['local']);
    expect(config.set([['dbfilename', 'x']])).toContain("can't set protected config");
    expect(config.set([['dbfilename', 'x']], { local: true })).toBeUndefined();
    config.assign('enable-protected-configs', ['yes']);
    expect(config.set([['dbfilename', 'y']])).toBeUndefined();
  });

  it('refuses what must not change while loading', () => {
    expect(new Config().set([['appendonly', 'yes']], { loading: true })).toBe(
      'LOADING Redis is loading the dataset in memory',
    );
    expect(new Config().set([['timeout', '5']], { loading: true })).toBeUndefined();
  });
});

describe('listeners', () => {
  it('run once for a change of theirs, with the new values in place', () => {
    const config = new Config();
    const calls: unknown[] = [];
    config.onApply(['maxmemory', 'maxmemory-policy', 'slave-priority'], (changed) => {
      calls.push([[...changed], config.maxmemory]);
    });
    void config.set([['timeout', '4']]);
    void config.set([
      ['maxmemory', '10'],
      ['maxmemory-policy', 'allkeys-lru'],
    ]);
    void config.set([['maxmemory', '10']]);
    void config.set([['replica-priority', '1']]);
    expect(calls).toEqual([
      [['maxmemory', 'maxmemory-policy'], 10],
      [['replica-priority'], 10],
    ]);
  });

  it('run again with the old values after a later one has vetoed', () => {
    const config = new Config();
    const seen: number[] = [];
    config.onApply(['timeout'], () => void seen.push(config.timeout));
    config.onApply(['port'], () => 'Unable to listen on this port. Check server logs.');
    const answer = config.set([
      ['timeout', '5'],
      ['port', '1'],
    ]);
    expect(answer).toBe(
      `${usualBeginning('port')} - Unable to listen on this port. Check server logs.`,
    );
    expect(seen).toEqual([5, 0]);
    expect([config.timeout, config.port]).toEqual([0, 6379]);
  });

  it('may be asynchronous; later calls wait', async () => {
    const config = new Config();
    config.onApply(['port'], async () => {
      await Promise.resolve();
      return config.port === 1 ? 'no' : undefined;
    });
    const first = config.set([['port', '1']]);
    const second = config.set([['port', '2']]);
    expect(await first).toBe(`${usualBeginning('port')} - no`);
    expect(await second).toBeUndefined();
    expect(config.port).toBe(2);
    expect(config.set([['timeout', '3']])).toBeUndefined();
  });

  it('run for files whose name stays the same', () => {
    const config = new Config();
    let calls = 0;
    config.onApply(['tls-cert-file'], () => void calls++);
    void config.set([['tls-cert-file', '']]);
    expect(calls).toBe(1);
  });

  it('can not be registered for a directive that does not exist', () => {
    expect(() => new Config().onApply(['nonsense'], () => undefined)).toThrow('nonsense');
  });
});

function names(...patterns: string[]): string[] {
  return new Config().get(patterns).map(([name]) => name);
}

describe('CONFIG GET', () => {
  it('answers aliases under themselves, and exact names as they were written', () => {
    expect(names('slave-p*', 'replica-p*')).toEqual(['slave-priority', 'replica-priority']);
    expect(names('Slave-Priority')).toEqual(['Slave-Priority']);
    expect(names('hash-max-[lz]*-value')).toEqual([
      'hash-max-listpack-value',
      'hash-max-ziplist-value',
    ]);
  });

  it('shows a directive once, whatever patterns match it', () => {
    expect(names('maxmemory', 'MAXMEMORY', 'maxmemor?')).toEqual(['maxmemory']);
  });

  it('shows hidden directives by their exact name only', () => {
    expect(names('key-load-dela?', 'key-load-delay')).toEqual(['key-load-delay']);
    expect(names('use-*', 'nonsense')).toEqual([]);
  });

  it('states which directives are without effect', () => {
    const [[, value]] = new Config().get(['directives-without-effect']) as [[string, string]];
    expect(value.split(' ')).toContain('io-threads');
    expect(value.split(' ')).not.toContain('maxmemory');
  });
});
