/**
 * LZF, the compression of long strings in RDB files and DUMP payloads.
 *
 * The format (that of Marc Lehmann's liblzf) is a sequence of two kinds of item, told apart by
 * the first byte:
 *
 *     000LLLLL  <L + 1 literal bytes>                       1 to 32 bytes as they are
 *     LLLooooo  oooooooo            (LLL = 1 to 6)          LLL + 2 bytes from o + 1 bytes back
 *     111ooooo  LLLLLLLL  oooooooo                          LLLLLLLL + 9 bytes from o + 1 back
 *
 * A reference may overlap what it produces. The compressor is greedy: a table finds the last
 * place where the same three bytes (by hash) stood, and the longest match there is taken. Any
 * sequence of items is valid, so output differs from liblzf's while either reads the other's.
 */

const HASH_BITS = 14;
const MAX_DISTANCE = 8192;
const MAX_LITERALS = 32;
const MAX_MATCH = 264;
const MIN_MATCH = 3;

/**
 * Where three bytes were last seen, as `epoch + position`. Every call starts a new epoch above
 * all earlier entries, which is how the table needs no clearing between calls.
 */
const lastSeen = new Int32Array(1 << HASH_BITS);
let epoch = 1;

/** The table slot of the three bytes at `at`. */
function slotOf(bytes: Uint8Array, at: number): number {
  const three = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
  return Math.imul(three, 0x9e3779b1) >>> (32 - HASH_BITS);
}

/** How many bytes are equal from `a` and from `b` on, at most `limit`. */
function matchLength(bytes: Uint8Array, a: number, b: number, limit: number): number {
  let length = 0;
  while (length < limit && bytes[a + length] === bytes[b + length]) length++;
  return length;
}

/**
 * Compresses `source[start, end)` into `target[at, limit)`. Returns the number of bytes written,
 * or 0 when they do not fit (then the target's contents are undefined) or the source is empty.
 * O(length); allocates nothing.
 */
export function compressLzf(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
  limit: number,
): number {
  if (epoch > 0x7fff_ffff - (end - start)) {
    lastSeen.fill(0);
    epoch = 1;
  }
  const origin = start - epoch;
  epoch += end - start;
  let out = at;
  let literals = start;
  let position = start;
  while (position + MIN_MATCH <= end) {
    const slot = slotOf(source, position);
    const candidate = lastSeen[slot]! + origin;
    lastSeen[slot] = position - origin;
    const distance = position - candidate;
    const length =
      candidate >= start && distance <= MAX_DISTANCE
        ? matchLength(source, candidate, position, Math.min(MAX_MATCH, end - position))
        : 0;
    if (length < MIN_MATCH) {
      position++;
      // A run too long for the target is given up as soon as it is known.
      if (position - literals > limit - out) return 0;
      continue;
    }
    out = writeLiterals(source, literals, position, target, out, limit);
    if (out === 0 || out + 3 > limit) return 0;
    out = writeReference(target, out, distance, length);
    const matchEnd = position + length;
    for (position = matchEnd - 2; position < matchEnd && position + MIN_MATCH <= end; position++) {
      lastSeen[slotOf(source, position)] = position - origin;
    }
    position = matchEnd;
    literals = matchEnd;
  }
  out = writeLiterals(source, literals, end, target, out, limit);
  return out === 0 ? 0 : out - at;
}

/** Writes literal items; returns the position after them, or 0 when they do not fit. */
function writeLiterals(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
  limit: number,
): number {
  let out = at;
  for (let from = start; from < end; from += MAX_LITERALS) {
    const count = Math.min(MAX_LITERALS, end - from);
    if (out + 1 + count > limit) return 0;
    target[out++] = count - 1;
    for (let i = 0; i < count; i++) target[out++] = source[from + i]!;
  }
  return out;
}

/** Writes a reference item of two or three bytes; returns the position after it. */
function writeReference(target: Uint8Array, at: number, distance: number, length: number): number {
  const back = distance - 1;
  if (length < 9) {
    target[at] = ((length - 2) << 5) | (back >>> 8);
    target[at + 1] = back;
    return at + 2;
  }
  target[at] = 0xe0 | (back >>> 8);
  target[at + 1] = length - 9;
  target[at + 2] = back;
  return at + 3;
}

/**
 * Expands `source[start, end)` into `target[at, limit)`. Returns the number of bytes written, or
 * 0 when the source is corrupt (cut short, or refers to before the beginning) or does not fit;
 * never writes outside the given range. O(length of the result); allocates nothing.
 */
export function decompressLzf(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
  limit: number,
): number {
  let from = start;
  let out = at;
  while (from < end) {
    const control = source[from++]!;
    if (control < MAX_LITERALS) {
      const count = control + 1;
      if (count > end - from || count > limit - out) return 0;
      for (let i = 0; i < count; i++) target[out++] = source[from++]!;
      continue;
    }
    let length = (control >>> 5) + 2;
    if (end - from < (length === 9 ? 2 : 1)) return 0;
    if (length === 9) length += source[from++]!;
    let back = out - 1 - (((control & 0x1f) << 8) | source[from++]!);
    if (back < at || length > limit - out) return 0;
    for (let i = 0; i < length; i++) target[out++] = target[back++]!;
  }
  return out - at;
}
