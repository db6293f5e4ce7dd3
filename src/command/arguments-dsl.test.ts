import { describe, expect, it } from 'vitest';
import { type CommandArgument, parseArguments } from './arguments-dsl.ts';

function silent(value: unknown): boolean {
  return [undefined, '', false, -1].some((none) => none === value) || String(value) === '';
}

/** The fields of an argument that say something. */
function brief(argument: CommandArgument): Record<string, unknown> {
  const entries = Object.entries({ ...argument, arguments: argument.arguments.map(brief) });
  const token = argument.token === undefined ? {} : { token: argument.token };
  return { ...Object.fromEntries(entries.filter(([, value]) => !silent(value))), ...token };
}

const parse = (text: string): unknown[] => parseArguments(text).map(brief);
const count = { name: 'count', type: 'integer' };

describe('parseArguments', () => {
  it('reads keys, values and tokens', () => {
    expect(parse('destination@1 count:integer by:pattern@2 NX change=CH')).toEqual([
      { name: 'destination', type: 'key', keySpecIndex: 1 },
      count,
      { name: 'by', type: 'pattern', keySpecIndex: 2 },
      { name: 'nx', type: 'pure-token', token: 'NX' },
      { name: 'change', type: 'pure-token', token: 'CH' },
    ]);
    expect(parse("equal='=' none='' ip:port:string help:pure-token")).toEqual([
      { name: 'equal', type: 'pure-token', token: '=' },
      { name: 'none', type: 'pure-token', token: '' },
      { name: 'ip:port', type: 'string' },
      { name: 'help', type: 'pure-token' },
    ]);
    expect(parse('')).toEqual([]);
  });

  it('lets a token take the value or group behind it, not what is optional', () => {
    expect(parse('EX count:integer')).toEqual([{ ...count, token: 'EX' }]);
    expect(parse('EX [count:integer]')).toEqual([
      { name: 'ex', type: 'pure-token', token: 'EX' },
      { ...count, optional: true },
    ]);
    expect(parse('(EX) count:integer')).toHaveLength(2);
    expect(parse('LIMIT (pair: count:integer count:integer)')).toEqual([
      { name: 'pair', type: 'block', token: 'LIMIT', arguments: [count, count] },
    ]);
  });

  it('reads blocks, choices and repetition', () => {
    const a = { name: 'a', type: 'pure-token', token: 'A' };
    const choice = { name: 'x', type: 'oneof', arguments: [a, count] };
    expect(parse('(x: A | count:integer)')).toEqual([choice]);
    expect(parse('[x: A | count:integer]...')).toEqual([
      { ...choice, optional: true, multiple: true },
    ]);
    expect(parse('[(x: A | count:integer)...]')).toEqual([
      { ...choice, optional: true, multiple: true },
    ]);
    expect(parse('(one: count:integer...)')).toEqual([
      { name: 'one', type: 'block', arguments: [{ ...count, multiple: true }] },
    ]);
    expect(parse('[GET... count:integer]')).toEqual([
      { ...count, token: 'GET', optional: true, multiple: true, multipleToken: true },
    ]);
  });

  it('reads versions', () => {
    const since = { ...count, since: '6.2.0', optional: true };
    expect(parse('[count:integer since 6.2.0]')).toEqual([since]);
    expect(parse('[count:integer] since 6.2.0')).toEqual([since]);
    expect(parse('count:integer deprecated 2.8.12')).toEqual([
      { ...count, deprecatedSince: '2.8.12' },
    ]);
  });

  it('refuses what it does not understand', () => {
    for (const text of [
      'count',
      'count:number',
      'count:integer)',
      '(x: A | ',
      '(x:)',
      '(A B)',
      '(x: A B | C)',
      '[A since now]',
      'GET...',
      'a & b',
    ]) {
      expect(() => parseArguments(text), text).toThrow(/in the arguments/);
    }
  });
});
