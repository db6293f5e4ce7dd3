/**
 * What a write leaves behind besides its reply: the effects that replicas and append-only files get,
 * and the events that subscribers hear. The real server's are read from its append-only file and
 * from a subscription; ours come from the simulated engine, which executes the same requests.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { expect, it } from 'vitest';

import { SimulatedServer } from '../sim/simulated-server.ts';
import { withTools } from '../support/interop.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startRealRedis } from '../support/real-redis.ts';
import { decodeReply, itemsOf, ReplyFramer, showReply, textOf } from '../support/resp-value.ts';

type Observed = {
  readonly replies: string[];
  readonly effects: string[];
  readonly events: string[];
};

/** Marks the end of what a scenario caused. */
const END = 'PUBLISH end end';
/** Points in time are each server's own. */
const withoutTimes = (text: string): string => text.replace(/\b1\d{12}\b/g, 'TIME');

/** `wait 20` lets milliseconds pass. */
async function observeReal(lines: readonly string[]): Promise<Observed> {
  const server = await startRealRedis({
    directives: {
      appendonly: 'yes',
      appendfsync: 'always',
      'notify-keyspace-events': 'KEA$glshzxetdnm',
    },
  });
  try {
    const client = await server.connect();
    const subscriber = await server.connect();
    subscriber.send('PSUBSCRIBE', '__keyspace@*__:*', 'end');
    await subscriber.receive();
    await subscriber.receive();
    await client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    const replies: string[] = [];
    for (const line of lines)
      if (line.startsWith('wait ')) await delay(Number(line.slice(5)));
      else replies.push(withoutTimes(showReply(await client.call(...line.split(' ')))));
    await client.call(...END.split(' '));
    const events = await eventsUntilEnd(subscriber);
    client.close();
    subscriber.close();
    return { replies, effects: readEffects(join(server.directory, 'appendonlydir')), events };
  } finally {
    await server.stop();
  }
}

async function eventsUntilEnd(subscriber: RawClient): Promise<string[]> {
  const events: string[] = [];
  for (;;) {
    const [, pattern, channel, event] = itemsOf(await subscriber.receive()).map(textOf);
    if (pattern === 'end') return events;
    const [, database, key] = /^__keyspace@(\d+)__:(.*)$/s.exec(channel!)!;
    events.push(`${database} ${event} ${key}`);
  }
}

/** The commands of the incremental file, each with its database. */
function readEffects(directory: string): string[] {
  const files = readdirSync(directory).filter((name) => name.endsWith('.incr.aof'));
  const framer = new ReplyFramer();
  for (const file of files) framer.push(readFileSync(join(directory, file)));
  const effects: string[] = [];
  let database = '0';
  for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
    const words = itemsOf(decodeReply(frame)).map((word) => textOf(word)!);
    if (words[0] === 'SELECT') database = words[1]!;
    else effects.push(effectText(database, words));
  }
  return effects;
}

function effectText(database: string, words: readonly string[]): string {
  const name = words[0]!.toUpperCase();
  const where = name === 'MULTI' || name === 'EXEC' ? '-' : database;
  return withoutTimes([where, name, ...words.slice(1)].join(' '));
}

function observeOurs(lines: readonly string[]): Observed {
  const server = new SimulatedServer();
  const client = server.connect();
  client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
  const replies: string[] = [];
  for (const line of lines)
    if (line.startsWith('wait ')) server.advance(Number(line.slice(5)));
    else replies.push(withoutTimes(client.show(...line.split(' '))));
  const effects = server.effects.map((effect) => {
    const [database, ...words] = effect.split(' ');
    return effectText(database!, words);
  });
  return { replies, effects, events: server.events };
}

/** Commands of a scenario, separated by bars. */
const SCENARIOS: Readonly<Record<string, string>> = {
  deleting: `
    SET a 1 | SET b 2 | DEL absent | DEL a b a | SET a 1 | UNLINK a | UNLINK a`,
  expiries: `
    SET a 1 | EXPIRE a 100 NX | EXPIRE a 200 GT | PEXPIRE a 300000 | EXPIRE a 10 NX |
    PEXPIREAT a 99999999999999 XX | EXPIREAT a 99999999999 LT | EXPIRE absent 5 |
    PERSIST a | PERSIST a | EXPIRE a -1 | SET a 1 | PEXPIREAT a 5 | EXPIRE a -1`,
  'renames, moves and copies': `
    SET a 1 | RENAME a b | RENAME b b | RENAME absent b | SET c 2 | RENAMENX b c |
    RENAME b c | RENAMENX c d | COPY d e | COPY d e | COPY d e REPLACE | COPY d d DB 1 |
    MOVE d 1 | MOVE d 2 | SELECT 2 | EXPIRE d 1000 | RENAME d x | COPY x y DB 3 |
    MOVE x 0 | SELECT 0 | RENAME x y | TOUCH y | EXISTS y`,
  'flushes and swaps': `
    FLUSHALL | FLUSHDB | SET a 1 | FLUSHDB ASYNC | SET a 1 | SELECT 3 | FLUSHDB |
    FLUSHALL SYNC | FLUSHALL | SWAPDB 0 3 | SWAPDB 0 0 | SET b 1 | FLUSHALL x`,
  transactions: `
    MULTI | SET a 1 | INCR a | EXEC | MULTI | SET a 1 | EXEC | MULTI | GET a | EXEC |
    MULTI | SET a 1 | SELECT 4 | SET a 4 | EXPIRE a 100 | SELECT 0 | DEL a | EXEC |
    MULTI | SET a 1 | DISCARD | MULTI | SET a 1 | NOSUCH | EXEC | MULTI | EXEC |
    WATCH a | SET a 2 | MULTI | SET a 3 | EXEC | MULTI | SET b x | INCR b | EXEC |
    SELECT 1 | MULTI | SELECT 2 | GET a | EXEC | SET z 1`,
  'keys found to be expired': `
    SET a 1 PX 1 | SET b 1 PX 1 | wait 20 | GET a | GET a | SET b 2 | GET b |
    SET a 1 PX 1 | SET b 1 PX 1 | wait 20 | EXISTS a b | SET a 1 PX 1 | SET b 1 |
    wait 20 | RENAME a b | RENAME b a | SET c 1 PX 1 | wait 20 | RENAME a c |
    SET a 1 PX 1 | wait 20 | EXPIRE a 10 | SET a 1 PX 1 | wait 20 | DEL a | TTL a |
    SET a 1 PX 1 | wait 20 | SCAN 0 COUNT 100 | DEL b c | SET a 1 PX 1 | wait 20 |
    RANDOMKEY | SET a 1 PX 1 | wait 20 | KEYS * | DBSIZE | OBJECT ENCODING a | DBSIZE |
    SET a 1 PX 1 | wait 20 | MULTI | GET a | SET x 1 | EXEC | SET a 1 PX 1 | wait 20 |
    TYPE a | TOUCH a | SET a 1 PX 1 | SET b 1 | wait 20 | COPY b a | MOVE a 1`,
  misses: `
    GET a | TTL a | EXISTS a | TYPE a | TOUCH a | OBJECT ENCODING a | DEL a`,
};

for (const [name, scenario] of Object.entries(SCENARIOS))
  it(
    `${name}: the same effects and events as the real server's`,
    withTools(['redis-server'], async () => {
      const lines = scenario.split('|').map((line) => line.trim());
      const expected = await observeReal(lines);
      expect(expected.events).not.toEqual([]);
      expect(observeOurs(lines)).toEqual(expected);
    }),
  );
