/** Access rules: every form, every error text, and how users are described. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compareUsers, isOursOnly, runRules, sameRules } from '../support/acl.ts';
import type { Both, Command } from '../support/both.ts';
import { type Comparison, unordered } from '../support/comparison.ts';
import { useParity } from '../support/parity.ts';
import type { RawClient } from '../support/raw-client.ts';
import { itemsOf, textOf } from '../support/resp-value.ts';

const parity = useParity();

const HASH = 'ea71c25a7a602246b4c39824b855678894a96f43bb9b71319c39700a1e045222';

/** One user; rules by line, each of them one ACL SETUSER. */
const SEQUENCES: Readonly<Record<string, readonly Command[]>> = {
  'flags and passwords': [
    [],
    ['on'],
    ['ON', 'oFF', 'skip-sanitize-payload'],
    ['sanitize-payload', 'on'],
    ['>p1'],
    ['>p1', '>p2'],
    ['<p2'],
    ['<p2'],
    ['>'],
    ['<'],
    ['#abc'],
    ['!abc'],
    [`#${HASH.toUpperCase()}`],
    [`#${HASH}g`],
    [`#${HASH}`],
    [`#${HASH}`],
    [`!${HASH}`],
    [`!${HASH}`],
    ['nopass'],
    ['>p3'],
    ['resetpass'],
    ['nopass', 'resetpass'],
    ['>pass word', `>${String.fromCharCode(0xff, 0x00)}`],
    ['reset'],
  ],
  keys: [
    ['~a', '~b*', '~a'],
    ['~'],
    ['~a b'],
    ['~a\tb'],
    ['~a\0b'],
    ['%'],
    ['%~a'],
    ['%R'],
    ['%W~'],
    ['%RW~c', '%WR~d', '%r~e', '%w~f'],
    ['%RR~g'],
    ['%RWR~g'],
    ['%X~g'],
    ['%R~a b'],
    ['%R~h', '%W~h'],
    ['%R~b*'],
    ['%R~*'],
    ['%W~*'],
    ['~after'],
    ['~*'],
    ['~a'],
    ['%R~a'],
    ['%X'],
    ['~a b'],
    ['~*', 'allkeys', 'ALLKEYS'],
    ['resetkeys', '%RW~*', '~a'],
    ['resetkeys', '~a~b', '~%R~a', '~(x'],
  ],
  channels: [
    ['&a', '&b*', '&a'],
    ['&'],
    ['&a b'],
    ['&*', '&a'],
    ['allchannels', '&*'],
    ['resetchannels', '&c'],
    ['&*'],
    ['RESETCHANNELS'],
  ],
  commands: [
    ['+get', '+GET', '+Set'],
    ['-get'],
    ['+nosuch'],
    ['-nosuch'],
    ['+'],
    ['-'],
    ['+|'],
    ['+get|'],
    ['+get|foo', '+get|FOO', '+get|Bar'],
    ['-get|foo'],
    ['+get'],
    ['+get|foo'],
    ['-get'],
    ['+get|foo|bar'],
    ['+config'],
    ['-config|get'],
    ['-config|nosuch'],
    ['-config'],
    ['+config|get', '+CONFIG|Set'],
    ['+config|nosuch'],
    ['+config|'],
    ['+config|get|foo'],
    ['+config|get|'],
    ['+|get'],
    ['+@nosuch'],
    ['-@nosuch'],
    ['+@'],
    ['+@string', '-@hash', '+@List'],
    ['-lpush'],
    ['-@string'],
    ['allcommands'],
    ['-get'],
    ['+get'],
    ['-config|get'],
    ['-config', '+config|get'],
    ['-select', '+select|1', '+select|0'],
    ['-@connection'],
    ['-@scripting', '+select|5'],
    ['+@scripting'],
    ['nocommands'],
    ['+@all', '-@write', '-get'],
    ['-@all', '+@read', '+@string'],
    ['reset'],
  ],
  selectors: [
    ['(~x +get)'],
    ['()'],
    ['(%R~k1', '+set', ')'],
    ['(on)'],
    ['(>pw)'],
    ['(reset)'],
    ['(~x foo)'],
    ['(~x', '+get'],
    [')'],
    ['('],
    ['(+get (~a))'],
    ['(+get', '(~a', ')'],
    ['(+get', '(~a', '))'],
    ['(~x', '', '+get', ')'],
    ['(~x  +get "" ~y)'],
    ['(~"ab" +get)'],
    ['(~"a +get)'],
    ['(~x\t+get)'],
    ['(+@all -@write &ch* ~*)', '(+select|0)'],
    ['+ping', '~own', '(+nosuch)'],
    ['clearselectors'],
    ['(~x)', 'reset'],
  ],
  'wrong ones, which change nothing': [
    ['on', '>pw', '~a', '+get'],
    ['off', 'resetpass', '~b', 'nosuch'],
    ['~c', '', '+set'],
    ['-get', '~*', '~d'],
    [' '],
    ['on '],
  ],
};

