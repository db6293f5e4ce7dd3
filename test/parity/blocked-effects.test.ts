/** What is passed on, and which events are named, when waiting clients are served. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { SimulatedServer } from '../sim/simulated-server.ts';
import { withTools } from '../support/interop.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startRealRedis } from '../support/real-redis.ts';
import { decodeReply, itemsOf, ReplyFramer, showReply, textOf } from '../support/resp-value.ts';

type Observed = { readonly effects: string[]; readonly events: string[] };

/** What the waiting clients asked for, in order of arrival, and what another one does then. */
type Scenario = { readonly waiting: readonly string[]; readonly commands: readonly string[] };

function readEffects(directory: string): string[] {
  const framer = new ReplyFramer();
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.incr.aof')))
    framer.push(readFileSync(join(directory, file)));
  const effects: string[] = [];
  for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
    const words = itemsOf(decodeReply(frame)).map((word) => textOf(word)!);
    if (words[0] !== 'SELECT') effects.push(words.join(' '));
  }
  return effects;
}

async function untilBlocked(client: RawClient, count: number): Promise<void> {
  for (;;) {
    const info = textOf(await client.call('INFO', 'clients'))!;
    if (info.includes(`blocked_clients:${count}\r\n`)) return;
  }
}

async function observeReal({ waiting, commands }: Scenario): Promise<Observed> {
  const server = await startRealRedis({
    directives: { appendonly: 'yes', appendfsync: 'always', 'notify-keyspace-events': 'EAnm' },
  });
  try {
    const [client, subscriber] = [await server.connect(), await server.connect()];
    subscriber.send('PSUBSCRIBE', '__keyevent@*__:*', 'end');
    await subscriber.receive();
    await subscriber.receive();
    for (const [index, line] of waiting.entries()) {
      (await server.connect()).send(...line.split(' '));
      await untilBlocked(client, index + 1);
    }
    for (const line of commands) await client.call(...line.split(' '));
    await client.call('PUBLISH', 'end', '');
    const events: string[] = [];
    for (;;) {
      const [, pattern, channel, key] = itemsOf(await subscriber.receive()).map(textOf);
      if (pattern === 'end') break;
      events.push(`0 ${channel!.slice(channel!.indexOf(':') + 1)} ${key}`);
    }
    return { effects: readEffects(join(server.directory, 'appendonlydir')), events };
  } finally {
    await server.stop();
  }
}

function observeOurs({ waiting, commands }: Scenario): Observed {
  const server = new SimulatedServer();
  for (const line of waiting) server.connect().send(...line.split(' '));
  const client = server.connect();
  for (const line of commands) showReply(client.call(...line.split(' ')));
  const effects = server.effects.map((text) => text.slice(text.indexOf(' ') + 1));
  return { effects, events: server.events };
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'pops of lists': {
    waiting: ['BLPOP a b 0', 'brpop b a 0', 'BLMPOP 0 2 b a LEFT COUNT 2', 'BLPOP a 0'],
    commands: ['RPUSH a 1 2 3 4 5', 'RPUSH a 6 7', 'LLEN a'],
  },
  'moves between lists': {
    waiting: ['BLPOP c 0', 'blmove b c Left RIGHT 0', 'BRPOPLPUSH a b 0'],
    commands: ['RPUSH a 1', 'RPUSH a 2'],
  },
  'a move to another type': {
    waiting: ['BLMOVE a s LEFT LEFT 0', 'BRPOPLPUSH a s 0', 'BLMOVE a b LEFT LEFT 0'],
    commands: ['SET s v', 'RPUSH a 1 2'],
  },
  'pops of sorted sets': {
    waiting: [
      ...['BZPOPMIN a b 0', 'bzpopmax b a 0', 'BZMPOP 0 2 b a MIN COUNT 2', 'BZMPOP 0 1 a MAX'],
      'BZPOPMIN a 0',
    ],
    commands: ['ZADD a 1 p 2 q 3 r 4 s 5 t', 'ZADD a 6 u', 'ZCARD a'],
  },
  'a transaction': {
    waiting: ['BLPOP a 0', 'BLMOVE b c LEFT LEFT 0', 'BZPOPMIN z 0'],
    commands: ['MULTI', 'RPUSH a 1 2', 'RPUSH b 1', 'ZADD z 1 m', 'LPOP a', 'EXEC'],
  },
};

for (const [name, scenario] of Object.entries(SCENARIOS))
  it(
    `agree on ${name}`,
    withTools(['redis-server'], async () => {
      expect(observeOurs(scenario)).toEqual(await observeReal(scenario));
    }),
  );
