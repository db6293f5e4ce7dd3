import { describe, expect, it } from 'vitest';
import { fromLatin1 } from '../bytes/text.ts';
import { Session } from '../command/session.ts';
import type { Database } from '../keyspace/database.ts';
import { Broadcasts } from './broadcasts.ts';

/** Sessions are only told apart here: they need no data. */
const NO_DATABASE = undefined as unknown as Database;
const [one, two] = [new Session(1, NO_DATABASE, 0), new Session(2, NO_DATABASE, 0)];

function note(broadcasts: Broadcasts, key: string, by?: Session): boolean {
  const bytes = fromLatin1(`<${key}>`);
  return broadcasts.note(bytes, 1, bytes.length - 1, by);
}

/** What waits, by prefix; forgotten as the caller of `take` does. */
function taken(broadcasts: Broadcasts): [prefix: string, keys: string[]][] {
  return broadcasts.take().map(({ prefix, changes }) => {
    const keys = [...changes.keys()];
    changes.clear();
    return [prefix, keys];
  });
}

describe('Broadcasts', () => {
  it('collects each changed key once under every prefix it begins with, in their order', () => {
    const broadcasts = new Broadcasts();
    for (const prefix of ['b', '', 'ab', 'abc', 'ac']) broadcasts.subscribe(one, prefix);
    for (const key of ['abc', 'b', '', 'abc', 'a']) expect(note(broadcasts, key)).toBe(true);
    expect(taken(broadcasts)).toEqual([
      ['', ['abc', 'b', '', 'a']],
      ['ab', ['abc']],
      ['abc', ['abc']],
      ['b', ['b']],
    ]);
    expect(taken(broadcasts)).toEqual([]);
    note(broadcasts, 'ab');
    expect(taken(broadcasts)).toEqual([
      ['', ['ab']],
      ['ab', ['ab']],
    ]);
  });

  it('says whether anybody wants to know', () => {
    const broadcasts = new Broadcasts();
    broadcasts.subscribe(one, 'user:');
    expect(note(broadcasts, 'user')).toBe(false);
    expect(note(broadcasts, 'users:')).toBe(false);
    expect(note(broadcasts, 'user:')).toBe(true);
  });

  it('remembers who changed a key last', () => {
    const broadcasts = new Broadcasts();
    broadcasts.subscribe(one, '');
    note(broadcasts, 'a', one);
    note(broadcasts, 'a', two);
    note(broadcasts, 'b', two);
    note(broadcasts, 'b');
    expect([...broadcasts.take()[0]!.changes]).toEqual([
      ['a', two],
      ['b', undefined],
    ]);
  });

  it('forgets a prefix, and what changed under it, with its last subscriber', () => {
    const broadcasts = new Broadcasts();
    for (const prefix of ['a', 'b', 'a']) broadcasts.subscribe(one, prefix);
    broadcasts.subscribe(two, 'a');
    expect([...broadcasts.prefixesOf(one)]).toEqual(['a', 'b']);
    note(broadcasts, 'a');
    note(broadcasts, 'b');
    broadcasts.unsubscribeAll(one);
    expect([...broadcasts.prefixesOf(one)]).toEqual([]);
    expect(broadcasts.size).toBe(1);
    const [subject, ...others] = broadcasts.take();
    expect([subject!.prefix, [...subject!.sessions], others]).toEqual(['a', [two], []]);
    broadcasts.unsubscribeAll(two);
    expect([broadcasts.size, note(broadcasts, 'a')]).toEqual([0, false]);
  });
});
