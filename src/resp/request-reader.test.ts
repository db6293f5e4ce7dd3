import { describe, expect, it } from 'vitest';
import { fromLatin1, latin1 } from '../bytes/text.ts';
import { NO_AUTH, unknownCommand, wrongArgumentCount } from './errors.ts';
import { RECORDED, RECORDED_UNAUTHENTICATED } from './recorded-requests.ts';
import { ReplyWriter } from './reply-writer.ts';
import { BATCH_CAPACITY, RequestBatch } from './request-batch.ts';
import { defaultRequestLimits } from './request-limits.ts';
import { RequestReader } from './request-reader.ts';

/** One for all servers, as in the real one. */
const sharedBatch = new RequestBatch();

/** A server of two commands, enough to compare with what the real one replied. */
class TinyServer {
  readonly reader = new RequestReader(defaultRequestLimits());
  readonly writer = new ReplyWriter(64);
  authenticated: boolean;
  closed = false;
  largestCapacity = 0;
  /**
   * The requests executed: argument bytes joined, and whether they may be passed on as they are.
   */
  readonly log: string[] = [];
  readonly #batch = sharedBatch;
  readonly #logging: boolean;

  constructor(authenticated = true, logging = false) {
    this.authenticated = authenticated;
    this.#logging = logging;
  }

  /**
   * Receives the input in a shared buffer that is overwritten afterwards, as the connection's is.
   */
  receive(input: Uint8Array): void {
    if (this.closed) return;
    const chunk = input.slice();
    const { reader } = this;
    reader.push(chunk, chunk.length);
    while (reader.next(this.#batch, this.authenticated)) {
      for (let i = 0; i < this.#batch.count; i++) this.#execute(i);
    }
    reader.settle();
    chunk.fill(0x21);
    this.largestCapacity = Math.max(this.largestCapacity, reader.bufferCapacity);
    if (reader.error !== undefined) {
      this.writer.error(`ERR ${reader.error}`);
      this.closed = true;
    }
  }

  get output(): string {
    return latin1(this.writer.bytes, 0, this.writer.length);
  }

  #execute(index: number): void {
    const { bytes, offsets, first, argc } = this.#batch;
    const from = first[index];
    const count = argc[index];
    if (this.#logging) {
      const parts: string[] = [];
      for (let i = 0; i < count; i++) {
        parts.push(latin1(bytes, offsets[from + 2 * i], offsets[from + 2 * i + 1]));
      }
      this.log.push(JSON.stringify(parts));
      this.#checkBatch(index);
    }
    const name = latin1(bytes, offsets[from], offsets[from + 1]).toLowerCase();
    if (name === 'auth' && count === 2) {
      this.authenticated = true;
      this.writer.ok();
    } else if (name !== 'ping') {
      this.writer.error(unknownCommand(bytes, offsets, from, count));
    } else if (count > 2) this.writer.error(wrongArgumentCount('ping'));
    else if (!this.authenticated) this.writer.error(NO_AUTH);
    else if (count === 1) this.writer.pong();
    else this.writer.bulk(bytes, offsets[from + 2], offsets[from + 3]);
  }

  #checkBatch(index: number): void {
    const { bytes, offsets, first, argc, begin, end, canonical, count } = this.#batch;
    if (canonical[index] === 1) {
      let text = `*${argc[index]}\r\n`;
      for (let i = 0; i < argc[index]; i++) {
        const at = first[index] + 2 * i;
        const argument = latin1(bytes, offsets[at], offsets[at + 1]);
        text += `$${argument.length}\r\n${argument}\r\n`;
      }
      expect(latin1(bytes, begin[index], end[index])).toBe(text);
    }
    if (index + 1 < count) expect(begin[index + 1]).toBeGreaterThanOrEqual(end[index]);
  }
}

/** Cuts the input into pieces whose sizes `size` gives. */
function serve(server: TinyServer, input: Uint8Array, size: () => number): TinyServer {
  for (let at = 0; at < input.length;) {
    const end = Math.min(input.length, at + size());
    server.receive(input.subarray(at, end));
    at = end;
  }
  return server;
}

/** A seeded generator (mulberry32). */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function request(...parts: string[]): string {
  return `*${parts.length}\r\n${parts.map((part) => `$${part.length}\r\n${part}\r\n`).join('')}`;
}

