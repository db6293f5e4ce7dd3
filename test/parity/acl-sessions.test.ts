/** Sessions and their users: logging in, changes that reach living sessions, refusals and their log. */
import { describe, expect, it } from 'vitest';

import { asUser, compareUsers, sameLog, sameRules } from '../support/acl.ts';
import type { Both, Command } from '../support/both.ts';
import { commandsOf, runLines } from '../support/lines.ts';
import { useParity } from '../support/parity.ts';
import type { RawClient } from '../support/raw-client.ts';
import { showReply, textOf } from '../support/resp-value.ts';

const parity = useParity();

/** Waits until both servers have closed these connections. */
async function untilClosed(pair: Both): Promise<void> {
  await Promise.all([pair.real, pair.ours].map((client) => client.untilClosed()));
}

const OPEN: Command = ['ACL', 'SETUSER', 'default', 'on', 'nopass', '+@all', '~*', '&*'];

describe('logging in', () => {
  it(
    'takes any password of a user that is on',
    parity(async (both) => {
      await both.run('ACL', 'SETUSER', 'alice', 'on', '>one', '>two', '+acl|whoami');
      const user = await both.connect();
      await runLines(
        user,
        `
        AUTH alice three
        AUTH alice
        AUTH alice one two
        AUTH alice ONE
        AUTH alice on
        AUTH alice ''
        AUTH nobody one
        AUTH '' one
        ACL WHOAMI
        AUTH alice two
        ACL WHOAMI
        AUTH default x
        ACL WHOAMI
        AUTH alice one
        PING
        AUTH alice three
        ACL WHOAMI
        RESET
        ACL WHOAMI
        `,
      );
      await both.run('ACL', 'SETUSER', 'alice', 'off');
      await user.run('AUTH', 'alice', 'one');
      await both.run('ACL', 'SETUSER', 'alice', 'on', '<one');
      await user.run('AUTH', 'alice', 'one');
      await user.run('AUTH', 'alice', 'two');
      await both.run('ACL', 'SETUSER', 'alice', 'resetpass');
      await user.run('AUTH', 'alice', 'two');
      await user.run('ACL', 'WHOAMI');
      await both.run('ACL', 'SETUSER', 'alice', 'nopass');
      await user.run('AUTH', 'alice', '');
      await both.runWith(sameLog, 'ACL', 'LOG', '20');
    }),
  );

  it(
    'goes by HELLO, too',
    parity(async (both) => {
      await both.run('ACL', 'SETUSER', 'alice', 'on', '>one', '+acl|whoami', '+client|getname');
      const user = await both.connect();
      const protocol = String(both.protocol);
      await user.run('HELLO', protocol, 'AUTH', 'alice', 'two');
      await user.run('HELLO', protocol, 'AUTH', 'alice');
      await user.run('HELLO', protocol, 'AUTH', 'nobody', 'one', 'SETNAME', 'x');
      await user.run('ACL', 'WHOAMI');
      await user.runWith(() => true, 'HELLO', protocol, 'AUTH', 'alice', 'one', 'SETNAME', 'name');
      await user.run('ACL', 'WHOAMI');
      await user.run('CLIENT', 'GETNAME');
      await both.runWith(sameLog, 'ACL', 'LOG');
    }),
  );

  it(
    'is needed as the default user and requirepass say',
    parity(async (both) => {
      const steps: Command[] = [
        ['CONFIG', 'SET', 'requirepass', 'foo'],
        ['ACL', 'SETUSER', 'default', '>bar'],
        ['ACL', 'SETUSER', 'default', '<foo'],
        ['CONFIG', 'SET', 'requirepass', 'baz'],
        ['CONFIG', 'SET', 'requirepass', ''],
        ['ACL', 'SETUSER', 'default', 'off'],
        ['ACL', 'SETUSER', 'default', 'on', 'resetpass'],
        OPEN,
      ];
      const old = await both.connect();
      for (const step of steps) {
        await both.run(...step);
        await both.run('ACL', 'GETUSER', 'default');
        await both.run('CONFIG', 'GET', 'requirepass');
        const fresh = await both.connect({ protocol: 2 });
        await runLines(
          fresh,
          'PING\nHELLO\nAUTH foo\nAUTH bar\nAUTH baz\nAUTH default x\nPING'.replace('HELLO\n', ''),
        );
        await old.run('PING');
      }
    }),
  );

  it(
    'stays undone for who came before the password went',
    parity(async (both) => {
      await both.run('CONFIG', 'SET', 'requirepass', 'foo');
      const locked = await both.connect({ protocol: 2 });
      await locked.run('PING');
      await both.run('CONFIG', 'SET', 'requirepass', '');
      await locked.run('PING');
      await locked.run('HELLO', '3');
      await locked.run('AUTH', 'default', 'x');
      await locked.run('ACL', 'WHOAMI');
    }),
  );
});

