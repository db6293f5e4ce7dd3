/** What the parity tests of access control share. */
import { after, type Comparison } from './comparison.ts';
import type { Both, Command } from './both.ts';
import { itemsOf, type RespValue, showReply, textOf } from './resp-value.ts';

/** Whether a rule names a command that this server has beyond the real one. */
export function isOursOnly(rule: string): boolean {
  return /^[+-](client\|(no-touch|setinfo)|respd.*)$/.test(rule);
}

/**
 * Rules with neighbouring single commands sorted: the real server lists those in the order of a hash
 * table whose seed changes with every start.
 */
export function sortedRules(text: string): string {
  const sorted: string[] = [];
  let run: string[] = [];
  const flush = (): void => {
    sorted.push(...run.toSorted());
    run = [];
  };
  for (const word of text.split(' ')) {
    if (/^[+-][^@]/.test(word)) {
      const closing = /\)+$/.exec(word)?.[0] ?? '';
      const rule = word.slice(0, word.length - closing.length);
      if (!isOursOnly(rule)) run.push(rule);
      if (closing === '') continue;
      flush();
      sorted.push(closing);
    } else {
      flush();
      sorted.push(word);
    }
  }
  flush();
  return sorted.join(' ');
}

/** ACL LIST, ACL GETUSER and the like: the same but for the order of single commands. */
export const sameRules: Comparison = after(withSortedRules);

function withSortedRules(value: RespValue): RespValue {
  if (value.type === 'bulk')
    return { ...value, bytes: Buffer.from(sortedRules(value.bytes.toString('latin1')), 'latin1') };
  if (value.type === 'map')
    return {
      type: 'map',
      entries: value.entries.map(([key, item]) => [key, withSortedRules(item)]),
    };
  if ('items' in value) return { type: value.type, items: value.items.map(withSortedRules) };
  return value;
}

/** Runs ACL LIST on both. */
export function compareUsers(both: Both): Promise<RespValue> {
  return both.runWith(sameRules, 'ACL', 'LIST');
}

/** Runs commands one after the other, and compares all users after each. */
export async function runRules(both: Both, user: string, lists: readonly Command[]): Promise<void> {
  for (const rules of lists) {
    await both.run('ACL', 'SETUSER', user, ...rules);
    await both.runWith(sameRules, 'ACL', 'GETUSER', user);
  }
  await compareUsers(both);
}

/** Another pair of connections, logged in as a user with these rules. */
export async function asUser(both: Both, name: string, ...rules: string[]): Promise<Both> {
  await both.run('ACL', 'SETUSER', name, 'reset', 'on', 'nopass', ...rules);
  const user = await both.connect();
  await user.run('AUTH', name, 'any');
  return user;
}

/** Entries of ACL LOG without what depends on time and connection; `client-info` by its safe fields. */
export const sameLog: Comparison = after((value) => {
  const entries = itemsOf(value).map((entry) => ({
    type: 'array' as const,
    items: pairsOf(entry).map(([name, item]) => {
      const key = textOf(name);
      if (key === 'age-seconds') return name;
      if (key !== 'client-info') return item;
      const fields = (textOf(item) ?? '')
        .split(' ')
        .filter((field) => /^(name|db|user|resp)=/.test(field));
      return { type: 'bulk' as const, bytes: Buffer.from(fields.join(' ')) };
    }),
  }));
  return value.type === 'array' ? { type: 'array', items: entries } : value;
});

function pairsOf(value: RespValue): (readonly [RespValue, RespValue])[] {
  if (value.type === 'map') return [...value.entries];
  const items = itemsOf(value);
  return items.flatMap((item, at) => (at % 2 === 0 ? [[item, items[at + 1]!] as const] : []));
}

/** Whether a reply refuses for want of permission. */
export function isRefusal(reply: RespValue): boolean {
  return showReply(reply).includes('NOPERM');
}
