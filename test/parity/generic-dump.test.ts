/** DUMP and RESTORE beside the real server: payloads are interchangeable in both directions. */
import { describe, expect, it } from 'vitest';
import { randomBelow, SeededRandom } from '../../src/env/random.ts';
import type { Both } from '../support/both.ts';
import { useParity } from '../support/parity.ts';
import { showReply } from '../support/resp-value.ts';
import { SAMPLE_KINDS, sampleCommands, sampleSize } from '../support/sample-values.ts';

const parity = useParity({ protocols: [2] });

async function payloadOf(client: Both['real'], key: string): Promise<Uint8Array> {
  const reply = await client.call('DUMP', key);
  if (reply.type !== 'bulk') throw new Error(`DUMP ${key}: ${showReply(reply)}`);
  return reply.bytes;
}

/** Takes a key of the real server to ours and back, and demands that nothing is lost. */
async function roundTrip(both: Both, key: string, isOrdered: boolean): Promise<void> {
  const { real, ours } = both;
  const original = await payloadOf(real, key);
  expect(showReply(await ours.call('RESTORE', key, 0, original, 'REPLACE')), key).toBe('+OK');
  const back = await payloadOf(ours, key);
  if (isOrdered) expect(Buffer.from(back).equals(Buffer.from(original)), key).toBe(true);
  expect(showReply(await real.call('RESTORE', 'back', 0, back, 'REPLACE')), key).toBe('+OK');
  const [digest, other] = await real.pipeline([
    ['DEBUG', 'DIGEST-VALUE', key],
    ['DEBUG', 'DIGEST-VALUE', 'back'],
  ]);
  expect(showReply(other), key).toBe(showReply(digest));
  const encodings = await Promise.all([
    real.call('OBJECT', 'ENCODING', key),
    real.call('OBJECT', 'ENCODING', 'back'),
    ours.call('OBJECT', 'ENCODING', key),
  ]);
  const [first, again, restored] = encodings.map(showReply);
  expect(restored, key).toBe(again);
  // A string that was changed in place is "raw"; what is restored is as short as can be.
  if (first !== '"raw"') expect(again, key).toBe(first);
}

describe('payloads of every encoding', () => {
  for (const kind of SAMPLE_KINDS) {
    it(
      `${kind}, there and back`,
      parity(async (both) => {
        for (const compression of ['yes', 'no']) {
          await both.run('CONFIG', 'SET', 'rdbcompression', compression);
          for (let seed = 0; seed < 40; seed++) {
            const random = new SeededRandom(seed);
            const size = sampleSize(random);
            const key = `${kind}:${seed}`;
            await both.real.pipeline(sampleCommands(kind, key, random, size));
            const isTable = /hashtable|skiplist/.test(
              showReply(await both.real.call('OBJECT', 'ENCODING', key)),
            );
            await roundTrip(both, key, compression === 'no' && !isTable);
          }
        }
      }),
      60_000,
    );
  }

  it(
    'large elements in plain list nodes, and compressed nodes',
    parity(async (both) => {
      for (const client of [both.real, both.ours])
        await client.call('CONFIG', 'SET', 'list-compress-depth', 1);
      await both.real.call('DEBUG', 'QUICKLIST-PACKED-THRESHOLD', '100B');
      const values = Array.from({ length: 300 }, (_, i) => `${'v'.repeat(i)}${i}`);
      await both.real.call('RPUSH', 'list', ...values);
      await roundTrip(both, 'list', false);
      await both.real.call('DEBUG', 'QUICKLIST-PACKED-THRESHOLD', '1gb');
    }),
  );

  it(
    'limits that were lowered meanwhile',
    parity(async (both) => {
      await both.real.pipeline([
        ['HSET', 'hash', ...Array.from({ length: 200 }, (_, i) => `x${i}`)],
        ['ZADD', 'zset', ...Array.from({ length: 100 }, (_, i) => [i, `m${i}`]).flat()],
        ['SADD', 'set', ...Array.from({ length: 100 }, (_, i) => i)],
      ]);
      const payloads = await Promise.all(
        ['hash', 'zset', 'set'].map((key) => payloadOf(both.real, key)),
      );
      for (const [name, limit] of [
        ['hash-max-listpack-entries', 50],
        ['zset-max-listpack-entries', 50],
        ['set-max-intset-entries', 50],
      ] as const)
        await both.run('CONFIG', 'SET', name, limit);
      for (const [index, payload] of payloads.entries()) {
        await both.run('RESTORE', `k${index}`, 0, payload);
        await both.run('OBJECT', 'ENCODING', `k${index}`);
      }
    }),
  );
});