describe('changes reach living sessions', () => {
  it(
    'at the next request',
    parity(async (both) => {
      const user = await asUser(both, 'alice', '~*', '+@all');
      for (const rules of [
        '-set',
        '+set resetkeys',
        '%R~*',
        '~*',
        '-@all',
        '+@all',
        'off',
        'reset on',
      ])
        for (const args of [[], ...commandsOf('SET a 1\nGET a\nPUBLISH c m\nACL WHOAMI')])
          if (args.length === 0) await both.run('ACL', 'SETUSER', 'alice', ...rules.split(' '));
          else await user.run(...args);
    }),
  );

  it(
    'of a transaction when EXEC comes to them',
    parity(async (both) => {
      const user = await asUser(both, 'alice', '~*', '&*', '+@all');
      await runLines(user, 'SET a 1\nMULTI\nGET a\nSET b 2\nPUBLISH c m\nMGET a b\nPING');
      await both.run('ACL', 'SETUSER', 'alice', '-get', 'resetkeys', '~a', 'resetchannels');
      await user.run('EXEC');
      await runLines(user, 'MULTI\nGET a\nSET b 1\nSET a 1\nPUBLISH c m\nEXEC');
      await runLines(user, 'MULTI\nSET a 1');
      await both.run('ACL', 'SETUSER', 'alice', '-exec');
      await user.run('EXEC');
      await user.run('SET', 'a', '2');
      await both.run('ACL', 'SETUSER', 'alice', '+exec', '-multi', '-discard', '-watch');
      await runLines(user, 'EXEC\nMULTI\nDISCARD\nWATCH a');
      await both.runWith(sameLog, 'ACL', 'LOG', '20');
    }),
  );

  it(
    'that removal ends',
    parity(async (both) => {
      const users = [];
      for (let i = 0; i < 3; i++) users.push(await asUser(both, 'alice', '~*', '&*', '+@all'));
      const [plain, waiting, queueing] = users as [Both, Both, Both];
      waiting.send('BLPOP', 'nokey', '0');
      await runLines(queueing, 'MULTI\nSET a 1');
      await both.untilBlocked(1);
      await both.run('ACL', 'DELUSER', 'alice');
      for (const user of [plain, waiting, queueing]) await untilClosed(user);
      await both.untilBlocked(0);
      await both.run('EXISTS', 'a');
      const self = await asUser(both, 'bob', '+@all');
      await self.run('ACL', 'DELUSER', 'bob');
      await untilClosed(self);
      await both.run('ACL', 'USERS');
    }),
  );

  it(
    'that CLIENT KILL ends by user, and CLIENT LIST shows',
    parity(async (both) => {
      const user = await asUser(both, 'alice', '+ping');
      const lines = await Promise.all(
        [both.real, both.ours].map(async (client) => textOf(await client.call('CLIENT', 'LIST'))),
      );
      for (const text of lines) expect(text).toMatch(/ cmd=auth user=alice /);
      await both.run('CLIENT', 'KILL', 'USER', 'nosuch');
      await both.run('CLIENT', 'KILL', 'USER', 'alice');
      await untilClosed(user);
    }),
  );
});

