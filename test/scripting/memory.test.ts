/**
 * Scripts against a server whose JavaScript heap is small: it must refuse what takes too much, and
 * go on; and what scripts leave behind must not add up.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { RawClient } from '../support/raw-client.ts';
import { spawnRespd } from '../support/respd.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { showReply } from '../support/resp-value.ts';

const HEAP_MEGABYTES = 160;

/** Each would take gigabytes. */
const BOMBS: Readonly<Record<string, string>> = {
  tables: 'local t = {} for i = 1, 1e9 do t[i] = {i} end',
  'a chain of tables': 'local t for i = 1, 1e9 do t = {t} end',
  closures: 'local f for i = 1, 1e9 do local g = f f = function() return g end end',
  strings: "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end",
  'long strings': "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1e7) end",
  'a string that doubles': "local s = 'x' while true do s = s .. s end",
  coroutines:
    'local t = {} for i = 1, 1e9 do t[i] = coroutine.wrap(function() coroutine.yield() end) t[i]() end',
  'argument lists':
    'local r, t = {}, {} for i = 1, 7000 do t[i] = i end while true do r[#r + 1] = {unpack(t)} end',
  'errors that are caught':
    'local t = {} while true do pcall(function() for i = 1, 1e9 do t[#t + 1] = {} end end) end',
  'JSON that is read': "cjson.decode('[' .. ('{},'):rep(2e7) .. '{}]')",
  'JSON that is written': 'local t = {1} for i = 1, 60 do t = {t, t} end cjson.encode(t)',
  'MessagePack that is read':
    "cmsgpack.unpack('\\221\\255\\255\\255\\255' .. ('\\145\\192'):rep(2e7))",
  substitutions: "return #string.gsub(('x'):rep(1e7), 'x', ('y'):rep(1e6))",
  replies:
    "redis.call('set', 'k', ('x'):rep(1e6)) local t = {} for i = 1, 1e9 do t[i] = redis.call('get', 'k') end",
};

let server: ServerProcess;
let client: RawClient;

beforeAll(async () => {
  server = await spawnRespd({ nodeArguments: [`--max-old-space-size=${HEAP_MEGABYTES}`] });
  client = await server.connect({ timeoutMs: 60_000 });
});

afterAll(async () => {
  client.close();
  await server.stop();
});

async function run(...command: readonly (string | number)[]): Promise<string> {
  return showReply(await client.call(...command));
}

describe('a script that wants more memory than there is', () => {
  for (const [name, script] of Object.entries(BOMBS)) {
    it(`gets an error: ${name}`, async () => {
      expect(await run('EVAL', script, 0)).toContain('not enough memory');
      expect(await run('PING')).toBe('+PONG');
    });
  }
});

describe('scripts leave nothing behind', () => {
  it('20,000 distinct ones, and 100,000 runs', async () => {
    for (let i = 0; i < 20_000; i += 500) {
      const commands = Array.from({ length: 500 }, (_, n) => ['EVAL', `return ${i + n} * 2`, 0]);
      const replies = await client.pipeline(commands);
      expect(showReply(replies[499]!)).toBe(`:${(i + 499) * 2}`);
    }
    for (let i = 0; i < 100_000; i += 5000)
      await client.pipeline(
        Array.from({ length: 5000 }, () => ['EVAL', 'return {KEYS[1], #ARGV}', 1, 'k', 'a', 'b']),
      );
    // The heap is small: had they added up, the server would have ended.
    expect(await run('INFO', 'memory')).toContain('number_of_cached_scripts:200');
  });
});
