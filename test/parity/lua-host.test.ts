/** What scripts see of the server, and what clients see of scripts. */
import { describe, it } from 'vitest';

import type { Both } from '../support/both.ts';
import type { Comparison } from '../support/comparison.ts';
import { useParity } from '../support/parity.ts';
import { showReply, textOf, type RespValue } from '../support/resp-value.ts';

const parity = useParity();

/** Each script alone, without keys. */
function scripts(...sources: readonly string[]) {
  return parity(async (both: Both) => {
    for (const source of sources) await both.run('EVAL', source, 0);
  });
}

/** Addresses of tables differ from run to run. */
const exceptAddresses: Comparison = (expected, actual) =>
  showReply(expected).replaceAll(/0x[0-9a-f]+/g, '') ===
  showReply(actual).replaceAll(/0x[0-9a-f]+/g, '');

const FIELDS = `local t = %
  if type(t) ~= 'table' then return {type(t), tostring(t)} end
  local r = {}
  for k, v in pairs(t) do r[#r + 1] = tostring(k) .. '=' .. tostring(v) end
  return r`;

function fieldsOf(expression: string): string {
  return FIELDS.replace('%', () => expression);
}

describe('redis.call and redis.pcall', () => {
  it(
    'refuse what is no command',
    scripts(
      'return redis.call()',
      'return redis.pcall()',
      "return redis.call('nosuch')",
      "return redis.pcall('nosuch', 'a')",
      "return redis.call('get')",
      "return redis.call('get', 'a', 'b')",
      "return redis.pcall('get')",
      "return redis.call('get', {})",
      "return redis.call('get', true)",
      "return redis.call('get', nil)",
      "return redis.pcall('get', function() end)",
      "return redis.call('config', 'get', 'x')",
      "return redis.call('config', 'nosuch')",
      "return redis.call('config')",
      "return redis.call('eval', 'return 1', '0')",
      "return redis.call('multi')",
      "return redis.pcall('monitor')",
      "return redis.call('object', 'nosuch', 'x')",
      "return redis.call('object')",
      'return redis.call({})',
      'return redis.call(5)',
    ),
  );

  it(
    'turn replies into values',
    parity(async (both) => {
      await both.run('RPUSH', 'l', 'a', 'b', 'c');
      await both.run('HSET', 'h', 'f', 'v', 'g', 'w');
      await both.run('SET', 's', 'text');
      await both.run('SET', 'n', '5');
      for (const call of [
        "'get', 's'",
        "'get', 'absent'",
        "'set', 's', 'x'",
        "'set', 's', 'x', 'nx'",
        "'incr', 'n'",
        "'decrby', 'n', 100",
        "'lrange', 'l', 0, -1",
        "'lrange', 'absent', 0, -1",
        "'mget', 's', 'absent', 'n'",
        "'hgetall', 'h'",
        "'lpop', 'absent', 1",
        "'get', 'l'",
        "'type', 'l'",
        "'exists', 's', 'l'",
      ]) {
        for (const setup of ['', 'redis.setresp(3) ', 'redis.setresp(2) ']) {
          await both.run('EVAL', `${setup}return redis.call(${call})`, 0);
          await both.runWith(exceptAddresses, 'EVAL', setup + fieldsOf(`redis.pcall(${call})`), 0);
        }
      }
      await both.digest();
    }),
  );

  it(
    'turn numbers into arguments',
    parity(async (both) => {
      const numbers = (
        '1e15 1e16 9007199254740991 9007199254740993 1e17 123456789012345678 3.3 0.1 -0.5 1e300*1e300 ' +
        '-1e300*1e300 1e-7 100 -1 2^31 2^63 1/3 5e-324 0/0'
      ).split(' ');
      for (const number of numbers)
        await both.run(
          'EVAL',
          `redis.call('set', 'n', ${number}) return redis.call('get', 'n')`,
          0,
        );
    }),
  );

  it(
    'raise errors that pcall turns into text',
    parity(async (both) => {
      await both.run('RPUSH', 'l', 'a');
      for (const source of [
        fieldsOf("select(2, pcall(redis.call, 'get', 'l'))"),
        fieldsOf('select(2, pcall(redis.call))'),
        fieldsOf("redis.pcall('get', 'l')"),
        fieldsOf("redis.pcall('nosuch')"),
        fieldsOf('redis.pcall()'),
        "local ok, e = pcall(redis.call, 'get', 'l') error(e)",
        "local t = redis.pcall('get', 'l')\n\nerror(t)",
        "local t = redis.pcall('get', 'l') return t.err",
        "local t = redis.pcall('get', 'l') return {1, t, 2}",
        "return {pcall(redis.pcall, 'get', 'l')}",
      ])
        await both.run('EVAL', source, 0);
    }),
  );

  it(
    'run in a database of their own',
    parity(async (both) => {
      await both.run('SELECT', 3);
      await both.run('EVAL', "redis.call('set', 'a', '3') return redis.call('dbsize')", 0);
      await both.run(
        'EVAL',
        "redis.call('select', 5) redis.call('set', 'a', 5) return redis.call('get', 'a')",
        0,
      );
      await both.run('GET', 'a');
      await both.run('EVAL', "return redis.call('get', 'a')", 0);
      await both.digest();
    }),
  );

  it(
    'do not wait',
    scripts(
      "return redis.call('blpop', 'l', 0)",
      "redis.call('rpush', 'l', 'x') return redis.call('blpop', 'l', 0)",
      "return redis.call('blmove', 'a', 'b', 'left', 'right', 0)",
      "return redis.call('bzpopmin', 'z', 0)",
    ),
  );
});

