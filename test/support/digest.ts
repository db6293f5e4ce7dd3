/** The contents of a server in a comparable form. */
import type { RawClient } from './raw-client.ts';
import { itemsOf, showBytes, textOf, type RespValue } from './resp-value.ts';

export type DigestOptions = {
  /** Compare OBJECT ENCODING too; true by default. */
  readonly encodings?: boolean;
  /** How much PTTL may differ, in milliseconds; 2000 by default. */
  readonly ttlToleranceMs?: number;
  /** How many databases to look at; 16 by default. */
  readonly databases?: number;
};

/** What is compared of one key. */
type KeyDigest = {
  readonly type: string;
  readonly encoding: string;
  readonly digest: string;
  readonly ttlMs: number;
};

/** By database and key, as in `db0 "name"`. */
export type ServerDigest = ReadonlyMap<string, KeyDigest>;

const DATABASES = 16;
const TTL_TOLERANCE_MS = 2_000;

/** Reads all databases; leaves the connection in database 0. Four round trips and one per database. */
export async function digestOf(client: RawClient, options: DigestOptions): Promise<ServerDigest> {
  const result = new Map<string, KeyDigest>();
  const count = options.databases ?? DATABASES;
  const probes = Array.from({ length: count }, (_, index) => [['SELECT', index], ['DBSIZE']]);
  const sizes = await client.pipeline(probes.flat());
  for (let index = 0; index < count; index++) {
    const size = textOf(sizes[2 * index + 1]!);
    if (size !== '0') await digestDatabase(client, index, result);
  }
  await client.call('SELECT', 0);
  return result;
}

async function digestDatabase(
  client: RawClient,
  database: number,
  result: Map<string, KeyDigest>,
): Promise<void> {
  const [, listing] = await client.pipeline([
    ['SELECT', database],
    ['KEYS', '*'],
  ]);
  const keys = itemsOf(listing!).map(bytesOf);
  if (keys.length === 0) return;
  const digests = client.call('DEBUG', 'DIGEST-VALUE', ...keys);
  const details = await client.pipeline(
    keys.flatMap((key) => [
      ['TYPE', key],
      ['OBJECT', 'ENCODING', key],
      ['PTTL', key],
    ]),
  );
  const values = itemsOf(await digests);
  keys.forEach((key, index) => {
    const [type, encoding, ttl] = details.slice(3 * index, 3 * index + 3);
    result.set(`db${database} ${showBytes(key)}`, {
      type: textOf(type!) ?? type!.type,
      encoding: textOf(encoding!) ?? encoding!.type,
      digest: textOf(values[index]!) ?? values[index]!.type,
      ttlMs: Number(textOf(ttl!)),
    });
  });
}

function bytesOf(value: RespValue): Uint8Array {
  if (value.type !== 'bulk') throw new TypeError(`a key should be a bulk string: ${value.type}`);
  return value.bytes;
}

/** Every difference as one line; empty when the contents are equal. */
export function compareDigests(
  expected: ServerDigest,
  actual: ServerDigest,
  options: DigestOptions,
): string[] {
  const tolerance = options.ttlToleranceMs ?? TTL_TOLERANCE_MS;
  const names = [...new Set([...expected.keys(), ...actual.keys()])].toSorted();
  return names.flatMap((name) => {
    const left = expected.get(name);
    const right = actual.get(name);
    if (left === undefined) return isExpiring(right!, tolerance) ? [] : [`${name}: only in ours`];
    if (right === undefined) return isExpiring(left, tolerance) ? [] : [`${name}: only in redis`];
    return compareKey(name, left, right, tolerance, options.encodings ?? true);
  });
}

/** A key at the end of its life may be gone on one side a moment before the other. */
function isExpiring(key: KeyDigest, toleranceMs: number): boolean {
  return key.ttlMs >= 0 && key.ttlMs <= toleranceMs;
}

function compareKey(
  name: string,
  expected: KeyDigest,
  actual: KeyDigest,
  toleranceMs: number,
  encodings: boolean,
): string[] {
  const lines: string[] = [];
  const check = (field: keyof KeyDigest, same: boolean) => {
    if (!same)
      lines.push(`${name}: ${field} ${expected[field]} in redis, ${actual[field]} in ours`);
  };
  check('type', expected.type === actual.type);
  if (encodings) check('encoding', expected.encoding === actual.encoding);
  check('digest', expected.digest === actual.digest);
  const bothExpire = expected.ttlMs >= 0 && actual.ttlMs >= 0;
  const ttlDifference = Math.abs(expected.ttlMs - actual.ttlMs);
  check('ttlMs', bothExpire ? ttlDifference <= toleranceMs : expected.ttlMs === actual.ttlMs);
  return lines;
}
