/** TLS: the same certificates, clients and mistakes to redis-server and to ours. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CertificateAuthority, type CertificateFiles } from '../support/certificates.ts';
import { writeCertificates } from '../support/certificates.ts';
import { requireInterop, runTool, toolPath, withTools } from '../support/interop.ts';
import { RawClient } from '../support/raw-client.ts';
import { startRealRedis } from '../support/real-redis.ts';
import { textOf } from '../support/resp-value.ts';
import { startRespd } from '../support/respd.ts';
import { type Directives, freePort, type TestServer } from '../support/server-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'respd-tls-'));
const running: TestServer[] = [];
let files: CertificateFiles;
let trusted: ConnectionOptions;

beforeAll(() => {
  files = writeCertificates(directory);
  trusted = { ca: files.authority.certificate };
});

afterAll(() => rmSync(directory, { recursive: true }));

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

interface TlsServer {
  readonly server: TestServer;
  readonly port: number;
}

const paths = (): Directives => ({
  'tls-cert-file': files.certificate,
  'tls-key-file': files.key,
  'tls-ca-cert-file': files.ca,
});

async function startWith(
  starter: (options: { directives: Directives }) => Promise<TestServer>,
  directives: Directives = {},
): Promise<TlsServer> {
  const port = await freePort();
  const all = { ...paths(), 'tls-port': String(port), ...directives };
  const server = await starter({ directives: all });
  running.push(server);
  return { server, port };
}

/** Ours, in this process. */
function start(directives: Directives = {}): Promise<TlsServer> {
  return startWith((options) => startRespd(options.directives), directives);
}

/** The real one and ours. */
function startBoth(directives: Directives = {}): Promise<[TlsServer, TlsServer]> {
  return Promise.all([startWith(startRealRedis, directives), start(directives)]);
}

/** Asks for a PING through TLS; tells the answer, or that there was none. */
function ping(port: number, options: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({ port, host: '127.0.0.1', servername: '', ...options });
    let heard = '';
    socket.once('error', () => {});
    socket.once('secureConnect', () => socket.write('PING\r\nQUIT\r\n'));
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    socket.once('close', () => resolve(heard.startsWith('+PONG') ? 'PONG' : 'refused'));
  });
}

function openTls(port: number, options: ConnectionOptions = trusted): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', servername: '', ...options });
    socket.once('error', reject);
    socket.once('secureConnect', () => resolve(socket));
  });
}

async function set({ server }: TlsServer, ...pairs: string[]): Promise<string> {
  const client = await server.connect();
  const reply = textOf(await client.call('CONFIG', 'SET', ...pairs));
  client.close();
  return reply ?? '';
}

