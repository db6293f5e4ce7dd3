/** Append-only files: the real server's in ours and back, and every way they can end. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareDigests, digestOf } from '../support/digest.ts';
import { runTool, withTools } from '../support/interop.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startRealRedis } from '../support/real-redis.ts';
import { showReply, textOf } from '../support/resp-value.ts';
import { startRespd } from '../support/respd.ts';
import { sampleDataSet } from '../support/sample-values.ts';
import type { Directives, TestServer } from '../support/server-process.ts';

const LATER = { ttlToleranceMs: 60_000 };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'respd-aof-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const folder = (): string => join(directory, 'appendonlydir');

function startOurs(directives: Directives = {}): Promise<TestServer> {
  return startRespd({ dir: directory, appendonly: 'yes', ...directives });
}

async function withClient<T>(
  server: TestServer,
  work: (client: RawClient) => Promise<T>,
): Promise<T> {
  const client = await server.connect({ timeoutMs: 30_000 });
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

async function info(client: RawClient, name: string): Promise<string | undefined> {
  const text = textOf(await client.call('INFO', 'persistence')) ?? '';
  return new RegExp(`^${name}:(.*)\r$`, 'm').exec(text)?.[1];
}

async function untilRewritten(client: RawClient): Promise<void> {
  for (;;) {
    const busy = await info(client, 'aof_rewrite_in_progress');
    const due = await info(client, 'aof_rewrite_scheduled');
    if (busy === '0' && due === '0') return;
  }
}

describe('append-only files', () => {
  for (const [name, directives] of Object.entries<Directives>({
    preamble: {},
    commands: { 'aof-use-rdb-preamble': 'no' },
    timestamps: { 'aof-timestamp-enabled': 'yes', appendfsync: 'always' },
  })) {
    it(
      `of the real server are loaded, and ours by it (${name})`,
      withTools(['redis-server', 'redis-check-aof'], async () => {
        const options = { directory, directives: { appendonly: 'yes', ...directives } };
        const real = await startRealRedis(options);
        const original = await withClient(real, async (client) => {
          await client.pipeline(sampleDataSet(5, 60));
          await client.call('BGREWRITEAOF');
          await untilRewritten(client);
          await client.pipeline(sampleDataSet(6, 60));
          return digestOf(client, {});
        });
        await real.stop();

        const ours = await startOurs(directives);
        const middle = await withClient(ours, async (client) => {
          expect(compareDigests(original, await digestOf(client, {}), LATER)).toEqual([]);
          await client.pipeline([
            ['MULTI'],
            ['SET', 'both', 1],
            ['SELECT', 2],
            ['INCR', 'both'],
            ['EXEC'],
          ]);
          expect(showReply(await client.call('BGREWRITEAOF'))).toContain('started');
          await client.pipeline(sampleDataSet(7, 60));
          await untilRewritten(client);
          expect(await info(client, 'aof_last_bgrewrite_status')).toBe('ok');
          await client.pipeline([
            ['SETEX', 'short', 10_000, 'x'],
            ['SPOP', 'set:4'],
            ['GET', 'x'],
          ]);
          const digest = await digestOf(client, {});
          expect(showReply(await client.call('DEBUG', 'LOADAOF'))).toBe('+OK');
          expect(compareDigests(digest, await digestOf(client, {}), LATER)).toEqual([]);
          return digest;
        });
        await ours.stop();

        const manifest = join(folder(), 'appendonly.aof.manifest');
        const check = await runTool('redis-check-aof', [manifest]);
        expect(check.stdout).toContain('All AOF files and manifest are valid');
        const again = await startRealRedis(options);
        const returned = await withClient(again, async (client) => {
          for (const seed of [5, 6, 7])
            expect(showReply(await client.call('FCALL', `f${seed}`, 0))).toBe(`:${seed}`);
          return digestOf(client, {});
        });
        await again.stop();
        expect(compareDigests(middle, returned, LATER)).toEqual([]);
      }),
      90_000,
    );
  }

  it('of one piece, as before 7.0, are taken over', async () => {
    const text = '*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n';
    writeFileSync(join(directory, 'appendonly.aof'), text);
    const ours = await startOurs();
    await withClient(ours, async (client) => {
      expect(showReply(await client.call('GET', 'a'))).toBe('"b"');
    });
    await ours.stop();
    expect(existsSync(join(directory, 'appendonly.aof'))).toBe(false);
    expect(readdirSync(folder()).toSorted()).toEqual([
      'appendonly.aof',
      'appendonly.aof.1.incr.aof',
      'appendonly.aof.manifest',
    ]);
  });

  it('can be switched on and off while the server runs', async () => {
    const ours = await startRespd({ dir: directory });
    const digest = await withClient(ours, async (client) => {
      await client.call('SET', 'before', 1);
      expect(showReply(await client.call('CONFIG', 'SET', 'appendonly', 'yes'))).toBe('+OK');
      await client.call('SET', 'meanwhile', 2);
      await untilRewritten(client);
      await client.call('SET', 'after', 3);
      await client.pipeline([
        ['CONFIG', 'SET', 'appendonly', 'no'],
        ['CONFIG', 'SET', 'appendonly', 'yes'],
      ]);
      await untilRewritten(client);
      await client.call('SET', 'last', 4);
      expect(await info(client, 'aof_enabled')).toBe('1');
      return digestOf(client, {});
    });
    await ours.stop();
    const again = await startOurs();
    await withClient(again, async (client) => {
      expect(digest.size).toBe(4);
      expect(compareDigests(digest, await digestOf(client, {}), {})).toEqual([]);
    });
    await again.stop();
  });

  it('are rewritten when they have grown enough', async () => {
    const ours = await startOurs({ 'auto-aof-rewrite-min-size': '1kb' });
    await withClient(ours, async (client) => {
      for (let i = 0; i < 200; i++) await client.call('SET', 'key', 'x'.repeat(200));
      while (Number(await info(client, 'aof_rewrites')) < 1);
      await untilRewritten(client);
      expect(Number(await info(client, 'aof_current_size'))).toBeLessThan(41_000);
    });
    await ours.stop();
  });
});

describe('damaged append-only files', () => {
  const incr = (): string => join(folder(), 'appendonly.aof.1.incr.aof');

  async function make(): Promise<void> {
    const ours = await startOurs();
    await withClient(ours, (client) =>
      client.pipeline([
        ['SET', 'a', 1],
        ['SET', 'b', 2],
        ['MULTI'],
        ['SET', 'c', 3],
        ['SET', 'd', 4],
        ['EXEC'],
      ]),
    );
    await ours.stop();
  }

  async function keys(): Promise<string[]> {
    const ours = await startOurs();
    const found = await withClient(ours, async (client) => [
      ...(await digestOf(client, {})).keys(),
    ]);
    await ours.stop();
    return found.map((key) => key.slice(5, -1)).toSorted();
  }

  it('lose a command that was cut short, and no transaction is loaded in part', async () => {
    await make();
    const whole = readFileSync(incr());
    appendFileSync(incr(), '*3\r\n$3\r\nSET\r\n$1\r\ne');
    expect(await keys()).toEqual(['a', 'b', 'c', 'd']);
    expect(readFileSync(incr()).equals(whole)).toBe(true);
    truncateSync(incr(), whole.length - 3);
    expect(await keys()).toEqual(['a', 'b']);
    expect(readFileSync(incr()).includes('MULTI')).toBe(false);
  });

  it('are refused when told so, with the offset', async () => {
    await make();
    truncateSync(incr(), readFileSync(incr()).length - 3);
    const refusal = startOurs({ 'aof-load-truncated': 'no' });
    await expect(refusal).rejects.toThrow(/Unexpected end of file.*offset \d+/s);
  });

  it('are refused where they are no commands, and left as they are', async () => {
    await make();
    const bytes = readFileSync(incr());
    const at = bytes.indexOf('$1\r\nb');
    bytes[at + 1] = 0x78;
    writeFileSync(incr(), bytes);
    await expect(startOurs()).rejects.toThrow(/Bad file format.*offset \d+/);
    expect(readFileSync(incr()).equals(bytes)).toBe(true);
    appendFileSync(incr(), 'rubbish');
    await expect(startOurs()).rejects.toThrow(/Bad file format/);
  });

  it('with a wrong manifest are refused in the real server’s words', async () => {
    const cases: [string, RegExp][] = [
      ['', /Found an empty AOF manifest/],
      ['nonsense\n', /Invalid AOF manifest file format/],
      ['file a seq 1 type b\nfile b seq 2 type b\n', /Found duplicate base file information/],
      ['file a seq 2 type i\nfile b seq 1 type i\n', /Found a non-monotonic sequence number/],
      ['file a seq 1 type x\n', /Unknown AOF file type/],
      [`file ${'a'.repeat(2000)} seq 1 type b\n`, /The AOF manifest file contains too long line/],
      ['file missing seq 1 type b\n', /No such file or directory/],
    ];
    mkdirSync(folder());
    for (const [text, reason] of cases) {
      writeFileSync(join(folder(), 'appendonly.aof.manifest'), text);
      await expect(startOurs()).rejects.toThrow(reason);
    }
  });
});
