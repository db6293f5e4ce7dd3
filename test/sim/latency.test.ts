/** Every event of the latency monitor, on an engine whose clock goes on 3 ms whenever it is read. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { SimulatedDisk } from '../../src/env/sim-disk.ts';
import { Persistence } from '../../src/persistence/persistence.ts';
import { textOf } from '../support/resp-value.ts';
import { SimulatedServer } from './simulated-server.ts';

const ON = { 'latency-monitor-threshold': '1' };

function slow(server: SimulatedServer): SimulatedServer {
  let microseconds = 1e6;
  vi.spyOn(server.clock, 'monotonicMicroseconds').mockImplementation(() => (microseconds += 3000));
  return server;
}

function eventsOf(server: SimulatedServer): string[] {
  return server.engine.latencyMonitor.all().map(({ event }) => event);
}

describe('the latency monitor', () => {
  it('sees commands, and what blocked clients are served', () => {
    const server = slow(new SimulatedServer({ directives: ON }));
    const client = server.connect();
    client.call('SORT', 'nothing');
    expect(eventsOf(server)).toEqual(['command']);
    client.call('GET', 'a');
    expect(eventsOf(server)).toEqual(['command', 'fast-command']);
    server.connect().send('BLPOP', 'list', '0');
    client.call('LPUSH', 'list', 'x');
    expect(eventsOf(server)).toContain('command-unblocking');
  });

  it('sees expiry and eviction, and the freeing they do', () => {
    const directives = { ...ON, 'maxmemory-policy': 'allkeys-random' };
    const server = slow(new SimulatedServer({ directives }));
    const client = server.connect();
    for (let i = 0; i < 50; i++) client.call('SET', `k${i}`, 'v', 'PX', '50');
    server.advance(200);
    expect(eventsOf(server)).toEqual(expect.arrayContaining(['expire-cycle', 'expire-del']));
    expect(eventsOf(server)).not.toContain('eviction-cycle');
    const members = Array.from({ length: 20_000 }, (_, i) => `member${i}`);
    client.call('SADD', 'large', ...members);
    client.call('CONFIG', 'SET', 'maxmemory-eviction-tenacity', '100', 'maxmemory', '20000');
    client.call('GET', 'a');
    const expected = ['eviction-cycle', 'eviction-del', 'eviction-lazyfree'];
    expect(eventsOf(server)).toEqual(expect.arrayContaining(expected));
  });

  it('sees the append-only file and snapshots', async () => {
    const directives = { ...ON, dir: '/data', save: '', appendonly: 'yes', appendfsync: 'always' };
    const server = slow(new SimulatedServer({ directives }));
    const persistence = new Persistence({
      disk: new SimulatedDisk(),
      processId: 1,
      nextTurn: () => turn(),
      delay: () => turn(),
      wakeAtTurnEnd: () => {},
    });
    persistence.attach(server.engine);
    await persistence.load();
    const client = server.connect();
    client.call('SET', 'a', '1');
    persistence.beforeReplies();
    const write = ['aof-write', 'aof-write-alone', 'aof-fsync-always'];
    expect(eventsOf(server)).toEqual(expect.arrayContaining(write));
    expect(persistence.startRewrite()).toBe('started');
    client.call('SET', 'a', '2');
    persistence.beforeReplies();
    while (textOf(client.call('INFO', 'persistence'))!.includes('aof_rewrite_in_progress:1'))
      await turn();
    const rewrite = ['aof-write-active-child', 'snapshot-slice', 'aof-rename'];
    expect(eventsOf(server)).toEqual(expect.arrayContaining(rewrite));
    await persistence.close();
  });

  it('tells of them, and has advice', () => {
    const server = slow(new SimulatedServer({ directives: ON }));
    const client = server.connect();
    client.call('SORT', 'nothing');
    const doctor = textOf(client.call('LATENCY', 'DOCTOR'))!;
    expect(doctor).toContain('- command: 1 samples, mean');
    expect(doctor).toContain('SLOWLOG GET');
    expect(doctor).not.toContain('maxmemory');
    client.call('CONFIG', 'SET', 'latency-monitor-threshold', '0');
    client.call('LATENCY', 'RESET');
    client.call('SORT', 'nothing');
    expect(client.show('LATENCY', 'LATEST')).toBe('*[]');
    expect(textOf(client.call('LATENCY', 'DOCTOR'))).toContain('The latency monitor is off');
  });
});