describe('what redis-server replied to the same bytes', () => {
  const vectors = [
    ...RECORDED.map((vector) => ({ vector, authenticated: true })),
    ...RECORDED_UNAUTHENTICATED.map((vector) => ({ vector, authenticated: false })),
  ];
  for (const { vector, authenticated } of vectors) {
    const [text, reply, closed] = vector;
    const input = fromLatin1(text);
    const check = (server: TinyServer): void => {
      expect({ output: server.output, closed: server.closed }).toEqual({ output: reply, closed });
    };
    it(`${JSON.stringify(text.slice(0, 60))}${text.length > 60 ? ` (${text.length})` : ''}`, () => {
      check(serve(new TinyServer(authenticated), input, () => input.length));
      check(serve(new TinyServer(authenticated), input, () => 1));
      if (input.length > 2000) return;
      for (let split = 1; split < input.length; split++) {
        const server = new TinyServer(authenticated);
        server.receive(input.subarray(0, split));
        server.receive(input.subarray(split));
        check(server);
      }
    });
  }
});

describe('batches', () => {
  it('holds no more than its capacity, and a pipeline of any depth comes in several', () => {
    const input = fromLatin1(request('PING').repeat(5000));
    const reader = new RequestReader(defaultRequestLimits());
    const batch = new RequestBatch();
    const counts: number[] = [];
    reader.push(input, input.length);
    while (reader.next(batch)) counts.push(batch.count);
    reader.settle();
    expect(counts).toEqual([1024, 1024, 1024, 1024, 904]);
    expect(BATCH_CAPACITY).toBe(1024);
    expect(batch.count).toBe(0);
    expect(reader.pendingBytes).toBe(0);
    expect(reader.bufferCapacity).toBe(0);
  });

  it('keeps the array of offsets small: requests with many arguments make shorter batches', () => {
    const one = request(...Array.from({ length: 100 }, (_, i) => `${i}`));
    const server = new TinyServer(true, true);
    serve(server, fromLatin1(one.repeat(200)), () => 65536);
    expect(server.log.length).toBe(200);
    expect(new Set(server.log).size).toBe(1);
  });

  it('serves one request at a time until the client has authenticated', () => {
    const input = fromLatin1(request('PING').repeat(3));
    const reader = new RequestReader(defaultRequestLimits());
    const batch = new RequestBatch();
    reader.push(input, input.length);
    expect(reader.next(batch, false)).toBe(true);
    expect(batch.count).toBe(1);
    expect(reader.next(batch, true)).toBe(true);
    expect(batch.count).toBe(2);
  });

  it('ignores bytes of the buffer behind the given length', () => {
    const input = fromLatin1(request('PING', 'abc'));
    for (let length = 0; length <= input.length; length++) {
      const reader = new RequestReader(defaultRequestLimits());
      const batch = new RequestBatch();
      reader.push(input, length);
      expect(reader.next(batch)).toBe(length === input.length);
    }
  });

  it('reads limits when they are needed, so that they can be changed', () => {
    const limits = defaultRequestLimits();
    const input = fromLatin1(request('SET', 'k', 'x'.repeat(100)));
    const reader = new RequestReader(limits);
    const batch = new RequestBatch();
    reader.push(input, input.length);
    expect(reader.next(batch)).toBe(true);
    reader.settle();
    limits.maxBulkLength = 99;
    reader.push(input, input.length);
    expect(reader.next(batch)).toBe(false);
    expect(reader.error).toBe('Protocol error: invalid bulk length');
    reader.settle();
    expect(reader.pendingBytes).toBe(0);
  });
});

/** Executes one request per turn, as a client would that blocks with each. */
function blocking(text: string, size: number, skipFirst: boolean): string[] {
  const input = fromLatin1(text);
  const reader = new RequestReader(defaultRequestLimits());
  const batch = new RequestBatch();
  const seen: string[] = [];
  const turn = (): boolean => {
    const found = reader.next(batch);
    if (found && skipFirst && seen.length % 3 === 0) {
      reader.unread(batch, 0);
      expect(reader.next(batch)).toBe(true);
    }
    if (found) {
      const { bytes, offsets, first, argc } = batch;
      const parts: string[] = [];
      for (let i = 0; i < argc[0]; i++) {
        parts.push(latin1(bytes, offsets[first[0] + 2 * i], offsets[first[0] + 2 * i + 1]));
      }
      seen.push(parts.join(' '));
      reader.unread(batch, 1);
    }
    return found;
  };
  for (let at = 0; at < input.length; at += size) {
    const chunk = input.slice(at, at + size);
    reader.push(chunk, chunk.length);
    turn();
    reader.settle();
    chunk.fill(0);
  }
  while (turn()) reader.settle();
  reader.settle();
  expect(reader.pendingBytes).toBe(0);
  expect(reader.bufferCapacity).toBe(0);
  return seen;
}

