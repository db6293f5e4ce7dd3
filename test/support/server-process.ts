/**
 * Starts servers as child processes and makes sure that none outlives the test process.
 *
 * A child is killed when its owner stops it, when this process exits, and, where `setpriv` exists,
 * by the kernel when this process is killed. `setpriv` replaces itself with the server, so the pid
 * is the server's own.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { RawClient, type RawClientOptions } from './raw-client.ts';

/** Directive name to its value, or to several arguments (`{ bind: ['127.0.0.1', '::1'] }`). */
export type Directives = Readonly<Record<string, string | number | readonly string[]>>;

/** A server a test may talk to, wherever it runs. */
export type TestServer = {
  readonly name: 'redis-server' | 'respd';
  readonly host: string;
  readonly port: number;
  readonly connect: (options?: RawClientOptions) => Promise<RawClient>;
  readonly stop: () => Promise<void>;
};

export type ServerCommand = {
  readonly name: TestServer['name'];
  readonly command: string;
  /** Arguments for the given port and directory. */
  readonly argumentsFor: (port: number, directory: string) => readonly string[];
  /** A fixed port; a free one by default. */
  readonly port?: number | undefined;
  /** The working directory; a temporary one by default, removed at the end. */
  readonly directory?: string | undefined;
  /** Wait for a first reply before returning; true by default. */
  readonly waitForReply?: boolean | undefined;
  /** How long to wait for it; 15 seconds by default. */
  readonly readyTimeoutMs?: number | undefined;
};

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

const READY_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 2;
const START_ATTEMPTS = 5;

const living = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** A running child process that serves RESP on a loopback port. */
export class ServerProcess implements TestServer {
  readonly name: TestServer['name'];
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly pid: number;
  readonly directory: string;
  /** Resolves when the process is gone. */
  readonly exited: Promise<Exit>;

  readonly #child: ChildProcess;
  readonly #ownsDirectory: boolean;
  #output = '';

  private constructor(options: ServerCommand, port: number, directory: string) {
    this.name = options.name;
    this.port = port;
    this.directory = directory;
    this.#ownsDirectory = options.directory === undefined;
    const [command, args] = tied(options.command, options.argumentsFor(port, directory));
    this.#child = spawn(command, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    living.add(this.#child);
    this.#child.stdout!.on('data', (text: Buffer) => (this.#output += text.toString()));
    this.#child.stderr!.on('data', (text: Buffer) => (this.#output += text.toString()));
    this.exited = new Promise((resolve) => {
      const done = (code: number | null, signal: NodeJS.Signals | null) => {
        living.delete(this.#child);
        resolve({ code, signal });
      };
      this.#child.once('close', done);
      this.#child.once('error', (cause) => {
        this.#output += String(cause);
        done(null, null);
      });
    });
    this.pid = this.#child.pid ?? 0;
  }

  /** Starts the server; another port is tried when someone took the first one in between. */
  static async start(options: ServerCommand): Promise<ServerProcess> {
    for (let attempt = 1; ; attempt++) {
      const port = options.port ?? (await freePort());
      const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'respd-test-'));
      const server = new ServerProcess(options, port, directory);
      if (options.waitForReply === false) return server;
      try {
        await server.ready(options.readyTimeoutMs);
        return server;
      } catch (cause) {
        await server.stop('SIGKILL');
        const portWasTaken = /address already in use/i.test(server.output);
        if (!portWasTaken || options.port !== undefined || attempt === START_ATTEMPTS) throw cause;
      }
    }
  }

  /** Standard output and standard error so far. */
  get output(): string {
    return this.#output;
  }

  connect(options?: RawClientOptions): Promise<RawClient> {
    return RawClient.connect({ host: this.host, port: this.port }, options);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when the server answers, even if it only answers that a password is needed. */
  async ready(timeoutMs = READY_TIMEOUT_MS): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    let gone = false;
    void this.exited.then(() => (gone = true));
    while (!(await answers(this.host, this.port))) {
      if (gone) throw new Error(`${this.name} left while starting:\n${this.#output}`);
      if (performance.now() > deadline) {
        throw new Error(`${this.name} gave no answer in ${timeoutMs} ms:\n${this.#output}`);
      }
      await delay(POLL_MS);
    }
    if (gone) throw new Error(`${this.name} left while starting:\n${this.#output}`);
  }

  /** Resolves once the output so far matches; rejects when the process is gone without it. */
  async untilOutput(pattern: RegExp, timeoutMs = READY_TIMEOUT_MS): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    let gone = false;
    void this.exited.then(() => (gone = true));
    while (!pattern.test(this.#output)) {
      if (gone || performance.now() > deadline) {
        throw new Error(`${this.name} never wrote ${pattern}:\n${this.#output}`);
      }
      await delay(POLL_MS);
    }
  }

  /** Ends the process (by force when it does not go by itself) and removes its directory. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#child.kill(signal);
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.exited;
    clearTimeout(force);
    if (this.#ownsDirectory) rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Directives as command line arguments: `--name value…`. */
export function directiveArguments(directives: Directives): string[] {
  const args: string[] = [];
  for (const [name, value] of Object.entries(directives)) {
    args.push(`--${name}`);
    if (typeof value === 'object') args.push(...value);
    else args.push(String(value));
  }
  return args;
}

/** A loopback port nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** The path of an executable on PATH, or undefined. */
export function findExecutable(name: string): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(':');
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path));
}

function tied(command: string, args: readonly string[]): [string, string[]] {
  const setpriv = process.platform === 'linux' ? findExecutable('setpriv') : undefined;
  if (setpriv === undefined) return [command, [...args]];
  return [setpriv, ['--pdeathsig', 'KILL', '--', command, ...args]];
}

/** Whether an inline PING is answered with anything but "still loading". */
function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(1_000, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (reply: Buffer) => finish(!reply.toString().startsWith('-LOADING')));
  });
}
