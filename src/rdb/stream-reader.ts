/**
 * Makes streams of their RDB form, of the versions 1 to 3 (types 15, 19, 21), unit by unit: a node, the
 * counters, a group's head, a pending entry, a consumer's head, an ID of a consumer.
 *
 * The file tells a group's pending entries before it tells whose they are. Until then they belong
 * to a stand-in, which must have none at the end and is removed.
 */
import { StreamId } from '../bytes/stream-id.ts';
import { equalsBytes, fromLatin1 } from '../bytes/text.ts';
import type { Heap } from '../memory/heap.ts';
import { Listpacks } from '../memory/listpack.ts';
import { type Consumer, type ConsumerGroup, READ_COUNT_UNKNOWN } from '../values/consumer-group.ts';
import type { Stream } from '../values/stream.ts';
import { RDB_STREAM, RDB_STREAM_3, RdbError } from './format.ts';
import type { RdbInput } from './input.ts';
import { idValue, StreamNodeCheck } from './stream-node-check.ts';

const ID_BYTES = 16;
const STAND_IN = fromLatin1('\xff\x00 owner to be told \x00\xff');

/** What the next unit is. */
const NODE = 0;
const COUNTERS = 1;
const GROUP = 2;
const PENDING = 3;
const CONSUMER_COUNT = 4;
const CONSUMER = 5;
const CONSUMER_ID = 6;
const DONE = 7;

export class StreamReader {
  readonly #listpacks: Listpacks;
  readonly #check = new StreamNodeCheck();
  readonly #id = new StreamId();
  #stream!: Stream;
  #type = 0;
  #phase = DONE;
  /** Units left of each kind. */
  #nodes = 0;
  #groups = 0;
  #pending = 0;
  #consumers = 0;
  #ids = 0;
  #live = 0;
  #last = -1n;
  #first = 0n;
  #group: ConsumerGroup | undefined;
  #standIn: Consumer | undefined;
  #consumer: Consumer | undefined;

  constructor(heap: Heap) {
    this.#listpacks = new Listpacks(heap);
  }

  /** Begins to fill an empty stream; reads how many nodes it has. */
  begin(input: RdbInput, type: number, stream: Stream): void {
    this.#nodes = input.elements();
    this.#stream = stream;
    this.#type = type;
    this.#live = 0;
    this.#last = -1n;
    this.#first = 0n;
    this.#phase = this.#nodes > 0 ? NODE : COUNTERS;
  }

  /** Reads units, at most `budget`; true at the end. Throws as ValueReader.step does. */
  step(input: RdbInput, budget: number): boolean {
    for (let left = budget; this.#phase !== DONE; left--) {
      if (left <= 0) return false;
      this.#unit(input);
      input.commit();
    }
    return true;
  }

