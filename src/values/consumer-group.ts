/**
 * Consumer groups: which entries of a stream were delivered to whom and are not confirmed yet.
 *
 * A pending entry is one heap block, filed twice by ID: with its group and with its consumer.
 *
 *   f64 time of the last delivery (ms) | f64 number of deliveries | u32 slot of the consumer
 */
import type { StreamId } from '../bytes/stream-id.ts';
import { StreamId as Id } from '../bytes/stream-id.ts';
import { latin1 } from '../bytes/text.ts';
import { GRANULE_MASK, type Heap, type Ref, SEGMENT_SHIFT } from '../memory/heap.ts';
import { IdIndex } from '../memory/id-index.ts';

const PENDING_BYTES = 24;
const COUNT_OFFSET = 8;
const SLOT_WORD = 4;
/** Estimates of V8's objects behind a consumer and a group, in bytes. */
const CONSUMER_BYTES = 300;
const GROUP_BYTES = 500;

/** The number of entries a group has read is not known. */
export const READ_COUNT_UNKNOWN = -1;

export class Consumer {
  readonly name: Uint8Array;
  /** Where its group keeps it. */
  readonly slot: number;
  /** When it last tried to do something, in milliseconds since the epoch. */
  seenTime: number;
  /** Its pending entries: ID → block. */
  readonly pending: IdIndex;

  constructor(heap: Heap, name: Uint8Array, slot: number, now: number) {
    this.name = name;
    this.slot = slot;
    this.seenTime = now;
    this.pending = new IdIndex(heap);
  }
}

export class ConsumerGroup {
  readonly name: Uint8Array;
  /** The last entry that was delivered. */
  readonly lastId = new Id();
  /** Entries read since the stream's beginning, or READ_COUNT_UNKNOWN. */
  entriesRead: number = READ_COUNT_UNKNOWN;
  /** All pending entries: ID → block. */
  readonly pending: IdIndex;
  readonly #heap: Heap;
  readonly #consumers = new Map<string, Consumer>();
  readonly #slots: (Consumer | undefined)[] = [];
  readonly #vacant: number[] = [];

  constructor(heap: Heap, name: Uint8Array) {
    this.#heap = heap;
    this.name = name;
    this.pending = new IdIndex(heap);
  }

  get consumerCount(): number {
    return this.#consumers.size;
  }

