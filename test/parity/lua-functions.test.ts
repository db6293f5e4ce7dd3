/** FUNCTION and FCALL. */
import { describe, it } from 'vitest';

import type { Both } from '../support/both.ts';
import { deeplyUnordered } from '../support/comparison.ts';
import { useParity } from '../support/parity.ts';
import { showReply } from '../support/resp-value.ts';

const parity = useParity();

const LIBRARY = `#!lua name=mine
local function keysAndArguments(k, a) return {#k, k, #a, a} end
redis.register_function('list', keysAndArguments)
redis.register_function('set', function(k, a) return redis.call('SET', k[1], a[1]) end)
redis.register_function('fail', function(k, a) error('x') end)
redis.register_function('wrong', function(k, a) return redis.call('get') end)
redis.register_function('global', function(k, a) x = 1 end)
redis.register_function('keys', function(k, a) return KEYS end)
redis.register_function('late', function(k, a) return redis.register_function('m', function() end) end)
local count = 0
redis.register_function('count', function() count = count + 1 return count end)
redis.register_function{
  function_name = 'get', callback = function(k) return redis.call('GET', k[1]) end,
  flags = {'no-writes', 'allow-stale'}, description = 'reads a key',
}
redis.register_function{
  function_name = 'lies', callback = function(k) return redis.call('SET', k[1], 1) end,
  flags = {'no-writes'},
}
redis.register_function('map', function()
  redis.setresp(3)
  return {map = {a = {double = 1.5}}}
end)
redis.register_function('fields', function()
  local r = {}
  for k, v in pairs(redis) do r[#r + 1] = k end
  return r
end)
`;

async function load(both: Both, ...bodies: readonly string[]): Promise<void> {
  for (const body of bodies) await both.run('FUNCTION', 'LOAD', 'REPLACE', body);
}

async function dumpOf(client: Both['real']): Promise<Uint8Array> {
  const reply = await client.call('FUNCTION', 'DUMP');
  if (reply.type !== 'bulk') throw new Error(`FUNCTION DUMP: ${showReply(reply)}`);
  return reply.bytes;
}

describe('FUNCTION LOAD', () => {
  it(
    'reads the first line',
    parity((both) =>
      load(
        both,
        'return 1',
        '#!lua\nreturn 1',
        '#!lua name=a\nreturn 1',
        '#!lua name=a-b\nreturn 1',
        '#!lua name=a b=c\nreturn 1',
        '#!lua name=a name=c\nreturn 1',
        '#!LUA NAME=a\nredis.register_function("f", function() end)',
        '#!foo name=a\nreturn 1',
        '#!lua name=a',
        '#!lua name=\nreturn 1',
        "#!lua name='a b'\nreturn 1",
        "#!lua name='a\nreturn 1",
        '#!\nreturn 1',
        '',
      ),
    ),
  );

  it(
    'tells what is wrong with the code',
    parity((both) =>
      load(
        both,
        ...[
          'return +',
          'x = 1',
          'return nosuch',
          "redis.call('get', 'x')",
          "redis.log(redis.LOG_DEBUG, 'x') redis.nosuch()",
          'local t = nil\nt.x = 1',
          'return KEYS',
          'return math.random()',
          'redis.x = 1',
          'redis.register_function()',
          "redis.register_function('f')",
          "redis.register_function('f', 1)",
          'redis.register_function(1, function() end)',
          "redis.register_function('f', function() end, 3)",
          "redis.register_function('', function() end)",
          'redis.register_function({}, function() end)',
          "redis.register_function('f', function() end) redis.register_function('f', function() end)",
          ...[
            '',
            "function_name = 'f'",
            'callback = function() end',
            "function_name = 'f', callback = 1",
            "function_name = 'f', callback = function() end, foo = 1",
            "function_name = 'f', callback = function() end, flags = 1",
            "function_name = 'f', callback = function() end, flags = {1}",
            "function_name = 'f', callback = function() end, flags = {'nope'}",
            "function_name = 'f', callback = function() end, description = 5",
            "function_name = 'f', callback = function() end, description = {}",
            "function_name = 'f-g', callback = function() end",
            'function_name = 5, callback = function() end',
            'function_name = {}, callback = function() end',
            '5',
            "function_name = 'f', callback = function() end, flags = {}",
          ].map((fields) => `redis.register_function{${fields}}`),
        ].map((code) => `#!lua name=a\n${code}`),
      ),
    ),
  );

  it(
    'replaces, and refuses what is there',
    parity(async (both) => {
      const library = (name: string, ...functions: readonly string[]) =>
        `#!lua name=${name}\n${functions
          .map((each) => `redis.register_function('${each}', function() return '${name}' end)`)
          .join('\n')}`;
      await both.run('FUNCTION', 'LOAD', library('a', 'f', 'g'));
      await both.run('FUNCTION', 'LOAD', library('a', 'h'));
      await both.run('FUNCTION', 'LOAD', library('b', 'f'));
      await both.run('FUNCTION', 'LOAD', 'FOO', library('b', 'h'));
      await both.run('FUNCTION', 'LOAD', 'REPLACE', 'replace', library('a', 'f', 'i'));
      await both.run('FUNCTION', 'LOAD', library('b', 'g'));
      await both.run('FUNCTION', 'LOAD', 'REPLACE', library('b', 'f'));
      for (const name of ['f', 'g', 'h', 'i']) await both.run('FCALL', name, 0);
      await both.run('FUNCTION', 'LOAD', 'REPLACE', '#!lua name=a\nreturn +');
      await both.run('FCALL', 'f', 0);
      await both.run('FUNCTION', 'DELETE', 'a');
      await both.run('FUNCTION', 'DELETE', 'a');
      await both.run('FCALL', 'f', 0);
      await both.run('FUNCTION', 'STATS');
      await both.run('FUNCTION', 'FLUSH');
      await both.run('FCALL', 'g', 0);
      await both.run('FUNCTION', 'STATS');
    }),
  );
});