describe('unread', () => {
  it('gives requests back, in order, whatever the chunks and the form of the requests', () => {
    let text = '';
    const expected: string[] = [];
    for (let i = 0; i < 60; i++) {
      const value = 'v'.repeat((i * 37) % 200);
      if (i % 5 === 3) text += `SET "${i}" ${value}x\r\n`;
      else if (i % 5 === 4) text += `\r\nSET ${i} ${value}x\n*0\r\n`;
      else text += request('SET', `${i}`, `${value}x`);
      expected.push(`SET ${i} ${value}x`);
    }
    for (const size of [1, 2, 7, 64, 100, 333, 1000, 100_000]) {
      expect(blocking(text, size, false)).toEqual(expected);
      expect(blocking(text, size, true)).toEqual(expected);
    }
  });

  it('reports an error only after the requests before it, even those that were given back', () => {
    for (const wrong of ['*x\r\n', '*1\r\n:\r\n', 'PING "\r\n', 'x'.repeat(65537)]) {
      const input = fromLatin1(request('PING').repeat(3) + wrong);
      const reader = new RequestReader(defaultRequestLimits());
      const batch = new RequestBatch();
      reader.push(input, input.length);
      expect(reader.next(batch)).toBe(true);
      expect(batch.count).toBe(3);
      expect(reader.error).toBeUndefined();
      reader.unread(batch, 1);
      reader.settle();
      expect(reader.error).toBeUndefined();
      expect(reader.next(batch)).toBe(true);
      expect(batch.count).toBe(2);
      expect(reader.error).toBeUndefined();
      expect(reader.next(batch)).toBe(false);
      expect(reader.error).toMatch(/^Protocol error: /);
      reader.settle();
      expect(reader.pendingBytes).toBe(0);
      expect(reader.next(batch)).toBe(false);
    }
  });

  it('counts what it was given back as pending', () => {
    const one = request('PING');
    const input = fromLatin1(one.repeat(10));
    const reader = new RequestReader(defaultRequestLimits());
    const batch = new RequestBatch();
    reader.push(input, input.length);
    expect(reader.pendingBytes).toBe(input.length);
    reader.next(batch);
    expect(reader.pendingBytes).toBe(0);
    reader.unread(batch, 4);
    expect(reader.pendingBytes).toBe(one.length * 6);
    reader.settle();
    expect(reader.pendingBytes).toBe(one.length * 6);
    expect(reader.next(batch)).toBe(true);
    expect(batch.count).toBe(6);
  });
});

