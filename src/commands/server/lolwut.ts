/** LOLWUT: a picture nobody asked for, by an elementary cellular automaton. */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { type Random, randomBelow } from '../../env/random.ts';
import { VERSION } from '../../version.ts';

const WIDTH = 64;
const HEIGHT = 24;
/** Rules of Wolfram's numbering that draw more than stripes. */
const RULES = [18, 22, 26, 30, 45, 54, 60, 73, 86, 90, 105, 106, 110, 124, 126, 137, 150, 182];

/** Each line follows from the one above: a cell from its three neighbours there, by the rule. */
function picture(random: Random): { rule: number; text: string } {
  const rule = RULES[randomBelow(random, RULES.length)];
  let cells: number[] = Array.from({ length: WIDTH }, (_, at) => (at === WIDTH / 2 ? 1 : 0));
  if (randomBelow(random, 2) === 1) cells = cells.map(() => random.next32() & 1);
  const lines: string[] = [];
  for (let line = 0; line < HEIGHT; line++) {
    lines.push(
      cells
        .map((cell) => (cell === 1 ? '#' : ' '))
        .join('')
        .trimEnd(),
    );
    const above = cells;
    cells = above.map((cell, at) => {
      const left = above[(at + WIDTH - 1) % WIDTH];
      const right = above[(at + 1) % WIDTH];
      return (rule >> (left * 4 + cell * 2 + right)) & 1;
    });
  }
  return { rule, text: lines.join('\n') };
}

export const lolwut = command({
  name: 'LOLWUT',
  group: 'server',
  since: '5.0.0',
  summary: 'Draws a picture with characters and tells the version.',
  arity: -1,
  flags: 'readonly fast',
  arguments: '[VERSION version:integer]',
  handler: (context: CommandContext) => {
    const { args, reply, server } = context;
    if (args.count > 2 && args.is(1, 'version')) args.integer32(2);
    if (context.refused()) return;
    const { rule, text } = picture(server.random);
    const caption = `Cellular automaton, rule ${rule}: three cells above decide each one below.`;
    reply.verbatim('txt', `${text}\n\n${caption}\nRedis ver. ${VERSION}\n`);
  },
});