describe('FCALL', () => {
  it(
    'calls functions',
    parity(async (both) => {
      await load(both, LIBRARY);
      for (const call of [
        ['list', 0],
        ['list', 1, 'k', 'a', 'b'],
        ['set', 1, 'k', 'v'],
        ['get', 1, 'k'],
        ['fail', 0],
        ['wrong', 0],
        ['global', 0],
        ['keys', 0],
        ['late', 0],
        ['count', 0],
        ['count', 0],
        ['lies', 1, 'k'],
        ['map', 0],
        ['fields', 0],
        ['nosuch', 0],
        ['LIST', 0],
        ['list', 'x'],
        ['list', 5],
        ['list', -1],
      ]) {
        await both.run('FCALL', ...call);
        if (call[0] !== 'count') await both.run('FCALL_RO', ...call);
      }
      await both.run('FCALL', 'list');
      await both.digest();
    }),
  );
});

const STATE = `#!lua name=state
local count = 0
local cache = {}
local nested = {list = {}}
local constant = {a = 1, b = 2}
local function counter()
  local n = 0
  return function() n = n + 1 return n end
end
local one, two = counter(), counter()
local function total(list)
  local sum = 0
  local function add(n) sum = sum + n end
  for i = 1, #list do add(list[i]) end
  return sum
end
redis.register_function('pure', function(keys, args) return total({1, 2, constant.b, #keys, #args}) end)
redis.register_function('count', function() redis.call('incr', 'calls') count = count + 1 return count end)
redis.register_function('seen', function() return {count, #nested.list, cache.x or 'none'} end)
redis.register_function('cache', function(keys, args)
  redis.call('rpush', 'log', args[1])
  local old = cache[args[1]]
  cache[args[1]] = args[2]
  return old
end)
redis.register_function('insert', function(keys, args) table.insert(nested.list, args[1]) return #nested.list end)
redis.register_function('rawset', function(keys, args) rawset(cache, 'x', args[1]) return cache.x end)
redis.register_function('both', function() return {one(), one(), two()} end)
redis.register_function('meta', function()
  if not getmetatable(constant) then setmetatable(constant, {__index = function() return 'found' end}) end
  return constant.missing
end)
redis.register_function('sort', function(keys, args)
  for i = 1, #args do nested.list[i] = args[i] end
  table.sort(nested.list)
  return nested.list
end)
redis.register_function('mutate', function(keys, args) keys[1] = 'x' args.n = 1 return {keys[1], #args} end)
redis.register_function('fails', function() redis.call('incr', 'calls') error({err = 'MY failure'}) end)
redis.register_function('deep', function()
  local function f(n) if n == 0 then return redis.call('incr', 'calls') end return 1 + f(n - 1) end
  return f(1000)
end)`;

