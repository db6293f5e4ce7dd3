/** Scripts and functions when the state of the server forbids writes, and what is counted of them. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, it } from 'vitest';

import type { Both } from '../support/both.ts';
import { useParity } from '../support/parity.ts';
import { showReply, textOf, type RespValue } from '../support/resp-value.ts';

const parity = useParity({ protocols: [3] });
/** Servers whose snapshots are made to fail, for good. */
const directory = mkdtempSync(join(tmpdir(), 'respd-guards-'));
const broken = useParity({ protocols: [3], directives: { save: '3600 1', dir: directory } });
afterAll(() => rmSync(directory, { recursive: true }));

const SET = "return redis.call('set', 'a', '2')";
const SCRIPTS = [
  SET,
  "return redis.pcall('set', 'a', '3')",
  "return redis.call('get', 'a')",
  "return {redis.call('get', 'a'), redis.pcall('incr', 'a'), redis.call('get', 'a')}",
  "return redis.call('publish', 'a', 'b')",
  "return redis.call('pfcount', 'none')",
  "return redis.call('ping')",
  `#!lua\n${SET}`,
  "#!lua\nreturn redis.call('get', 'a')",
  "#!lua flags=no-writes\nreturn redis.call('get', 'a')",
  `#!lua flags=no-writes\n${SET}`,
  '#!lua flags=allow-oom\nreturn 1',
  `#!lua flags=allow-oom\n${SET}`,
  `#!lua flags=allow-oom,no-writes\n${SET}`,
];
const LIBRARY = `#!lua name=guarded
redis.register_function('write', function() ${SET} end)
redis.register_function{function_name = 'read', flags = {'no-writes'},
  callback = function() return redis.call('get', 'a') end}
redis.register_function{function_name = 'oom', flags = {'allow-oom'}, callback = function() ${SET} end}`;

/** Calls, rejections and failures of the commands, without times. */
function counts(reply: RespValue): string {
  const lines = (textOf(reply) ?? '').split('\r\n');
  return lines
    .filter((line) => !/^cmdstat_(config|info|hello|flush|script|bgsave|debug)/.test(line))
    .map((line) => line.replaceAll(/usec[^,]*,/g, ''))
    .toSorted()
    .join('\n');
}

async function runAll(both: Both): Promise<void> {
  await both.run('CONFIG', 'RESETSTAT');
  for (const script of SCRIPTS) await both.run('EVAL', script, 0);
  for (const script of SCRIPTS) await both.run('EVAL_RO', script, 0);
  for (const name of ['write', 'read', 'oom', 'none']) {
    await both.run('FCALL', name, 0);
    await both.run('FCALL_RO', name, 0);
  }
  for (const section of ['errorstats', 'commandstats'])
    await both.runWith((expected, actual) => counts(expected) === counts(actual), 'INFO', section);
}

describe('scripts are refused as on the real server', () => {
  it(
    'when the last snapshot failed',
    broken(async (both) => {
      await both.run('FUNCTION', 'LOAD', 'REPLACE', LIBRARY);
      await both.run('SET', 'a', '1');
      // No file takes the place of a directory.
      mkdirSync(join(directory, 'taken', 'inside'), { recursive: true });
      await both.run('CONFIG', 'SET', 'dbfilename', 'taken');
      await both.until(['BGSAVE'], (reply) => showReply(reply).includes('started'));
      await both.until(['SET', 'a', '1'], (reply) => showReply(reply).includes('MISCONF'));
      await runAll(both);
      await both.run('CONFIG', 'SET', 'stop-writes-on-bgsave-error', 'no');
      await runAll(both);
      // They would try to save when they are stopped.
      await both.run('CONFIG', 'SET', 'save', '');
    }),
  );

  it(
    'when memory is used up',
    parity(async (both) => {
      await both.run('FUNCTION', 'LOAD', 'REPLACE', LIBRARY);
      await both.run('SET', 'a', '1');
      await both.run('CONFIG', 'SET', 'maxmemory', 1);
      await runAll(both);
      await both.run('CONFIG', 'SET', 'maxmemory', 0);
      await runAll(both);
    }),
  );
});

describe('commands that scripts call', () => {
  it(
    'do not wait, whatever they are',
    parity(async (both) => {
      await both.run('XADD', 's', '1-1', 'a', 'b');
      await both.run('XGROUP', 'CREATE', 's', 'g', '0');
      for (const call of [
        "'xread', 'block', 0, 'streams', 's', '$'",
        "'xread', 'block', 0, 'streams', 's', '0'",
        "'xread', 'count', 1, 'block', 100, 'streams', 'none', '0'",
        "'xreadgroup', 'group', 'g', 'c', 'block', 0, 'streams', 's', '>'",
        "'xreadgroup', 'group', 'g', 'c', 'block', 0, 'streams', 's', '>'",
        "'brpop', 'none', 0",
        "'brpoplpush', 'none', 'x', 0",
        "'blmpop', 0, 1, 'none', 'left'",
        "'bzmpop', 0, 1, 'none', 'min'",
        "'bzpopmax', 'none', 0",
      ]) {
        await both.run('EVAL', `return redis.call(${call})`, 0);
        await both.run('EVAL', `redis.setresp(3) return redis.call(${call})`, 0);
        await both.run('EVAL', `return redis.pcall(${call}) == false`, 0);
      }
    }),
  );

  it(
    'are in the slow log beside the script itself',
    parity(async (both) => {
      await both.run('CONFIG', 'RESETSTAT');
      await both.run('CONFIG', 'SET', 'slowlog-log-slower-than', 0);
      await both.run('SLOWLOG', 'RESET');
      await both.run(
        'EVAL',
        "redis.call('set', 'k', 'v') return redis.call('lrange', 'l', 0, 1)",
        0,
      );
      await both.run('EVAL', "redis.pcall('lpush', 'k', 1) return redis.call('nosuch')", 1, 'key');
      await both.run('CONFIG', 'SET', 'slowlog-log-slower-than', -1);
      await both.runWith(
        (expected, actual) => commandsOf(expected) === commandsOf(actual),
        'SLOWLOG',
        'GET',
        20,
      );
    }),
  );
});

/** The commands of the slow log's entries. */
function commandsOf(reply: RespValue): string {
  if (reply.type !== 'array') return showReply(reply);
  return reply.items
    .map((entry) => showReply(entry))
    .join('\n')
    .replaceAll(/:\d+,/g, '')
    .replaceAll(/127\.0\.0\.1:\d*/g, '');
}
