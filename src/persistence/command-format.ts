/**
 * A snapshot as the commands that make it again (aof-use-rdb-preamble no). Large values become
 * several commands of 64 elements each.
 */
import { writeDouble } from '../bytes/format-double.ts';
import { StreamId } from '../bytes/stream-id.ts';
import { fromLatin1 } from '../bytes/text.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import { GRANULE_MASK, SEGMENT_SHIFT } from '../memory/heap.ts';
import type { RdbOutput } from '../rdb/output.ts';
import type { ConsumerGroup } from '../values/consumer-group.ts';
import {
  type Entry,
  exactExpiryOf,
  hasExpiry,
  keyLength,
  keyOffset,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_SORTED_SET,
  TYPE_STREAM,
  typeOf,
} from '../values/entry.ts';
import type { Stream } from '../values/stream.ts';
import { StreamRange } from '../values/stream-range.ts';
import type { Values } from '../values/values.ts';
import type { SnapshotFormat } from './snapshot.ts';

/** Elements in one command. */
const ITEMS = 64;

/** Writes requests of a known number of arguments. */
class Requests {
  #output!: RdbOutput;

  begin(output: RdbOutput, count: number, ...words: readonly string[]): void {
    this.#output = output;
    this.#line('*', count);
    for (const word of words) this.text(word);
  }

  bytes(bytes: Uint8Array, start: number, end: number): void {
    const output = this.#output;
    this.#line('$', end - start);
    output.raw(bytes, start, end);
    output.byte(13);
    output.byte(10);
  }

  text(value: string | number): void {
    const bytes = fromLatin1(String(value));
    this.bytes(bytes, 0, bytes.length);
  }

  whole(bytes: Uint8Array): void {
    this.bytes(bytes, 0, bytes.length);
  }

  #line(mark: string, value: number): void {
    const line = fromLatin1(`${mark}${value}\r\n`);
    this.#output.raw(line, 0, line.length);
  }
}

export class CommandFormat implements SnapshotFormat {
  readonly #keyspace: Keyspace;
  /** Readers of its own: it may run in the middle of a command. */
  readonly #values: Values;
  readonly #libraries: readonly Uint8Array[];
  readonly #requests = new Requests();
  readonly #range = new StreamRange();
  readonly #score = new Uint8Array(32);
  #memory: Uint8Array = this.#score;
  #keyStart = 0;
  #keyEnd = 0;

  constructor(keyspace: Keyspace, values: Values, libraries: readonly Uint8Array[]) {
    this.#keyspace = keyspace;
    this.#values = values;
    this.#libraries = libraries;
  }

  begin(output: RdbOutput): void {
    for (const code of this.#libraries) {
      this.#requests.begin(output, 3, 'FUNCTION', 'LOAD');
      this.#requests.whole(code);
    }
  }

  select(output: RdbOutput, database: number): void {
    this.#requests.begin(output, 2, 'SELECT', String(database));
  }

  resize(): void {
    // Commands need no sizes.
  }

  end(): void {
    // A file of commands has no end mark.
  }

  entry(output: RdbOutput, entry: Entry): undefined {
    const { heap } = this.#keyspace;
    this.#memory = heap.bytes[entry >>> SEGMENT_SHIFT];
    this.#keyStart = ((entry & GRANULE_MASK) << 3) + keyOffset(heap, entry);
    this.#keyEnd = this.#keyStart + keyLength(heap, entry);
    this.#value(output, entry);
    if (!hasExpiry(heap, entry)) return;
    this.#begin(output, 3, 'PEXPIREAT');
    this.#requests.text(String(exactExpiryOf(heap, entry)));
  }

  #value(output: RdbOutput, entry: Entry): void {
    switch (typeOf(this.#keyspace.heap, entry)) {
      case TYPE_LIST:
        this.#list(output, entry);
        break;
      case TYPE_SET:
        this.#set(output, entry);
        break;
      case TYPE_SORTED_SET:
        this.#sortedSet(output, entry);
        break;
      case TYPE_HASH:
        this.#hash(output, entry);
        break;
      case TYPE_STREAM:
        this.#stream(output, this.#values.streams.of(entry));
        break;
      default: {
        const { strings } = this.#values;
        strings.read(entry);
        this.#begin(output, 3, 'SET');
        this.#requests.bytes(strings.foundBytes, strings.foundStart, strings.foundEnd);
      }
    }
  }

