/**
 * Signatures of contents, equal to the real server's, so that two servers can be compared: DEBUG
 * DIGEST and DIGEST-VALUE.
 *
 * A digest has 20 bytes and takes pieces in by SHA-1 in two ways. What has no order is *added*: the
 * digest is xored with the piece's SHA-1. What has an order is *chained*: added, and then the digest is
 * replaced by its own SHA-1, so that the next piece meets a different state.
 *
 *   value     type as u32 (chained), contents by type, and "!!expire!!" added when it expires
 *   string    its bytes, chained             list     its elements, chained
 *   set       its members, added             hash     a digest for each pair (field and value
 *   sorted    a digest for each pair                  chained), added
 *    set      (member, score %.17g), added   stream   "ms.seq", fields and values, chained
 *   data set  for each database that is not empty, its index as u32 (chained), and for each key,
 *             added, a digest of the key (chained) and its value
 */
import { formatDouble } from '../../bytes/format-double.ts';
import { StreamId } from '../../bytes/stream-id.ts';
import { sha1 } from '../../bytes/sha1.ts';
import { fromLatin1 } from '../../bytes/text.ts';
import type { Database } from '../../keyspace/database.ts';
import type { Keyspace } from '../../keyspace/keyspace.ts';
import {
  type Entry,
  hasExpiry,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_SORTED_SET,
  TYPE_STREAM,
  TYPE_STRING,
  typeOf,
} from '../../values/entry.ts';
import { StreamRange } from '../../values/stream-range.ts';
import type { Values } from '../../values/values.ts';

const SIZE = 20;
const EXPIRES = fromLatin1('!!expire!!');
const HEX = '0123456789abcdef';

export class ContentDigest {
  readonly #bytes = new Uint8Array(SIZE);

  /** Takes in a piece whose place among the others does not matter. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const hash = sha1(bytes, start, end);
    for (let i = 0; i < SIZE; i++) this.#bytes[i] ^= hash[i];
  }

  /** Takes in a piece whose place matters. */
  chain(bytes: Uint8Array, start: number, end: number): void {
    this.add(bytes, start, end);
    this.#bytes.set(sha1(this.#bytes, 0, SIZE));
  }

  /** Takes in a finished digest as a piece without order; it counts with its own bytes. */
  addDigest(other: ContentDigest): void {
    this.add(other.#bytes, 0, SIZE);
  }

  chainText(text: string): void {
    const bytes = fromLatin1(text);
    this.chain(bytes, 0, bytes.length);
  }

  /** Chains a 32-bit integer, big-endian. */
  chainWord(value: number): void {
    const bytes = Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
    this.chain(bytes, 0, 4);
  }

  /** 40 lower-case hexadecimal digits. */
  toString(): string {
    let text = '';
    for (const byte of this.#bytes) text += HEX[byte >> 4]! + HEX[byte & 15]!;
    return text;
  }
}

/** By type number: takes in the contents of an entry's value. */
const CONTENTS: Readonly<
  Record<number, (digest: ContentDigest, values: Values, entry: Entry) => void>
> = {
  [TYPE_STRING]: (digest, { strings }, entry) => {
    strings.read(entry);
    digest.chain(strings.foundBytes, strings.foundStart, strings.foundEnd);
  },
  [TYPE_LIST]: (digest, { lists }, entry) =>
    lists.forEach(entry, 0, Infinity, false, (bytes, start, end) => {
      digest.chain(bytes, start, end);
      return true;
    }),
  [TYPE_SET]: (digest, { sets }, entry) =>
    sets.forEach(entry, (bytes, start, end) => digest.add(bytes, start, end)),
  [TYPE_SORTED_SET]: (digest, { sortedSets }, entry) =>
    sortedSets.forEach(entry, 0, Infinity, false, (bytes, start, end, score) => {
      const pair = new ContentDigest();
      pair.chain(bytes, start, end);
      pair.chainText(formatDouble(score));
      digest.addDigest(pair);
      return true;
    }),
  [TYPE_HASH]: (digest, { hashes }, entry) =>
    hashes.forEach(entry, (field, fieldStart, fieldEnd, value, start, end) => {
      const pair = new ContentDigest();
      pair.chain(field, fieldStart, fieldEnd);
      pair.chain(value, start, end);
      digest.addDigest(pair);
    }),
  [TYPE_STREAM]: takeStream,
};

function takeStream(digest: ContentDigest, { streams }: Values, entry: Entry): void {
  const least = new StreamId();
  least.setLeast();
  const greatest = new StreamId();
  greatest.setGreatest();
  const range = new StreamRange();
  range.begin(streams.of(entry), least, greatest, false);
  const { reader } = range;
  while (range.next()) {
    const { id } = reader;
    digest.chainText(`${unsigned64(id.msHigh, id.msLow)}.${unsigned64(id.seqHigh, id.seqLow)}`);
    reader.rewindFields();
    for (let i = 0; i < reader.fieldCount; i++) {
      reader.nextField();
      digest.chain(reader.field.bytes, reader.field.start, reader.field.end);
      digest.chain(reader.value.bytes, reader.value.start, reader.value.end);
    }
  }
}

function unsigned64(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Takes in the value of an entry and whether it expires. O(value). */
export function takeValue(digest: ContentDigest, keyspace: Keyspace, entry: Entry): void {
  const { heap, values } = keyspace;
  const type = typeOf(heap, entry);
  digest.chainWord(type);
  CONTENTS[type]!(digest, values, entry);
  if (hasExpiry(heap, entry)) digest.add(EXPIRES, 0, EXPIRES.length);
}

/** The digest of all databases. O(data set). */
export function digestOfAll(keyspace: Keyspace): ContentDigest {
  const digest = new ContentDigest();
  for (const database of keyspace.databases) {
    if (database.size === 0) continue;
    digest.chainWord(database.index);
    takeKeys(digest, keyspace, database);
  }
  return digest;
}

function takeKeys(digest: ContentDigest, keyspace: Keyspace, database: Database): void {
  database.keys.forEach((entry) => {
    const one = new ContentDigest();
    const key = database.keyOf(entry);
    one.chain(key, 0, key.length);
    takeValue(one, keyspace, entry);
    digest.addDigest(one);
  });
}
