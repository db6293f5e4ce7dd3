/**
 * What ill-behaved clients do to a server, in sizes for a test and for `npm run abuse`. Each attack
 * goes on until it is stopped; how the server, and who uses it as it should, come through is for the
 * caller to see.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

import { SeededRandom } from '../../src/env/random.ts';
import { encodeCommand } from './raw-client.ts';
import type { Directives } from './server-process.ts';

export type Target = { readonly port: number; readonly tlsPort: number };
/** `small` costs a moment; `full` takes gigabytes, and 11,000 open files on both sides. */
export type Size = 'small' | 'full';

export type Attack = {
  readonly name: string;
  readonly about: string;
  /** What the server is protected with, besides what it has by itself. */
  readonly directives?: Directives;
  /** Needed to be served at all. */
  readonly password?: string;
  /** Begins, and resolves when it is in full swing. */
  readonly begin: (crowd: Crowd, size: Size) => Promise<void>;
};

const MB = 1024 * 1024;
const pick = (size: Size, small: number, full: number): number => (size === 'small' ? small : full);

/** The connections of an attack, and the loops that drive them. */
export class Crowd {
  readonly target: Target;
  readonly random = new SeededRandom(7);
  readonly #sockets = new Set<Socket>();
  readonly #loops: Promise<void>[] = [];
  #isOver = false;

  constructor(target: Target) {
    this.target = target;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** A connection; what is received is dropped unless it is paused. */
  open(port = this.target.port): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = this.#keep(connect(port, '127.0.0.1'));
      socket.once('connect', () => resolve(socket));
      socket.once('close', () => reject(new Error('closed before it was open')));
      socket.resume();
    });
  }

  openTls(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const options = { port: this.target.tlsPort, host: '127.0.0.1', rejectUnauthorized: false };
      const socket = connectTls(options);
      this.#keep(socket);
      socket.once('secureConnect', () => resolve(socket));
      socket.once('close', () => reject(new Error('closed before it was open')));
      socket.resume();
    });
  }

  async openMany(count: number): Promise<Socket[]> {
    const all: Socket[] = [];
    for (let left = count; left > 0; left -= 250)
      all.push(
        ...(await Promise.all(Array.from({ length: Math.min(250, left) }, () => this.open()))),
      );
    return all;
  }

  /** Repeats `step` until the attack is over; refusals are the server's right. */
  repeat(step: () => Promise<unknown>): void {
    const loop = async (): Promise<void> => {
      while (!this.#isOver) {
        await step().catch(() => {});
        await delay(0);
      }
    };
    this.#loops.push(loop());
  }

  randomBytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let i = 0; i < length; i++) bytes[i] = this.random.next32();
    return bytes;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    const gone = [...this.#sockets].map((socket) => closed(socket));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([...gone, ...this.#loops]);
  }

  #keep<S extends Socket>(socket: S): S {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#isOver) socket.destroy();
    return socket;
  }
}

const ends = new WeakMap<Socket, Promise<void>>();

/** The end of a connection. */
function closed(socket: Socket): Promise<void> {
  let end = ends.get(socket);
  if (end === undefined) {
    end = new Promise((resolve) => {
      if (socket.closed) resolve();
      else socket.once('close', () => resolve());
    });
    ends.set(socket, end);
  }
  return end;
}

/** Writes, and waits for room when there is none. */
async function put(socket: Socket, bytes: Uint8Array | string): Promise<void> {
  if (socket.destroyed) throw new Error('the connection is gone');
  if (socket.write(bytes)) return;
  await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed(socket)]);
}

/** Waits for so many bytes, or the end. */
function receive(socket: Socket, bytes: number): Promise<void> {
  return new Promise((resolve) => {
    let left = bytes;
    const take = (chunk: Buffer): void => {
      left -= chunk.length;
      if (left > 0) return;
      socket.off('data', take);
      resolve();
    };
    socket.on('data', take);
    void closed(socket).then(resolve);
  });
}

const idle: Attack = {
  name: 'idle connections',
  about: '10,000 connections that say nothing',
  begin: async (crowd, size) => void (await crowd.openMany(pick(size, 200, 10_000))),
};

const slowReaders: Attack = {
  name: 'slow readers',
  about: '50 clients ask for 200 MB each and read nothing',
  directives: { 'maxmemory-clients': '256mb' },
  begin: async (crowd, size) => {
    const owner = await crowd.open();
    await put(owner, encodeCommand('SET', 'attack:big', Buffer.alloc(MB, 'x')));
    await receive(owner, 5);
    for (const socket of await crowd.openMany(pick(size, 5, 50))) {
      socket.pause();
      await put(socket, 'GET attack:big\r\n'.repeat(200)).catch(() => {});
    }
  },
};

const halfOpen: Attack = {
  name: 'half-open requests',
  about: '1,000 clients send one byte at a time, or half a request and a reset',
  begin: async (crowd, size) => {
    const request = encodeCommand('SET', 'attack:slow', 'x'.repeat(100));
    const sockets = await crowd.openMany(pick(size, 50, 1000));
    let sent = 0;
    crowd.repeat(async () => {
      for (const socket of sockets) socket.write(request.subarray(sent, sent + 1));
      sent = (sent + 1) % request.length;
      await delay(20);
    });
    crowd.repeat(async () => {
      const socket = await crowd.open();
      await put(socket, request.subarray(0, 20));
      socket.resetAndDestroy();
    });
  },
};

const pipelines: Attack = {
  name: 'giant pipelines',
  about: '4 clients send a million requests at once, again and again',
  begin: async (crowd, size) => {
    const count = pick(size, 5000, 1_000_000);
    const requests = Buffer.from('PING\r\n'.repeat(count));
    for (const socket of await crowd.openMany(4))
      crowd.repeat(async () => {
        const replies = receive(socket, 7 * count);
        await put(socket, requests);
        await replies;
      });
  },
};

