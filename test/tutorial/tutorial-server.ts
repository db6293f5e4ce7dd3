/** What the tutorial's tests start from: a server inside the process, and clients of it. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, vi } from 'vitest';

import { startRespd } from '../support/respd.ts';
import type { TestServer } from '../support/server-process.ts';

export type Tutorial = {
  /** The client most examples need; the server is emptied before each of them. */
  readonly redis: Redis;
  readonly port: number;
  /** Another client, closed after the last test of the file. */
  readonly connect: () => Redis;
  /** Waits until this many clients wait for keys. */
  readonly untilBlocked: (clients: number) => Promise<void>;
  /** Waits until a key is gone, however it goes. */
  readonly untilGone: (key: string) => Promise<void>;
};

const POLLING = { interval: 2, timeout: 10_000 };

/** Call once at the top of a test file. */
export function useTutorial(): Tutorial {
  let server: TestServer;
  const clients: Redis[] = [];
  const connect = (): Redis => {
    const client = clientOf(server);
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    server = await startRespd();
    connect();
  });
  beforeEach(async () => {
    await clients[0]!.flushall();
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await server.stop();
  });
  return {
    get redis() {
      return clients[0]!;
    },
    get port() {
      return server.port;
    },
    connect,
    untilBlocked: (count) =>
      vi.waitFor(async () => {
        expect(await clients[0]!.info('clients')).toContain(`\nblocked_clients:${count}\r\n`);
      }, POLLING),
    untilGone: (key) =>
      vi.waitFor(async () => {
        expect(await clients[0]!.exists(key)).toBe(0);
      }, POLLING),
  };
}

/** A client that does not come back by itself: a lost connection is a failed test. */
export function clientOf(server: TestServer): Redis {
  return new Redis({ host: server.host, port: server.port, retryStrategy: () => null });
}
