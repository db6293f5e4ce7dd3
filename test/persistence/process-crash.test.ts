/** The built program, killed without warning while clients write; and the tools that check its files. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { randomBelow, SeededRandom } from '../../src/env/random.ts';
import { NodeDisk } from '../../src/env/node-disk.ts';
import { checkAof } from '../../src/persistence/check-aof.ts';
import { checkRdb } from '../../src/persistence/check-rdb.ts';
import { runTool, withTools } from '../support/interop.ts';
import { textOf } from '../support/resp-value.ts';
import { spawnRespd } from '../support/respd.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'respd-crash-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const manifest = (): string => join(directory, 'appendonlydir', 'appendonly.aof.manifest');
/** Hundreds with RESPD_CRASHES=300. */
const ROUNDS = Number(process.env['RESPD_CRASHES'] ?? 5);
const TIMEOUT_MS = 60_000 + ROUNDS * 12_000;

const disk = new NodeDisk();

describe('kill -9 under load', () => {
  for (const appendfsync of ['always', 'everysec', 'no']) {
    it(
      `${appendfsync}: the system keeps what was acknowledged, and the files are whole`,
      withTools(['redis-check-aof'], async () => {
        const random = new SeededRandom(Number(process.env['RESPD_SEED'] ?? 1));
        let acknowledged = 0;
        for (let round = 0; round < ROUNDS; round++) {
          const server = await spawnRespd({
            directory,
            directives: { appendonly: 'yes', appendfsync },
          });
          const client = await server.connect();
          const found = Number(textOf(await client.call('GET', 'counter')) ?? 0);
          // Everysec may hold writes back while a sync is under way, for two seconds at most.
          if (appendfsync !== 'everysec') expect(found).toBeGreaterThanOrEqual(acknowledged);
          acknowledged = Math.max(acknowledged, found);
          const end = delay(50 + randomBelow(random, 400)).then(() => server.stop('SIGKILL'));
          try {
            for (let i = 0; ; i++) {
              const replies = await client.pipeline([
                ['INCR', 'counter'],
                ['INCR', 'counter'],
              ]);
              acknowledged = Number(textOf(replies[1]));
              if (i === 20 + randomBelow(random, 20)) await client.call('BGREWRITEAOF');
            }
          } catch {
            // The server is gone.
          }
          await end;
          const checked = await runTool('redis-check-aof', ['--fix', manifest()], { input: 'y\n' });
          expect(checked.stdout).toContain('All AOF files and manifest are valid');
        }
        expect(acknowledged).toBeGreaterThan(0);
      }),
      TIMEOUT_MS,
    );
  }
});

describe('the checking tools', () => {
  it('find nothing wrong with good files, and mend a truncated tail', async () => {
    const server = await spawnRespd({ directory, directives: { appendonly: 'yes' } });
    const client = await server.connect();
    await client.pipeline([['SET', 'a', 1], ['SAVE'], ['SET', 'b', 2]]);
    client.close();
    await server.stop();
    const rdb = join(directory, 'dump.rdb');
    const good = checkRdb(disk, rdb, Date.now());
    expect(good.lines.join()).toContain('RDB looks OK');
    expect(good.isGood).toBe(true);
    expect(checkAof(disk, manifest(), false, Date.now()).isGood).toBe(true);
    const bytes = readFileSync(rdb);
    bytes[bytes.length - 14] ^= 0xff;
    writeFileSync(rdb, bytes);
    const bad = checkRdb(disk, rdb, Date.now());
    expect(bad.lines.join()).toContain('RDB ERROR DETECTED');
    expect(bad.isGood).toBe(false);
    const incr = join(directory, 'appendonlydir', 'appendonly.aof.1.incr.aof');
    const whole = readFileSync(incr);
    appendFileSync(incr, '*1\r\n$5\r\nMULTI\r\n*2\r\n$3\r\nDE');
    expect(checkAof(disk, manifest(), false, Date.now()).isGood).toBe(false);
    expect(readFileSync(incr).length).toBeGreaterThan(whole.length);
    expect(checkAof(disk, manifest(), true, Date.now()).isGood).toBe(true);
    expect(readFileSync(incr).equals(whole)).toBe(true);
  });
});
