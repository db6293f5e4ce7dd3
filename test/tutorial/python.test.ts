/** The tutorial's programs once more as redis-py programs: sessions, carts, queues, boards, locks. */
import { describe, expect, it } from 'vitest';

import { runTool, withTools } from '../support/interop.ts';
import { useTutorial } from './tutorial-server.ts';

const tutorial = useTutorial();

/** Runs a program with `r`, a client that decodes replies; it must end without a word. */
function program(name: string, text: string): void {
  it(
    name,
    withTools(['python3-redis'], async () => {
      const connect = `import redis, threading\nr = redis.Redis(port=${tutorial.port}, decode_responses=True)\n`;
      const { stdout, stderr, status } = await runTool('python3-redis', ['-c', connect + text]);
      expect(stderr).toBe('');
      expect(stdout).toBe('');
      expect(status).toBe(0);
    }),
  );
}

describe('redis-py', () => {
  program(
    'keeps sessions that are prolonged by every request',
    `
def login(token, user):
    with r.pipeline() as p:
        p.hset('session:' + token, mapping={'user': user, 'visits': 0})
        p.expire('session:' + token, 1800)
        assert p.execute() == [2, True]

def visit(token):
    if not r.exists('session:' + token):
        return None
    r.hincrby('session:' + token, 'visits', 1)
    r.expire('session:' + token, 1800)
    return r.hgetall('session:' + token)

login('t1', 'ada')
assert visit('t1') == {'user': 'ada', 'visits': '1'}
assert visit('t1')['visits'] == '2'
assert 1790 < r.ttl('session:t1') <= 1800
assert visit('unknown') is None
assert r.delete('session:t1') == 1
assert visit('t1') is None
`,
  );

  program(
    'fills carts, and checks out what has not changed meanwhile',
    `
r.mset({'stock:apple': 5, 'stock:pear': 1})
r.hset('cart:7', mapping={'apple': 2, 'pear': 1})
r.hincrby('cart:7', 'apple', 1)
assert r.hgetall('cart:7') == {'apple': '3', 'pear': '1'}

def check_out(cart, meanwhile=lambda: None):
    with r.pipeline() as p:
        p.watch(cart, *['stock:' + name for name in r.hkeys(cart)])
        wanted = {name: int(count) for name, count in p.hgetall(cart).items()}
        if any(int(p.get('stock:' + name)) < count for name, count in wanted.items()):
            return 'sold out'
        meanwhile()
        p.multi()
        for name, count in wanted.items():
            p.decrby('stock:' + name, count)
        p.delete(cart)
        try:
            p.execute()
        except redis.WatchError:
            return 'try again'
        return 'done'

assert check_out('cart:7', lambda: r.incr('stock:apple')) == 'try again'
assert r.mget('stock:apple', 'stock:pear') == ['6', '1']
assert check_out('cart:7') == 'done'
assert r.mget('stock:apple', 'stock:pear') == ['3', '0']
r.hset('cart:8', 'pear', 1)
assert check_out('cart:8') == 'sold out'
`,
  );

  program(
    'hands jobs of a consumer group on after a crash',
    `
r.xgroup_create('jobs', 'workers', id='0', mkstream=True)
ids = [r.xadd('jobs', {'task': 'resize', 'image': str(i)}) for i in range(10)]
(stream, taken), = r.xreadgroup('workers', 'ada', {'jobs': '>'}, count=6)
assert stream == 'jobs' and [i for i, _ in taken] == ids[:6]
assert taken[0][1] == {'task': 'resize', 'image': '0'}
assert r.xack('jobs', 'workers', *ids[:2]) == 2
pending = r.xpending('jobs', 'workers')
assert pending['pending'] == 4 and pending['consumers'] == [{'name': 'ada', 'pending': 4}]
claimed = r.xclaim('jobs', 'workers', 'bob', 0, [ids[2]])
assert [i for i, _ in claimed] == [ids[2]]
rest = r.xautoclaim('jobs', 'workers', 'bob', 0)[1]
assert [i for i, _ in rest] == ids[2:6]
times = {p['message_id']: p['times_delivered'] for p in r.xpending_range('jobs', 'workers', '-', '+', 10)}
assert times == {ids[2]: 3, ids[3]: 2, ids[4]: 2, ids[5]: 2}
assert r.xinfo_groups('jobs')[0]['lag'] == 4
`,
  );

  program(
    'keeps a leaderboard',
    `
r.zadd('board', {'p%d' % i: i * 10 for i in range(1000)})
assert r.zrevrank('board', 'p990') == 9
assert r.zincrby('board', 500, 'p990') == 10400.0
assert r.zrevrank('board', 'p990') == 0
assert r.zrange('board', 0, 1, desc=True, withscores=True) == [('p990', 10400.0), ('p999', 9990.0)]
assert r.zadd('board', {'p1': 5}, gt=True, ch=True) == 0
assert r.zcount('board', 9980, '+inf') == 3
assert r.zrangebyscore('board', '(9970', '+inf', start=0, num=1) == ['p998']
`,
  );

  program(
    'shares a lock between threads',
    `
r.set('balance', 0)
def work():
    mine = redis.Redis(port=r.connection_pool.connection_kwargs['port'])
    for _ in range(10):
        with mine.lock('lock:balance', timeout=60, sleep=0.001):
            mine.set('balance', int(mine.get('balance')) + 1)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert r.get('balance') == '40'
lock = r.lock('lock:other', timeout=60)
assert lock.acquire(blocking=False)
assert not r.lock('lock:other', timeout=60).acquire(blocking=False)
assert lock.extend(60) and lock.owned()
lock.release()
assert r.exists('lock:other') == 0
`,
  );

  program(
    'waits for jobs, counts visitors, finds places, and publishes',
    `
worker = threading.Thread(target=lambda: r.rpush('done', r.blpop('queue', timeout=20)[1]))
worker.start()
r.rpush('queue', 'job')
worker.join()
assert r.lrange('done', 0, -1) == ['job']

assert r.pfadd('visitors', *range(1000)) == 1
assert abs(r.pfcount('visitors') - 1000) < 25
r.setbit('active', 7, 1)
assert r.bitcount('active') == 1 and r.get('active') == chr(1)

r.geoadd('cities', (13.405, 52.52, 'Berlin', 9.9937, 53.5511, 'Hamburg'))
assert 253 < r.geodist('cities', 'Berlin', 'Hamburg', unit='km') < 257
assert r.geosearch('cities', longitude=13, latitude=52, radius=100, unit='km') == ['Berlin']

with r.pubsub() as channel:
    channel.subscribe('news')
    assert channel.get_message(timeout=20)['type'] == 'subscribe'
    assert r.publish('news', 'hello') == 1
    assert channel.get_message(timeout=20)['data'] == 'hello'

assert r.eval("return {KEYS[1], ARGV[1] + 1}", 1, 'k', 41) == ['k', 42]
assert r.register_script("return redis.call('INCR', KEYS[1])")(keys=['n']) == 1
assert sorted(r.scan_iter(match='*it*')) == ['cities', 'visitors']
`,
  );
});