  /** Begins a request whose first argument is the key. */
  #begin(output: RdbOutput, count: number, name: string): void {
    this.#requests.begin(output, count, name);
    this.#requests.bytes(this.#memory, this.#keyStart, this.#keyEnd);
  }

  /** Before element `index` of `count`: begins the request it stands in, if it is the first there. */
  #item(output: RdbOutput, name: string, index: number, count: number, width: number): void {
    if (index % ITEMS !== 0) return;
    this.#begin(output, 2 + width * Math.min(ITEMS, count - index), name);
  }

  #list(output: RdbOutput, entry: Entry): void {
    const { lists } = this.#values;
    const count = lists.length(entry);
    let index = 0;
    lists.forEach(entry, 0, count, false, (bytes, start, end) => {
      this.#item(output, 'RPUSH', index++, count, 1);
      this.#requests.bytes(bytes, start, end);
      return true;
    });
  }

  #set(output: RdbOutput, entry: Entry): void {
    const { sets } = this.#values;
    const count = sets.size(entry);
    let index = 0;
    sets.forEach(entry, (bytes, start, end) => {
      this.#item(output, 'SADD', index++, count, 1);
      this.#requests.bytes(bytes, start, end);
    });
  }

  #sortedSet(output: RdbOutput, entry: Entry): void {
    const { sortedSets } = this.#values;
    const count = sortedSets.size(entry);
    let index = 0;
    sortedSets.forEach(entry, 0, count, false, (bytes, start, end, score) => {
      this.#item(output, 'ZADD', index++, count, 2);
      this.#requests.bytes(this.#score, 0, writeDouble(this.#score, 0, score));
      this.#requests.bytes(bytes, start, end);
      return true;
    });
  }

  #hash(output: RdbOutput, entry: Entry): void {
    const { hashes } = this.#values;
    const count = hashes.length(entry);
    let index = 0;
    hashes.forEach(entry, (field, from, to, value, start, end) => {
      this.#item(output, 'HMSET', index++, count, 2);
      this.#requests.bytes(field, from, to);
      this.#requests.bytes(value, start, end);
    });
  }

  #stream(output: RdbOutput, stream: Stream): void {
    const requests = this.#requests;
    const range = this.#range;
    if (stream.length === 0) {
      // Made with one entry, which the limit takes away at once.
      this.#begin(output, 7, 'XADD');
      for (const word of ['MAXLEN', '0', '0-1', 'x', 'y']) requests.text(word);
    }
    const least = new StreamId();
    const greatest = new StreamId();
    greatest.setGreatest();
    range.begin(stream, least, greatest, false);
    while (range.next()) {
      const { reader } = range;
      this.#begin(output, 3 + reader.fieldCount * 2, 'XADD');
      requests.text(reader.id.toString());
      for (let i = reader.fieldCount; i > 0; i--) {
        reader.nextField();
        const { field, value } = reader;
        requests.bytes(field.bytes, field.start, field.end);
        requests.bytes(value.bytes, value.start, value.end);
      }
    }
    this.#begin(output, 7, 'XSETID');
    requests.text(stream.lastId.toString());
    requests.text('ENTRIESADDED');
    requests.text(stream.entriesAdded);
    requests.text('MAXDELETEDID');
    requests.text(stream.maxDeletedId.toString());
    for (const group of stream.groups()) this.#group(output, group);
  }

  #group(output: RdbOutput, group: ConsumerGroup): void {
    const requests = this.#requests;
    const begin = (count: number, name: string, subcommand: string): void => {
      requests.begin(output, count, name, subcommand);
      requests.bytes(this.#memory, this.#keyStart, this.#keyEnd);
      requests.whole(group.name);
    };
    begin(7, 'XGROUP', 'CREATE');
    requests.text(group.lastId.toString());
    requests.text('ENTRIESREAD');
    requests.text(group.entriesRead);
    const id = new StreamId();
    for (const { name, pending } of group.consumers()) {
      begin(5, 'XGROUP', 'CREATECONSUMER');
      requests.whole(name);
      for (let more = pending.first(); more; more = pending.next()) {
        pending.readId(id);
        this.#begin(output, 12, 'XCLAIM');
        requests.whole(group.name);
        requests.whole(name);
        requests.text('0');
        requests.text(id.toString());
        requests.text('TIME');
        requests.text(group.deliveryTime(pending.value));
        requests.text('RETRYCOUNT');
        requests.text(group.deliveryCount(pending.value));
        requests.text('JUSTID');
        requests.text('FORCE');
      }
    }
  }
}
