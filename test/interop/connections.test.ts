/**
 * Many connections at once: all are served, and what one takes is what CLIENT LIST says.
 */
import { connect, type Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { CLIENT_BYTES } from '../../src/command/client-line.ts';
import { textOf } from '../support/resp-value.ts';
import { spawnRespd } from '../support/respd.ts';

const CONNECTIONS = 10_000;
const AT_ONCE = 250;
const sockets: Socket[] = [];

afterAll(() => {
  for (const socket of sockets) socket.destroy();
});

/** Opens a connection and waits for the answer to a PING. */
function open(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.once('error', reject);
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', () => resolve());
  });
}

function openFileLimit(): number {
  const soft = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
  return Number(soft ?? 0);
}

it('serves 10,000 connections', { timeout: 120_000 }, async (context) => {
  if (process.platform !== 'linux') context.skip('reads /proc');
  if (openFileLimit() < CONNECTIONS + 200) context.skip('the limit of open files is too low');
  const server = await spawnRespd({ directives: { maxclients: CONNECTIONS + 10 } });
  try {
    const admin = await server.connect();
    const resident = async (): Promise<number> => {
      const text = textOf(await admin.call('INFO', 'memory'))!;
      return Number(/^used_memory_rss:(\d+)/m.exec(text)![1]);
    };
    const before = await resident();
    for (let opened = 0; opened < CONNECTIONS; opened += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, () => open(server.port)));
    const clients = textOf(await admin.call('INFO', 'clients'))!;
    expect(clients).toContain(`connected_clients:${CONNECTIONS + 1}\r\n`);
    const each = ((await resident()) - before) / CONNECTIONS;
    // The collector decides when, so this is no exact science.
    expect(each).toBeLessThan(CLIENT_BYTES * 2);
    const replies = sockets.map((socket) => new Promise((done) => socket.once('data', done)));
    for (const socket of sockets) socket.write('PING\r\n');
    await Promise.all(replies);
    admin.close();
  } finally {
    await server.stop();
  }
});