describe('channels that a user loses', () => {
  /** Subscribes as a user, changes it, and tells whether the connection lives, on both alike. */
  async function lives(
    both: Both,
    subscription: Command,
    before: readonly string[],
    after: readonly string[],
  ): Promise<boolean> {
    const user = await asUser(both, 'alice', '+@all', ...before);
    user.send(...subscription);
    for (let i = 1; i < subscription.length; i++) await user.receive();
    await both.run('ACL', 'SETUSER', 'alice', ...after);
    const alive = await Promise.all(
      [both.real, both.ours].map(async (client) => {
        const text = textOf(await client.call('CLIENT', 'LIST', 'TYPE', 'pubsub')) ?? '';
        return text.includes('user=alice');
      }),
    );
    expect(alive[1]).toBe(alive[0]);
    user.close();
    await both.run('ACL', 'DELUSER', 'alice');
    await both.until(['CLIENT', 'LIST', 'TYPE', 'pubsub'], (reply) => textOf(reply) === '');
    return alive[0]!;
  }

  it(
    'end its subscriptions, others not',
    parity(async (both) => {
      const cases: [Command, string[], string[], boolean][] = [
        [['SUBSCRIBE', 'a'], ['&*'], ['resetchannels'], false],
        [['SUBSCRIBE', 'a'], ['&*'], ['resetchannels', '&a'], true],
        [['SUBSCRIBE', 'a', 'b'], ['&*'], ['resetchannels', '&a'], false],
        [['SUBSCRIBE', 'ab'], ['&a*'], ['resetchannels', '&ab', '&x'], true],
        [['SUBSCRIBE', 'ab'], ['&a*'], ['+get', '~x'], true],
        [['PSUBSCRIBE', 'a*'], ['&*'], ['resetchannels', '&a*'], true],
        [['PSUBSCRIBE', 'ab*'], ['&*'], ['resetchannels', '&a*'], false],
        [['SSUBSCRIBE', 's'], ['&*'], ['resetchannels', '&t'], false],
        [['SSUBSCRIBE', 's'], ['&*'], ['resetchannels', '&t', '&s'], true],
        [['SUBSCRIBE', 'a'], ['&*'], ['resetchannels', '(&a +get)'], true],
        [['SUBSCRIBE', 'a'], ['(&a +@all)'], ['clearselectors'], false],
        [['SUBSCRIBE', 'a'], ['&*'], ['reset'], false],
        [['SUBSCRIBE', 'a'], ['&*'], ['off', '-@all'], true],
      ];
      for (const [subscription, before, after, expected] of cases)
        expect(await lives(both, subscription, before, after)).toBe(expected);
    }),
  );

  it(
    'are refused as a whole request',
    parity(async (both) => {
      const user = await asUser(both, 'alice', '&news.*', '&a?', '+@pubsub');
      await runLines(
        user,
        'SUBSCRIBE news.1 other\nPSUBSCRIBE news.1*\nSSUBSCRIBE b ab\nPSUBSCRIBE a? b*',
      );
      user.send('PSUBSCRIBE', 'news.*', 'a?');
      await user.receive();
      await user.receive();
      await both.runWith(sameLog, 'ACL', 'LOG');
    }),
  );
});

describe('scripts', () => {
  it(
    'may do what their caller may',
    parity(async (both) => {
      const user = await asUser(both, 'alice', '~a*', '&c', '+@all', '-del', '-@admin');
      const calls = [
        "redis.call('set','a','1')",
        "redis.call('get','b')",
        "redis.pcall('get','b')",
        "redis.call('del','a')",
        "redis.pcall('del','a')",
        "redis.pcall('publish','c','m')",
        "redis.pcall('publish','d','m')",
        "redis.pcall('config','get','x')",
        "redis.pcall('mget','a','ab','b')",
        "redis.pcall('get')",
        "redis.pcall('nosuch')",
        "redis.acl_check_cmd('get','a')",
        "redis.acl_check_cmd('get','b')",
        "redis.acl_check_cmd('del','a')",
        "redis.acl_check_cmd('publish','d','m')",
        "redis.acl_check_cmd('publish','c','m')",
        "redis.acl_check_cmd('config','get')",
        "redis.acl_check_cmd('config')",
        "redis.acl_check_cmd('nosuch')",
        "redis.acl_check_cmd('get')",
        "redis.acl_check_cmd('mset')",
        "redis.acl_check_cmd('mset','a','1','b')",
        "redis.acl_check_cmd('set')",
        "redis.acl_check_cmd('sort')",
        "redis.acl_check_cmd('eval','x','1')",
        "redis.acl_check_cmd('publish')",
        "redis.acl_check_cmd('subscribe')",
        "redis.acl_check_cmd('psubscribe','c')",
        "redis.acl_check_cmd('select')",
        "redis.acl_check_cmd('object')",
        "redis.acl_check_cmd('object','encoding')",
        "redis.acl_check_cmd('bitfield')",
      ];
      for (const call of calls) {
        await user.run('EVAL', `return ${call}`, '0');
        await user.run('EVAL', `return ${call}`, '1', 'ab');
        await user.run('EVAL', `#!lua flags=no-writes\nreturn ${call}`, '0');
        await both.run('EVAL', `return ${call}`, '0');
      }
      await user.run('EVAL', 'return 1', '1', 'b');
      await runLines(user, "MULTI\nEVAL return(redis.pcall('get','b')) 0\nEXEC");
      await both.runWith(sameLog, 'ACL', 'LOG', '50');
      await both.run('INFO', 'errorstats');
    }),
  );

  it(
    'are functions as well',
    parity(async (both) => {
      const code =
        "#!lua name=lib\nredis.register_function('f', function(keys, args) " +
        "return {redis.acl_check_cmd('get', args[1]), redis.pcall('get', args[1])} end)";
      await both.run('FUNCTION', 'LOAD', code);
      const user = await asUser(both, 'alice', '~a', '+fcall', '+get');
      for (const key of ['a', 'b']) await user.run('FCALL', 'f', '0', key);
      await user.run('FCALL', 'f', '1', 'b', 'a');
      await user.run('FUNCTION', 'LIST');
      await both.runWith(sameLog, 'ACL', 'LOG');
    }),
  );
});

