/** redis-cli and redis-benchmark against the server as a process. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTool, type ToolResult, withTools } from '../support/interop.ts';
import { spawnRespd } from '../support/respd.ts';
import type { ServerProcess } from '../support/server-process.ts';

let server: ServerProcess;

beforeAll(async () => {
  server = await spawnRespd();
});

afterAll(() => server.stop());

function cli(args: readonly string[], input?: string): Promise<ToolResult> {
  return runTool(
    'redis-cli',
    ['-p', String(server.port), ...args],
    input === undefined ? {} : { input },
  );
}

describe('redis-cli', () => {
  const withCli = (body: () => Promise<void>): ReturnType<typeof withTools> =>
    withTools(['redis-cli'], body);

  it(
    'runs commands from arguments and standard input, over both protocols',
    withCli(async () => {
      expect((await cli(['SET', 'a', '1'])).stdout).toBe('OK\n');
      expect((await cli(['-3', 'GET', 'a'])).stdout).toBe('1\n');
      expect((await cli([], 'SET b "x y"\nGET b\nNOSUCH\nINCR a\n')).stdout).toBe(
        "OK\nx y\nERR unknown command 'NOSUCH', with args beginning with: \n\n2\n",
      );
      expect((await cli(['-n', '5', 'DBSIZE'])).stdout).toBe('0\n');
      expect((await cli(['--json', 'CONFIG', 'GET', 'hz'])).stdout).toBe('{"hz":"10"}\n');
    }),
  );

  it(
    'feeds --pipe',
    withCli(async () => {
      let input = '';
      for (let i = 0; i < 1000; i++) input += `SET pipe:${i} ${i}\r\n`;
      const { stdout } = await cli(['--pipe'], input);
      expect(stdout).toContain('errors: 0, replies: 1000');
    }),
  );

  it(
    'draws its statistics',
    withCli(async () => {
      expect((await cli(['INFO', 'clients'])).stdout).toContain('connected_clients:1');
      expect((await cli(['--latency', '--raw', '-i', '1', 'PING'])).status).toBe(0);
      expect((await cli(['--scan', '--pattern', 'pipe:99?'])).stdout.split('\n').length).toBe(11);
      expect((await cli(['--bigkeys'])).stdout).toContain('Sampled 1002 keys');
      expect((await cli(['MEMORY', 'DOCTOR'])).stdout).toContain('memory');
    }),
  );
});

it(
  'redis-benchmark runs its tests',
  withTools(['redis-benchmark'], async () => {
    const tests = ['PING_INLINE', 'PING_MBULK', 'SET', 'GET', 'INCR', 'MSET'];
    const { status, stderr, stdout } = await runTool('redis-benchmark', [
      ...`-p ${server.port} -n 2000 -c 20 -P 4 -r 100 --csv -t`.split(' '),
      tests.join(',').toLowerCase(),
    ]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    for (const name of tests) expect(stdout).toContain(name.slice(0, 3));
  }),
);
