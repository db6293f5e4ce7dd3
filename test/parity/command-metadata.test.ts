/**
 * COMMAND INFO and COMMAND DOCS of every command of ours are the real server's, but for sentences
 * (which are our own), the order of subcommands, and subcommands that newer versions brought.
 */
import { expect, it } from 'vitest';
import { allCommands } from '../../src/commands/all.ts';
import type { Command } from '../../src/command/spec.ts';
import { useParity } from '../support/parity.ts';
import { itemsOf, type RespValue, showReply, textOf } from '../support/resp-value.ts';

const parity = useParity();

/** Answered because clients of newer versions ask for them, and what is our own. */
const NEWER = new Set(['client|setinfo', 'client|no-touch', 'respd.hotkeys']);

const names = allCommands
  .flatMap((command: Command) => [command, ...command.subcommands])
  .map(({ fullName }) => fullName)
  .filter((name) => !NEWER.has(name));

/** One text a command; those of its subcommands are told by themselves. */
function infoText(value: RespValue): string {
  if (value.type === 'null') return 'null';
  const fields = itemsOf(value);
  // Flags, categories, tips and key specs are sets.
  const shown = fields.slice(0, 9).map((field) => withoutNotes(showReply(sorted(field))));
  return shown.join('\n');
}

/** Notes on keys are sentences. */
function withoutNotes(text: string): string {
  return text.replaceAll(/"notes"(:|,) "[^"]*"/g, 'notes');
}

function sorted(value: RespValue): RespValue {
  if (!('items' in value) || !value.items.every((item) => item.type === 'simple')) return value;
  const items = value.items.toSorted((a, b) => (showReply(a) < showReply(b) ? -1 : 1));
  return { type: value.type, items };
}

it(
  'COMMAND INFO',
  parity(async (both) => {
    const [real, ours] = await Promise.all(
      [both.real, both.ours].map((side) => side.call('COMMAND', 'INFO', ...names)),
    );
    const [theirs, mine] = [itemsOf(real!), itemsOf(ours!)];
    for (const [i, name] of names.entries())
      expect(infoText(mine[i]!), name).toBe(infoText(theirs[i]!));
  }),
);

it(
  'COMMAND INFO lists the same subcommands',
  parity(async (both) => {
    const containers = allCommands.filter(({ subcommands }) => subcommands.length > 0);
    for (const { fullName } of containers) {
      const lists = await Promise.all(
        [both.real, both.ours].map(async (side) => {
          const info = itemsOf(itemsOf(await side.call('COMMAND', 'INFO', fullName))[0]!);
          return itemsOf(info[9]!).map((sub) => textOf(itemsOf(sub)[0]!)!);
        }),
      );
      const mine = lists[1]!.filter((name) => !NEWER.has(name));
      expect(lists[0], fullName).toEqual(expect.arrayContaining(mine));
    }
  }),
);

/** Docs without sentences and subcommands. */
function docsText(value: RespValue | undefined): string {
  if (value === undefined) return 'none';
  const items = itemsOf(value);
  const shown: string[] = [];
  for (let i = 0; i < items.length; i += 2) {
    const name = textOf(items[i]!)!;
    if (['summary', 'complexity', 'subcommands', 'replaced_by'].includes(name)) continue;
    if (name !== 'history') shown.push(`${name}: ${showReply(items[i + 1]!)}`);
    else {
      const versions = itemsOf(items[i + 1]!).map((entry) => textOf(itemsOf(entry)[0]!)!);
      shown.push(`history: ${versions.join(' ')}`);
    }
  }
  return shown.join('\n');
}

it(
  'COMMAND DOCS',
  parity(async (both) => {
    const [real, ours] = await Promise.all(
      [both.real, both.ours].map(async (side) => {
        const items = itemsOf(await side.call('COMMAND', 'DOCS', ...names));
        const docs = new Map<string, RespValue>();
        for (let i = 0; i < items.length; i += 2) docs.set(textOf(items[i]!)!, items[i + 1]!);
        return docs;
      }),
    );
    for (const name of names)
      expect(docsText(ours!.get(name)), name).toBe(docsText(real!.get(name)));
  }),
);
