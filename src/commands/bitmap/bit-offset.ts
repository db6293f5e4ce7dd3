/** The offset argument of the commands that address single bits. */
import { parseInteger, parseInt64 } from '../../bytes/integer.ts';
import type { CommandContext } from '../../command/context.ts';
import { SESSION_PRIMARY } from '../../command/session.ts';
import { BIT_OFFSET_NOT_AN_INTEGER } from '../../resp/errors.ts';

const HASH_SIGN = 0x23;

/**
 * The number of a bit. With `fieldBits` above zero, `#N` means N fields of so many bits. Notes an
 * error for what is no offset or lies beyond proto-max-bulk-len bytes.
 */
export function readBitOffset(context: CommandContext, index: number, fieldBits: number): number {
  const { args } = context;
  const { bytes } = args;
  const end = args.end(index);
  const start = args.start(index);
  const isCounted = fieldBits > 0 && start < end && bytes[start] === HASH_SIGN;
  const from = isCounted ? start + 1 : start;
  let offset = parseInteger(bytes, from, end) * (isCounted ? fieldBits : 1);
  if (!Number.isSafeInteger(offset)) offset = wrappedOffset(bytes, from, end, fieldBits);
  const most = context.config.protoMaxBulkLen * 8;
  if (offset >= 0 && (offset < most || context.session.has(SESSION_PRIMARY))) return offset;
  args.fail(BIT_OFFSET_NOT_AN_INTEGER);
  return 0;
}

/** A product beyond 2^53, modulo 2^64 as a signed integer, as it is elsewhere; -1: no integer. */
function wrappedOffset(bytes: Uint8Array, start: number, end: number, fieldBits: number): number {
  const count = parseInt64(bytes, start, end);
  if (count === undefined) return -1;
  return Number(BigInt.asIntN(64, count * BigInt(Math.max(1, fieldBits))));
}
