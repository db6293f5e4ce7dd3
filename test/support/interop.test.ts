import { afterEach, describe, expect, it, vi, type TestContext } from 'vitest';

import { requireInterop, runTool, withTools } from './interop.ts';
import { startRealRedis } from './real-redis.ts';
import { textOf } from './resp-value.ts';

/** A context whose skip() can be watched, on a machine without any tools. */
function withoutTools(required: string): { context: TestContext; skipped: string[] } {
  vi.stubEnv('PATH', '/nowhere');
  vi.stubEnv('RESPD_REQUIRE_INTEROP', required);
  const skipped: string[] = [];
  const context = { skip: (note: string) => void skipped.push(note) } as unknown as TestContext;
  return { context, skipped };
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('missing tools', () => {
  it('skip a test with a message that says what to install', () => {
    const { context, skipped } = withoutTools('');
    requireInterop(context, 'redis-cli', 'redis-server');
    expect(skipped).toEqual([expect.stringMatching(/^redis-cli, redis-server not .*apt-get/)]);
  });

  it('fail it where they are required', () => {
    const { context, skipped } = withoutTools('1');
    expect(() => requireInterop(context, 'redis-cli')).toThrow('redis-cli not installed');
    expect(skipped).toEqual([]);
  });
});

describe('a real server', () => {
  it(
    'answers tools and clients, and is gone after stop',
    withTools(['redis-server', 'redis-cli'], async () => {
      const server = await startRealRedis({ directives: { maxmemory: '100mb' } });
      const cli = await runTool('redis-cli', [
        '-p',
        `${server.port}`,
        'config',
        'get',
        'maxmemory',
      ]);
      expect(cli).toEqual({ stdout: 'maxmemory\n104857600\n', stderr: '', status: 0 });
      const client = await server.connect({ protocol: 3 });
      expect(textOf(await client.call('PING'))).toBe('PONG');
      const unanswered = client.call('BLPOP', 'nothing', 0);
      await Promise.all([expect(unanswered).rejects.toThrow('closed'), server.stop()]);
      await client.closed;
      expect(() => process.kill(server.pid, 0)).toThrow('ESRCH');
      await expect(server.connect()).rejects.toThrow('ECONNREFUSED');
    }),
  );

  it(
    'that cannot start says why',
    withTools(['redis-server'], async () => {
      const start = startRealRedis({ directives: { 'no-such-directive': 'x' } });
      await expect(start).rejects.toThrow(/left while starting[^]*no-such-directive/);
    }),
  );

  it(
    'that stays silent is named with the command that waits',
    withTools(['redis-server'], async () => {
      const server = await startRealRedis();
      const client = await server.connect({ timeoutMs: 30 });
      await expect(client.call('BLPOP', 'nothing', 0)).rejects.toThrow('no answer to BLPOP');
      await server.stop();
    }),
  );
});
