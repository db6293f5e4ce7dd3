/** A snapshot as an RDB file (see rdb/format.ts), all but the checksum at its end. */
import { GRANULE_MASK, SEGMENT_SHIFT } from '../memory/heap.ts';
import { idleMilliseconds, lfuCounter } from '../keyspace/access-clock.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import {
  OP_AUX,
  OP_EOF,
  OP_EXPIRE_MS,
  OP_FREQ,
  OP_FUNCTION2,
  OP_IDLE,
  OP_RESIZE_DB,
  OP_SELECT_DB,
  RDB_VERSION,
} from '../rdb/format.ts';
import type { RdbOutput } from '../rdb/output.ts';
import type { ValueRest } from '../rdb/value-writer.ts';
import {
  accessClockOf,
  type Entry,
  exactExpiryOf,
  expiryOf,
  hasExpiry,
  keyLength,
  keyOffset,
} from '../values/entry.ts';
import type { SnapshotFormat } from './snapshot.ts';

/** What stands in a file beside keys and values. */
export interface RdbHeader {
  /** Names and values of auxiliary fields, in order. */
  readonly fields: readonly (readonly [name: string, value: string | number])[];
  /** Code of the function libraries. */
  readonly libraries: readonly Uint8Array[];
  /** Which of the access clocks is written. */
  readonly clock: 'none' | 'idle' | 'frequency';
}

export class RdbFormat implements SnapshotFormat {
  readonly #keyspace: Keyspace;
  readonly #header: RdbHeader;

  constructor(keyspace: Keyspace, header: RdbHeader) {
    this.#keyspace = keyspace;
    this.#header = header;
  }

  begin(output: RdbOutput): void {
    for (const character of `REDIS${String(RDB_VERSION).padStart(4, '0')}`)
      output.byte(character.charCodeAt(0));
    for (const [name, value] of this.#header.fields) {
      output.byte(OP_AUX);
      output.text(name);
      output.text(String(value));
    }
    for (const code of this.#header.libraries) {
      output.byte(OP_FUNCTION2);
      output.string(code, 0, code.length);
    }
  }

  select(output: RdbOutput, database: number): void {
    output.byte(OP_SELECT_DB);
    output.count(database);
  }

  resize(output: RdbOutput, keys: number, expiring: number): void {
    output.byte(OP_RESIZE_DB);
    output.count(keys);
    output.count(expiring);
  }

  entry(output: RdbOutput, entry: Entry): ValueRest | undefined {
    const { heap, codec } = this.#keyspace;
    if (hasExpiry(heap, entry)) {
      const time = expiryOf(heap, entry);
      output.byte(OP_EXPIRE_MS);
      output.int64(Number.isSafeInteger(time) ? time : exactExpiryOf(heap, entry));
    }
    if (this.#header.clock !== 'none') this.#clock(output, entry);
    output.byte(codec.writer.typeOf(entry));
    const start = ((entry & GRANULE_MASK) << 3) + keyOffset(heap, entry);
    output.string(heap.bytes[entry >>> SEGMENT_SHIFT], start, start + keyLength(heap, entry));
    return codec.writer.begin(output, entry);
  }

  end(output: RdbOutput): void {
    output.byte(OP_EOF);
  }

  #clock(output: RdbOutput, entry: Entry): void {
    const { heap, now, lfuDecayMinutes } = this.#keyspace;
    const clock = accessClockOf(heap, entry);
    if (this.#header.clock === 'idle') {
      output.byte(OP_IDLE);
      output.count(Math.floor(idleMilliseconds(clock, now) / 1000));
    } else {
      output.byte(OP_FREQ);
      output.byte(lfuCounter(clock, now, lfuDecayMinutes));
    }
  }
}