describe('what libraries keep from call to call', () => {
  it(
    'changes as on the real server, whichever function changes it first',
    parity(async (both) => {
      const calls = ['count', 'cache x 1', 'insert a', 'rawset q', 'both', 'meta', 'sort c a b'];
      const others = ['pure', 'seen', 'mutate k', 'fails', 'deep'];
      for (let first = 0; first < calls.length; first++) {
        await both.run('FUNCTION', 'FLUSH');
        await load(both, STATE);
        const order = [...others, ...calls.slice(first), ...others, ...calls.slice(0, first)];
        for (const call of [...order, ...order]) {
          const [name, ...args] = call.split(' ');
          await both.run('FCALL', name!, 1, 'key', ...args);
        }
        await both.digest();
      }
    }),
  );
});

describe('FUNCTION', () => {
  it(
    'checks its arguments',
    parity(async (both) => {
      for (const args of [
        ['LIST'],
        ['LIST', 'FOO'],
        ['LIST', 'LIBRARYNAME'],
        ['LIST', 'WITHCODE', 'WITHCODE'],
        ['LIST', 'LIBRARYNAME', 'a', 'LIBRARYNAME', 'a'],
        ['LOAD'],
        ['LOAD', 'REPLACE'],
        ['DELETE'],
        ['FLUSH', 'FOO'],
        ['FLUSH', 'ASYNC'],
        ['FLUSH', 'SYNC', 'SYNC'],
        ['KILL'],
        ['RESTORE', 'foo'],
        ['RESTORE', 'foo', 'FOO'],
        ['RESTORE', 'foo', 'FLUSH', 'FLUSH'],
        ['STATS', 'x'],
        ['HELP'],
        ['NOSUCH'],
      ])
        await both.run('FUNCTION', ...args);
    }),
  );

  it(
    'LIST',
    parity(async (both) => {
      await load(both, LIBRARY, "#!lua name=other\nredis.register_function('f', function() end)");
      for (const args of [
        [],
        ['WITHCODE'],
        ['LIBRARYNAME', 'm*'],
        ['libraryname', 'M?NE', 'withcode'],
        ['LIBRARYNAME', 'x'],
      ])
        await both.runWith(deeplyUnordered, 'FUNCTION', 'LIST', ...args);
    }),
  );

  it(
    'DUMP and RESTORE go both ways',
    parity(async (both) => {
      await load(both, LIBRARY);
      const [payload, ours] = await Promise.all([dumpOf(both.real), dumpOf(both.ours)]);
      // What ours compresses differently, the real server reads.
      await both.run('FUNCTION', 'RESTORE', ours, 'FLUSH');
      await both.runWith(deeplyUnordered, 'FUNCTION', 'LIST', 'WITHCODE');
      for (const policy of [[], ['APPEND'], ['REPLACE'], ['flush'], ['APPEND']])
        await both.run('FUNCTION', 'RESTORE', payload, ...policy);
      await both.run('FUNCTION', 'FLUSH');
      await both.run('FUNCTION', 'DUMP');
      await both.run('FUNCTION', 'RESTORE', payload);
      await both.run('FCALL', 'list', 1, 'a', 'b');
      // Another library with a function of the same name.
      await both.run('FUNCTION', 'FLUSH');
      await load(both, "#!lua name=other\nredis.register_function('list', function() end)");
      await both.run('FUNCTION', 'RESTORE', payload);
      await both.run('FUNCTION', 'RESTORE', payload, 'REPLACE');
      await both.run('FUNCTION', 'RESTORE', payload, 'FLUSH');
      await both.run('FUNCTION', 'STATS');
      const damaged = Uint8Array.from(payload);
      damaged[20]! ^= 1;
      await both.run('FUNCTION', 'RESTORE', damaged);
      await both.run('FUNCTION', 'RESTORE', '');
    }),
  );
});