describe('cost', () => {
  it('takes a request of a million arguments in 64 KB chunks in linear time', () => {
    const count = 1_000_000;
    const input = fromLatin1(`*${count}\r\n${'$4\r\nabcd\r\n'.repeat(count)}`);
    const reader = new RequestReader(defaultRequestLimits());
    const batch = new RequestBatch();
    const ownLength = batch.offsets.length;
    let requests = 0;
    for (let at = 0; at < input.length; at += 65536) {
      const chunk = input.slice(at, at + 65536);
      reader.push(chunk, chunk.length);
      while (reader.next(batch)) {
        requests++;
        expect(batch.argc[0]).toBe(count);
        expect(latin1(batch.bytes, batch.offsets[0], batch.offsets[1])).toBe('abcd');
        const last = 2 * (count - 1);
        expect(latin1(batch.bytes, batch.offsets[last], batch.offsets[last + 1])).toBe('abcd');
      }
      reader.settle();
    }
    expect(requests).toBe(1);
    expect(batch.offsets.length).toBe(ownLength);
    expect(reader.bufferCapacity).toBe(0);
  }, 5000);

  it('takes a long argument in 64 KB chunks, allocating in proportion to what has come', () => {
    const size = 64 * 1024 * 1024;
    const chunk = new Uint8Array(65536);
    const reader = new RequestReader(defaultRequestLimits());
    const batch = new RequestBatch();
    const header = fromLatin1(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${size}\r\n`);
    let sent = 0;
    let found = 0;
    const capacities = new Set<number>();
    const send = (bytes: Uint8Array, length: number): void => {
      sent += length;
      reader.push(bytes, length);
      while (reader.next(batch)) {
        found++;
        expect(batch.offsets[5] - batch.offsets[4]).toBe(size);
        expect(batch.bytes[batch.offsets[4]]).toBe(1);
        expect(batch.bytes[batch.offsets[5] - 1]).toBe(1);
      }
      reader.settle();
      expect(reader.bufferCapacity).toBeLessThanOrEqual(sent * 4 + 128);
      capacities.add(reader.bufferCapacity);
    };
    send(header, header.length);
    chunk.fill(1);
    for (let at = 0; at < size; at += chunk.length) send(chunk, chunk.length);
    send(fromLatin1('\r\n'), 2);
    expect(found).toBe(1);
    // Few sizes means few copies.
    expect(capacities.size).toBeLessThan(15);
    expect(reader.bufferCapacity).toBe(0);
  });

  it('gives memory back after a long request while a short one is pending', () => {
    const reader = new RequestReader(defaultRequestLimits());
    const batch = new RequestBatch();
    const input = fromLatin1(`${request('SET', 'k', 'x'.repeat(200_000))}*1\r\n$4\r\nPI`);
    for (let at = 0; at < input.length; at += 50_000) {
      const chunk = input.slice(at, at + 50_000);
      reader.push(chunk, chunk.length);
      while (reader.next(batch)) expect(batch.count).toBe(1);
      reader.settle();
    }
    expect(reader.pendingBytes).toBe(10);
    expect(reader.bufferCapacity).toBeLessThan(1000);
  });

  it('does not keep the bytes a blocked client has been served from', () => {
    const reader = new RequestReader(defaultRequestLimits());
    const batch = new RequestBatch();
    const chunk = fromLatin1(request('PING').repeat(1000));
    for (let i = 0; i < 100; i++) {
      reader.push(chunk, chunk.length);
      reader.settle();
    }
    const most = reader.bufferCapacity;
    while (reader.next(batch)) {
      reader.unread(batch, 500);
      reader.settle();
      const bound = Math.max(32 * 1024, reader.pendingBytes * 8);
      expect(reader.bufferCapacity).toBeLessThanOrEqual(bound);
    }
    expect(most).toBeLessThanOrEqual(chunk.length * 100 * 4);
    expect(reader.pendingBytes).toBe(0);
  });
});

describe('random input', () => {
  const pieces = [
    '*',
    '$',
    '\r\n',
    '\n',
    '\r',
    '*1\r\n',
    '*2\r\n',
    '*-1\r\n',
    '$4\r\nPING\r\n',
    '$0\r\n\r\n',
    '$3\r\nfoo\r\n',
    'PING\r\n',
    'PING "a b"\r\n',
    "'x\\'y'\r\n",
    '"',
    "'",
    ' ',
    '\0',
    '\\x4',
    '-1',
    '10',
    '99999',
    '4294967296',
    'a',
    '\xff',
    '\v',
  ];

  /** Well-formed requests, pieces of the grammar, or either with a few bytes changed. */
  function input(random: () => number): Uint8Array {
    const pick = (limit: number): number => Math.floor(random() * limit);
    let text = '';
    const kind = random();
    const parts = 1 + pick(12);
    for (let i = 0; i < parts; i++) {
      if (kind < 0.4) text += pieces[pick(pieces.length)];
      else if (random() < 0.15) text += pieces[pick(pieces.length)];
      else text += request('PING', 'v'.repeat(random() < 0.05 ? pick(300) : pick(9)));
    }
    const bytes = fromLatin1(text);
    if (kind > 0.7 && bytes.length > 0) {
      for (let i = 1 + pick(3); i > 0; i--) {
        const at = pick(bytes.length);
        if (random() < 0.5) bytes[at] = pick(256);
        else bytes[at] = '*$\r\n0123456789-"'.charCodeAt(pick(16));
      }
    }
    return bytes;
  }

  it('means the same however it is cut', () => {
    const seed = 20240607;
    const random = generator(seed);
    for (let round = 0; round < 100_000; round++) {
      const bytes = input(random);
      const label = `seed ${seed}, round ${round}: ${JSON.stringify(latin1(bytes, 0, bytes.length))}`;
      const whole = serve(new TinyServer(true, round % 8 === 0), bytes, () => bytes.length);
      const cut = Math.ceil(random() * 20);
      const pieced = serve(new TinyServer(), bytes, () => 1 + Math.floor(random() * cut));
      if (pieced.output !== whole.output || pieced.closed !== whole.closed) {
        expect(pieced.output, label).toBe(whole.output);
        expect(pieced.closed, label).toBe(whole.closed);
      }
      const capacity = Math.max(whole.largestCapacity, pieced.largestCapacity);
      if (capacity > bytes.length * 4 + 128) {
        expect(capacity, label).toBeLessThanOrEqual(bytes.length * 4 + 128);
      }
    }
  });
});