describe('RESTORE', () => {
  it(
    'checks its arguments as the real server does',
    parity(async (both) => {
      await both.run('SET', 'key', 'value');
      const payload = await payloadOf(both.real, 'key');
      await both.run('DUMP', 'nothing');
      await both.run('RESTORE', 'key', 0, payload);
      await both.run('RESTORE', 'key', 0, 'x');
      await both.run('RESTORE', 'new', 0, '');
      await both.run('RESTORE', 'new', 0, 'short');
      await both.run('RESTORE', 'new', 0, payload.slice(0, -1));
      await both.run('RESTORE', 'new', 'x', payload);
      await both.run('RESTORE', 'new', -1, payload);
      await both.run('RESTORE', 'new', 0, payload, 'NONSENSE');
      await both.run('RESTORE', 'new', 0, payload, 'IDLETIME');
      await both.run('RESTORE', 'new', 0, payload, 'IDLETIME', -1);
      await both.run('RESTORE', 'new', 0, payload, 'IDLETIME', 'x');
      await both.run('RESTORE', 'new', 0, payload, 'FREQ', 256);
      await both.run('RESTORE', 'new', 0, payload, 'FREQ', -1);
      await both.run('RESTORE', 'new', 0, payload, 'FREQ', 'x');
      await both.run('RESTORE', 'new', 0, payload, 'IDLETIME', 1, 'FREQ', 1);
      await both.run('RESTORE', 'new', 0, payload, 'FREQ', 1, 'IDLETIME', 1);
      await both.run('EXISTS', 'new');
      await both.run('RESTORE', 'new', 0, payload, 'IDLETIME', 1000);
      await both.run('OBJECT', 'IDLETIME', 'new');
      await both.run('RESTORE', 'new', 100_000, payload, 'replace');
      await both.run('PTTL', 'new');
      await both.run('RESTORE', 'new', 1, payload, 'REPLACE', 'ABSTTL');
      await both.run('EXISTS', 'new');
      await both.run('RESTORE', 'new', '95617584000000', payload, 'REPLACE', 'ABSTTL');
      await both.run('PEXPIRETIME', 'new');
      await both.digest();
    }),
  );

  it(
    'keeps the access frequency under an LFU policy',
    parity(async (both) => {
      await both.run('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu');
      await both.run('SET', 'key', 'value');
      const payload = await payloadOf(both.real, 'key');
      await both.run('RESTORE', 'new', 0, payload, 'FREQ', 200);
      await both.run('OBJECT', 'FREQ', 'new');
    }),
  );

  it(
    'refuses payloads without elements, of unknown types and cut short',
    parity(async (both) => {
      await both.ours.call('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', 1);
      await both.real.call('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', 1);
      const footer = [10, 0, 0, 0, 0, 0, 0, 0, 0, 0];
      const bodies = [
        [],
        [0],
        [1, 0],
        [2, 0],
        [3, 0],
        [4, 0],
        [5, 0],
        [14, 0],
        [18, 0],
        [22, 0],
        [200, 0],
        [16, 7, 7, 0, 0, 0, 0, 0, 255],
        [17, 7, 7, 0, 0, 0, 0, 0, 255],
        [18, 1, 2, 7, 7, 0, 0, 0, 0, 0, 255],
        [18, 1, 3, 1, 97],
        [11, 8, 2, 0, 0, 0, 0, 0, 0, 0],
        [2, 2, 1, 97, 1, 97],
      ];
      for (const body of bodies) {
        const bytes = Uint8Array.from([...body, ...footer]);
        const replies = await Promise.all(
          [both.real, both.ours].map((client) => client.call('RESTORE', 'new', 0, bytes)),
        );
        expect(showReply(replies[1]), body.join()).toBe(showReply(replies[0]));
        await both.run('EXISTS', 'new');
      }
      await both.real.call('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', 0);
      await both.ours.call('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', 0);
    }),
  );
});

