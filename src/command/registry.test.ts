import { describe, expect, it } from 'vitest';
import { CommandTable } from './registry.ts';
import { type Command, command, type CommandSpec } from './spec.ts';

const handler = (): void => undefined;

function declare(name: string, changes: Partial<CommandSpec> = {}): Command {
  const rest = { group: 'server', since: '1.0.0', summary: '', arity: -1, handler } as const;
  return command({ ...rest, name, ...changes });
}

const get = declare('GET');
const sortRo = declare('SORT_RO');
const configGet = declare('GET', { container: 'CONFIG' });
const configSet = declare('SET', { container: 'CONFIG' });
const config = declare('CONFIG', { subcommands: [configGet, configSet] });
const ping = declare('PING', { flags: 'sentinel' });
const sentinel = declare('SENTINEL', { flags: 'only_sentinel' });
const commands = [get, sortRo, config, ping, sentinel];

function lookup(table: CommandTable, name: string): Command | undefined {
  const bytes = new TextEncoder().encode(`<<${name}>>`);
  return table.lookup(bytes, 2, bytes.length - 2);
}

describe('CommandTable', () => {
  it('finds names in any case and nothing else', () => {
    const table = new CommandTable(commands);
    expect(lookup(table, 'get')).toBe(get);
    expect(lookup(table, 'GeT')).toBe(get);
    expect(lookup(table, 'Sort_RO')).toBe(sortRo);
    for (const name of ['', 'ge', 'gett', 'g\u0005t', 'sort\u007fro', 'sentinel', 'config|get']) {
      expect(lookup(table, name), name).toBeUndefined();
    }
    expect(lookup(table, 'x'.repeat(10_000))).toBeUndefined();
  });

  it('folds the case of letters only', () => {
    const table = new CommandTable(commands);
    // 0x5f '_' with the case bit is 0x7f; '@' and '`' differ by it, too.
    const spoiled = Uint8Array.from('SORT_RO', (letter) => letter.charCodeAt(0));
    for (let byte = 0; byte < 256; byte++) {
      spoiled[4] = byte;
      expect(table.lookup(spoiled, 0, 7)).toBe(byte === 0x5f ? sortRo : undefined);
    }
    spoiled[4] = 0x5f;
    for (let byte = 0; byte < 256; byte++) {
      spoiled[0] = byte;
      const found = byte === 0x53 || byte === 0x73 ? sortRo : undefined;
      expect(table.lookup(spoiled, 0, 7)).toBe(found);
    }
  });

  it('finds subcommands and paths', () => {
    const table = new CommandTable(commands);
    const bytes = new TextEncoder().encode('SETGET');
    expect(table.lookupSubcommand(config, bytes, 0, 3)).toBe(configSet);
    expect(table.lookupSubcommand(get, bytes, 0, 3)).toBeUndefined();
    expect(table.byPath('Config|GET')).toBe(configGet);
    expect(table.byPath('config')).toBe(config);
    for (const path of ['config|', 'config|x', 'config|get|x', 'get|x', '|get', 'x']) {
      expect(table.byPath(path), path).toBeUndefined();
    }
  });

  it('knows which commands a sentinel has', () => {
    expect(new CommandTable(commands).commands()).toEqual([get, sortRo, config, ping]);
    expect(new CommandTable(commands, { sentinel: true }).commands()).toEqual([ping, sentinel]);
  });

  it('renames and disables', () => {
    const table = new CommandTable(commands);
    expect(table.rename('GET', 'Fetch')).toBe('renamed');
    expect(lookup(table, 'get')).toBeUndefined();
    expect(lookup(table, 'FETCH')).toBe(get);
    expect(table.byPath('get')).toBeUndefined();
    expect(table.byPath('get', true)).toBe(get);
    expect(table.rename('get', 'x')).toBe('no such command');
    expect(table.rename('ping', 'CONFIG')).toBe('name is taken');
    expect(table.rename('ping', 'PING')).toBe('renamed');
    expect(table.rename('config', '')).toBe('renamed');
    expect(lookup(table, 'config')).toBeUndefined();
    expect(table.count).toBe(3);
    expect(table.all()).toContain(configGet);
  });

  it('counts for itself alone', () => {
    const one = new CommandTable(commands);
    const other = new CommandTable(commands);
    one.stats[configGet.id]!.calls += 1;
    expect(other.stats[configGet.id]!.calls).toBe(0);
    one.resetStats();
    expect(one.stats[configGet.id]!.calls).toBe(0);
  });

  it('refuses two commands of one name', () => {
    expect(() => new CommandTable([get, declare('GET')])).toThrow("two commands 'get'");
  });

  it('finds every one of many names', () => {
    const names = Array.from({ length: 500 }, (_, index) => `C${(index * 7919) % 1000}-${index}`);
    const many = names.map((name) => declare(name));
    const table = new CommandTable(many);
    for (const [index, name] of names.entries()) expect(lookup(table, name)).toBe(many[index]);
  });
});
