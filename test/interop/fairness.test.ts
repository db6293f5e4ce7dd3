/** A client that asks for much at once does not keep others waiting until it has everything. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Argument, RawClient } from '../support/raw-client.ts';
import { textOf } from '../support/resp-value.ts';
import { startRespd } from '../support/respd.ts';
import type { TestServer } from '../support/server-process.ts';

let server: TestServer;
let greedy: RawClient;
let modest: RawClient;

beforeEach(async () => {
  server = await startRespd();
  greedy = await server.connect({ timeoutMs: 30_000 });
  modest = await server.connect({ timeoutMs: 30_000 });
});

afterEach(async () => {
  greedy.close();
  modest.close();
  await server.stop();
});

/** Sends the requests in one write, and a PING of the other client at the same time. */
async function answeredBefore(request: readonly Argument[], count: number): Promise<number> {
  let answered = 0;
  const all = Array.from({ length: count }, async () => {
    await greedy.callFrame(request);
    answered++;
  });
  expect(textOf(await modest.call('PING'))).toBe('PONG');
  const before = answered;
  await Promise.all(all);
  return before;
}

it('with many slow requests', async () => {
  await greedy.call('SETBIT', 'long', 8 * 8 * 1024 * 1024, 1);
  expect(await answeredBefore(['BITCOUNT', 'long'], 100)).toBeLessThan(100);
});

it('with very many short ones, and gets all its replies in order', async () => {
  expect(await answeredBefore(['INCR', 'a'], 50_000)).toBeLessThan(50_000);
  expect(textOf(await modest.call('GET', 'a'))).toBe('50000');
});

it('when it leaves behind its requests', async () => {
  for (let i = 0; i < 10_000; i++) greedy.send('INCR', 'a');
  greedy.end();
  const replies = (await greedy.untilClosed()).toString('latin1').split('\r\n');
  expect(replies.length - 1).toBe(10_000);
  expect(replies.at(-2)).toBe(':10000');
});

it('when it waits for something in between', async () => {
  const before = Array.from({ length: 3000 }, () => greedy.call('INCR', 'a'));
  const taken = greedy.call('BLPOP', 'list', 0);
  const behind = Array.from({ length: 3000 }, () => greedy.call('INCR', 'a'));
  await Promise.all(before);
  expect(textOf(await modest.call('GET', 'a'))).toBe('3000');
  await modest.call('RPUSH', 'list', 'x');
  const reply = await taken;
  expect('items' in reply && reply.items.map(textOf)).toEqual(['list', 'x']);
  expect(textOf((await Promise.all(behind)).at(-1)!)).toBe('6000');
});
