/**
 * Libraries as FUNCTION DUMP gives them and RDB files hold them: for each an opcode and its source as
 * a string; a dump ends like a DUMP payload, with the version and the CRC-64 of all before it.
 */
import { Crc64 } from '../bytes/crc64.ts';
import { fromLatin1, latin1 } from '../bytes/text.ts';
import { isPayload } from '../rdb/dump-payload.ts';
import { OP_FUNCTION2, RDB_VERSION, RdbError } from '../rdb/format.ts';
import { RdbInput, UNDERFLOW } from '../rdb/input.ts';
import { RdbOutput } from '../rdb/output.ts';

const FOOTER_BYTES = 10;

/** A dump of these sources. `compresses`: rdbcompression. O(bytes). */
export function dumpLibraries(sources: Iterable<string>, compresses: boolean): Uint8Array {
  const output = new RdbOutput();
  output.compresses = compresses;
  for (const source of sources) writeLibrary(output, source);
  output.byte(RDB_VERSION);
  output.byte(RDB_VERSION >> 8);
  output.reserve(8);
  const crc = new Crc64();
  crc.update(output.bytes, 0, output.length);
  output.length = crc.writeTo(output.bytes, output.length);
  return output.copy();
}

/** One library's record, for dumps and files. */
export function writeLibrary(output: RdbOutput, source: string): void {
  const bytes = fromLatin1(source);
  output.byte(OP_FUNCTION2);
  output.string(bytes, 0, bytes.length);
}

/** The sources in a dump, or an error text. */
export function readDump(payload: Uint8Array): string[] | string {
  if (!isPayload(payload, 0, payload.length, true))
    return 'DUMP payload version or checksum are wrong';
  const input = new RdbInput(payload, 0, payload.length - FOOTER_BYTES);
  const sources: string[] = [];
  try {
    while (input.left > 0) {
      if (input.byte() !== OP_FUNCTION2) return 'given type is not a function';
      input.string();
      sources.push(latin1(input.foundBytes, input.foundStart, input.foundEnd));
    }
  } catch (error) {
    if (error instanceof RdbError || error === UNDERFLOW) return 'Failed loading library data';
    throw error;
  }
  return sources;
}
