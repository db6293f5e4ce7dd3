/** Client-side caching: whole streams of replies and invalidations, compared. */
import { describe, expect, it } from 'vitest';

import type { Both, Command } from '../support/both.ts';
import { after } from '../support/comparison.ts';
import { useParity } from '../support/parity.ts';
import type { Protocol } from '../support/raw-client.ts';
import { textOf } from '../support/resp-value.ts';
import { Stage } from '../support/stage.ts';
import { compareTrackingInfo, expiring } from '../support/tracking.ts';

/** Clients choose their protocols themselves here. */
const parity = useParity({ protocols: [2] });

/** A case with a stage: what its clients got is compared at the end, too. */
const scene = (
  clients: Readonly<Record<string, Protocol>>,
  play: (stage: Stage, both: Both) => Promise<void>,
) =>
  parity(async (both) => {
    await both.run('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    const stage = await Stage.open(both, clients);
    await play(stage, both);
    await stage.compare();
  });

describe('keys that were read', () => {
  it(
    'are invalidated once, whoever changes them, in any database',
    scene({ reader: 3, writer: 2 }, async (stage) => {
      await stage.step('reader', 'CLIENT TRACKING ON', 'GET a', 'MGET a b c', 'HGETALL h');
      await stage.step('writer', 'SET a 1', 'SET a 2', 'SELECT 3', 'SET b 1', 'HSET h f v');
      await stage.step('reader', 'GET a', 'SELECT 3', 'GET b', 'MOVE b 4', 'GET b', 'GET c');
      await stage.step('writer', 'SELECT 5', 'MSET a 1 b 1 c 1', 'DEL a', 'SWAPDB 5 6');
      await stage.step('reader', 'CLIENT TRACKING OFF', 'GET a');
      await stage.step('writer', 'SET a 1');
    }),
  );

  it(
    'are those of commands that read, whatever these find',
    parity(async (both) => {
      const stage = await Stage.open(both, { reader: 3 });
      await both.pipeline([
        ['RPUSH', 'l', 'a'],
        ['ZADD', 'z', '1', 'a'],
        ['XADD', 'x', '1-1', 'f', 'v'],
      ]);
      await stage.step('reader', 'CLIENT TRACKING ON');
      for (const command of READS.trim().split(/\n\s*/)) {
        await stage.step('reader', command);
        await compareTrackingInfo(both);
      }
    }),
  );

  const READS = `
    GET l
    TYPE k1
    OBJECT ENCODING k2
    EXISTS k3 k4
    TTL k5
    DUMP k6
    SINTER l k9
    SDIFFSTORE d s
    ZUNION 2 z k10
    ZUNIONSTORE d 1 z
    SORT k11
    SORT_RO k12
    XREAD COUNT 1 STREAMS x k14 0 0
    XREAD BLOCK 1 STREAMS k15 $
    GETEX k17
    GETDEL k18
    SET k19 1 GET
    TOUCH k21
    MEMORY USAGE k22
    BITFIELD k23 GET u8 0
    BITFIELD_RO k24 GET u8 0
    GEORADIUS k25 0 0 1 m
    GEORADIUS_RO k26 0 0 1 m
    LCS k27 k28
    PFCOUNT k29 k30
    WATCH k31
    UNWATCH
    DBSIZE
    XINFO STREAM k32
    SSCAN s 0
    SUBSTR k33 0 1
    EVAL_RO return(1) 1 k35
    EVAL_RO return(redis.call("get",KEYS[1])) 1 k36
    SINTERCARD 1 k38
    ZINTERCARD 1 k39
    GET
    NONSENSE k40
    COPY k40 k41
    XPENDING k44 g
    XREADGROUP GROUP g c STREAMS k45 >
    COMMAND GETKEYS GET k46
    OBJECT FREQ k48
    LMPOP 1 k49 LEFT
    GEOSEARCH k51 FROMLONLAT 0 0 BYRADIUS 1 m
    ZRANGESTORE d2 z 0 1
    ZDIFF 2 z`;

  it(
    'are told to their reader behind its own reply',
    scene({ reader: 3 }, async (stage) => {
      await stage.step('reader', 'CLIENT TRACKING ON', 'GET a', 'SET a 1', 'GET a', 'GETDEL a');
      await stage.step('reader', 'MGET a b', 'MULTI', 'SET a 1', 'GET a', 'SET b 1', 'EXEC');
      await stage.step('reader', 'GET b', 'MULTI', 'FLUSHALL', 'GET b', 'SET b 1', 'EXEC');
      await stage.step('reader', 'GET b', 'MULTI', 'SET b 1', 'CLIENT TRACKING OFF', 'EXEC');
      await stage.step('reader', 'CLIENT TRACKING ON', 'GET a', 'CLIENT REPLY SKIP', 'SET a 1');
      await stage.step('reader', 'GET a', 'MULTI', 'DEL a', 'EXEC', 'RENAME b a');
    }),
  );

  it(
    'are those a script declares, if it reads anything',
    scene({ reader: 3, writer: 2 }, async (stage) => {
      const run = (script: string, ...keys: string[]): Command => [
        ...['EVAL', script, String(keys.length)],
        ...keys,
      ];
      await stage.step('reader', 'CLIENT TRACKING ON');
      await stage.step(
        'reader',
        run("return redis.call('GET', 'hidden')", 'a', 'b'),
        run("redis.call('SET', KEYS[1], 1)", 'c'),
        run('return 1', 'd'),
      );
      await stage.step('writer', 'MSET hidden 1 a 1 b 1 c 1 d 1');
      const readAndWrite = "redis.call('GET', KEYS[1]) redis.call('SET', KEYS[1], 1) ";
      await stage.step('reader', run(`${readAndWrite} ${readAndWrite} return {1, 2}`, 'a'));
      await stage.step('reader', 'MULTI', run(`${readAndWrite} return {1}`, 'b'), 'PING', 'EXEC');
      await stage.step('reader', 'CLIENT TRACKING ON NOLOOP', run(readAndWrite, 'c'));
      const library = `#!lua name=lib
        redis.register_function('f', function(k) return redis.call('GET', k[1]) end)`;
      await stage.step('reader', ['FUNCTION', 'LOAD', 'REPLACE', library], 'FCALL f 1 fk');
      await stage.step('writer', 'SET fk 1');
    }),
  );

  it(
    'wait for the end of a script that takes long',
    scene({ reader: 3, writer: 2 }, async (stage) => {
      const script = `redis.call('GET', KEYS[1]) redis.call('SET', KEYS[1], 1)
        redis.call('GET', KEYS[1]) for i = 1, 1e7 do local j = i end return 'done'`;
      await stage.step('reader', 'CLIENT TRACKING ON', ['EVAL', script, '1', 'a'], 'GET b');
      await stage.step('writer', 'MSET a 1 b 1');
      await stage.step('reader', 'GET b', 'MULTI', ['EVAL', script, '1', 'a'], 'SET b 1', 'EXEC');
      await stage.step('writer', 'SET a 1');
    }),
  );

  it(
    'go when they expire, are evicted, or all are flushed',
    scene({ reader: 3, other: 3, writer: 2 }, async (stage) => {
      const tracked = ['CLIENT TRACKING ON', 'GET a', 'GET b'];
      await stage.step('writer', 'SET b 1');
      await stage.step('other', ...tracked);
      await stage.step('reader', ...tracked, ...expiring('c'), ...expiring('a'));
      await stage.step('reader', 'MGET a b c', ...expiring('a'), 'SCAN 0 MATCH none');
      await stage.step('writer', 'FLUSHDB', 'SELECT 2', 'FLUSHDB', 'FLUSHALL ASYNC');
      await stage.step('reader', ...tracked, 'FLUSHALL', 'SET a 1', 'DEBUG RELOAD');
      await stage.step('writer', 'CONFIG SET maxmemory-policy allkeys-lru', 'SET a 1', 'SELECT 0');
      await stage.step(
        'reader',
        'GET a',
        'CONFIG SET maxmemory 1',
        'GET b',
        'CONFIG SET maxmemory 0',
      );
    }),
  );

  it(
    'expire by themselves, too',
    scene({ reader: 3, own: 3 }, async (stage, both) => {
      await stage.step('own', 'CLIENT TRACKING ON NOLOOP');
      await stage.step('reader', 'CLIENT TRACKING ON', ...expiring('a'), ...expiring('b'));
      await stage.step('own', ...expiring('c'));
      await both.run('DEBUG', 'SET-ACTIVE-EXPIRE', '1');
      await both.until(['DBSIZE'], (reply) => textOf(reply) === '0');
      const told = await stage.compare(true);
      expect(told['reader']).toContain('>["invalidate", *["a"]]');
      expect(told['own']).toContain('>["invalidate", *["c"]]');
    }),
  );

  it(
    'may be changed by who waits for them',
    scene({ reader: 3, waiter: 3, writer: 3 }, async (stage, both) => {
      for (const name of ['reader', 'waiter', 'writer'])
        await stage.step(name, 'CLIENT TRACKING ON', 'LLEN l', 'LLEN m');
      // Its reply to the step before comes when it is served.
      const waiting = stage.step('waiter', 'BLMOVE l m LEFT RIGHT 0');
      await both.untilBlocked(1);
      await stage.step('writer', 'RPUSH l a b', 'LLEN m');
      await waiting;
      await stage.step('reader', 'LLEN l', 'LPOP l');
    }),
  );
});

describe('options', () => {
  it(
    'are read and combined',
    scene({ one: 3, two: 2, other: 2 }, async (stage) => {
      for (const name of ['one', 'two'])
        for (const command of OPTIONS.trim().split(/\n\s*/)) await stage.step(name, command);
    }),
  );

  const OPTIONS = `
    CLIENT TRACKINGINFO
    CLIENT GETREDIR
    CLIENT TRACKING
    CLIENT TRACKING maybe
    CLIENT TRACKING on REDIRECT
    CLIENT TRACKING on REDIRECT x
    CLIENT TRACKING on REDIRECT 99999
    CLIENT TRACKING on REDIRECT 0
    CLIENT TRACKING on REDIRECT 99999999999999999999
    CLIENT TRACKING on REDIRECT @other REDIRECT @other
    CLIENT TRACKING on PREFIX a
    CLIENT TRACKING on BCAST PREFIX
    CLIENT TRACKING on OPTIN OPTOUT
    CLIENT TRACKING on BCAST OPTIN
    CLIENT TRACKING on BCAST PREFIX a PREFIX ab
    CLIENT TRACKING on BCAST PREFIX ab PREFIX c PREFIX a
    CLIENT TRACKING on BCAST PREFIX a PREFIX a
    CLIENT TRACKING on PREFIX a OPTIN OPTOUT
    CLIENT TRACKING on BCAST OPTIN OPTOUT
    CLIENT CACHING yes
    CLIENT CACHING
    CLIENT CACHING x
    CLIENT TRACKING off nonsense
    CLIENT TRACKING off BCAST OPTIN
    CLIENT TRACKING on OPTIN
    CLIENT CACHING no
    CLIENT CACHING x
    CLIENT CACHING yes x
    CLIENT TRACKING on OPTOUT
    CLIENT TRACKING on BCAST
    CLIENT TRACKINGINFO
    CLIENT TRACKING on
    CLIENT TRACKING on OPTOUT NOLOOP
    CLIENT CACHING yes
    CLIENT TRACKING on BCAST OPTIN
    CLIENT TRACKING off
    CLIENT TRACKING ON BCAST PREFIX b NOLOOP
    CLIENT TRACKING on BCAST PREFIX a
    CLIENT TRACKINGINFO
    CLIENT TRACKING on BCAST PREFIX ab
    CLIENT TRACKING on BCAST PREFIX c PREFIX bc
    CLIENT TRACKING on BCAST
    CLIENT TRACKINGINFO
    CLIENT TRACKING on NOLOOP
    CLIENT TRACKINGINFO x
    CLIENT GETREDIR x
    CLIENT TRACKING on BCAST PREFIX b
    RESET
    CLIENT TRACKINGINFO
    CLIENT TRACKING on BCAST PREFIX \\xff PREFIX x
    CLIENT TRACKING on REDIRECT @other BCAST PREFIX y
    CLIENT TRACKINGINFO
    CLIENT TRACKING off`;

  it(
    'are shown by CLIENT LIST',
    scene({ one: 3, two: 2 }, async (stage, both) => {
      const flags = after((value) => ({
        type: 'simple',
        text: textOf(value)!.replaceAll(/^.*(flags=\S+).*(redir=)(-1|0)?.*$/gm, '$1 $2$3'),
      }));
      await stage.step('one', 'CLIENT TRACKING ON BCAST REDIRECT @two');
      await stage.step('two', 'SUBSCRIBE x');
      await both.runWith(flags, 'CLIENT', 'LIST');
      await stage.step('one', 'CLIENT TRACKING ON BCAST');
      await stage.step('two', 'RESET', 'CLIENT TRACKING ON NOLOOP OPTIN');
      await both.runWith(flags, 'CLIENT', 'LIST');
      await stage.step('two', 'CLIENT TRACKING OFF', 'CLIENT TRACKING ON REDIRECT @one', 'GET k');
      await stage.leave('one');
      await stage.step('two', 'SET k 1', 'WATCH k', 'SET k 1');
      await both.runWith(flags, 'CLIENT', 'LIST');
    }),
  );

  it(
    'let the keys of single commands be tracked, or left out',
    parity(async (both) => {
      const stage = await Stage.open(both, { reader: 3 });
      const step = async (...commands: string[]): Promise<void> => {
        await stage.step('reader', ...commands);
        await compareTrackingInfo(both);
      };
      await step('CLIENT TRACKING ON OPTIN', 'GET a1', 'CLIENT CACHING YES', 'GET a2', 'GET a3');
      await step('CLIENT CACHING YES', 'MULTI', 'GET b1', 'GET b2', 'EXEC', 'GET b3');
      await step('MULTI', 'CLIENT CACHING YES', 'GET b4', 'EXEC', 'GET b5');
      await step('CLIENT CACHING YES', 'NONSENSE', 'GET c1');
      await step('CLIENT CACHING YES', 'GET', 'GET c2');
      await step('CLIENT CACHING YES', 'CLIENT NONSENSE', 'GET c3');
      await step('CLIENT CACHING YES', 'CLIENT', 'GET c4');
      await step('CLIENT CACHING YES', 'CLIENT GETNAME', 'CLIENT GETNAME x', 'GET c5');
      await step('CLIENT CACHING YES', 'CLIENT CACHING x', 'CLIENT TRACKINGINFO', 'GET c6');
      await step('CLIENT CACHING YES', 'MULTI', 'GET', 'EXEC', 'GET d1');
      await step('CLIENT CACHING YES', 'MULTI', 'DISCARD', 'GET d2');
      await step('CLIENT CACHING YES', 'EVAL return(redis.call("get",KEYS[1])) 1 e1', 'GET e2');
      await step('CLIENT CACHING YES', 'CLIENT TRACKING ON OPTIN', 'GET e3');
      await step('CLIENT TRACKING OFF', 'CLIENT TRACKING ON OPTOUT', 'GET f1');
      await step(
        'CLIENT CACHING NO',
        'GET f2',
        'GET f3',
        'CLIENT CACHING NO',
        'CLIENT TRACKINGINFO',
      );
      await step('CLIENT CACHING NO', 'CLIENT TRACKING OFF', 'CLIENT TRACKING ON OPTOUT', 'GET f4');
      await step('CLIENT CACHING NO', 'RESET', 'HELLO 3', 'CLIENT TRACKING ON OPTOUT', 'GET f5');
      await stage.compare();
    }),
  );

  it(
    'keep a client from hearing of its own changes',
    scene({ one: 3, two: 3, writer: 2 }, async (stage) => {
      const changes = ['SET k 1', 'EVAL return(redis.call("set","k",1)) 0', 'GET k', 'DEL k'];
      await stage.step(
        'one',
        'CLIENT TRACKING ON NOLOOP',
        'GET k',
        ...changes,
        'GET k',
        'FLUSHALL',
      );
      await stage.step(
        'two',
        'CLIENT TRACKING ON BCAST NOLOOP',
        ...changes,
        'MULTI',
        'SET k 1',
        'EXEC',
      );
      await stage.step('one', 'GET k', 'GET j');
      await stage.step('two', 'SET j 1', 'SET i 1 PX 100000', 'FLUSHALL');
      await stage.step('two', ...expiring('i'), 'GET i');
      await stage.step('two', 'SET a 1', 'SET b 1');
      await stage.step('writer', 'SET a 2', 'SET k 1', 'GET i');
    }),
  );
});

describe('broadcasts', () => {
  it(
    'tell at the end of a turn what changed, by prefix, in order',
    scene({ all: 3, some: 3, writer: 2 }, async (stage) => {
      await stage.step('all', 'CLIENT TRACKING ON BCAST');
      await stage.step('some', 'CLIENT TRACKING ON BCAST PREFIX b PREFIX a PREFIX \\xff');
      await stage.step('writer', 'SET b2 1', 'SET a 1', 'SET b1 1', 'SET c 1', 'SET a 2', 'DEL b2');
      await stage.step('some', 'SET a 1', 'SET b 1', 'FLUSHALL', 'SET \\xff\\x00 1', 'GET a');
      await stage.step('all', 'MSET bb 1 b 2 c 3', 'CLIENT TRACKING OFF', 'SET a 1');
      await stage.step('some', 'RESET');
      await stage.step('writer', 'SET a 2');
    }),
  );

  it(
    'come without what was tracked before',
    parity(async (both) => {
      const stage = await Stage.open(both, { one: 3, writer: 2 });
      await stage.step('one', 'CLIENT TRACKING ON', 'GET a', 'GET b', 'CLIENT TRACKING OFF');
      await compareTrackingInfo(both);
      await stage.step('one', 'CLIENT TRACKING ON BCAST PREFIX x PREFIX a', 'GET c');
      await stage.step('writer', 'SET a 1', 'SET b 1', 'SET c 1');
      await compareTrackingInfo(both);
      await stage.compare();
    }),
  );
});

describe('redirection', () => {
  it(
    'sends messages of a channel to RESP2 subscribers',
    scene({ two: 2, three: 3, target: 2 }, async (stage) => {
      for (const name of ['two', 'three'])
        await stage.step(name, 'CLIENT TRACKING ON REDIRECT @target', `GET ${name}`);
      await stage.step('three', 'SET two 1', 'SET three 1', 'FLUSHALL', 'GET three', 'GET two');
      await stage.step('target', 'SUBSCRIBE anything');
      await stage.step('three', 'SET two 1', 'SET three 1', 'FLUSHALL', 'GET three');
      await stage.step('two', 'CLIENT TRACKINGINFO', 'FLUSHALL', 'SET three 1', 'GET two');
      await stage.step('target', 'UNSUBSCRIBE');
      await stage.step('target', 'SET two 1', 'PSUBSCRIBE __redis__:*');
      await stage.step('two', 'CLIENT TRACKING OFF', 'CLIENT TRACKING ON BCAST REDIRECT @target');
      await stage.step('three', 'MSET b 1 a 1', 'PUBLISH __redis__:invalidate text');
    }),
  );

  it(
    'sends pushes to RESP3 clients, to oneself too',
    scene({ two: 2, three: 3, writer: 2 }, async (stage) => {
      await stage.step('two', 'CLIENT TRACKING ON REDIRECT @three', 'GET a');
      await stage.step('writer', 'SET a 1', 'FLUSHALL');
      await stage.step('two', 'GET a', 'SET a 1', 'FLUSHALL');
      await stage.step(
        'three',
        'CLIENT TRACKING ON REDIRECT @three',
        'GET a',
        'SET a 1',
        'FLUSHALL',
      );
      await stage.step('three', 'GET a', 'MULTI', 'SET a 1', 'PING', 'EXEC', 'CLIENT TRACKINGINFO');
    }),
  );

  it(
    'is reported broken when its target is gone',
    scene({ two: 2, three: 3, target: 3, writer: 2 }, async (stage) => {
      const read = ['CLIENT TRACKING ON REDIRECT @target', 'GET a', 'GET b'];
      await stage.step('two', ...read);
      await stage.step('three', ...read);
      await stage.leave('target');
      await stage.step('three', 'CLIENT TRACKINGINFO', 'SET b 1');
      await stage.step('writer', 'SET a 1', 'FLUSHALL');
      for (const name of ['two', 'three']) await stage.step(name, 'CLIENT TRACKINGINFO', 'GET a');
      await stage.step('three', 'SET a 1', 'CLIENT TRACKING ON', 'CLIENT TRACKINGINFO', 'GET a');
      await stage.step('two', 'SET a 1', 'FLUSHALL', 'CLIENT TRACKING OFF', 'CLIENT TRACKINGINFO');
    }),
  );

  it(
    'and protocols may change later',
    scene({ one: 3, writer: 2 }, async (stage) => {
      await stage.step('one', 'CLIENT TRACKING ON', 'GET a', 'GET b', 'HELLO 2');
      await stage.step('writer', 'SET a 1');
      await stage.step('one', 'HELLO 3', 'GET a');
      await stage.step('writer', 'MSET a 1 b 1');
      await stage.step('one', 'GET a', 'MULTI', 'SET a 1', 'HELLO 2', 'EXEC');
    }),
  );
});

describe('tracking-table-max-keys', () => {
  it(
    'bounds what is remembered: keys chosen at random are invalidated',
    parity(async (both) => {
      const stage = await Stage.open(both, { reader: 3 });
      await stage.step('reader', 'CLIENT TRACKING ON', 'CONFIG SET tracking-table-max-keys 10');
      const keys = Array.from({ length: 400 }, (_, i) => `key:${i}`);
      await stage.step('reader', ['MGET', ...keys], 'PING', 'PING', 'PING', 'PING');
      const { reader } = await stage.ours();
      const told = reader!.filter((frame) => frame.includes('invalidate'));
      expect(new Set(told).size).toBe(told.length);
      expect(told).toHaveLength(390);
      // A hundred go before the first PING, two hundred before the second, the rest before the third.
      expect(reader!.lastIndexOf(told.at(-1)!)).toBeLessThan(reader!.lastIndexOf('+PONG'));
      await compareTrackingInfo(both);
      await stage.step('reader', 'CONFIG SET tracking-table-max-keys 0', ['MGET', ...keys]);
      await compareTrackingInfo(both);
      await stage.step('reader', 'CONFIG SET tracking-table-max-keys 1000', 'PING');
      expect(await compareTrackingInfo(both)).toContain('tracking_total_keys:400');
    }),
  );
});
