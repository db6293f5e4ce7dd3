import { describe, expect, it } from 'vitest';
import { CATEGORY_ADMIN, CATEGORY_READ, categoryNames } from './categories.ts';
import { CMD_FAST, CMD_MOVABLEKEYS, CMD_WRITE, visibleFlagNames } from './flags.ts';
import { BEGIN_KEYWORD, FIND_KEYNUM, FIND_RANGE, keyFlagNames, parseKeySpecs } from './key-spec.ts';
import { Command, command, type CommandSpec } from './spec.ts';

function declare(changes: Partial<CommandSpec> = {}): Command {
  return command({
    name: 'TEST',
    group: 'generic',
    since: '1.0.0',
    summary: 'A test.',
    arity: 2,
    handler: () => undefined,
    ...changes,
  });
}

function legacy(keys: string): unknown[] {
  const { firstKey, lastKey, keyStep, flags } = declare({ keys });
  return [firstKey, lastKey, keyStep, (flags & CMD_MOVABLEKEYS) !== 0];
}

describe('command', () => {
  it('turns names into bits and back', () => {
    const { flags } = declare({ flags: 'fast write may_replicate' });
    expect(flags & (CMD_WRITE | CMD_FAST)).toBe(CMD_WRITE | CMD_FAST);
    expect(visibleFlagNames(flags)).toEqual(['write', 'fast']);
  });

  it('adds the categories that the flags imply', () => {
    const names = (flags: string, categories = ''): string[] =>
      categoryNames(declare({ flags, categories }).categories);
    expect(names('write fast', 'string')).toEqual(['write', 'string', 'fast']);
    expect(names('admin noscript')).toEqual(['admin', 'slow', 'dangerous']);
    expect(names('readonly')).toEqual(['read', 'slow']);
    expect(names('readonly', 'scripting')).toEqual(['slow', 'scripting']);
    expect(names('pubsub blocking')).toEqual(['pubsub', 'slow', 'blocking']);
    expect(declare().categories & (CATEGORY_ADMIN | CATEGORY_READ)).toBe(0);
  });

  it('derives the three-number notation of keys', () => {
    expect(legacy('')).toEqual([0, 0, 0, false]);
    expect(legacy('RO access 1')).toEqual([1, 1, 1, false]);
    expect(legacy('OW update 1 to -1 step 2')).toEqual([1, -1, 2, false]);
    expect(legacy('RW access delete 1; OW update 2')).toEqual([1, 2, 1, false]);
    expect(legacy('OW update 2; RO access 3 to -1')).toEqual([2, -1, 1, false]);
    expect(legacy('OW update 1; RO access 2 keynum')).toEqual([1, 1, 1, true]);
    expect(legacy('RW update 2 keynum')).toEqual([0, 0, 0, true]);
    expect(legacy('RO access STREAMS@1 to -1 limit 2')).toEqual([0, 0, 0, true]);
    expect(legacy('RO access 1; OW update 3')).toEqual([1, 1, 1, true]);
    expect(legacy('RW access 3; RW access incomplete KEYS@-2 to -1')).toEqual([3, 3, 1, true]);
  });

  it('names a subcommand after its container', () => {
    const get = declare({ container: 'CONFIG', name: 'GET' });
    const config = command({ ...declare().spec, name: 'CONFIG', subcommands: [get] });
    expect([get.fullName, get.name, config.fullName]).toEqual(['config|get', 'get', 'config']);
    expect(config.subcommands).toEqual([get]);
    expect(get.id).not.toBe(config.id);
    expect(Object.isFrozen(get)).toBe(true);
  });

  it('refuses declarations that contradict themselves', () => {
    expect(() => declare({ name: 'get' })).toThrow('upper case');
    expect(() => declare({ flags: 'wrote' })).toThrow("command TEST: unknown command flag 'wrote'");
    expect(() => declare({ categories: '@string' })).toThrow('unknown ACL category');
    expect(() => declare({ keys: 'RO access' })).toThrow('wrong key spec');
    expect(() => declare({ keys: 'RO 1 to x' })).toThrow("wrong key range 'to x'");
    expect(() => declare({ arity: 0 })).toThrow('arity');
    expect(() => declare({ history: ['new: x'] })).toThrow('history');
    const { handler: _, ...spec } = declare().spec;
    expect(() => command(spec)).toThrow('there is no handler');
    expect(() => declare({ subcommands: [declare()] })).toThrow("'test' names another container");
  });
});

describe('parseKeySpecs', () => {
  it('reads flags, ranges, counts, keywords and notes', () => {
    const [range, keynum, keyword] = parseKeySpecs(
      'RW access 1 to -2 step 2 (one, two (2)); RO 2 keynum 0 2 3; OW update STORE@6',
    );
    expect(range).toMatchObject({ find: FIND_RANGE, position: 1, last: -2, step: 2, limit: 0 });
    expect(range?.notes).toBe('one, two (2)');
    expect(keynum).toMatchObject({ find: FIND_KEYNUM, countAt: 0, firstAt: 2, step: 3 });
    expect(keyword).toMatchObject({ begin: BEGIN_KEYWORD, keyword: 'STORE', position: 6 });
    expect(keyFlagNames(keyword?.flags ?? 0)).toEqual(['OW', 'update']);
  });
});
