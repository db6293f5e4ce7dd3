/** Clients that wait for keys, in simulated time. */
import { describe, expect, it } from 'vitest';

import type { Waiter } from '../../src/command/waiting.ts';
import { UNBLOCKED_BY_ROLE_CHANGE } from '../../src/resp/errors.ts';
import { showReply } from '../support/resp-value.ts';
import { SimulatedServer, type SimulatedClient } from './simulated-server.ts';

const received = (client: SimulatedClient): string | undefined => {
  const reply = client.receive();
  return reply === undefined ? undefined : showReply(reply);
};

describe('blocked clients', () => {
  it('are told when their time is up, not before, in order of time', () => {
    const server = new SimulatedServer();
    const [one, two, ever] = [server.connect(), server.connect(), server.connect()];
    one.send('XREAD', 'BLOCK', '500', 'STREAMS', 'a', '0');
    two.send('XREAD', 'BLOCK', '200', 'STREAMS', 'a', '0');
    ever.send('XREAD', 'BLOCK', '0', 'STREAMS', 'a', '0');
    const { blocking } = server.engine;
    expect(blocking.count).toBe(3);
    server.advance(199);
    expect([received(one), received(two)]).toEqual([undefined, undefined]);
    server.advance(1);
    expect([received(one), received(two)]).toEqual([undefined, 'null(*-1)']);
    server.advance(300);
    expect(received(one)).toBe('null(*-1)');
    server.advance(1_000_000);
    expect(received(ever)).toBeUndefined();
    expect(blocking.count).toBe(1);
    expect(server.timers.pending).toBe(0);
  });

  it('leave no timer and no queue when they are served or go', () => {
    const server = new SimulatedServer();
    const [one, two, writer] = [server.connect(), server.connect(), server.connect()];
    one.send('XREAD', 'BLOCK', '500', 'STREAMS', 'a', 'b', '0', '0');
    two.send('XREAD', 'BLOCK', '500', 'STREAMS', 'b', 'b', '0', '0');
    const { blocking, keyspace } = server.engine;
    const waitingForB = () => blocking.waitingFor(keyspace.databases[0], Uint8Array.of(98), 0, 1);
    expect(waitingForB()).toBe(2);
    blocking.forget(two.session);
    expect(waitingForB()).toBe(1);
    writer.call('XADD', 'a', '1-1', 'f', 'v');
    expect(received(one)).toContain('1-1');
    expect([waitingForB(), blocking.count, server.timers.pending]).toEqual([0, 0, 0]);
    server.advance(1000);
    expect(received(two)).toBeUndefined();
    expect(received(one)).toBeUndefined();
  });

  it('are served one unit after the other, each with its own effects', () => {
    const server = new SimulatedServer();
    const [one, two, writer] = [server.connect(), server.connect(), server.connect()];
    writer.call('XGROUP', 'CREATE', 'a', 'g', '$', 'MKSTREAM');
    one.send('XREADGROUP', 'GROUP', 'g', 'one', 'COUNT', '1', 'BLOCK', '0', 'STREAMS', 'a', '>');
    two.send('XREADGROUP', 'GROUP', 'g', 'two', 'COUNT', '1', 'BLOCK', '0', 'STREAMS', 'a', '>');
    server.effects.length = 0;
    writer.call('MULTI');
    writer.call('XADD', 'a', '1-1', 'f', 'v');
    writer.call('XADD', 'a', '1-2', 'f', 'v');
    writer.call('EXEC');
    expect(received(one)).toContain('1-1');
    expect(received(two)).toContain('1-2');
    const names = server.effects.map((effect) => effect.split(' ').slice(1, 5).join(' '));
    expect(names).toEqual([
      ...['MULTI', 'XADD a 1-1 f', 'XADD a 1-2 f', 'EXEC'],
      ...['XCLAIM a g one', 'XCLAIM a g two'],
    ]);
  });

  it('are closed with an error when the server becomes a replica', () => {
    const server = new SimulatedServer();
    const one = server.connect();
    one.send('XREAD', 'BLOCK', '0', 'STREAMS', 'a', '0');
    const { engine } = server;
    engine.executor.runUnit(() => engine.blocking.unblockAll(UNBLOCKED_BY_ROLE_CHANGE));
    expect(received(one)).toBe(`-${UNBLOCKED_BY_ROLE_CHANGE}`);
    expect(one.isClosed).toBe(true);
    expect(engine.blocking.count).toBe(0);
  });

  it('survive a waiter that fails, with an error for its client only', () => {
    const server = new SimulatedServer();
    const [one, two, writer] = [server.connect(), server.connect(), server.connect()];
    const { engine } = server;
    const { blocking } = engine;
    two.send('XREAD', 'BLOCK', '0', 'STREAMS', 'a', '0');
    const block = blocking.block.bind(blocking);
    const failing = (waiter: Waiter): Waiter => ({
      ...waiter,
      serve: (context) => {
        context.reply.array(7);
        throw new Error('on purpose');
      },
    });
    blocking.block = (key, count, timeout, waiter) => block(key, count, timeout, failing(waiter));
    one.send('XREAD', 'BLOCK', '0', 'STREAMS', 'a', '0');
    blocking.block = block;
    expect(showReply(writer.call('XADD', 'a', '1-1', 'f', 'v'))).toBe('"1-1"');
    expect(received(one)).toBe("-ERR internal error in 'xread' command");
    expect(received(two)).toContain('1-1');
    expect(server.logged.join()).toContain('on purpose');
    expect(blocking.count).toBe(0);
  });

  it('cost a write nothing to speak of when they wait for other keys', () => {
    const server = new SimulatedServer();
    const writer = server.connect();
    const waiting = Array.from({ length: 100 }, (_, i) => {
      const client = server.connect();
      client.send('XREAD', 'BLOCK', '0', 'STREAMS', `key${i}`, '0');
      return client;
    });
    writer.call('XADD', 'key50', '1-1', 'f', 'v');
    expect(waiting.flatMap((client, i) => (received(client) === undefined ? [] : [i]))).toEqual([
      50,
    ]);
    for (let i = 0; i < 100; i++) writer.call('XADD', `key${i}`, '2-1', 'f', 'v');
    expect(server.engine.blocking.count).toBe(0);
    // Nobody waits any more: the keyspace reports additions to nobody.
    expect(server.engine.keyspace.events.active & 8).toBe(0);
  });
});