describe('the redis table', () => {
  it(
    'checks arguments',
    scripts(
      "return redis.error_reply('x')",
      "return redis.error_reply('-x')",
      "return redis.error_reply('-x y')",
      "return redis.error_reply('MY x y')",
      "return redis.error_reply('')",
      "return redis.error_reply('a b\\r\\n')",
      'return redis.error_reply()',
      'return redis.error_reply(5)',
      fieldsOf("redis.error_reply('a b')"),
      "return redis.status_reply('fine')",
      "return redis.status_reply('a\\r\\nb')",
      'return redis.status_reply()',
      'return redis.status_reply({})',
      'return redis.sha1hex()',
      "return redis.sha1hex('a', 'b')",
      'return redis.sha1hex(5)',
      "return redis.sha1hex('')",
      'return redis.sha1hex({})',
      'return redis.log()',
      'return redis.log(1)',
      "return redis.log('a', 'b')",
      "return redis.log(9, 'b')",
      "return redis.log(-1, 'b')",
      'return redis.log(0, {})',
      "return redis.log('1', 'a', 5)",
      'return redis.setresp()',
      'return redis.setresp(4)',
      "return redis.setresp('3')",
      'return redis.setresp(3, 3)',
      'return redis.set_repl()',
      'return redis.set_repl(9)',
      'return redis.set_repl(-1)',
      "return redis.set_repl('3')",
      "return redis.set_repl('x')",
      'return {redis.replicate_commands(), redis.breakpoint()}',
      'return redis.debug(1, 2)',
      'return redis.acl_check_cmd()',
      "return redis.acl_check_cmd('get', 'x')",
      "return redis.acl_check_cmd('nosuch', 'x')",
      "return redis.acl_check_cmd('get')",
      'return redis.acl_check_cmd({})',
      'return redis.register_function',
      'return redis.nosuch',
    ),
  );

  it(
    'holds what it holds, in the same order',
    scripts(
      "local r = {} for k, v in pairs(redis) do r[#r + 1] = k .. '=' .. (type(v) == 'function' and 'f' or v) end return r",
      'redis.foo = 1',
      "redis.call = 'x'",
      'x = 1',
      'return nosuch',
      'KEYS = {}',
      "rawset(_G, 'x', 1)",
      'setmetatable(_G, {})',
      'getmetatable(_G).__index = nil',
      "KEYS[1] = 'x' ARGV.y = 1 return KEYS[1] .. ARGV.y",
      'return {type(__redis__err__handler), type(os), type(print)}',
      'return type(__redis__err__handler)',
    ),
  );

  it(
    'random numbers begin anew with every script',
    scripts(
      'return tostring(math.random())',
      'return {math.random(100), math.random(1, 6)}',
      'math.randomseed(7) return math.random(1000)',
      'return math.random(1000)',
    ),
  );
});