  #unit(input: RdbInput): void {
    switch (this.#phase) {
      case NODE:
        this.#node(input);
        break;
      case COUNTERS:
        this.#counters(input);
        break;
      case GROUP:
        this.#groupHead(input);
        break;
      case PENDING:
        this.#pendingEntry(input);
        break;
      case CONSUMER_COUNT:
        this.#consumers = input.elements();
        this.#enterConsumers();
        break;
      case CONSUMER:
        this.#consumerHead(input);
        break;
      default:
        this.#consumerId(input);
    }
  }

  #node(input: RdbInput): void {
    input.string();
    input.keep();
    if (input.keptEnd - input.keptStart !== ID_BYTES)
      throw new RdbError('a stream node has no proper ID');
    input.string();
    const { foundBytes, foundStart, foundEnd } = input;
    const check = this.#check;
    this.#decodeId(input.keptBytes, input.keptStart);
    // Entries may begin at the master ID itself.
    const master = idValue(this.#id);
    if (master <= this.#last && this.#last >= 0n) throw new RdbError('stream nodes out of order');
    if (!check.run(foundBytes, foundStart, foundEnd, this.#id, this.#last))
      throw new RdbError('a stream node is invalid');
    if (check.live > 0 && this.#live === 0) this.#first = check.firstLive;
    this.#live += check.live;
    this.#last = check.last > master ? check.last : master;
    const node = this.#listpacks.fromBytes(foundBytes, foundStart, foundEnd);
    this.#stream.adoptNode(this.#id, node);
    if (--this.#nodes === 0) this.#phase = COUNTERS;
  }

  #counters(input: RdbInput): void {
    const stream = this.#stream;
    const length = input.count();
    if (length !== this.#live) throw new RdbError('a stream has another length than it says');
    this.#readId(input, stream.lastId);
    if (this.#type === RDB_STREAM) {
      setId(stream.firstId, this.#first);
      stream.entriesAdded = length;
    } else {
      this.#readId(input, stream.firstId);
      this.#readId(input, stream.maxDeletedId);
      stream.entriesAdded = input.count();
    }
    if (this.#live > 0 && idValue(stream.lastId) < this.#last)
      throw new RdbError('a stream has entries behind its last ID');
    const groups = input.elements();
    stream.length = length;
    this.#groups = groups;
    this.#phase = groups > 0 ? GROUP : DONE;
  }

  #groupHead(input: RdbInput): void {
    const stream = this.#stream;
    input.string();
    input.keep();
    this.#readId(input, this.#id);
    let entriesRead: number;
    if (this.#type === RDB_STREAM) entriesRead = stream.distanceTo(this.#id);
    else {
      entriesRead = input.count();
      if (input.high === 0xffffffff && input.low === 0xffffffff) entriesRead = READ_COUNT_UNKNOWN;
    }
    const pending = input.elements();
    const { keptBytes, keptStart, keptEnd } = input;
    const group = stream.addGroup(keptBytes, keptStart, keptEnd, this.#id, entriesRead);
    if (group === undefined) throw new RdbError('a stream has a group twice');
    this.#group = group;
    this.#standIn = group.addConsumer(STAND_IN, 0, STAND_IN.length, 0);
    this.#pending = pending;
    this.#phase = pending > 0 ? PENDING : CONSUMER_COUNT;
  }

  #pendingEntry(input: RdbInput): void {
    input.need(ID_BYTES);
    this.#decodeId(input.bytes, input.position);
    input.position += ID_BYTES;
    const time = Number(input.int64());
    const count = input.count();
    const group = this.#group!;
    if (group.pending.find(this.#id) !== 0) throw new RdbError('an entry is pending twice');
    group.setDelivery(group.addPending(this.#id, this.#standIn!), time, count);
    if (--this.#pending === 0) this.#phase = CONSUMER_COUNT;
  }

  #consumerHead(input: RdbInput): void {
    input.string();
    input.keep();
    const seen = Number(input.int64());
    // The time it last got something: known from version 3 on, and not kept by this one.
    if (this.#type === RDB_STREAM_3) input.int64();
    const ids = input.elements();
    const { keptBytes, keptStart, keptEnd } = input;
    const group = this.#group!;
    if (
      group.consumer(keptBytes, keptStart, keptEnd) !== undefined ||
      equalsBytes(keptBytes, keptStart, keptEnd, STAND_IN, 0, STAND_IN.length)
    )
      throw new RdbError('a group has a consumer twice');
    this.#consumer = group.addConsumer(keptBytes, keptStart, keptEnd, seen);
    this.#consumers--;
    this.#ids = ids;
    if (ids > 0) this.#phase = CONSUMER_ID;
    else this.#enterConsumers();
  }

  #consumerId(input: RdbInput): void {
    input.need(ID_BYTES);
    this.#decodeId(input.bytes, input.position);
    input.position += ID_BYTES;
    const group = this.#group!;
    const block = group.pending.find(this.#id);
    if (block === 0 || group.ownerOf(block) !== this.#standIn)
      throw new RdbError('a consumer has an entry that is not pending, or not its own');
    group.assign(block, this.#id, this.#consumer!);
    if (--this.#ids === 0) this.#enterConsumers();
  }

  /** Goes on with the next consumer, the next group, or ends. */
  #enterConsumers(): void {
    if (this.#consumers > 0) {
      this.#phase = CONSUMER;
      return;
    }
    const standIn = this.#standIn!;
    if (standIn.pending.size > 0) throw new RdbError('a pending entry belongs to no consumer');
    this.#group!.removeConsumer(standIn);
    this.#groups--;
    this.#phase = this.#groups > 0 ? GROUP : DONE;
  }

  /** An ID as two counts. */
  #readId(input: RdbInput, into: StreamId): void {
    input.count();
    const { high, low } = input;
    input.count();
    into.setWords(high, low, input.high, input.low);
  }

  #decodeId(bytes: Uint8Array, at: number): void {
    const word = (i: number): number =>
      ((bytes[i] << 24) | (bytes[i + 1] << 16) | (bytes[i + 2] << 8) | bytes[i + 3]) >>> 0;
    this.#id.setWords(word(at), word(at + 4), word(at + 8), word(at + 12));
  }
}

function setId(id: StreamId, value: bigint): void {
  const word = (shift: bigint): number => Number(BigInt.asUintN(32, value >> shift));
  id.setWords(word(96n), word(64n), word(32n), word(0n));
}