describe('rules about', () => {
  for (const [name, lists] of Object.entries(SEQUENCES))
    it(
      name,
      parity((both) => runRules(both, 'alice', lists)),
    );
});

describe('users', () => {
  it(
    'are listed by name, and removed together',
    parity(async (both) => {
      for (const name of ['b', 'a', 'B', '', 'ä', 'a-b', '\xff'])
        await both.run('ACL', 'SETUSER', Buffer.from(name, 'latin1'), 'on');
      for (const name of ['a b', 'a\0b', 'a\nb']) await both.run('ACL', 'SETUSER', name, 'on');
      await both.run('ACL', 'USERS');
      await compareUsers(both);
      await both.run('ACL', 'GETUSER', 'nosuch');
      await both.run('ACL', 'DELUSER', 'a', 'default', 'b');
      await both.run('ACL', 'DELUSER', 'a', 'nosuch', 'a', '');
      await both.run('ACL', 'USERS');
      await both.run('ACL', 'DELUSER', 'B', 'b', 'ä', 'a-b', Buffer.from([0xff]));
      await both.run('ACL', 'USERS');
    }),
  );

  it(
    'begin with the channels that acl-pubsub-default gives',
    parity(async (both) => {
      await both.run('CONFIG', 'GET', 'acl-pubsub-default');
      await both.run('CONFIG', 'SET', 'acl-pubsub-default', 'allchannels');
      await runRules(both, 'bob', [[], ['(+get)'], ['resetchannels'], ['&a'], ['reset'], ['&a']]);
      await both.run('CONFIG', 'SET', 'acl-pubsub-default', 'nothing');
      await both.run('CONFIG', 'SET', 'acl-pubsub-default', 'resetchannels');
      await runRules(both, 'bob', [['(+get)'], ['reset']]);
    }),
  );

  it(
    'are called in the right way, or told how',
    parity(async (both) => {
      const wrong: Command[] = [
        ['SETUSER'],
        ['GETUSER'],
        ['GETUSER', 'a', 'b'],
        ['DELUSER'],
        ['LIST', 'a'],
        ['USERS', 'a'],
        ['WHOAMI', 'a'],
        ['WHOAMI'],
        ['NOSUCH'],
        [],
        ['LOAD'],
        ['LOAD', 'a'],
        ['SAVE'],
        ['CAT', 'nosuch'],
        ['CAT', '@read'],
        ['CAT', 'read', 'write'],
        ['CAT', ''],
        ['GENPASS', '0'],
        ['GENPASS', '-1'],
        ['GENPASS', '4097'],
        ['GENPASS', 'x'],
        ['GENPASS', '1', '2'],
        ['DRYRUN'],
        ['DRYRUN', 'default'],
        ['DRYRUN', 'nosuch', 'get', 'a'],
        ['DRYRUN', 'default', 'nosuch', 'a'],
        ['DRYRUN', 'default', 'get'],
        ['DRYRUN', 'default', 'GET', 'a', 'b'],
        ['DRYRUN', 'default', 'config'],
        ['DRYRUN', 'default', 'config', 'nosuch'],
        ['DRYRUN', 'default', 'config', 'get'],
        ['LOG', 'x'],
        ['LOG', '-1'],
        ['LOG', 'reset', 'now'],
      ];
      for (const args of wrong) await both.run('ACL', ...args);
      await both.run('CONFIG', 'SET', 'aclfile', 'users.acl');
      await both.run('CONFIG', 'SET', 'acllog-max-len', '-1');
    }),
  );

  it(
    'find out what there is',
    parity(async (both) => {
      await both.run('ACL', 'CAT');
      for (const category of ['string', 'HASH', 'list', 'set', 'geo', 'bitmap', 'transaction'])
        await both.runWith(unordered, 'ACL', 'CAT', category);
      for (const bits of ['1', '4', '5', '128', '4096'])
        await both.runWith(sameLength, 'ACL', 'GENPASS', bits);
      await both.runWith(sameLength, 'ACL', 'GENPASS');
    }),
  );
});

/** Passwords are made up, so only their form can be the same. */
const sameLength: Comparison = (expected, actual) =>
  textOf(expected)?.length === textOf(actual)?.length && /^[0-9a-f]+$/.test(textOf(actual) ?? '');