describe('what a script returns', () => {
  it(
    'becomes a reply',
    scripts(
      ...[
        '',
        'return',
        'return nil',
        "return 'a\\r\\nb'",
        'return 3.99',
        'return -3.99',
        'return 1e300',
        'return -1e300',
        'return 0/0',
        'return 2^53',
        'return 2^62',
        'return true',
        'return false',
        'return {1, 2, {3, "a", {true, false}}, nil, 5}',
        'return {}',
        'return {1, 2, nil, 4}',
        'return {double = 3.5}',
        'return {double = 1e300}',
        'return {double = 0/0}',
        'return {double = 1/0}',
        'return {map = {a = 1}}',
        'return {map = {}}',
        'return {map = {a = {map = {b = true}}}}',
        'return {set = {a = true}}',
        'return {big_number = "12"}',
        'return {big_number = "1\\r\\n2"}',
        'return {verbatim_string = {format = "txt", string = "hello"}}',
        'return {verbatim_string = {format = "txt"}}',
        'return {verbatim_string = {string = "x"}}',
        'return {err = 5}',
        'return {ok = 5}',
        'return {double = "5"}',
        'return {map = 5}',
        'return {ok = "y", err = "z"}',
        'return {ok = "y", map = {}}',
        'return {double = 1, map = {}}',
        'return {err = "a b", source = "s", line = 5}',
        'return {err = "a\\r\\nb"}',
        'return {ok = "a\\r\\nb"}',
        'return {1, {err = "x y"}, {ok = "fine"}}',
        'return function() end',
        'return coroutine.create(function() end)',
        'return 1, 2',
      ].flatMap((source) => [source, `redis.setresp(3) ${source}`]),
    ),
  );

  it(
    'may nest as deep as on the real server',
    parity(async (both) => {
      for (const source of [
        'local t = {} t[1] = t return t',
        'local t = {} t.map = {a = t} return t',
        'local t = {} t.set = {a = true, [t] = true} return t',
        'local t = {} t[1] = {} t[2] = t return t',
      ]) {
        // The replies nest too deep for a decoder.
        const pair = await both.connect();
        const { length } = source;
        await pair.exchange(`*3\r\n$4\r\nEVAL\r\n$${length}\r\n${source}\r\n$1\r\n0\r\nQUIT\r\n`);
      }
    }),
  );
});

describe('errors', () => {
  it(
    'tell where they were raised',
    scripts(
      "error('x')",
      "error('x', 0)",
      "error({err = 'x'})",
      "error({err = 'A B', source = 's', line = 5})",
      'error()',
      'error(nil)',
      'error(true)',
      'error(5)',
      "\nlocal function f()\n  error('a')\nend\nf()",
      "\nlocal function f()\n  error({err = 'a'})\nend\nf()",
      '\nlocal function f()\n  local x = nil + 1\nend\nf()',
      '\nlocal function f()\n  return #nil\nend\nlocal x = f()',
      "\nlocal function f()\n  return nil .. 'x'\nend\nf()",
      '\nlocal function f()\n  return {} < 1\nend\nf()',
      '\nlocal t\nt.x = 1',
      '\nlocal t\nreturn t.x.y',
      "\n\npcall(function() error('x') end)\nerror('y', 2)",
      "local ok, t = pcall(function() error({err = 'q', z = 1}) end)\nerror(t)",
      'table.sort({3, 2, 1}, error)',
      "table.sort({3, 2, 1}, function()\n error({err = 'x'}) end)",
      'string.rep()',
      "local t = setmetatable({}, {__index = function() error({err = 'x'}) end})\nreturn t.x",
      "local f = coroutine.wrap(function()\nerror({err = 'x'}) end)\nf()",
      "local f = coroutine.wrap(function()\nredis.call('nosuch') end)\n\nf()",
      "return tostring(loadstring('error({err=[[x]]})')())",
      'local function f() return f() + 1 end return f()',
      "\nredis.call('get')",
      "\nreturn redis.call('nosuch')",
      "local t = {}\nfor i = 1, 10 do\n  t[i] = redis.call('get', i, i)\nend",
      'return +',
      "return 'x",
      'goto x',
    ),
  );

  it(
    'are counted once',
    parity(async (both) => {
      await both.run('CONFIG', 'RESETSTAT');
      await both.run('RPUSH', 'l', 'a');
      for (const source of [
        "return redis.call('get', 'l')",
        "return redis.pcall('get', 'l')",
        "redis.pcall('get', 'l') return 1",
        "return redis.call('nosuch')",
        "return redis.call('get')",
        "error('x')",
        "return {err = 'MINE x'}",
        "return redis.error_reply('OTHER x')",
        "pcall(redis.call, 'incr', 'l') error('y')",
      ])
        await both.run('EVAL', source, 0);
      for (const section of ['errorstats', 'commandstats']) {
        await both.runWith(
          (expected, actual) => counts(expected) === counts(actual),
          'INFO',
          section,
        );
      }
    }),
  );
});

/** Calls and failures, without times. */
function counts(reply: RespValue): string {
  const lines = (textOf(reply) ?? '').split('\r\n');
  return lines
    .filter((line) => !/^cmdstat_(config|info|hello|flush|script|function)/.test(line))
    .map((line) => line.replaceAll(/usec[^,]*,/g, ''))
    .toSorted()
    .join('\n');
}