const hugeArguments: Attack = {
  name: 'huge arguments',
  about: 'a client writes 512 MB values and reads them; 50 announce them and send a megabyte',
  directives: { 'maxmemory-clients': '2gb' },
  begin: async (crowd, size) => {
    const bytes = pick(size, 16, 512) * MB;
    const piece = Buffer.alloc(MB, 'x');
    const header = `$${bytes}\r\n`;
    const [writer, ...others] = await crowd.openMany(pick(size, 11, 51));
    for (const socket of others) {
      await put(socket, `*3\r\n$3\r\nSET\r\n$11\r\nattack:half\r\n${header}`);
      await put(socket, piece);
    }
    crowd.repeat(async () => {
      const stored = receive(writer!, 5);
      await put(writer!, `*3\r\n$3\r\nSET\r\n$11\r\nattack:huge\r\n${header}`);
      for (let sent = 0; sent < bytes; sent += MB) await put(writer!, piece);
      await put(writer!, '\r\n');
      await stored;
      const back = receive(writer!, header.length + bytes + 2);
      await put(writer!, 'GET attack:huge\r\n');
      await back;
    });
  },
};

const floods: Attack = {
  name: 'output floods',
  about: '50 subscribers and monitors that read nothing, while 64 KB messages are published',
  directives: { 'client-output-buffer-limit': 'normal 64mb 16mb 5' },
  begin: async (crowd, size) => {
    const message = encodeCommand('PUBLISH', 'attack', Buffer.alloc(64 * 1024, 'x'));
    const listen = async (): Promise<void> => {
      for (const request of ['SUBSCRIBE attack\r\n', 'MONITOR\r\n']) {
        const socket = await crowd.open();
        socket.pause();
        await put(socket, request);
      }
    };
    for (let i = 0; i < pick(size, 4, 25); i++) await listen();
    const publisher = await crowd.open();
    crowd.repeat(async () => {
      const reply = receive(publisher, 4);
      await put(publisher, message);
      await reply;
    });
    crowd.repeat(async () => {
      await delay(100);
      await listen();
    });
  },
};

const bruteForce: Attack = {
  name: 'brute force',
  about: '50 clients guess passwords, a hundred in a write',
  password: 'a-password-that-nobody-guesses',
  begin: async (crowd, size) => {
    for (const socket of await crowd.openMany(pick(size, 10, 50)))
      crowd.repeat(async () => {
        const guesses = Array.from({ length: 100 }, () =>
          encodeCommand('AUTH', crowd.random.next32().toString(36)),
        );
        const refusals = receive(socket, 100 * 60);
        await put(socket, Buffer.concat(guesses));
        await refusals;
      });
  },
};

/** Sends bytes to a port and waits a moment for what the server makes of them. */
async function poke(crowd: Crowd, port: number, bytes: Uint8Array | string): Promise<void> {
  const socket = await crowd.open(port);
  await put(socket, bytes);
  await Promise.race([closed(socket), delay(50)]);
  socket.destroy();
}

const WRONG_REQUESTS: readonly string[] = [
  '*2147483647\r\n$3\r\nGET\r\n',
  '*-5\r\n$-5\r\n',
  '*1\r\n$99999999999999999999\r\n',
  `*3\r\n$3\r\nSET\r\n${'$1\r\nx'.repeat(1000)}`,
  `${'x'.repeat(100_000)}`,
  '"unbalanced\r\n',
  'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
];

const garbage: Attack = {
  name: 'garbage',
  about: '20 at a time: random bytes, broken requests, web browsers',
  begin: async (crowd, size) => {
    for (let i = 0; i < pick(size, 5, 20); i++)
      crowd.repeat(() => {
        const { random, target } = crowd;
        const choice = random.next32() & 15;
        const bytes = WRONG_REQUESTS[choice] ?? crowd.randomBytes(1 + (random.next32() & 4095));
        return poke(crowd, target.port, bytes);
      });
  },
};

const RECORD = Buffer.from('16030100c8010000c40303', 'hex');

const tlsGarbage: Attack = {
  name: 'garbage on the TLS port',
  about: '20 at a time: random bytes, half handshakes; 500 connections that begin none',
  begin: async (crowd, size) => {
    const { tlsPort } = crowd.target;
    for (let i = 0; i < pick(size, 20, 500); i++) await crowd.open(tlsPort);
    for (let i = 0; i < pick(size, 5, 20); i++)
      crowd.repeat(() => {
        const bytes = crowd.randomBytes(1 + (crowd.random.next32() & 4095));
        const isRecord = (crowd.random.next32() & 1) !== 0;
        return poke(crowd, tlsPort, isRecord ? Buffer.concat([RECORD, bytes]) : bytes);
      });
  },
};

const handshakes: Attack = {
  name: 'handshakes',
  about: '20 clients do TLS handshakes and nothing else',
  begin: async (crowd, size) => {
    for (let i = 0; i < pick(size, 5, 20); i++)
      crowd.repeat(async () => void (await crowd.openTls()).destroy());
  },
};

const churn: Attack = {
  name: 'churn',
  about: '20 clients connect, ask and leave',
  begin: async (crowd, size) => {
    for (let i = 0; i < pick(size, 5, 20); i++)
      crowd.repeat(async () => {
        const socket = await crowd.open();
        const answer = receive(socket, 7);
        await put(socket, 'PING\r\n');
        await answer;
        socket.destroy();
      });
  },
};

export const ATTACKS: readonly Attack[] = [
  idle,
  slowReaders,
  halfOpen,
  pipelines,
  hugeArguments,
  floods,
  bruteForce,
  garbage,
  tlsGarbage,
  handshakes,
  churn,
];
