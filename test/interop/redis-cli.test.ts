/** The modes of redis-cli that ask a server many things: each works as against the real one. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTool, toolPath, withTools } from '../support/interop.ts';
import { spawnRespd } from '../support/respd.ts';
import type { ServerProcess } from '../support/server-process.ts';

let server: ServerProcess;

const FILL = [
  ['SET', 'long', 'x'.repeat(5000)],
  ['SET', 'short', '1'],
  ['RPUSH', 'list', 'a', 'b', 'c'],
  ['SADD', 'set', 'a', 'b', 'c', 'd'],
  ['HSET', 'hash', 'f', 'v', 'g', 'w'],
  ['ZADD', 'zset', '1', 'a'],
  ['XADD', 'stream', '1-1', 'f', 'v'],
];

beforeAll(async () => {
  server = await spawnRespd({
    directives: { save: '', 'maxmemory-policy': 'allkeys-lfu', 'lfu-log-factor': '0' },
  });
  const client = await server.connect();
  await client.pipeline(FILL);
  for (let i = 0; i < 20; i++) await client.call('LLEN', 'list');
  client.close();
});

afterAll(() => server.stop());

const withCli = (body: () => Promise<void>) => withTools(['redis-cli'], body);

async function cli(...args: string[]): Promise<string> {
  const { stderr, stdout } = await runTool('redis-cli', ['-p', String(server.port), ...args]);
  expect(stderr).toBe('');
  return stdout;
}

/** The output of a mode that goes on for ever, up to the first match. */
function untilOutput(pattern: RegExp, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    // Without a terminal redis-cli would keep its lines until there are many.
    const command = ['-o0', toolPath('redis-cli')!, '-p', String(server.port), ...args];
    const child = spawn('stdbuf', command, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    const take = (chunk: Buffer): void => {
      text += chunk.toString();
      if (pattern.test(text)) child.kill('SIGKILL');
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('close', () => resolve(text));
  });
}

describe('redis-cli', () => {
  it.concurrent(
    '--bigkeys and --memkeys find the largest of each type',
    withCli(async () => {
      const [byLength, bySize, sampled] = await Promise.all([
        cli('--bigkeys'),
        cli('--memkeys'),
        cli('--memkeys-samples', '3'),
      ]);
      expect(byLength).toContain('Sampled 7 keys in the keyspace!');
      expect(byLength).toContain(`Biggest string found '"long"' has 5000 bytes`);
      expect(byLength).toContain(`Biggest   list found '"list"' has 3 items`);
      expect(byLength).toContain(`Biggest    set found '"set"' has 4 members`);
      expect(byLength).toContain(`Biggest   hash found '"hash"' has 2 fields`);
      expect(byLength).toContain(`Biggest stream found '"stream"' has 1 entries`);
      for (const text of [bySize, sampled]) {
        const [, bytes] = /Biggest string found '"long"' has (\d+) bytes/.exec(text)!;
        expect(Number(bytes)).toBeGreaterThan(5000);
        expect(Number(bytes)).toBeLessThan(6500);
        expect(text).toMatch(/Biggest stream found '"stream"' has [1-9]\d+ bytes/);
      }
    }),
  );

  it.concurrent(
    '--hotkeys finds the key used most',
    withCli(async () => {
      const [first] = /hot key found with counter: \d+\tkeyname: .*/.exec(await cli('--hotkeys'))!;
      expect(first).toContain('keyname: "list"');
    }),
  );

  it.concurrent(
    '--stat shows a line a second',
    withCli(async () => {
      const line = /\n\d+ +[\d.]+[BKMG]? +\d+ +\d+ +\d+ \([+-]\d+\) +\d+ *\n/;
      const text = await untilOutput(line, '--stat');
      expect(text).toContain('keys       mem      clients blocked requests');
      expect(text).toMatch(/\n7 /);
    }),
  );

  it.concurrent(
    '--latency, --latency-history and --latency-dist measure',
    withCli(async () => {
      const [once, history, distribution] = await Promise.all([
        cli('--latency', '--raw', '-i', '1'),
        untilOutput(/ 5\n/, '--latency-history', '-i', '1'),
        untilOutput(/milliseconds\n(.*\n){8}/, '--latency-dist', '-i', '1'),
      ]);
      expect(once).toMatch(/^\d+ \d+ [\d.]+ \d+\n/);
      expect(history).toMatch(/^\d+ \d+ [\d.]+ 5$/m);
      // Bars of colours, one column a bucket.
      // oxlint-disable-next-line no-control-regex -- they are what is looked for
      expect(distribution).toMatch(/\u001B\[48;5;\d+m#/);
    }),
  );

  it.concurrent(
    '--intrinsic-latency and --scan work',
    withCli(async () => {
      expect(await cli('--intrinsic-latency', '1')).toContain('total runs');
      const names = (await cli('--scan', '--pattern', '*o*')).trim().split('\n');
      expect(names.toSorted()).toEqual(['long', 'short']);
    }),
  );
});
