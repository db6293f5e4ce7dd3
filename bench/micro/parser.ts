/** Requests out of bytes, as they come from pipelining clients. */
import { bench, do_not_optimize, group } from 'mitata';

import { encodeCommand, type Argument } from '../../test/support/raw-client.ts';
import { RequestBatch } from '../../src/resp/request-batch.ts';
import { defaultRequestLimits } from '../../src/resp/request-limits.ts';
import { RequestReader } from '../../src/resp/request-reader.ts';

const GET: readonly Argument[] = ['GET', 'key:000000012345'];
const SET: readonly Argument[] = ['SET', 'key:000000012345', 'xxx'];
const MSET: readonly Argument[] = [
  'MSET',
  ...Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? 'key:000000012345' : 'xxx')),
];

export function benchParser(): void {
  group('requests of one chunk', () => {
    for (const depth of [1, 16, 64]) benchChunk(`${depth} GET`, GET, depth);
    benchChunk('16 SET', SET, 16);
    benchChunk('16 MSET of 10', MSET, 16);
  });
  group('16 GET in chunks of', () => {
    for (const size of [1, 7, 100]) benchPieces(`${size} bytes`, size);
  });
}

function repeated(args: readonly Argument[], depth: number): Buffer {
  return Buffer.concat(Array.from({ length: depth }, () => encodeCommand(...args)));
}

function benchChunk(title: string, args: readonly Argument[], depth: number): void {
  const chunk = new Uint8Array(repeated(args, depth));
  const reader = new RequestReader(defaultRequestLimits());
  const batch = new RequestBatch();
  bench(title, () => do_not_optimize(consume(reader, batch, chunk, depth)));
}

function benchPieces(title: string, size: number): void {
  const whole = new Uint8Array(repeated(GET, 16));
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += size) pieces.push(whole.slice(at, at + size));
  const reader = new RequestReader(defaultRequestLimits());
  const batch = new RequestBatch();
  bench(title, () => {
    for (const piece of pieces) do_not_optimize(consume(reader, batch, piece, -1));
  });
}

/** Feeds one chunk; a count that is not -1 must be the number of requests in it. */
function consume(
  reader: RequestReader,
  batch: RequestBatch,
  chunk: Uint8Array,
  expected: number,
): number {
  let requests = 0;
  reader.push(chunk, chunk.length);
  while (reader.next(batch)) requests += batch.count;
  reader.settle();
  if (expected >= 0 && requests !== expected) throw new Error(`${requests} requests`);
  return requests;
}
