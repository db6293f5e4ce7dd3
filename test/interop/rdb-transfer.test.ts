/** SYNC as redis-cli --rdb uses it: a snapshot over the socket, and what else a client may ask. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Respd } from '../../src/server.ts';
import { runTool, withTools } from '../support/interop.ts';
import { useParity } from '../support/parity.ts';
import { RawClient } from '../support/raw-client.ts';
import { startRealRedis } from '../support/real-redis.ts';
import { showReply, textOf } from '../support/resp-value.ts';

let server: Respd;
let client: RawClient;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'respd-transfer-'));
  server = await Respd.start({ port: 0 });
  client = await RawClient.connect({ port: server.port });
});

afterAll(async () => {
  client.close();
  await server.close();
  rmSync(directory, { recursive: true });
});

const LIBRARY = "#!lua name=lib\nredis.register_function('f', function() return 1 end)";

async function fill(): Promise<void> {
  const commands: (string | number)[][] = [['FLUSHALL'], ['FUNCTION', 'LOAD', 'REPLACE', LIBRARY]];
  for (let i = 0; i < 20_000; i++) commands.push(['SET', `k${i}`, `value ${i}`.repeat(10)]);
  commands.push(['RPUSH', 'list', 'a', 'b'], ['SET', 'volatile', '1', 'EX', 10_000]);
  commands.push(['SELECT', 3], ['ZADD', 'z', 1, 'a'], ['SELECT', 0]);
  await client.pipeline(commands);
}

describe('redis-cli --rdb', () => {
  it(
    'gets a file that redis-check-rdb accepts and redis-server loads',
    withTools(['redis-cli', 'redis-check-rdb', 'redis-server'], async () => {
      await fill();
      const path = join(directory, 'dump.rdb');
      const fetched = runTool('redis-cli', ['-p', String(server.port), '--rdb', path]);
      // What changes meanwhile is not in it, or whole.
      for (let i = 0; i < 200; i++) await client.call('SET', `k${i}`, 'changed');
      expect((await fetched).status).toBe(0);
      const checked = await runTool('redis-check-rdb', [path]);
      expect(checked.stdout).toContain('RDB looks OK');
      const real = await startRealRedis({ directory });
      try {
        const other = await real.connect();
        expect(showReply(await other.call('DBSIZE'))).toBe(':20002');
        expect(textOf(await other.call('GET', 'k19999'))).toBe('value 19999'.repeat(10));
        expect(showReply(await other.call('FCALL', 'f', 0))).toBe(':1');
        await other.call('SELECT', 3);
        expect(textOf(await other.call('ZSCORE', 'z', 'a'))).toBe('1');
        other.close();
      } finally {
        await real.stop('SIGKILL');
      }
      expect(textOf(await client.call('INFO', 'stats'))).toContain('sync_full:1\r\n');
    }),
  );

  it(
    '--functions-rdb gets the libraries alone',
    withTools(['redis-cli', 'redis-check-rdb'], async () => {
      await fill();
      const path = join(directory, 'functions.rdb');
      const run = await runTool('redis-cli', ['-p', String(server.port), '--functions-rdb', path]);
      expect(run.status).toBe(0);
      const text = readFileSync(path, 'latin1');
      expect(text).toContain('name=lib');
      expect(text).not.toContain('value 1');
      expect((await runTool('redis-check-rdb', [path])).stdout).toContain('RDB looks OK');
    }),
  );
});

describe('SYNC', () => {
  const parity = useParity();

  it(
    'has options that are the real server’s',
    parity(async (both) => {
      for (const line of [
        'REPLCONF',
        'REPLCONF capa',
        'REPLCONF capa eof capa psync2',
        'REPLCONF foo bar',
        'REPLCONF rdb-only x',
        'REPLCONF rdb-only 2',
        'REPLCONF rdb-only 1 foo bar',
        'REPLCONF rdb-filter-only foo',
        'REPLCONF rdb-filter-only functions',
        'REPLCONF listening-port x',
        'REPLCONF listening-port 6379 ip-address 127.0.0.1',
      ])
        await both.run(...line.split(' '));
    }),
  );

  it('refuses replicas, which it could not feed, and a second transfer beside the first', async () => {
    const replica = await RawClient.connect({ port: server.port });
    expect(showReply(await replica.call('SYNC'))).toContain('does not replicate');
    await replica.call('REPLCONF', 'capa', 'eof');
    expect(showReply(await replica.call('SYNC'))).toContain('does not replicate');
    replica.close();
    // More than sockets hold, so that it lasts until somebody reads.
    await client.call('FLUSHALL');
    const value = Buffer.alloc(1_000_000);
    for (let i = 0; i < 30; i++) {
      for (let at = 0; at < value.length; at++) value[at] = (at * 31 + ((at * at) >> 5) + i) & 255;
      await client.call('SET', `long${i}`, value);
    }
    const first = await idleTransfer();
    const second = await RawClient.connect({ port: server.port });
    await second.call('REPLCONF', 'capa', 'eof', 'rdb-only', '1');
    expect(showReply(await second.call('SYNC'))).toContain('being sent');
    // What waits for the first is bounded, whatever there is to send.
    const line = textOf(await client.call('CLIENT', 'LIST', 'TYPE', 'replica'))!;
    const [, waiting] = /omem=(\d+)/.exec(line)!;
    expect(Number(waiting)).toBeLessThan(8_000_000);
    first.destroy();
    while (showReply(await second.call('SYNC')).includes('being sent'));
    second.close();
  });
});

/** A client that asked for a snapshot and reads none of it. */
async function idleTransfer(): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  socket.pause();
  socket.write('REPLCONF capa eof rdb-only 1\r\nSYNC\r\nSET not executed\r\n');
  for (;;) {
    const line = textOf(await client.call('CLIENT', 'LIST', 'TYPE', 'replica'))!;
    if (line.includes('omem=') && !line.includes('omem=0 ')) return socket;
  }
}
