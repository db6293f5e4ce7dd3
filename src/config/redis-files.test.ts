import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { joinConfigTexts, parseCommandLine } from './command-line.ts';
import { ConfigFileError, loadConfigText, readConfigFile } from './conf-file.ts';
import type { ConfigFilePorts } from './conf-file.ts';
import { rewriteConfigText } from './conf-rewrite.ts';
import { Config } from './config.ts';

/** Recorded from redis-server 7.0.15 with `--port 0 --unixsocket …` behind the arguments. */
interface Recorded {
  readonly conf: string;
  readonly sets?: readonly (readonly [string, string])[];
  readonly rewritten?: string;
  readonly args?: readonly string[];
  readonly values?: Readonly<Record<string, string>>;
  readonly argv?: readonly string[];
  readonly stdin?: string;
  readonly report?: string | null;
}

const recorded = readFileSync(new URL('redis-files.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

const files: Readonly<Record<string, string>> = {
  'inc/a.conf': '# a\n\ntimeout 4\n',
  'inc/b.conf': 'foo 1\n',
  'f.conf': 'timeout 77\n',
  '/dev/null': '',
};

const commands = new Set(['get', 'set', 'config', 'getdel', 'setnx']);

function ports(): ConfigFilePorts {
  const present = new Set(commands);
  return {
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error('No such file or directory');
      return text;
    },
    listFiles: (pattern) => (pattern === 'inc/*.conf' ? ['inc/a.conf', 'inc/b.conf'] : []),
    changeDirectory: (path) => (path === '/nonexist' ? 'No such file or directory' : undefined),
    renameCommand: (from, to) => {
      if (!present.delete(from.toLowerCase())) return 'No such command in rename-command';
      if (to === '') return undefined;
      if (present.has(to.toLowerCase())) return 'Target command name already exists';
      present.add(to.toLowerCase());
      return undefined;
    },
    checkUser: (_, rules) => {
      const texts: Readonly<Record<string, string>> = {
        '<': 'The password you are trying to remove from the user does not exist',
        '#zz':
          'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters',
      };
      const rule = rules.findIndex((word) => /^([bx]|zz|0|#zz|<)$/.test(word));
      return rule < 0 ? undefined : { rule, text: texts[rules[rule]!] ?? 'Syntax error' };
    },
  };
}

/** The message that a start with these arguments ends with, or null when it goes well. */
function start(config: Config, conf: string, argv: readonly string[], stdin: string) {
  const line = parseCommandLine(argv);
  try {
    const given = { ...ports() };
    const fromFile =
      line.file === undefined
        ? ''
        : line.file === 'redis.conf'
          ? conf
          : readConfigFile(line.file, given);
    const text = joinConfigTexts(fromFile, line.readStdin ? stdin : '', line.overrides);
    loadConfigText(config, text, given, { sentinel: line.sentinel });
    return null;
  } catch (error) {
    if (error instanceof ConfigFileError) return error.message;
    throw error;
  }
}

const place = ['--port', '0', '--unixsocket', '@/s'];

describe('wrong configurations', () => {
  const cases = recorded.filter(({ report }) => report !== undefined);

  it.each(cases.map(({ conf, argv, stdin, report }) => [conf, argv, stdin, report] as const))(
    'reports %j %j as Redis does',
    (conf, argv, stdin, report) => {
      expect(start(new Config(), conf, argv ?? ['redis.conf', ...place], stdin ?? '')).toBe(report);
    },
  );
});

function load(text: string, sentinel = false) {
  return loadConfigText(new Config(), text, ports(), { sentinel });
}

describe('lines for other parts', () => {
  it('are handed on with their numbers', () => {
    const lines = load('user a on\nport 1\nrename-command GET ""\nsentinel myid 5\n', true);
    expect(lines).toEqual({
      users: [{ number: 1, line: 'user a on', words: ['a', 'on'] }],
      renames: [{ number: 3, line: 'rename-command GET ""', words: ['GET', ''] }],
      sentinel: [{ number: 4, line: 'sentinel myid 5', words: ['myid', '5'] }],
    });
  });

  it('are refused where nothing can take them', () => {
    expect(() => load('\nloadmodule /x.so y\n')).toThrow(
      "at line 2\n>>> 'loadmodule /x.so y'\nnative modules cannot be loaded",
    );
    expect(() => load('directives-without-effect x')).toThrow("can't be set");
  });

  it('may not include themselves without end', () => {
    const given = { ...ports(), readFile: () => 'include again.conf\n' };
    expect(() => loadConfigText(new Config(), 'include again.conf', given)).toThrow(
      'too many nested includes',
    );
  });
});

describe('values', () => {
  const cases = recorded.flatMap(({ conf, args, values }) =>
    args && values ? [[conf, args, values] as const] : [],
  );

  it.each(cases)('of %j with %j are those of Redis', (conf, args, values) => {
    const config = new Config();
    expect(start(config, conf, ['redis.conf', ...args, ...place], '')).toBeNull();
    const ours = Object.keys(values).map((name) => [name, latin1ToText(config.print(name)!)]);
    expect(Object.fromEntries(ours)).toEqual(values);
  });
});

function latin1ToText(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

/** Redis appends new lines in an order of its own, so what follows the old file is a set. */
function comparable(text: string, oldLines: number) {
  const lines = text.split('\n');
  return { kept: lines.slice(0, oldLines), appended: lines.slice(oldLines).toSorted() };
}

describe('CONFIG REWRITE', () => {
  const cases = recorded.flatMap(({ conf, sets, rewritten }) =>
    sets && rewritten !== undefined ? [[conf, sets, rewritten] as const] : [],
  );

  it.each(cases)('of %j after %j is that of Redis', (conf, sets, rewritten) => {
    const config = new Config();
    expect(start(config, conf, ['redis.conf', ...place], '')).toBeNull();
    config.assign('dir', ['@']);
    config.assign('enable-protected-configs', ['yes']);
    const guarded = /enable-protected-configs local/.test(conf) ? 'local' : 'no';
    for (const pair of sets) expect(config.set([pair])).toBeUndefined();
    config.assign('enable-protected-configs', [guarded]);
    const users = rewritten.split('\n').flatMap((line) => /^user (.*)/.exec(line)?.[1] ?? []);
    const ours = rewriteConfigText(config, conf, { users });
    const kept = rewritten.split('\n').indexOf('# Generated by CONFIG REWRITE');
    expect(comparable(ours, kept)).toEqual(comparable(rewritten, kept));
  });

  it('changes nothing when done again, and loads again with the same values', () => {
    for (const [conf, sets] of cases) {
      const config = new Config();
      expect(start(config, conf, ['redis.conf', ...place], '')).toBeNull();
      config.assign('enable-protected-configs', ['yes']);
      for (const pair of sets) expect(config.set([pair])).toBeUndefined();
      const once = rewriteConfigText(config, conf);
      // The end of the text counts as a blank line, which appears once and stays, as in Redis.
      const twice = rewriteConfigText(config, once);
      expect(twice.trimEnd()).toBe(once.trimEnd());
      expect(rewriteConfigText(config, twice)).toBe(twice);
      const again = new Config();
      expect(start(again, once, ['redis.conf'], '')).toBeNull();
      expect(again.get(['*'])).toEqual(config.get(['*']));
    }
  });

  it('writes no users when they have a file of their own', () => {
    const config = new Config();
    config.assign('aclfile', ['users.acl']);
    const text = rewriteConfigText(config, 'user a on\naclfile users.acl\n', { users: ['a on'] });
    expect(text).not.toContain('user a');
  });

  it('writes every default when asked to', () => {
    const text = rewriteConfigText(new Config(), '', { everything: true });
    expect(text).toContain('\nmaxmemory 0\n');
    expect(text).toContain('\nclient-output-buffer-limit replica 256mb 64mb 60\n');
    const config = new Config();
    expect(start(config, text, ['redis.conf'], '')).toBeNull();
    expect(config.get(['*'])).toEqual(new Config().get(['*']));
  });
});