describe('numkeys', () => {
  it(
    'is checked first',
    parity(async (both) => {
      for (const rest of [['x'], [-1], ['2', 'a'], ['1', 'a'], ['99999999999999999999'], ['1.5']])
        for (const command of ['EVAL', 'EVAL_RO'])
          await both.run(command, 'return {#KEYS, #ARGV, KEYS[1]}', ...rest);
      await both.run('EVAL', 'return {KEYS[1], KEYS[2], ARGV[1], ARGV[2]}', 2, 'a', 'b', 'c', 'd');
      await both.run('EVAL', 'return +', 'x');
      await both.run('EVAL', 'return 1');
      await both.run('EVAL');
      await both.run('EVALSHA', 'foo', 'x');
      await both.run('EVALSHA', '0'.repeat(40), 'x');
      await both.run('EVALSHA', '0'.repeat(40), 0);
      const binary = new Uint8Array([0, 255, 13, 10, 128]);
      await both.run('EVAL', 'return {KEYS[1], #KEYS[1], ARGV[1]}', 1, binary, binary);
    }),
  );
});

describe('SCRIPT', () => {
  it(
    'keeps scripts',
    parity(async (both) => {
      const sha = 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db';
      await both.run('SCRIPT', 'EXISTS', sha);
      await both.run('EVALSHA', sha, 0);
      await both.run('EVAL', 'return 1', 0);
      await both.run('SCRIPT', 'EXISTS', sha, 'x', sha.toUpperCase());
      await both.run('EVALSHA', sha, 0);
      await both.run('EVALSHA', sha.toUpperCase(), 0);
      await both.run('EVALSHA_RO', sha, 0);
      await both.run('SCRIPT', 'FLUSH', 'SYNC');
      await both.run('EVALSHA', sha, 0);
      await both.run('SCRIPT', 'LOAD', 'return 1');
      await both.run('EVALSHA', sha, 0);
      await both.run('SCRIPT', 'LOAD', 'return +');
      await both.run('SCRIPT', 'LOAD', '');
      // A script that reads like the SHA1 of another.
      await both.run('EVAL', sha, 0);
      await both.run('EVALSHA', sha, 0);
      for (const args of [
        ['KILL'],
        ['DEBUG', 'NO'],
        ['DEBUG', 'foo'],
        ['FLUSH', 'FOO'],
        ['FLUSH', 'ASYNC'],
        ['FLUSH', 'SYNC', 'SYNC'],
        ['EXISTS'],
        ['HELP'],
        ['NOSUCH'],
      ])
        await both.run('SCRIPT', ...args);
    }),
  );

  it(
    'reads the first line',
    parity(async (both) => {
      for (const source of [
        '#!lua\nreturn 1',
        '#!lua flags=foo\nreturn 1',
        '#!lua name=foo\nreturn 1',
        '#!foo\nreturn 1',
        '#!lua',
        '#!\nreturn 1',
        '#! lua\nreturn 1',
        "#!lua flags=no-writes,allow-oom\nreturn redis.call('set', 'x', 'y')",
        '#!lua flags=no-writes flags=allow-oom\nreturn 1',
        '#!lua flags=\nreturn 1',
        '#!lua flags=no-writes,\nreturn 1',
        '#!lua flags=no-writes,allow-oom,allow-stale,no-cluster,allow-cross-slot-keys\nreturn 1',
        '#!lua foo=bar\nreturn 1',
        '#!lua foo\nreturn 1',
        "#!lua 'flags=\nreturn 1",
        "#!lua\nreturn redis.call('get')",
        '#!lua\n\nreturn +',
      ]) {
        await both.run('EVAL', source, 0);
        await both.run('EVAL_RO', source, 0);
        await both.run('SCRIPT', 'LOAD', source);
      }
    }),
  );

  it(
    'knows scripts that only read',
    parity(async (both) => {
      for (const call of ["'set', 'x', 'y'", "'get', 'x'", "'pfcount', 'x'"]) {
        await both.run('EVAL_RO', `return redis.call(${call})`, 0);
        await both.run('EVAL_RO', `return redis.pcall(${call})`, 0);
        await both.run('EVAL', `#!lua flags=no-writes\nreturn redis.call(${call})`, 0);
      }
    }),
  );
});

describe('with transactions', () => {
  it(
    'scripts are queued, and break watches',
    parity(async (both) => {
      await both.run('MULTI');
      await both.run('EVAL', "redis.call('set', 'a', 1) return redis.call('incr', 'a')", 0);
      await both.run('GET', 'a');
      await both.run('EVAL', "return redis.call('nosuch')", 0);
      await both.run('EXEC');
      await both.run('WATCH', 'a');
      await both.run('EVAL', "redis.call('set', 'a', 1)", 0);
      await both.run('MULTI');
      await both.run('EXEC');
      await both.digest();
    }),
  );
});
