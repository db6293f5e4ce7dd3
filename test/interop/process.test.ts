/** The server as a process: what supervisors, harnesses and people look for. Runs dist/main.js. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { textOf } from '../support/resp-value.ts';
import { spawnRespd, type SpawnRespdOptions } from '../support/respd.ts';
import { freePort, type ServerProcess } from '../support/server-process.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const running: ServerProcess[] = [];
const directories: string[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop('SIGKILL')));
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

async function start(options: SpawnRespdOptions = {}): Promise<ServerProcess> {
  const server = await spawnRespd(options);
  running.push(server);
  return server;
}

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'respd-process-'));
  directories.push(directory);
  return directory;
}

async function ask(server: ServerProcess, ...args: string[]): Promise<string | undefined> {
  const client = await server.connect();
  try {
    const reply = await client.call(...args);
    if ('items' in reply) return reply.items.map(textOf).join(' ');
    return textOf(reply);
  } finally {
    client.close();
  }
}

/** Runs the program to its end. */
function run(args: readonly string[], input = ''): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: 'pipe' });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.once('close', (code) => resolve({ code, text }));
  });
}

describe('starting', () => {
  it('tells its pid, then that it is ready, and answers an inline PING', async () => {
    const server = await start();
    await server.untilOutput(/Ready to accept connections/);
    const { output, pid } = server;
    expect(output).toContain(` PID: ${pid}`);
    expect(output.indexOf(' PID: ')).toBeLessThan(output.indexOf('Ready to accept connections'));
    expect(await ask(server, 'PING')).toBe('PONG');
    expect(await ask(server, 'CONFIG', 'GET', 'dir')).toBe(`dir ${server.directory}`);
    expect(await ask(server, 'INFO', 'server')).toContain(`process_id:${pid}\r\n`);
  });

  it('says why it cannot listen, and leaves with 1', async () => {
    const first = await start();
    const { code, text } = await run(['--port', String(first.port), '--bind', '127.0.0.1']);
    expect(code).toBe(1);
    expect(text).toContain('bind: Address already in use');
    expect(text).toContain(`Failed listening on port ${first.port}`);
  });

  it('takes a file, directives in all forms, and standard input', async () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'redis.conf');
    writeFileSync(file, 'maxmemory 10mb\nhz 20\n# a comment\nrename-command FLUSHALL ""\n');
    const server = await start({
      directory,
      args: (port) => [
        file,
        ...`--port ${port} --bind 127.0.0.1 --save 3600 1 60 1000`.split(' '),
        '--hz 30',
        ...'--rename-command CONFIG cfg --requirepass'.split(' '),
        'x y',
      ],
    });
    const client = await server.connect({ hello: ['AUTH', 'default', 'x y'] });
    const get = async (name: string): Promise<string | undefined> => {
      const reply = await client.call('CFG', 'GET', name);
      return 'items' in reply ? textOf(reply.items[1]!) : textOf(reply);
    };
    expect(await get('maxmemory')).toBe('10485760');
    expect(await get('hz')).toBe('30');
    expect(await get('save')).toBe('3600 1 60 1000');
    expect(textOf(await client.call('CONFIG', 'GET', 'hz'))).toMatch(/^ERR unknown command/);
    expect(textOf(await client.call('FLUSHALL'))).toMatch(/^ERR unknown command/);
    client.close();
  });

  it('reads a configuration from standard input', async () => {
    const port = await freePort();
    const child = spawn(process.execPath, [MAIN, '-'], { stdio: 'pipe' });
    try {
      child.stdin.end(`port ${port}\nbind 127.0.0.1\nmaxmemory 7mb\n`);
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (chunk: Buffer) => {
          if (chunk.toString().includes('Ready to accept')) resolve();
        });
      });
      const client = await RawClient.connect({ port });
      const reply = await client.call('CONFIG', 'GET', 'maxmemory');
      expect('items' in reply && textOf(reply.items[1]!)).toBe('7340032');
      client.close();
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('refuses a wrong configuration with its line', async () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'redis.conf');
    writeFileSync(file, 'port 0\nnosuch thing\n');
    const wrong = await run([file]);
    expect(wrong.code).toBe(1);
    expect(wrong.text).toContain('FATAL CONFIG FILE ERROR');
    expect(wrong.text).toContain("at line 2\n>>> 'nosuch thing'");
    const missing = await run([join(directory, 'nosuch.conf')]);
    expect(missing.code).toBe(1);
    expect(missing.text).toContain("can't open config file");
    const user = await run(['--user', 'alice on nopass', '--port', '0']);
    expect(user.code).toBe(1);
    const rename = await run(['--rename-command', 'NOSUCH', 'x', '--port', '0']);
    expect(rename.text).toContain('No such command in rename-command');
  });

  it('tells version and help', async () => {
    expect(await run(['--version'])).toEqual({
      code: 0,
      text: expect.stringContaining('Redis server v=7.0.15'),
    });
    expect((await run(['--help'])).text).toContain('--directive');
  });

  it('has another default of protected mode where the image asks for it', async () => {
    const before = process.env['RESPD_PROTECTED_MODE_DEFAULT'];
    process.env['RESPD_PROTECTED_MODE_DEFAULT'] = 'no';
    try {
      const server = await start();
      expect(await ask(server, 'CONFIG', 'GET', 'protected-mode')).toBe('protected-mode no');
    } finally {
      if (before === undefined) delete process.env['RESPD_PROTECTED_MODE_DEFAULT'];
      else process.env['RESPD_PROTECTED_MODE_DEFAULT'] = before;
    }
  });
});