describe('old forms', () => {
  it(
    'are understood as the real server understands them',
    parity(async (both) => {
      await both.ours.call('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', 1);
      await both.real.call('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', 1);
      for (const [name, body] of Object.entries(oldForms())) {
        const bytes = Uint8Array.from([...body, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        const reply = await both.run('RESTORE', name, 0, bytes);
        expect(showReply(reply), name).toBe('+OK');
        const back = await payloadOf(both.ours, name);
        await both.real.call('RESTORE', 'back', 0, back, 'REPLACE');
        const [digest, other, encoding] = await both.real.pipeline([
          ['DEBUG', 'DIGEST-VALUE', name],
          ['DEBUG', 'DIGEST-VALUE', 'back'],
          ['OBJECT', 'ENCODING', name],
        ]);
        expect(showReply(other), name).toBe(showReply(digest));
        const ours = await both.ours.call('OBJECT', 'ENCODING', name);
        expect(showReply(ours), name).toBe(showReply(encoding));
      }
      await both.real.call('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', 0);
      await both.ours.call('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', 0);
    }),
  );
});

/** A ziplist of texts and of integers given as the bytes of their entry. */
function ziplist(entries: readonly (string | readonly number[])[]): number[] {
  const body: number[] = [];
  let previous = 0;
  let tail = 10;
  for (const entry of entries) {
    const bytes = typeof entry === 'string' ? [entry.length, ...Buffer.from(entry)] : [...entry];
    tail = 10 + body.length;
    body.push(previous, ...bytes);
    previous = bytes.length + 1;
  }
  const total = 10 + body.length + 1;
  const head = [total & 255, total >> 8, 0, 0, tail & 255, tail >> 8, 0, 0, entries.length, 0];
  return [...head, ...body, 255];
}

function asString(bytes: readonly number[]): number[] {
  return [0x40 | (bytes.length >> 8), bytes.length & 255, ...bytes];
}

function oldForms(): Record<string, number[]> {
  const integers = [
    [0xf1],
    [0xfd],
    [0xfe, 200],
    [0xc0, 0, 128],
    [0xf0, 1, 2, 131],
    [0xd0, 1, 2, 3, 132],
    [0xe0, 1, 2, 3, 4, 5, 6, 7, 136],
  ];
  const long = [0x40 | 1, 0x2c, ...Array.from({ length: 300 }, () => 120)];
  const zipmap = [2, 1, 97, 3, 0, 98, 98, 98, 2, 99, 99, 2, 1, 100, 100, 0, 255];
  return {
    linkedList: [1, 3, 1, 97, 0xc0, 5, 0xc1, 0, 4],
    zsetText: [3, 4, 1, 97, 3, 49, 46, 53, 1, 98, 254, 1, 99, 255, 1, 100, 2, 45, 51],
    zipmap: [9, zipmap.length, ...zipmap],
    listZiplist: [10, ...asString(ziplist(['one', '', ...integers]))],
    zsetZiplist: [12, ...asString(ziplist(['a', [0xf2], 'b', '2.5', 'c', 'inf']))],
    hashZiplist: [13, ...asString(ziplist(['a', [0xf2], 'b', 'value', [0xf5], 'x']))],
    quicklist: [
      14,
      2,
      ...asString(ziplist(['one', ...integers])),
      ...asString(ziplist(['two', long])),
    ],
  };
}

describe('mutated payloads', () => {
  it(
    'never do more than be refused',
    parity(async ({ real, ours }) => {
      const count = Number(process.env['RESPD_MUTATIONS'] ?? 6000);
      const seed = Number(process.env['RESPD_SEED'] ?? 1);
      const random = new SeededRandom(seed);
      const originals: Uint8Array[] = [];
      for (const kind of SAMPLE_KINDS) {
        for (let i = 0; i < 4; i++) {
          const commands = sampleCommands(kind, `${kind}:${i}`, random, i * 12);
          await real.pipeline(commands);
          originals.push(await payloadOf(real, `${kind}:${i}`));
        }
      }
      for (const body of Object.values(oldForms()))
        originals.push(Uint8Array.from([...body, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
      await ours.call('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', 1);
      await ours.call('CONFIG', 'SET', 'sanitize-dump-payload', 'yes');
      for (let i = 0; i < count; i++) {
        const payload = originals[randomBelow(random, originals.length)].slice();
        const body = payload.length - 10;
        for (let changes = 1 + randomBelow(random, 4); changes > 0; changes--) {
          const at =
            randomBelow(random, 3) === 0
              ? randomBelow(random, Math.min(body, 12))
              : randomBelow(random, body);
          payload[at] =
            random.next32() % 3 === 0 ? [0, 255, 127, 128][random.next32() % 4] : random.next32();
        }
        const key = `key${i % 50}`;
        const replies = await ours.pipeline([
          ['RESTORE', key, 0, payload, 'REPLACE'],
          ['DUMP', key],
          ['OBJECT', 'ENCODING', key],
        ]);
        const [restored, dumped] = replies.map(showReply);
        const note = `seed ${seed}, mutation ${i}: ${restored}`;
        expect(restored === '+OK' || /Bad data format/.test(restored), note).toBe(true);
        expect(dumped.includes('internal'), note).toBe(false);
        if (i % 500 === 0) await ours.call('FLUSHALL');
      }
      expect(showReply(await ours.call('PING'))).toBe('+PONG');
      await ours.call('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', 0);
    }),
    300_000,
  );
});

describe('sanitize-dump-payload', () => {
  // A hash as a listpack in which the field `a` stands twice: only a check in depth finds that.
  const twice = [0x10, 17, 17, 0, 0, 0, 4, 0, 0x81, 0x61, 2, 1, 1, 0x81, 0x61, 2, 2, 1, 0xff];
  const payload = Uint8Array.from([...twice, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

  it(
    'checks in depth always, never, or unless the user is trusted',
    parity(async (both) => {
      await both.run('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', 1);
      for (const rule of ['sanitize-payload', 'skip-sanitize-payload']) {
        await both.run('ACL', 'SETUSER', 'default', rule);
        for (const wish of ['yes', 'no', 'clients']) {
          await both.run('CONFIG', 'SET', 'sanitize-dump-payload', wish);
          await both.run('RESTORE', 'hash', 0, payload, 'REPLACE');
          await both.run('DEL', 'hash');
        }
      }
      await both.run('ACL', 'SETUSER', 'default', 'sanitize-payload');
      await both.run('CONFIG', 'SET', 'sanitize-dump-payload', 'no');
      await both.run('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', 0);
    }),
  );
});