const COMMANDS = 'get set mget del config config|get select script script|load xinfo eval'.split(
  ' ',
);
const GROUPS = 'string hash list set sortedset geo bitmap stream transaction pubsub'.split(' ');
const WORDS =
  'on off nopass resetpass allkeys resetkeys allchannels resetchannels reset clearselectors ' +
  'sanitize-payload skip-sanitize-payload >a >b <a <b ~* ~a* ~b %R~a* %W~a* %RW~c &* &x &y* +@all ' +
  '-@all allcommands nocommands nosuch +nosuch %Q~a';

const sign = fc.constantFrom('+', '-');
const selectorRule = fc.oneof(
  fc.tuple(sign, fc.constantFrom(...COMMANDS)).map(([a, b]) => a + b),
  fc.tuple(sign, fc.constantFrom(...GROUPS)).map(([a, b]) => `${a}@${b}`),
  fc.constantFrom('+select|0', '+select|1', '-select|0', '+get|x', '~a*', '%R~b', '&x'),
);
const rule = fc.oneof(
  { weight: 3, arbitrary: selectorRule },
  { weight: 2, arbitrary: fc.constantFrom(...WORDS.split(' ')) },
  fc.array(selectorRule, { maxLength: 3 }).map((rules) => `(${rules.join(' ')})`),
);
const change = fc
  .tuple(fc.constantFrom('alice', 'bob'), fc.array(rule, { maxLength: 5 }))
  .map(([user, rules]) => ['ACL', 'SETUSER', user, ...rules]);
const look = fc
  .constantFrom<Command>(['ACL', 'GETUSER', 'alice'], ['ACL', 'GETUSER', 'bob'], ['ACL', 'LIST'])
  .map((args) => ({ args, comparison: sameRules }));

describe('random rules', () => {
  it(
    'make the same users',
    parity.random({ commands: fc.oneof(change, look), steps: 40, runs: 20, digest: false }),
  );
});

describe('descriptions of commands', () => {
  /** The commands that both servers have, and rules that take the real one's others away. */
  async function commonCommands(
    both: Both,
  ): Promise<{ common: string[]; withoutOthers: string[] }> {
    const [real, ours] = await Promise.all(
      [both.real, both.ours].map(async (client) =>
        itemsOf(await client.call('COMMAND', 'LIST')).map((name) => textOf(name)!),
      ),
    );
    const known = new Set(ours);
    return {
      common: real!.filter((name) => known.has(name)).toSorted(),
      withoutOthers: real!.filter((name) => !known.has(name)).map((name) => `-${name}`),
    };
  }

  async function commandsOf(client: RawClient, user: string): Promise<string> {
    const items = itemsOf(await client.call('ACL', 'GETUSER', user));
    return textOf(items[items.findIndex((item) => textOf(item) === 'commands') + 1]!)!;
  }

  it(
    'make the same sets again, whatever they were made of',
    parity(async (both) => {
      if (both.protocol === 3) return;
      const { common, withoutOthers } = await commonCommands(both);
      const categories = itemsOf(await both.run('ACL', 'CAT')).map((name) => `@${textOf(name)!}`);
      const name = fc.oneof(
        fc.constantFrom(...categories, '@all'),
        fc.constantFrom(...common),
        fc.constantFrom('@all', '@slow', '@fast', '@dangerous', '@admin'),
      );
      const rules = fc.array(
        fc.tuple(sign, name).map(([a, b]) => a + b),
        { minLength: 1, maxLength: 12 },
      );
      const attempt = async (list: string[]): Promise<void> => {
        await both.run('ACL', 'SETUSER', 'alice', 'reset', ...list);
        const described = (await commandsOf(both.ours, 'alice')).split(' ');
        const known = described.filter((word) => !isOursOnly(word));
        await both.real.call('ACL', 'SETUSER', 'alice', ...withoutOthers);
        await both.real.call('ACL', 'SETUSER', 'again', 'reset', ...known, ...withoutOthers);
        const wanted = await commandsOf(both.real, 'alice');
        expect(await commandsOf(both.real, 'again')).toBe(wanted);
        await both.run('ACL', 'SETUSER', 'alice', 'reset', ...described.slice(0, 1));
        await both.ours.call('ACL', 'SETUSER', 'alice', ...described);
        expect(await commandsOf(both.ours, 'alice')).toBe(described.join(' '));
      };
      await fc.assert(fc.asyncProperty(rules, attempt), { numRuns: 50 });
      await both.real.call('ACL', 'DELUSER', 'again');
    }),
  );
});