describe('stopping', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    it(`leaves with 0 at ${signal}`, async () => {
      const server = await start();
      const idle = await server.connect();
      server.signal(signal);
      expect(await server.exited).toEqual({ code: 0, signal: null });
      await idle.closed;
      expect(server.output).toContain('ready to exit, bye bye');
    });

  it('survives SIGHUP, SIGSTOP and SIGCONT', async () => {
    const server = await start();
    for (const signal of ['SIGHUP', 'SIGSTOP', 'SIGCONT'] as const) server.signal(signal);
    expect(await ask(server, 'PING')).toBe('PONG');
  });

  it('leaves with 0 at SHUTDOWN, without a reply', async () => {
    const server = await start();
    const client = await server.connect();
    client.send('SHUTDOWN', 'NOSAVE');
    expect((await client.untilClosed()).toString()).toBe('');
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  it('removes its pid file', async () => {
    const directory = temporaryDirectory();
    const pidfile = join(directory, 'respd.pid');
    const server = await start({ directives: { pidfile } });
    await server.untilOutput(/Ready/);
    expect(readFileSync(pidfile, 'latin1').trim()).toBe(String(server.pid));
    await server.stop();
    expect(existsSync(pidfile)).toBe(false);
  });
});

describe('running', () => {
  it('starts again from a file that CONFIG REWRITE wrote', async () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'redis.conf');
    writeFileSync(file, '# mine\nbind 127.0.0.1\nsave ""\n');
    const args = (port: number): string[] => [file, '--port', String(port)];
    const first = await start({ directory, args });
    expect(await ask(first, 'CONFIG', 'SET', 'maxmemory', '20mb', 'hz', '50')).toBe('OK');
    expect(await ask(first, 'CONFIG', 'REWRITE')).toBe('OK');
    await first.stop();
    expect(readFileSync(file, 'latin1')).toMatch(/^# mine\n/);
    const second = await start({ directory, port: first.port, args: () => [file] });
    expect(await ask(second, 'CONFIG', 'GET', 'maxmemory')).toBe('maxmemory 20971520');
    expect(await ask(second, 'CONFIG', 'GET', 'hz')).toBe('hz 50');
  });

  it('moves to another port and other addresses, or stays where it is', async () => {
    const server = await start();
    const taken = await start();
    const port = await freePort();
    expect(await ask(server, 'CONFIG', 'SET', 'port', String(taken.port))).toContain(
      'Unable to listen on this port',
    );
    expect(await ask(server, 'CONFIG', 'GET', 'port')).toBe(`port ${server.port}`);
    const client = await server.connect();
    expect(textOf(await client.call('CONFIG', 'SET', 'port', port))).toBe('OK');
    expect(textOf(await client.call('PING'))).toBe('PONG');
    const moved = await RawClient.connect({ port });
    expect(textOf(await moved.call('PING'))).toBe('PONG');
    moved.close();
    client.close();
    await expect(RawClient.connect({ port: server.port })).rejects.toThrow('ECONNREFUSED');
  });

  it('serves a Unix socket with its permissions, and removes it', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'respd.sock');
    const directives = { unixsocket: path, unixsocketperm: '700' };
    const server = await start({ directives });
    await server.untilOutput(/Ready/);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    const client = await RawClient.connect({ path });
    expect(textOf(await client.call('CLIENT', 'INFO'))).toContain(
      ` addr=${path}:0 laddr=${path}:0 `,
    );
    client.close();
    await server.stop();
    expect(existsSync(path)).toBe(false);
  });

  it('goes on logging when the log file is renamed', async () => {
    const directory = temporaryDirectory();
    const logfile = join(directory, 'log');
    const server = await start({ directives: { logfile, loglevel: 'verbose' } });
    expect(readFileSync(logfile, 'latin1')).toContain('Ready to accept connections');
    rmSync(logfile);
    await server.stop();
    expect(readFileSync(logfile, 'latin1')).toContain('bye bye');
  });

  it('refuses clients beyond maxclients, and idle ones after timeout', async () => {
    const server = await start();
    const [one, two] = [await server.connect(), await server.connect()];
    // The connection that waited for the start may take a moment to go.
    for (let clients = ''; !clients.includes('connected_clients:2\r\n');)
      clients = textOf(await one.call('INFO', 'clients'))!;
    expect(textOf(await one.call('CONFIG', 'SET', 'maxclients', '2'))).toBe('OK');
    expect(textOf(await one.call('PING'))).toBe('PONG');
    expect(textOf(await two.call('PING'))).toBe('PONG');
    const third = await server.connect();
    expect((await third.untilClosed()).toString()).toBe('-ERR max number of clients reached\r\n');
    expect(textOf(await one.call('CONFIG', 'SET', 'timeout', '1'))).toBe('OK');
    await Promise.all([one.closed, two.closed]);
    // The server may hear of its clients' end a moment later than they do, and refuse once more.
    await expect
      .poll(() => ask(server, 'INFO', 'stats'), { interval: 20 })
      .toMatch(/rejected_connections:[1-9]/);
  });

  it('closes clients whose replies pile up, and goes on for the others', async () => {
    const server = await start({ directives: { 'client-output-buffer-limit': 'normal 1mb 0 0' } });
    const good = await server.connect();
    await good.call('SET', 'big', 'x'.repeat(500_000));
    const socket = connect(server.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.once('connect', () => socket.pause().write('GET big\r\n'.repeat(100)));
    await server.untilOutput(/closed for overcoming of output buffer limits/);
    socket.resume();
    await closed;
    expect(textOf(await good.call('PING'))).toBe('PONG');
    good.close();
  });

  for (const [how, last] of [
    ['QUIT', 'QUIT\r\n'],
    ['a protocol error', '*1\r\n$x\r\n'],
    ['the end of the requests', ''],
  ] as const)
    it(`sends a slow reader all it asked for before ${how}`, async () => {
      const server = await start();
      const good = await server.connect();
      await good.call('SET', 'big', 'x'.repeat(500_000));
      const socket = connect(server.port, '127.0.0.1');
      socket.pause();
      const requests = 'GET big\r\n'.repeat(40) + last;
      socket.once('connect', () => (last === '' ? socket.end(requests) : socket.write(requests)));
      // Long enough for the system's buffers to be full.
      await new Promise((resolve) => setTimeout(resolve, 300));
      let received = 0;
      socket.on('data', (chunk: Buffer) => (received += chunk.length));
      socket.resume();
      await new Promise((resolve) => socket.once('close', resolve));
      const reply = '$500000\r\n\r\n'.length + 500_000;
      const farewell = last === '' ? 0 : last === 'QUIT\r\n' ? 5 : 42;
      expect(received - 40 * reply).toBe(farewell);
      expect(textOf(await good.call('PING'))).toBe('PONG');
      good.close();
    });

  it('closes clients whose request is too long', async () => {
    const server = await start({ directives: { 'client-query-buffer-limit': '1mb' } });
    const client = await server.connect();
    client.sendBytes(`*2\r\n$4\r\nECHO\r\n$3000000\r\n${'x'.repeat(2_000_000)}`);
    await client.closed;
    await server.untilOutput(/max query buffer length/);
    expect(await ask(server, 'PING')).toBe('PONG');
  });
});
