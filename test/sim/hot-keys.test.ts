/** Which keys are used most, on a whole engine with a clock moved by hand. */
import { describe, expect, it } from 'vitest';
import { itemsOf, type RespValue, textOf } from '../support/resp-value.ts';
import { type SimulatedClient, SimulatedServer } from './simulated-server.ts';

type Hot = Readonly<Record<string, string>>;

/** The reply by kind of access. */
function hotKeys(client: SimulatedClient, ...options: string[]): Readonly<Record<string, Hot[]>> {
  const reply = client.call('RESPD.HOTKEYS', ...options);
  if (reply.type === 'error') throw new Error(reply.text);
  const pairs = pairsOf(reply).map(([access, keys]) => [
    textOf(access)!,
    itemsOf(keys).map((key) =>
      Object.fromEntries(pairsOf(key).map(([name, value]) => [textOf(name)!, shown(value)])),
    ),
  ]);
  return Object.fromEntries(pairs);
}

function shown(value: RespValue): string {
  return 'value' in value ? String(value.value) : textOf(value)!;
}

function pairsOf(value: RespValue): [RespValue, RespValue][] {
  const items = itemsOf(value);
  return items.flatMap((item, i) => (i % 2 === 0 ? [[item, items[i + 1]!]] : []));
}

const ON = { directives: { 'hotkeys-counters': '20' } };

describe('RESPD.HOTKEYS', () => {
  it('tells reads and writes, in all and of the last second', () => {
    const server = new SimulatedServer(ON);
    const client = server.connect();
    for (let i = 0; i < 30; i++) client.call('SET', `cold${i}`, '1');
    for (let i = 0; i < 100; i++) client.call('INCR', 'counter');
    client.call('SELECT', 3);
    client.call('SADD', 'set', 'a');
    for (let i = 0; i < 50; i++) client.call('SISMEMBER', 'set', 'a');
    client.call('SELECT', 0);
    server.advance(1000);
    const first = hotKeys(client, 'COUNT', '1');
    expect(first).toEqual({
      read: [{ key: 'set', db: '3', 'per-second': '50', total: '50', excess: '0' }],
      write: [
        {
          key: 'counter',
          db: '0',
          'per-second': '100',
          total: expect.any(String),
          excess: expect.any(String),
        },
      ],
    });
    const { total, excess } = first.write![0]!;
    expect(Number(total) - Number(excess)).toBe(100);
    for (let i = 0; i < 7; i++) client.call('GET', 'cold3');
    server.advance(1000);
    expect(hotKeys(client, 'READ', 'PERSECOND')).toMatchObject({
      read: [{ key: 'cold3', 'per-second': '7' }],
    });
    expect(hotKeys(client, 'READ').read!.map(({ key }) => key)).toEqual(['set', 'cold3']);
    server.advance(1000);
    expect(hotKeys(client, 'PERSECOND')).toEqual({ read: [], write: [] });
  });

  it('counts uses of keys that are there only, and every change', () => {
    const server = new SimulatedServer(ON);
    const client = server.connect();
    client.call('SET', 'a', '1');
    for (const line of ['EXISTS a', 'TTL a', 'GET nosuch', 'TYPE nosuch', 'CLIENT NO-TOUCH on'])
      client.call(...line.split(' '));
    client.call('GET', 'a');
    expect(hotKeys(client, 'READ')).toEqual({ read: [] });
    client.call('PEXPIRE', 'a', '50');
    server.advance(200);
    expect(server.engine.keyspace.expiredKeys).toBe(1);
    expect(hotKeys(client, 'WRITE')).toMatchObject({ write: [{ key: 'a', total: '3' }] });
    client.call('CONFIG', 'RESETSTAT');
    expect(hotKeys(client)).toEqual({ read: [], write: [] });
  });

  it('is switched on and off at run time, and tells of it', () => {
    const server = new SimulatedServer();
    const client = server.connect();
    const info = (): string => textOf(client.call('INFO', 'hotkeys'))!;
    client.call('SET', 'a key', '1');
    expect(client.show('RESPD.HOTKEYS')).toContain('hotkeys-counters');
    expect(info()).toBe('# Hotkeys\r\nhotkeys_enabled:0\r\n');
    expect(server.engine.keyspace.events.active & 2).toBe(0);
    const used = (): number => server.engine.ports.memory.report().used;
    const before = used();
    client.call('CONFIG', 'SET', 'hotkeys-counters', '1000');
    expect(used() - before).toBeGreaterThan(2 * 1000 * 128);
    client.call('GET', 'a key');
    expect(info()).toContain('hotkey_read_0:db=0,key=a%20key,per_second=0,total=1,excess=0\r\n');
    expect(textOf(client.call('INFO', 'all'))).not.toContain('hotkeys_');
    expect(textOf(client.call('INFO', 'everything'))).toContain('hotkeys_reads_counted:1\r\n');
    server.advance(1000);
    const families = server.engine.metrics.collect();
    expect(families.find(({ name }) => name === 'redis_hot_key_per_second')?.samples).toEqual([
      { labels: { access: 'read', db: 'db0', key: 'a%20key' }, value: 1 },
    ]);
    client.call('CONFIG', 'SET', 'hotkeys-counters', '0');
    expect(info()).toBe('# Hotkeys\r\nhotkeys_enabled:0\r\n');
    expect(used()).toBe(before);
    expect(client.show('GET', 'a key')).toBe('"1"');
  });

  it('refuses what it does not know', () => {
    const client = new SimulatedServer(ON).connect();
    for (const line of ['COUNT', 'COUNT x', 'COUNT 0', 'DELETE', 'READ COUNT'])
      expect(client.call('RESPD.HOTKEYS', ...line.split(' ')).type, line).toBe('error');
  });
});