  /** Estimated. O(consumers). */
  get bytesUsed(): number {
    let bytes = GROUP_BYTES + this.name.length + this.pending.bytesUsed;
    bytes += this.pending.size * PENDING_BYTES;
    for (const { name, pending } of this.#consumers.values())
      bytes += CONSUMER_BYTES + name.length + pending.bytesUsed;
    return bytes;
  }

  /** All consumers, by name in byte order. O(n log n). */
  consumers(): Consumer[] {
    return sortedByName(this.#consumers);
  }

  consumer(name: Uint8Array, start: number, end: number): Consumer | undefined {
    return this.#consumers.get(latin1(name, start, end));
  }

  /** A new consumer; there must be none of that name. `now` in milliseconds since the epoch. */
  addConsumer(name: Uint8Array, start: number, end: number, now: number): Consumer {
    const slot = this.#vacant.pop() ?? this.#slots.length;
    const consumer = new Consumer(this.#heap, name.slice(start, end), slot, now);
    this.#slots[slot] = consumer;
    this.#consumers.set(latin1(name, start, end), consumer);
    return consumer;
  }

  /** Removes a consumer; its pending entries are nobody's then, and gone. */
  removeConsumer(consumer: Consumer): void {
    const { pending } = consumer;
    const id = new Id();
    for (let more = pending.first(); more; more = pending.next()) {
      pending.readId(id);
      this.#heap.free(pending.value);
      if (this.pending.find(id) !== 0) this.pending.remove();
    }
    pending.freeSome(Infinity, undefined);
    this.#consumers.delete(latin1(consumer.name, 0, consumer.name.length));
    this.#slots[consumer.slot] = undefined;
    this.#vacant.push(consumer.slot);
  }

  /**
   * Notes a delivery at time `now`: the entry is pending for the consumer from now on, whoever had it
   * before, delivered once. Returns its block.
   */
  deliver(id: StreamId, consumer: Consumer, now: number): Ref {
    let block = this.pending.find(id);
    if (block === 0) block = this.addPending(id, consumer);
    else this.assign(block, id, consumer);
    this.#heap.setFloat64(block, 0, now);
    this.#heap.setFloat64(block, COUNT_OFFSET, 1);
    return block;
  }

  /** A new pending entry, with delivery time and count 0. */
  addPending(id: StreamId, consumer: Consumer): Ref {
    const block = this.#heap.allocate(PENDING_BYTES);
    this.#heap.setFloat64(block, 0, 0);
    this.#heap.setFloat64(block, COUNT_OFFSET, 0);
    this.#setSlot(block, consumer.slot);
    this.pending.insert(id, block);
    consumer.pending.insert(id, block);
    return block;
  }

  /** Gives a pending entry to a consumer. */
  assign(block: Ref, id: StreamId, consumer: Consumer): void {
    const owner = this.ownerOf(block);
    if (owner === consumer) return;
    if (owner.pending.find(id) !== 0) owner.pending.remove();
    consumer.pending.insert(id, block);
    this.#setSlot(block, consumer.slot);
  }

  /** Takes the pending entry of this ID out; false when there is none. */
  acknowledge(id: StreamId): boolean {
    const block = this.pending.find(id);
    if (block === 0) return false;
    this.pending.remove();
    const owner = this.ownerOf(block);
    if (owner.pending.find(id) !== 0) owner.pending.remove();
    this.#heap.free(block);
    return true;
  }

  ownerOf(block: Ref): Consumer {
    const words = this.#heap.words[block >>> SEGMENT_SHIFT];
    return this.#slots[words[((block & GRANULE_MASK) << 1) + SLOT_WORD]]!;
  }

  /** Milliseconds since the epoch. */
  deliveryTime(block: Ref): number {
    return this.#heap.getFloat64(block, 0);
  }

  deliveryCount(block: Ref): number {
    return this.#heap.getFloat64(block, COUNT_OFFSET);
  }

  setDelivery(block: Ref, time: number, count: number): void {
    this.#heap.setFloat64(block, 0, time);
    this.#heap.setFloat64(block, COUNT_OFFSET, count);
  }

  copy(): ConsumerGroup {
    const heap = this.#heap;
    const other = new ConsumerGroup(heap, this.name);
    other.lastId.set(this.lastId);
    other.entriesRead = this.entriesRead;
    const id = new Id();
    for (const consumer of this.#consumers.values()) {
      const { name, seenTime, pending } = consumer;
      const copied = other.addConsumer(name, 0, name.length, seenTime);
      for (let more = pending.first(); more; more = pending.next()) {
        pending.readId(id);
        const block = other.addPending(id, copied);
        other.setDelivery(
          block,
          this.deliveryTime(pending.value),
          this.deliveryCount(pending.value),
        );
      }
    }
    return other;
  }

  /** Frees up to about `budget` pending entries; true when everything is gone. */
  freeSome(budget: number): boolean {
    let left = budget;
    left -= this.pending.freeSome(left, (block) => this.#heap.free(block));
    for (const [name, consumer] of this.#consumers) {
      if (left <= 0) return false;
      left -= consumer.pending.freeSome(left, undefined) + 1;
      if (consumer.pending.size === 0) this.#consumers.delete(name);
    }
    return this.pending.size === 0 && this.#consumers.size === 0;
  }

  #setSlot(block: Ref, slot: number): void {
    const words = this.#heap.words[block >>> SEGMENT_SHIFT];
    words[((block & GRANULE_MASK) << 1) + SLOT_WORD] = slot;
  }
}

/** The values of a map whose keys are byte strings, in the order of those. */
export function sortedByName<T>(map: ReadonlyMap<string, T>): T[] {
  const names = [...map.keys()].toSorted((a, b) => (a < b ? -1 : 1));
  return names.map((name) => map.get(name)!);
}
