/**
 * Errors that should never be, injected where commands run: the client whose request it was is told,
 * the others notice nothing, the log has the stack, and INFO counts.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Listener } from '../../src/connection/listener.ts';
import { RequestReader } from '../../src/resp/request-reader.ts';
import { Hashes } from '../../src/values/hash.ts';
import { Lists } from '../../src/values/list.ts';
import type { RawClient } from '../support/raw-client.ts';
import { textOf, type RespValue } from '../support/resp-value.ts';
import { startRespd } from '../support/respd.ts';
import { freePort, type TestServer } from '../support/server-process.ts';

let directory: string;
let logfile: string;
let server: TestServer;
let client: RawClient;
let other: RawClient;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'respd-faults-'));
  logfile = join(directory, 'log');
  server = await startRespd({ logfile, loglevel: 'warning', 'notify-keyspace-events': 'KEA' });
  client = await server.connect();
  other = await server.connect();
});

afterEach(async () => {
  vi.restoreAllMocks();
  client.close();
  other.close();
  await server.stop();
  rmSync(directory, { recursive: true });
});

function fail(): never {
  throw new TypeError('injected');
}

const itemsOf = (reply: RespValue): (string | undefined)[] =>
  'items' in reply ? reply.items.map(textOf) : [textOf(reply)];

/** The server is whole: it counts `errors`, told the log, and does what it is asked. */
async function expectWhole(errors: number): Promise<void> {
  vi.restoreAllMocks();
  const info = textOf(await other.call('INFO', 'stats'));
  expect(info).toContain(`unexpected_error_replies:${errors}\r\n`);
  const log = readFileSync(logfile, 'latin1');
  expect(log.split('TypeError: injected').length - 1).toBe(errors);
  expect(log).toContain('    at ');
  const commands = [['MULTI'], ['DEL', 'whole'], ['RPUSH', 'whole', 'a', 'b'], ['EXEC']];
  expect(itemsOf((await other.pipeline(commands))[3]!)).toEqual(['0', '2']);
  expect(textOf(await other.call('BLPOP', 'whole', 0.1))).toBeUndefined();
  expect(textOf(await other.call('EVAL', "return redis.call('LLEN', KEYS[1])", 1, 'whole'))).toBe(
    '1',
  );
}

it('in a handler: only its request fails', async () => {
  vi.spyOn(Lists.prototype, 'length').mockImplementation(fail);
  const replies = await client.pipeline([
    ['RPUSH', 'list', 'a'],
    ['SET', 'a', '1'],
    ['LLEN', 'list'],
    ['INCR', 'a'],
  ]);
  const texts = replies.map(textOf);
  expect(texts[0]).toBe("ERR internal error in 'rpush' command");
  expect(texts.slice(1)).toEqual(['OK', "ERR internal error in 'llen' command", '2']);
  await expectWhole(2);
});

it('in a transaction: the others of its commands run', async () => {
  vi.spyOn(Hashes.prototype, 'get').mockImplementation(fail);
  const replies = await client.pipeline([
    ['HSET', 'hash', 'f', 'v'],
    ['MULTI'],
    ['SET', 'a', '1'],
    ['HGET', 'hash', 'f'],
    ['INCR', 'a'],
    ['EXEC'],
  ]);
  expect(itemsOf(replies[5]!)).toEqual(['OK', "ERR internal error in 'hget' command", '2']);
  await expectWhole(1);
});

it('in a script: the script can go on', async () => {
  vi.spyOn(Hashes.prototype, 'get').mockImplementation(fail);
  await client.call('HSET', 'hash', 'f', 'v');
  const script =
    "local r = redis.pcall('HGET', KEYS[1], 'f'); return {r.err, redis.call('PING').ok}";
  const reply = await client.call('EVAL', script, 1, 'hash');
  expect(itemsOf(reply)).toEqual(["ERR internal error in 'hget' command", 'PONG']);
  const plain = await client.call('EVAL', "return redis.call('HGET', KEYS[1], 'f')", 1, 'hash');
  expect(textOf(plain)).toMatch(/^ERR internal error in 'hget' command/);
  await expectWhole(2);
});

it('in the turn of a waiting client: it is told, not who woke it', async () => {
  const waiting = client.call('BLPOP', 'list', 0);
  const second = await server.connect();
  const next = second.call('BLPOP', 'list', 0);
  await expect
    .poll(async () => textOf(await other.call('INFO', 'clients')), { interval: 5 })
    .toContain('blocked_clients:2\r\n');
  vi.spyOn(Lists.prototype, 'seekEnd').mockImplementationOnce(fail);
  expect(textOf(await other.call('RPUSH', 'list', 'a'))).toBe('1');
  expect(textOf(await waiting)).toBe("ERR internal error in 'blpop' command");
  expect(itemsOf(await next)).toEqual(['list', 'a']);
  expect(textOf(await client.call('PING'))).toBe('PONG');
  second.close();
  await expectWhole(1);
});

it('in what a command waits for: its client is told', async () => {
  vi.spyOn(Listener.prototype, 'openTcp').mockImplementation(fail);
  const port = await freePort();
  expect(textOf(await client.call('CONFIG', 'SET', 'port', port))).toBe(
    "ERR internal error in 'config|set' command",
  );
  expect(textOf(await client.call('PING'))).toBe('PONG');
  await expectWhole(1);
});

it('in reading requests: only that connection is closed', async () => {
  const spy = vi.spyOn(RequestReader.prototype, 'next').mockImplementationOnce(fail);
  client.sendBytes('PING\r\n');
  await client.closed;
  expect(spy).toHaveBeenCalled();
  await expectWhole(1);
});
