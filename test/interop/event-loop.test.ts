/** The event loop's own delay: an event of the latency monitor, whoever held the loop up. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Respd } from '../../src/server.ts';
import { RawClient } from '../support/raw-client.ts';
import { itemsOf, textOf } from '../support/resp-value.ts';

let server: Respd;
let client: RawClient;

beforeAll(async () => {
  server = await Respd.start({ port: 0, 'latency-monitor-threshold': 150 });
  client = await RawClient.connect({ port: server.port });
});

afterAll(async () => {
  client.close();
  await server.close();
});

function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
}

async function latest(): Promise<string[]> {
  const events = itemsOf(await client.call('LATENCY', 'LATEST'));
  return events.map((event) => textOf(itemsOf(event)[0]!)!);
}

it('is told when the loop of the process stood still, though no command did it', async () => {
  let events: string[] = [];
  while (!events.includes('event-loop')) {
    // Something else in the process, which embeds the server, takes its time.
    standStill();
    events = await latest();
  }
  const [, first] = itemsOf(itemsOf(await client.call('LATENCY', 'HISTORY', 'event-loop'))[0]!);
  expect(first).toMatchObject({ type: 'integer' });
  await client.call('CONFIG', 'SET', 'latency-monitor-threshold', '0');
  await client.call('LATENCY', 'RESET');
  standStill();
  await client.call('PING');
  expect(await latest()).toEqual([]);
});
