/** How the process lives and dies: signals, the pid file, crashes. Runs dist/main.js. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { writeCertificates } from '../support/certificates.ts';
import { requireInterop } from '../support/interop.ts';
import { RawClient } from '../support/raw-client.ts';
import { startRealRedis } from '../support/real-redis.ts';
import { textOf } from '../support/resp-value.ts';
import { spawnRespd } from '../support/respd.ts';
import { type Directives, freePort, type ServerProcess } from '../support/server-process.ts';

const running: ServerProcess[] = [];
const directories: string[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop('SIGKILL')));
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

type Start = (options: { directives: Directives; directory: string }) => Promise<ServerProcess>;

const STARTS: readonly Start[] = [startRealRedis, spawnRespd];

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'respd-life-'));
  directories.push(directory);
  return directory;
}

async function begin(start: Start, directives: Directives): Promise<ServerProcess> {
  const server = await start({ directives, directory: newDirectory() });
  running.push(server);
  return server;
}

/** The texts of the log from the one on that matches, without times and marks. */
function told(output: string, from: RegExp): string[] {
  const lines = output.split('\n').map((line) => line.replace(/^\d+:\S+ .*?[*#.-] /, ''));
  const texts = lines
    .map((line) => line.replace(/^\d+:signal-handler \(\d+\) /, ''))
    .filter((line) => line !== '');
  return texts.slice(texts.findIndex((line) => from.test(line)));
}

describe('a server without a plain port', () => {
  it('can be reached through TLS alone, and counts it as its port', async () => {
    const files = writeCertificates(newDirectory());
    const port = await freePort();
    const server = await spawnRespd({
      directives: {
        port: '0',
        'tls-port': String(port),
        'tls-cert-file': files.certificate,
        'tls-key-file': files.key,
        'tls-auth-clients': 'no',
      },
      waitForReply: false,
    });
    running.push(server);
    await server.untilOutput(/Ready to accept connections/);
    const tls = { ca: files.authority.certificate };
    const client = await RawClient.connect({ port, tls });
    expect(textOf(await client.call('INFO', 'server'))).toContain(`tcp_port:${port}\r\n`);
    client.close();
  });

  it('has to have another way in', async (context) => {
    requireInterop(context, 'redis-server');
    const texts: string[][] = [];
    for (const start of [startRealRedis, spawnRespd]) {
      const refusal = await start({ directives: { port: '0' } }).then(
        () => 'started',
        (error: Error) => error.message,
      );
      texts.push(told(refusal, /^Configured/));
    }
    expect(texts[0]![0]).toBe('Configured to not listen anywhere, exiting.');
    expect(texts[1]).toEqual(texts[0]);
  });
});

describe('a signal', () => {
  it('saves, removes the pid file and leaves, in the same words', async (context) => {
    requireInterop(context, 'redis-server');
    const texts: string[][] = [];
    for (const start of STARTS) {
      const server = await begin(start, { pidfile: './own.pid', save: '3600 1' });
      expect(readFileSync(join(server.directory, 'own.pid'), 'latin1')).toBe(`${server.pid}\n`);
      const client = await server.connect();
      await client.call('SET', 'a', '1');
      server.signal('SIGTERM');
      expect(await server.exited).toEqual({ code: 0, signal: null });
      expect(existsSync(join(server.directory, 'own.pid'))).toBe(false);
      expect(statSync(join(server.directory, 'dump.rdb')).size).toBeGreaterThan(0);
      texts.push(told(server.output, /^Received SIGTERM/));
    }
    expect(texts[1]).toEqual(texts[0]);
    expect(texts[0]![0]).toBe('Received SIGTERM scheduling shutdown...');
  });

  it('does not stop a server that cannot save; the next one can', async (context) => {
    requireInterop(context, 'redis-server');
    const texts: string[][] = [];
    for (const start of STARTS) {
      const server = await begin(start, { save: '3600 1', dbfilename: 'taken.rdb' });
      const client = await server.connect();
      await client.call('SET', 'a', '1');
      // A file cannot take a directory's place.
      mkdirSync(join(server.directory, 'taken.rdb'));
      server.signal('SIGTERM');
      await server.untilOutput(/Errors trying to shut down the server/);
      expect(textOf(await client.call('GET', 'a'))).toBe('1');
      rmSync(join(server.directory, 'taken.rdb'), { recursive: true });
      server.signal('SIGINT');
      expect(await server.exited).toEqual({ code: 0, signal: null });
      texts.push(
        told(server.output, /^Received SIGTERM/).filter((line) => !/temp|save the DB:/.test(line)),
      );
    }
    expect(texts[1]).toEqual(texts[0]);
  });

  it('follows shutdown-on-sigterm', async () => {
    const server = await begin(spawnRespd, { save: '3600 1', 'shutdown-on-sigterm': 'nosave' });
    const client = await server.connect();
    await client.call('SET', 'a', '1');
    server.signal('SIGTERM');
    expect((await server.exited).code).toBe(0);
    expect(existsSync(join(server.directory, 'dump.rdb'))).toBe(false);
  });

  it('ends a server that is still loading at once, and the file stays', async () => {
    const first = await begin(spawnRespd, { save: '' });
    const client = await first.connect();
    await client.call('DEBUG', 'POPULATE', 300_000);
    expect(textOf(await client.call('SAVE'))).toBe('OK');
    const file = join(first.directory, 'dump.rdb');
    const { mtimeMs, size } = statSync(file);
    const second = await spawnRespd({
      directory: first.directory,
      directives: { save: '3600 1', pidfile: './own.pid' },
      waitForReply: false,
    });
    running.push(second);
    await second.untilOutput(/Loading DB in memory/);
    const loading = await RawClient.connect({ port: second.port });
    expect(textOf(await loading.call('GET', 'key:1'))).toMatch(/^LOADING /);
    expect(textOf(await loading.call('PING'))).toMatch(/^LOADING /);
    second.signal('SIGTERM');
    expect(await second.exited).toEqual({ code: 0, signal: null });
    expect(second.output).toContain('Received shutdown signal during loading, exiting now.');
    expect(existsSync(join(first.directory, 'own.pid'))).toBe(false);
    expect(statSync(file)).toMatchObject({ mtimeMs, size });
  });
});

describe('a crash', () => {
  it('is told with its stack and the state, and leaves with 1', async () => {
    const logfile = join(newDirectory(), 'log');
    const server = await begin(spawnRespd, { pidfile: './own.pid', logfile });
    const client = await server.connect();
    await client.call('CLIENT', 'SETNAME', 'the-last-one');
    await client.call('SET', 'a', '1');
    client.send('DEBUG', 'PANIC');
    await client.closed;
    expect(await server.exited).toEqual({ code: 1, signal: null });
    const report = readFileSync(logfile, 'latin1');
    expect(report).toMatch(/CRASH REPORT BEGINS \(compatible with Redis 7\.0\.15, Node v/);
    expect(report).toMatch(/outside of any command: Error: DEBUG PANIC\n +at /);
    expect(report).toContain(`process_id:${server.pid}\n`);
    expect(report).toContain('cmdstat_set:calls=1,');
    expect(report).toContain('db0:keys=1,');
    expect(report).toMatch(/SERVED LAST ------\nid=\d+ .* name=the-last-one .* cmd=debug /);
    expect(existsSync(join(server.directory, 'own.pid'))).toBe(false);
  });

  it('is told in short when the directive says so', async () => {
    const server = await begin(spawnRespd, { 'crash-log-enabled': 'no' });
    (await server.connect()).send('DEBUG', 'PANIC');
    expect((await server.exited).code).toBe(1);
    expect(server.output).toMatch(/outside of any command: Error: DEBUG PANIC\n +at /);
    expect(server.output).not.toContain('INFO');
  });
});
