/**
 * Streams in RDB form (that of Redis 7.0, type 19): nodes by their master ID, then counters, then
 * groups with their pending entries, then for each consumer the IDs of its own.
 */
import { StreamId } from '../bytes/stream-id.ts';
import { type ConsumerGroup, READ_COUNT_UNKNOWN } from '../values/consumer-group.ts';
import type { IdIndex } from '../memory/id-index.ts';
import type { Ref } from '../memory/heap.ts';
import type { Stream } from '../values/stream.ts';
import { NodeReader } from '../values/stream-node.ts';
import type { RdbOutput } from './output.ts';
import { limitOf } from './step-limit.ts';
import type { ValueRest } from './value-writer.ts';

const MOST = 0xffffffff;
/** Pending entries written without a pause. */
const PAUSE_EVERY = 256;
const id = new StreamId();
const idBytes = new Uint8Array(16);

/** Writes the ID as sixteen bytes, big end first, to `idBytes`. */
function encodeId(from: StreamId): void {
  const words = [from.msHigh, from.msLow, from.seqHigh, from.seqLow];
  for (let i = 0; i < 16; i++) idBytes[i] = words[i >> 2] >>> (24 - 8 * (i & 3));
}

function writeId(output: RdbOutput, from: StreamId): void {
  output.count64(from.msHigh, from.msLow);
  output.count64(from.seqHigh, from.seqLow);
}

export class StreamRest implements ValueRest {
  readonly #reader = new NodeReader();
  readonly #stream: Stream;
  /** The node to go on with; undefined before the first. */
  readonly #next = new StreamId();
  #nodesLeft: number;
  #groups: Generator<void> | undefined;

  constructor(output: RdbOutput, stream: Stream) {
    this.#stream = stream;
    this.#nodesLeft = stream.nodes.size;
    output.count(this.#nodesLeft);
  }

  step(output: RdbOutput, budget: number): boolean {
    const { nodes } = this.#stream;
    const limit = limitOf(output, budget);
    if (this.#nodesLeft > 0) {
      let more = nodes.seek(this.#next);
      for (; more && output.length < limit; more = nodes.next()) this.#node(output);
      if (this.#nodesLeft > 0) return false;
    }
    this.#groups ??= this.#end(output);
    while (output.length < limit) if (this.#groups.next().done === true) return true;
    return false;
  }

  #node(output: RdbOutput): void {
    const reader = this.#reader;
    this.#stream.nodes.readId(this.#next);
    encodeId(this.#next);
    output.string(idBytes, 0, 16);
    this.#stream.openListpack(reader);
    output.string(reader.memory, reader.start, reader.end);
    this.#next.increment();
    this.#nodesLeft--;
  }

  /** Writes what comes behind the nodes, and pauses now and then. */
  *#end(output: RdbOutput): Generator<void> {
    const stream = this.#stream;
    output.count(stream.length);
    writeId(output, stream.lastId);
    writeId(output, stream.firstId);
    writeId(output, stream.maxDeletedId);
    output.count(stream.entriesAdded);
    const groups = stream.groups();
    output.count(groups.length);
    for (const group of groups) yield* writeGroup(output, group);
  }
}

function* writeGroup(output: RdbOutput, group: ConsumerGroup): Generator<void> {
  const { name, lastId, entriesRead, pending } = group;
  output.string(name, 0, name.length);
  writeId(output, lastId);
  if (entriesRead === READ_COUNT_UNKNOWN) output.count64(MOST, MOST);
  else output.count(entriesRead);
  yield* writePending(output, pending, (block) => {
    output.int64(group.deliveryTime(block));
    output.count(group.deliveryCount(block));
  });
  const consumers = group.consumers();
  output.count(consumers.length);
  for (const consumer of consumers) {
    output.string(consumer.name, 0, consumer.name.length);
    output.int64(consumer.seenTime);
    yield* writePending(output, consumer.pending, undefined);
  }
}

/** Writes pending entries: their IDs, each with what `details` writes. */
function* writePending(
  output: RdbOutput,
  pending: IdIndex,
  details: ((block: Ref) => void) | undefined,
): Generator<void> {
  output.count(pending.size);
  const next = new StreamId();
  let count = 0;
  for (let more = pending.first(); more; more = pending.next()) {
    if (++count % PAUSE_EVERY === 0) {
      pending.readId(next);
      yield;
      // Whoever read the group meanwhile moved the cursor.
      pending.seek(next);
    }
    pending.readId(id);
    encodeId(id);
    output.raw(idBytes, 0, 16);
    details?.(pending.value);
  }
}
