/**
 * While others abuse the server, a client that behaves is served without an error, and afterwards
 * everything is as before. The full attacks, with latencies, are `npm run abuse`. Runs dist/main.js.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ATTACKS, Crowd } from '../support/attacks.ts';
import { writeCertificates } from '../support/certificates.ts';
import type { RawClient } from '../support/raw-client.ts';
import { textOf } from '../support/resp-value.ts';
import { spawnRespd } from '../support/respd.ts';
import { freePort, type ServerProcess } from '../support/server-process.ts';

const ROUNDS = 50;
const MB = 1024 * 1024;
/** What an attack may cost at most, beyond what its directives allow: buffers, and what V8 keeps. */
const MOST_BYTES = 500 * MB;

const directory = mkdtempSync(join(tmpdir(), 'respd-abuse-'));
const files = writeCertificates(directory);

afterAll(() => rmSync(directory, { recursive: true }));

/** Does what an application does, and looks at every reply. */
async function behave(client: RawClient, round: number): Promise<void> {
  const replies = await client.pipeline([
    ['SET', 'own', round],
    ['INCR', 'own'],
    ['RPUSH', 'own:list', round],
    ['LRANGE', 'own:list', -1, -1],
    ['EVAL', "return redis.call('GET', KEYS[1])", 1, 'own'],
  ]);
  const texts = replies.map((reply) =>
    'items' in reply ? reply.items.map(textOf).join() : textOf(reply),
  );
  expect(texts).toEqual(['OK', `${round + 1}`, `${round + 1}`, `${round}`, `${round + 1}`]);
}

async function infoOf(client: RawClient, field: string): Promise<number> {
  const info = textOf(await client.call('INFO', 'everything'))!;
  return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(info)![1]);
}

for (const attack of ATTACKS)
  it(`goes on through ${attack.name}`, async () => {
    const tlsPort = await freePort();
    const server: ServerProcess = await spawnRespd({
      directives: {
        'tls-port': String(tlsPort),
        'tls-cert-file': files.certificate,
        'tls-key-file': files.key,
        'tls-auth-clients': 'no',
        'maxmemory-clients': '64mb',
        ...attack.directives,
        ...(attack.password === undefined ? {} : { requirepass: attack.password }),
      },
    });
    try {
      const hello = attack.password === undefined ? [] : ['AUTH', 'default', attack.password];
      const client = await server.connect({ hello });
      const before = await infoOf(client, 'used_memory_rss');
      const crowd = new Crowd({ port: server.port, tlsPort });
      try {
        await attack.begin(crowd, 'small');
        for (let round = 0; round < ROUNDS; round++) await behave(client, round);
      } finally {
        await crowd.stop();
      }
      await expect.poll(() => infoOf(client, 'connected_clients'), { interval: 10 }).toBe(1);
      expect((await infoOf(client, 'used_memory_rss')) - before).toBeLessThan(MOST_BYTES);
      expect(await infoOf(client, 'unexpected_error_replies')).toBe(0);
      client.close();
    } finally {
      await server.stop();
    }
    expect(server.output).not.toMatch(/Unexpected error|CRASH/);
  });