describe('ACL LOG', () => {
  it(
    'joins equal refusals, and keeps the latest',
    parity(async (both) => {
      const user = await asUser(both, 'alice', '~a', '+@all', '-set', '-config|set');
      for (let i = 0; i < 12; i++) await user.run('GET', `k${i}`);
      for (const args of [
        ['GET', 'k11'],
        ['GET', 'k3'],
        ['GET', 'k1'],
        ['SET', 'a', 'b'],
        ['config', 'SET', 'a', 'b'],
      ])
        await user.run(...args);
      for (const count of ['3', '0', '100', '1']) await both.runWith(sameLog, 'ACL', 'LOG', count);
      await both.runWith(sameLog, 'ACL', 'LOG');
      await both.run('CONFIG', 'SET', 'acllog-max-len', '3');
      await both.runWith(sameLog, 'ACL', 'LOG', '100');
      await user.run('GET', 'new');
      await both.runWith(sameLog, 'ACL', 'LOG', '100');
      await both.run('CONFIG', 'SET', 'acllog-max-len', '0');
      await user.run('GET', 'newer');
      await both.runWith(sameLog, 'ACL', 'LOG', '100');
      await both.run('ACL', 'LOG', 'RESET');
      await both.run('ACL', 'LOG');
    }),
  );

  it(
    'shortens what clients made too long',
    parity(async (both) => {
      const user = await asUser(both, 'alice', '+get');
      await user.run('GET', 'x'.repeat(100_000));
      const [real, ours] = await Promise.all(
        [both.real, both.ours].map(async (client) => showReply(await client.call('ACL', 'LOG'))),
      );
      expect(real!.length).toBeGreaterThan(100_000);
      expect(ours!.length).toBeLessThan(10_000);
    }),
  );
});

describe('secrets', () => {
  async function slowCommands(client: RawClient): Promise<string> {
    return showReply(await client.call('SLOWLOG', 'GET', '-1')).replaceAll(
      /:\d+, :\d+, :\d+, |"127[^"]*", ""/g,
      '',
    );
  }

  it(
    'do not show in the slow log, nor to monitors',
    parity(async (both) => {
      const monitor = await both.connect({ protocol: 2 });
      await both.run('SLOWLOG', 'RESET');
      await both.run('CONFIG', 'SET', 'slowlog-log-slower-than', '0');
      await monitor.run('MONITOR');
      await runLines(
        both,
        `
        ACL SETUSER alice on >secret ~x
        ACL SETUSER alice >secret nosuch
        ACL GETUSER alice
        AUTH alice wrong
        AUTH wrong
        ACL DRYRUN alice get x
        ACL DELUSER alice
        PING
        `,
      );
      await both.run('CONFIG', 'SET', 'slowlog-log-slower-than', '10000');
      const [real, ours] = await Promise.all([both.real, both.ours].map(slowCommands));
      expect(ours).toBe(real);
      expect(ours).not.toContain('secret');
      await monitor.receive((a, b) => withoutTime(a) === withoutTime(b));
    }),
  );

  function withoutTime(value: Parameters<typeof showReply>[0]): string {
    return showReply(value).replace(/^[^"]*/, '');
  }
});

it(
  'DELUSER, SETUSER and LIST work inside MULTI',
  parity(async (both) => {
    await runLines(
      both,
      'MULTI\nACL SETUSER alice on +get ~a\nACL DRYRUN alice get a\nACL DELUSER nosuch\nEXEC',
    );
    await both.runWith(sameRules, 'ACL', 'GETUSER', 'alice');
    await compareUsers(both);
  }),
);
