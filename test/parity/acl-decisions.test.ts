/** What users may do: ACL DRYRUN and the requests themselves, under chosen and random rules. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { asUser, isRefusal, sameLog } from '../support/acl.ts';
import type { Both, Command } from '../support/both.ts';
import { commandsOf } from '../support/lines.ts';
import { useParity } from '../support/parity.ts';
import { type RespValue, showReply } from '../support/resp-value.ts';

const parity = useParity();

/** Asks whether the user may run a command, then runs it: the answers must agree. */
async function decide(both: Both, user: Both, name: string, command: Command): Promise<void> {
  const verdict = await both.run('ACL', 'DRYRUN', name, ...command);
  if (verdict.type === 'error') return;
  const reply = await user.run(...command);
  expect(isRefusal(reply), command.join(' ')).toBe(showReply(verdict) !== '+OK');
}

async function decideAll(both: Both, rules: string, lines: string): Promise<void> {
  const user = await asUser(both, 'alice', ...rules.split(' '));
  for (const command of commandsOf(lines)) await decide(both, user, 'alice', command);
  await both.runWith(sameLog, 'ACL', 'LOG', '100');
}

describe('a user limited to', () => {
  it(
    'some commands',
    parity((both) =>
      decideAll(
        both,
        '~* &* +get +@list -lpush +config|get +select|1',
        `
        get a
        GET a
        set a 1
        rpush l a b
        lpush l c
        lrange l 0 -1
        config get maxmemory
        CONFIG GET maxmemory
        config set maxmemory 0
        config resetstat
        select 1
        select 2
        select 01
        auth alice any
        hello 9
        ping
        object help
        command getkeys get a
        debug object a
        module list
        `,
      ),
    ),
  );

  it(
    'some keys, in some ways',
    parity((both) =>
      decideAll(
        both,
        '%R~r:* %W~w:* ~rw:* ~[xy]z? +@all',
        `
        get r:a
        get w:a
        get rw:a
        get other
        get xz1
        get az1
        set w:a 1
        set w:a 1 get
        set rw:a 1 get
        set rw:a 1 px 100000
        set r:a 1
        exists w:a
        exists other
        exists r:a w:a other rw:a
        strlen w:a
        type r:a
        type other
        ttl other
        mget r:a r:b other
        mset w:a 1 w:b 2
        mset w:a 1 r:b 2
        del w:a r:b
        unlink rw:a
        append w:a x
        incr w:b
        getdel w:a
        getdel rw:a
        getex r:a
        getex r:a px 1000
        copy r:a w:a
        copy w:a r:a
        rename rw:a w:b
        rename rw:a r:b
        expire w:a 100
        expire r:a 100
        bitfield r:a get u8 0
        bitfield w:a set u8 0 1
        bitfield w:a get u8 0
        bitop not w:a r:a
        bitop not r:a w:a
        pfcount r:a
        pfcount w:a
        pfmerge w:h r:h
        sort r:l
        sort r:l store w:l
        sort r:l store r:m
        sort r:l by nosort
        sort_ro r:l
        lmpop 1 other left
        lmpop 1 rw:l left
        lmove rw:l rw:m left right
        zunionstore w:z 2 r:y r:z
        zunionstore w:z 2 r:y other
        zunionstore w:z 3 r:y other
        zunion 2 r:y other
        georadius r:a 0 0 1 m store other
        georadius r:a 0 0 1 m store w:g
        xread streams r:a 0
        xread streams r:a other 0 0
        xadd w:s 1-1 f v
        xgroup create rw:s g $ mkstream
        xreadgroup group g c streams rw:s >
        watch other
        watch r:a
        eval return(1) 1 r:a
        eval return(1) 1 rw:a
        eval_ro return(1) 1 r:a
        eval_ro return(1) 1 w:a
        eval return(1) 0
        eval return(1) 2 rw:a
        object encoding r:a
        object encoding other
        object freq w:a
        memory usage other
        dump r:a
        dump w:a
        debug object other
        keys *
        dbsize
        `,
      ),
    ),
  );

  it(
    'some channels',
    parity((both) =>
      decideAll(
        both,
        '+@all &news.* &a?',
        `
        publish news.1 x
        publish other x
        publish ab x
        spublish other x
        spublish a1 x
        pubsub channels
        acl dryrun alice subscribe news.1 other
        acl dryrun alice psubscribe news.*
        acl dryrun alice psubscribe news.1*
        acl dryrun alice ssubscribe other
        acl dryrun alice unsubscribe other
        acl dryrun alice punsubscribe other
        `,
      ),
    ),
  );

  it(
    'what one of several selectors allows',
    parity((both) =>
      decideAll(
        both,
        '~a:* +get (~b:* +get +set &x) (+publish &y) (%R~* +mget) (+select|3)',
        `
        get a:1
        get b:1
        get c
        set b:1 1
        set a:1 1
        set c 1
        mget a:1 b:1 c
        mget
        publish y 1
        publish x 1
        publish z 1
        del a:1
        select 3
        select 0
        getdel b:1
        `,
      ),
    ),
  );

  it(
    'nothing',
    parity((both) =>
      decideAll(
        both,
        '-@all',
        `
        ping
        get a
        auth alice any
        hello 9
        acl whoami
        `,
      ),
    ),
  );
});

