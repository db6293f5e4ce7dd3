/** DUMP payloads: a value with its type in front, the version and a checksum behind. */
import { Crc64 } from '../bytes/crc64.ts';
import type { Entry } from '../values/entry.ts';
import { RDB_VERSION, RdbError } from './format.ts';
import { RdbInput, UNDERFLOW } from './input.ts';
import type { RdbOutput } from './output.ts';
import type { ValueReader } from './value-reader.ts';
import type { ValueWriter } from './value-writer.ts';

const FOOTER_BYTES = 10;
const crc = new Crc64();

/** Writes an entry's payload. O(value). */
export function writePayload(output: RdbOutput, writer: ValueWriter, entry: Entry): void {
  const start = output.length;
  output.byte(writer.typeOf(entry));
  writer.write(output, entry);
  output.byte(RDB_VERSION);
  output.byte(RDB_VERSION >> 8);
  output.reserve(8);
  crc.reset();
  crc.update(output.bytes, start, output.length);
  output.length = crc.writeTo(output.bytes, output.length);
}

/**
 * Whether version and checksum of a payload are right (of the checksum only if `checksum`). O(bytes).
 */
export function isPayload(
  bytes: Uint8Array,
  start: number,
  end: number,
  checksum: boolean,
): boolean {
  if (end - start < FOOTER_BYTES) return false;
  const footer = end - FOOTER_BYTES;
  if ((bytes[footer] | (bytes[footer + 1] << 8)) > RDB_VERSION) return false;
  if (!checksum) return true;
  crc.reset();
  crc.update(bytes, start, end - 8);
  return crc.matches(bytes, end - 8);
}

/**
 * Makes an entry of a payload that passed `isPayload`; 0 when it is corrupt. Bytes behind the value
 * are ignored, as the real server does. Throws HeapFull, leaving nothing behind.
 */
export function readPayload(
  reader: ValueReader,
  bytes: Uint8Array,
  start: number,
  end: number,
  key: Uint8Array,
  keyStart: number,
  keyEnd: number,
): Entry {
  const input = new RdbInput(bytes, start + 1, end - FOOTER_BYTES);
  if (end - start === FOOTER_BYTES) return 0;
  try {
    reader.begin(bytes[start], key, keyStart, keyEnd);
    reader.step(input, Infinity);
    return reader.entry;
  } catch (error) {
    reader.discard();
    if (error instanceof RdbError || error === UNDERFLOW) return 0;
    throw error;
  }
}
