/** Client libraries' everyday calls, over RESP2 and RESP3, against the server as a process. */
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTool, withTools } from '../support/interop.ts';
import { spawnRespd } from '../support/respd.ts';
import type { ServerProcess } from '../support/server-process.ts';

let server: ServerProcess;

beforeAll(async () => {
  server = await spawnRespd({ directives: { requirepass: 'secret' } });
});

afterAll(() => server.stop());

describe.each([2, 3] as const)('ioredis over RESP%i', (protocol) => {
  it('connects, selects, names itself, pipelines and runs transactions', async () => {
    const client = new Redis({
      host: server.host,
      port: server.port,
      password: 'secret',
      db: 1,
      protocol,
      connectionName: 'ioredis-test',
    });
    try {
      expect(await client.ping()).toBe('PONG');
      expect(await client.client('GETNAME')).toBe('ioredis-test');
      expect(String(await client.client('INFO'))).toContain(`db=1 `);
      expect(await client.set('k', 'ünï', 'EX', 100)).toBe('OK');
      expect(await client.get('k')).toBe('ünï');
      expect(await client.ttl('k')).toBeGreaterThan(90);
      const bytes = Buffer.from([0, 255, 13, 10]);
      await client.set('b', bytes);
      expect(await client.getBuffer('b')).toEqual(bytes);
      const results = await client.pipeline().set('n', 1).incr('n').get('nothing').exec();
      expect(results).toEqual([
        [null, 'OK'],
        [null, 2],
        [null, null],
      ]);
      const atomic = await client.multi().incr('n').incr('k').exec();
      expect(atomic![0]).toEqual([null, 3]);
      expect(atomic![1]![0]).toBeInstanceOf(Error);
      await expect(client.call('NOSUCH')).rejects.toThrow('unknown command');
      expect(await client.config('GET', 'maxmemory')).toBeTruthy();
      expect(await client.info('server')).toContain('redis_version:7.0.15');
      await client.flushdb();
    } finally {
      client.disconnect();
    }
  });

  it('is refused with a wrong password', async () => {
    const client = new Redis({
      host: server.host,
      port: server.port,
      password: 'wrong',
      protocol,
      lazyConnect: true,
      retryStrategy: () => null,
    });
    client.on('error', () => {});
    const refused = client.connect().then(() => client.ping());
    await expect(refused).rejects.toThrow(/WRONGPASS|NOAUTH|closed/i);
    client.disconnect();
  });
});

describe.each([2, 3] as const)('node-redis over RESP%i', (RESP) => {
  it('everyday calls', async () => {
    const client = createClient({
      url: `redis://default:secret@${server.host}:${server.port}/2`,
      name: 'node-redis-test',
      RESP,
    });
    client.on('error', () => {});
    await client.connect();
    try {
      expect(await client.ping()).toBe('PONG');
      expect(await client.clientGetName()).toBe('node-redis-test');
      await client.set('k', 'v', { expiration: { type: 'EX', value: 100 } });
      expect(await client.get('k')).toBe('v');
      expect(await client.incrBy('n', 41)).toBe(41);
      const replies = await client.multi().incr('n').get('k').get('nothing').exec();
      expect(replies).toEqual([42, 'v', null]);
      expect((await client.clientInfo()).db).toBe(2);
      expect((await client.configGet('maxmemory'))['maxmemory']).toBe('0');
      expect((await client.commandInfo(['get']))[0]!.arity).toBe(2);
      expect(await client.commandGetKeys(['MSET', 'a', '1', 'b', '2'])).toEqual(['a', 'b']);
      await client.flushDb();
    } finally {
      client.destroy();
    }
  });
});

it.each([2, 3])('redis-py over RESP%i', (protocol) =>
  withTools(['python3-redis'], async () => {
    const script = `
import inspect, redis
options = dict(host='${server.host}', port=${server.port}, password='secret', client_name='py')
if 'protocol' in inspect.signature(redis.Connection.__init__).parameters:
    options['protocol'] = ${protocol}
r = redis.Redis(**options)
assert r.ping()
assert r.client_getname() in (b'py', 'py')
assert r.set('k', 'v', ex=100)
assert r.get('k') == b'v' and 90 < r.ttl('k') <= 100
with r.pipeline(transaction=True) as p:
    p.set('n', 1); p.incr('n'); p.get('nothing')
    assert p.execute() == [True, 2, None]
assert r.info('server')['redis_version'] == '7.0.15'
assert r.info('commandstats')['cmdstat_get']['calls'] >= 1
assert r.config_get('maxmemory') == {'maxmemory': '0'}
assert any(c['name'] == 'py' for c in r.client_list())
assert isinstance(r.slowlog_get(), list)
assert r.command_count() > 100
assert r.memory_usage('k') > 0
assert isinstance(r.time(), tuple)
try:
    r.incr('k')
    raise AssertionError('no error')
except redis.ResponseError as error:
    assert 'not an integer' in str(error)
print('done')
`;
    const result = await runTool('python3-redis', ['-c', script]);
    expect(result.stderr).toBe('');
    expect(result.stdout.trim()).toBe('done');
  })({ skip: () => {} } as never),
);