describe('a restricted user', () => {
  it(
    'sorts by other keys only with the right to read all of them',
    parity(async (both) => {
      const user = await asUser(both, 'alice', '+sort', '+sort_ro', '%R~app:*', '+rpush', '~mine');
      const tries = [
        ['SORT', 'app:l', 'BY', 'nosort'],
        ['SORT', 'app:l', 'BY', 'w_*'],
        ['SORT', 'app:l', 'GET', '#'],
        ['SORT', 'app:l', 'LIMIT', 'x', 'y', 'BY', 'w_*'],
        ['SORT_RO', 'app:l', 'GET', 'w_*'],
        ['SORT', 'mine', 'BY', 'w_*', 'STORE', 'mine'],
      ];
      for (const rules of [[], ['%W~*'], ['(+sort %R~*)'], ['clearselectors', '%R~*']]) {
        await both.run('ACL', 'SETUSER', 'alice', ...rules);
        for (const args of tries) await user.run(...args);
      }
    }),
  );

  it(
    'is told of wrong requests before it is refused',
    parity(async (both) => {
      const user = await asUser(both, 'alice', '+ping');
      for (const args of [
        ['GET'],
        ['NOSUCH', 'x'],
        ['CONFIG'],
        ['CONFIG', 'X'],
        ['CONFIG', 'GET'],
        ['ACL'],
      ])
        await user.run(...args);
      await both.runWith(sameLog, 'ACL', 'LOG');
    }),
  );
});

const KEYS = ['a', 'ab', 'b', 'bc', ''];
const CHANNELS = ['x', 'xy', 'z'];
const key = fc.constantFrom(...KEYS);
const channel = fc.constantFrom(...CHANNELS);
const request = fc.oneof<fc.Arbitrary<Command>[]>(
  fc.tuple(fc.constantFrom('get', 'del', 'exists', 'strlen', 'incr', 'llen', 'dump'), key),
  fc.tuple(fc.constantFrom('mget', 'del', 'exists', 'sinter', 'pfcount', 'unlink'), key, key, key),
  fc.tuple(fc.constant('set'), key, fc.constantFrom('1', '2')),
  fc.tuple(fc.constant('set'), key, fc.constant('3'), fc.constant('GET')),
  fc
    .tuple(fc.constantFrom('rename', 'copy', 'renamenx', 'smove'), key, key)
    .map((args) => (args[0] === 'smove' ? [...args, 'm'] : args)),
  fc.tuple(fc.constantFrom('sunionstore', 'pfmerge', 'sdiffstore'), key, key, key),
  fc.tuple(fc.constantFrom('publish', 'spublish'), channel, fc.constant('m')),
  fc.constantFrom<Command>(['ping'], ['dbsize'], ['config', 'get', 'maxmemory'], ['select', '0']),
  fc.constantFrom<Command>(
    ['select', '1'],
    ['client', 'getname'],
    ['command', 'getkeys', 'get', 'x'],
    ['echo', 'x'],
  ),
  fc.tuple(fc.constantFrom('eval', 'eval_ro'), fc.constant('return 1'), fc.constant('1'), key),
);
const sign = fc.constantFrom('+', '-');
const rule = fc.oneof(
  fc
    .tuple(
      sign,
      fc.constantFrom(
        'get',
        'set',
        'del',
        'mget',
        'config',
        'config|get',
        'select',
        'publish',
        'eval',
        'exists',
        'client',
      ),
    )
    .map(([a, b]) => (a === '-' && b === 'config|get' ? '-config' : a + b)),
  fc
    .tuple(
      sign,
      fc.constantFrom(
        '@read',
        '@write',
        '@string',
        '@set',
        '@fast',
        '@slow',
        '@pubsub',
        '@all',
        '@keyspace',
      ),
    )
    .map(([a, b]) => a + b),
  fc.constantFrom('+select|0', '+select|1', '+@all', '+@all'),
  fc.constantFrom('resetkeys', 'resetchannels', 'allchannels', '&x', '&x*'),
  fc
    .tuple(
      fc.constantFrom('~', '%R~', '%W~', '%RW~'),
      fc.constantFrom('a', 'a*', 'b?', '*', '[ab]', ''),
    )
    .map(([a, b]) => (a + b === '~*' ? 'allkeys' : a + b)),
);
const rules = fc
  .tuple(
    fc.array(rule, { maxLength: 6 }),
    fc.array(fc.array(rule, { maxLength: 4 }), { maxLength: 2 }),
  )
  .map(([own, others]) => [...own, ...others.map((list) => `(${list.join(' ')})`)]);

describe('random rules and requests', () => {
  it(
    'are decided alike, and as ACL DRYRUN says',
    parity(async (both) => {
      const user = await asUser(both, 'alice');
      const attempt = async (list: string[], requests: Command[]): Promise<void> => {
        await both.run('ACL', 'SETUSER', 'alice', 'reset', 'on', 'nopass', ...list);
        await Promise.all(
          requests.map(async (command) => {
            const [verdict, reply] = await Promise.all([
              both.run('ACL', 'DRYRUN', 'alice', ...command),
              user.run(...command),
            ]);
            agree(verdict, reply, command);
          }),
        );
      };
      await fc.assert(
        fc.asyncProperty(rules, fc.array(request, { minLength: 8, maxLength: 20 }), attempt),
        { numRuns: 120 },
      );
    }),
  );
});

function agree(verdict: RespValue, reply: RespValue, command: Command): void {
  expect(isRefusal(reply), command.join(' ')).toBe(showReply(verdict) !== '+OK');
}