describe('clients', () => {
  it('are let in by the same rules', async (context) => {
    requireInterop(context, 'redis-server');
    const both = await startBoth({ 'tls-ca-cert-file': '', 'tls-ca-cert-dir': files.caDirectory });
    const { authority } = files;
    const shown = (issued: { certificate: string; key: string }): ConnectionOptions => ({
      ...trusted,
      cert: issued.certificate,
      key: issued.key,
    });
    const kinds: Readonly<Record<string, ConnectionOptions>> = {
      'no certificate': trusted,
      'a good one': shown(authority.issue('client')),
      'one that has ended': shown(authority.issue('late', { days: -1 })),
      "a stranger's": shown(new CertificateAuthority('stranger').issue('client')),
      'TLS 1.1': { ...trusted, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
      'TLS 1.2': { ...shown(authority.issue('client')), maxVersion: 'TLSv1.2' },
      'no trust in the server': { rejectUnauthorized: true },
    };
    const outcomes: string[] = [];
    for (const mode of ['yes', 'optional', 'no']) {
      for (const one of both) expect(await set(one, 'tls-auth-clients', mode)).toBe('OK');
      for (const [kind, options] of Object.entries(kinds)) {
        const [real, ours] = await Promise.all(both.map(({ port }) => ping(port, options)));
        expect(ours, `${mode}, ${kind}`).toBe(real);
        outcomes.push(`${mode}, ${kind}: ${ours}`);
      }
    }
    expect(outcomes).toContain('yes, no certificate: refused');
    expect(outcomes).toContain('yes, TLS 1.2: PONG');
    expect(outcomes).toContain("optional, a stranger's: refused");
    expect(outcomes).toContain('no, no certificate: PONG');
  });

  it('agree on version and cipher as the directives say', async (context) => {
    requireInterop(context, 'redis-server');
    const both = await startBoth({ 'tls-auth-clients': 'no' });
    const agreed = async (options: ConnectionOptions = {}): Promise<string> => {
      const found = both.map(async ({ port }) => {
        const socket = await openTls(port, { ...trusted, ...options });
        const text = `${socket.getProtocol()} ${socket.getCipher().name}`;
        socket.destroy();
        return text;
      });
      const [real, ours] = await Promise.all(found);
      expect(ours).toBe(real);
      return ours!;
    };
    const setBoth = async (...pairs: string[]): Promise<void> => {
      for (const one of both) expect(await set(one, ...pairs)).toBe('OK');
    };
    expect(await agreed()).toMatch(/^TLSv1.3 /);
    await setBoth('tls-ciphersuites', 'TLS_CHACHA20_POLY1305_SHA256');
    expect(await agreed()).toBe('TLSv1.3 TLS_CHACHA20_POLY1305_SHA256');
    await setBoth('tls-protocols', 'TLSv1.2', 'tls-ciphers', 'ECDHE-ECDSA-AES256-GCM-SHA384');
    expect(await agreed()).toBe('TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384');
    for (const { port } of both)
      expect(await ping(port, { ...trusted, minVersion: 'TLSv1.3' })).toBe('refused');
    const [small, large] = ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'];
    await setBoth('tls-ciphers', `${large}:${small}`);
    const wish = { ciphers: `${small}:${large}` };
    expect(await agreed(wish)).toBe(`TLSv1.2 ${small}`);
    await setBoth('tls-prefer-server-ciphers', 'yes');
    expect(await agreed(wish)).toBe(`TLSv1.2 ${large}`);
  });

  it('resume sessions, by ticket and by id, unless that is off', async () => {
    const one = await start({ 'tls-auth-clients': 'no' });
    const isResumed = async (options: ConnectionOptions): Promise<boolean> => {
      const first = await openTls(one.port, { ...trusted, ...options });
      const session = await new Promise<Buffer>((resolve) => {
        // With TLS 1.3 the ticket comes behind the handshake.
        const known = first.getProtocol() === 'TLSv1.3' ? undefined : first.getSession();
        if (known !== undefined) resolve(known);
        first.on('session', resolve);
        first.write('PING\r\n');
        first.once('data', () => resolve(first.getSession()!));
      });
      first.destroy();
      const second = await openTls(one.port, { ...trusted, ...options, session });
      const reused = second.isSessionReused();
      second.destroy();
      return reused;
    };
    const NO_TICKET = 0x4000;
    const byId: ConnectionOptions = { maxVersion: 'TLSv1.2', secureOptions: NO_TICKET };
    expect(await isResumed({})).toBe(true);
    expect(await isResumed({ maxVersion: 'TLSv1.2' })).toBe(true);
    expect(await isResumed(byId)).toBe(true);
    expect(await set(one, 'tls-session-caching', 'no')).toBe('OK');
    expect(await isResumed({})).toBe(false);
    expect(await isResumed(byId)).toBe(false);
    expect(await set(one, 'tls-session-caching', 'yes', 'tls-session-cache-timeout', '0')).toBe(
      'OK',
    );
    expect(await isResumed(byId)).toBe(false);
  });

  it(
    'may be redis-cli',
    withTools(['redis-cli'], async () => {
      const { port } = await start();
      const flags = ['-p', String(port), '--tls', '--cacert', files.ca];
      const own = ['--cert', files.clientCertificate, '--key', files.clientKey];
      const good = await runTool('redis-cli', [...flags, ...own, 'ping']);
      expect(good).toMatchObject({ stdout: 'PONG\n', status: 0 });
      const pipe = await runTool('redis-cli', [...flags, ...own, '--pipe'], {
        input: 'SET a 1\r\n'.repeat(10_000),
      });
      expect(pipe.stdout).toContain('errors: 0, replies: 10000');
      expect((await runTool('redis-cli', [...flags, 'ping'])).stdout).not.toContain('PONG');
    }),
  );

  it('may be ioredis', async () => {
    const { authority } = files;
    const issued = authority.issue('ioredis');
    const { port } = await start();
    const tls = { ca: authority.certificate, cert: issued.certificate, key: issued.key };
    const redis = new Redis({ port, host: 'localhost', tls });
    const pairs = Array.from({ length: 1000 }, (_, i) => [`key:${i}`, `value:${i}`]);
    await Promise.all(pairs.map(([key, value]) => redis.set(key!, value!)));
    const values = await redis.mget(pairs.map(([key]) => key!));
    expect(values).toEqual(pairs.map(([, value]) => value));
    await redis.quit();
  });
});

describe('certificates', () => {
  it('are read again at CONFIG SET; wrong ones are refused', async (context) => {
    requireInterop(context, 'redis-server');
    const certificate = join(directory, 'changing.pem');
    const key = join(directory, 'changing.key');
    const put = (name: string, path = certificate): void => {
      const issued = files.authority.issue(name);
      writeFileSync(path, issued.certificate);
      writeFileSync(key, issued.key);
    };
    put('first');
    const both = await startBoth({
      'tls-auth-clients': 'no',
      'tls-cert-file': certificate,
      'tls-key-file': key,
    });
    const names = (): Promise<string[]> =>
      Promise.all(
        both.map(async ({ port }) => {
          const socket = await openTls(port);
          const { CN } = socket.getPeerCertificate().subject;
          socket.destroy();
          return String(CN);
        }),
      );
    const setBoth = async (...pairs: string[]): Promise<string> => {
      const [real, ours] = await Promise.all(both.map((one) => set(one, ...pairs)));
      expect(ours).toBe(real);
      return ours!;
    };
    const old = await RawClient.connect({ port: both[1].port, tls: trusted });
    expect(await names()).toEqual(['first', 'first']);
    put('second');
    expect(await names()).toEqual(['first', 'first']);
    expect(await setBoth('tls-cert-file', certificate)).toBe('OK');
    expect(await names()).toEqual(['second', 'second']);
    const refusal =
      "ERR CONFIG SET failed (possibly related to argument 'tls-cert-file') - " +
      'Unable to update TLS configuration. Check server logs.';
    writeFileSync(certificate, 'no certificate');
    expect(await setBoth('tls-cert-file', certificate)).toBe(refusal);
    expect(await setBoth('tls-cert-file', join(directory, 'nosuch'))).toBe(refusal);
    // Not of this key.
    expect(await setBoth('tls-cert-file', files.certificate)).toBe(refusal);
    expect(await setBoth('tls-key-file', files.clientKey)).toContain("argument 'tls-key-file'");
    expect(await setBoth('tls-protocols', 'TLSv9')).toContain("argument 'tls-protocols'");
    expect(await names()).toEqual(['second', 'second']);
    const pair = ['tls-cert-file', files.certificate, 'tls-key-file', files.key];
    expect(await setBoth(...pair)).toBe('OK');
    expect(await names()).toEqual(['server', 'server']);
    expect(textOf(await old.call('PING'))).toBe('PONG');
    old.close();
  });

  it('make the start fail with the same words', async (context) => {
    requireInterop(context, 'redis-server');
    const path = (name: string, text: string): string => {
      writeFileSync(join(directory, name), text);
      return join(directory, name);
    };
    const { key: sealed } = files.authority.issue('sealed', { passphrase: 'secret' });
    const garbage = path('garbage', 'garbage\n');
    const nowhere = join(directory, 'nowhere');
    const cases: readonly Directives[] = [
      { 'tls-cert-file': '' },
      { 'tls-key-file': '' },
      { 'tls-ca-cert-file': '' },
      { 'tls-cert-file': nowhere },
      { 'tls-cert-file': garbage },
      { 'tls-key-file': nowhere },
      { 'tls-key-file': files.clientKey },
      { 'tls-key-file': path('sealed.key', sealed), 'tls-key-file-pass': 'wrong' },
      { 'tls-ca-cert-file': nowhere },
      { 'tls-ca-cert-file': garbage },
      { 'tls-protocols': 'TLSv1.2 SSLv3' },
      { 'tls-ciphers': 'nosuch' },
      { 'tls-ciphersuites': 'nosuch' },
      { 'tls-dh-params-file': nowhere },
      { 'tls-dh-params-file': garbage },
      { 'tls-client-cert-file': nowhere, 'tls-client-key-file': files.clientKey },
    ];
    const port = String(await freePort());
    for (const changed of cases) {
      const directives = { ...paths(), ...changed, 'tls-port': port };
      const args = Object.entries(directives).flatMap(([name, value]) => [`--${name}`, `${value}`]);
      const { stdout, status } = await runTool('redis-server', ['--port', '0', ...args]);
      expect(status).toBe(1);
      const lines = stdout.split('\n').map((line) => line.replace(/^.*? # /, ''));
      const said = lines[lines.indexOf('Failed to configure TLS. Check logs for more info.') - 1];
      const outcome = await startRespd(directives).then(
        (server) => server.stop().then(() => 'started'),
        (error: Error) => error.message,
      );
      expect(outcome, JSON.stringify(changed)).toBe(said);
    }
  });

  it('may have sealed keys', async () => {
    const { certificate, key } = files.authority.issue('sealed', { passphrase: 'secret' });
    writeFileSync(join(directory, 'sealed.pem'), certificate);
    writeFileSync(join(directory, 'sealed.key'), key);
    const { port } = await start({
      'tls-auth-clients': 'no',
      'tls-cert-file': join(directory, 'sealed.pem'),
      'tls-key-file': join(directory, 'sealed.key'),
      'tls-key-file-pass': 'secret',
    });
    expect(await ping(port, trusted)).toBe('PONG');
  });
});

describe('the port', () => {
  it('can be opened, moved and closed while the server runs', async (context) => {
    requireInterop(context, 'redis-server');
    const both = await startBoth({ 'tls-port': '0', 'tls-auth-clients': 'no' });
    const [first, second] = [await freePort(), await freePort()];
    const ports = [first, second];
    for (const [i, one] of both.entries()) {
      const taken = String(both[1 - i]!.server.port);
      expect(await set(one, 'tls-port', String(ports[i]))).toBe('OK');
      expect(await ping(ports[i]!, trusted)).toBe('PONG');
      expect(await set(one, 'tls-port', taken)).toBe(
        "ERR CONFIG SET failed (possibly related to argument 'tls-port') - " +
          'Unable to listen on this port. Check server logs.',
      );
      expect(await ping(ports[i]!, trusted)).toBe('PONG');
      expect(await set(one, 'tls-port', '0')).toBe('OK');
      await expect(openTls(ports[i]!)).rejects.toThrow('ECONNREFUSED');
    }
  });

  it('is not opened without certificates', async (context) => {
    requireInterop(context, 'redis-server');
    const none = { 'tls-port': '0', 'tls-cert-file': '' };
    for (const one of await startBoth(none))
      expect(await set(one, 'tls-port', String(await freePort()))).toBe(
        "ERR CONFIG SET failed (possibly related to argument 'tls-port') - " +
          'Unable to update TLS configuration. Check server logs.',
      );
  });
});

describe('traffic', () => {
  it('carries long values, pipelines and the last replies of who leaves', async () => {
    const { port } = await start({ 'tls-auth-clients': 'no' });
    const client = await RawClient.connect({ port, tls: trusted }, { protocol: 3 });
    const long = randomBytes(8 * 1024 * 1024);
    expect(textOf(await client.call('SET', 'long', long))).toBe('OK');
    const [back] = await client.pipelineFrames([['GET', 'long']]);
    expect(back!.subarray(10, -2).equals(long)).toBe(true);
    const commands = Array.from({ length: 20_000 }, (_, i) => ['INCR', `key:${i % 100}`]);
    const replies = await client.pipeline(commands);
    expect(textOf(replies.at(-1)!)).toBe('200');
    await client.call('SET', 'big', 'x'.repeat(500_000));
    const slow = await openTls(port);
    slow.pause();
    slow.write('GET big\r\n'.repeat(40) + 'QUIT\r\n');
    // Until the server has executed them all: what it cannot send has to wait.
    await expect
      .poll(async () => textOf(await client.call('INFO', 'commandstats')), { interval: 20 })
      .toContain('cmdstat_quit:calls=1,');
    let received = 0;
    slow.on('data', (chunk: Buffer) => (received += chunk.length));
    slow.resume();
    await new Promise((resolve) => slow.once('close', resolve));
    expect(received).toBe(40 * (500_000 + '$500000\r\n\r\n'.length) + 5);
    client.close();
  });

  it('survives random bytes, broken handshakes and many at once', async () => {
    const one = await start({ 'tls-auth-clients': 'no' });
    const good = await RawClient.connect({ port: one.port, tls: trusted });
    const closed: Promise<unknown>[] = [];
    const plain = (): Socket => {
      const socket = connect(one.port, '127.0.0.1');
      socket.on('error', () => {});
      closed.push(new Promise((resolve) => socket.once('close', resolve)));
      return socket;
    };
    for (let i = 0; i < 50; i++) plain().write(randomBytes(1 + i * 37));
    // A handshake's first record, cut short by an end, a reset or nonsense.
    const begun = Buffer.from('16030100c8010000c40303', 'hex');
    for (let i = 0; i < 50; i++) {
      const socket = plain();
      socket.write(begun);
      if (i % 3 === 0) socket.end();
      else if (i % 3 === 1) socket.once('connect', () => socket.resetAndDestroy());
      else socket.write(randomBytes(500));
    }
    const many = Array.from({ length: 100 }, () => ping(one.port, trusted));
    expect(new Set(await Promise.all(many))).toEqual(new Set(['PONG']));
    expect(textOf(await good.call('PING'))).toBe('PONG');
    good.close();
    await set(one, 'timeout', '1');
    // What is left of them gets no later than that: new connections have the new limit.
    const halfDone = plain();
    halfDone.write(begun);
    const trickle = setInterval(() => halfDone.write('x'), 100);
    await new Promise((resolve) => halfDone.once('close', resolve));
    clearInterval(trickle);
    expect(await ping(one.port, trusted)).toBe('PONG');
  });

  it('ends unfinished handshakes with the server', async () => {
    const { port, server } = await startWith((options) => startRespd(options.directives));
    running.pop();
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(Buffer.from('16030100c8010000c40303', 'hex'));
    const other = await RawClient.connect({ port: server.port });
    // By then the server has the connection.
    expect(textOf(await other.call('PING'))).toBe('PONG');
    await server.stop();
    // Long before the time for a handshake is over.
    const late = delay(5000).then(() => Promise.reject(new Error('still open')));
    await Promise.race([closed, late]);
  });

  it('counts unfinished handshakes as clients', async (context) => {
    if (toolPath('redis-server') === undefined) context.skip('needs redis-server');
    for (const { port, server } of await startBoth({ maxclients: 3, 'tls-auth-clients': 'no' })) {
      const admin = await server.connect();
      const halfDone = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
      await Promise.all(halfDone.map((socket) => new Promise((go) => socket.once('connect', go))));
      await expect.poll(() => ping(port, trusted), { interval: 20 }).toBe('refused');
      expect(textOf(await admin.call('INFO', 'stats'))).toMatch(/rejected_connections:[1-9]/);
      for (const socket of halfDone) socket.destroy();
      await expect.poll(() => ping(port, trusted), { interval: 20 }).toBe('PONG');
      admin.close();
    }
  });
});
