/** ACL CAT, DRYRUN and GENPASS. */
import { ALLOWED, DENIED_COMMAND, DENIED_KEY } from '../../command/access.ts';
import { CATEGORY_NAMES, categoryByName } from '../../command/categories.ts';
import type { CommandContext } from '../../command/context.ts';
import { type Command, command } from '../../command/spec.ts';
import { wrongArgumentCount, unknownSubcommandOrArity } from '../../resp/errors.ts';

/** Bits of a password that has no number of them given, and the most there may be. */
const USUAL_BITS = 256;
const MOST_BITS = 4096;
const BAD_BITS =
  'ERR ACL GENPASS argument must be the number of bits for the output password, a positive ' +
  `number up to ${MOST_BITS}`;
/** Bits of a hexadecimal digit, and digits drawn at once. */
const DIGIT_BITS = 4;
const DIGITS = 8;

function replyUsage({ args, reply }: CommandContext): void {
  reply.error(unknownSubcommandOrArity('ACL', args.bytes, args.start(1), args.end(1)));
}

export const aclCat = command({
  container: 'ACL',
  name: 'CAT',
  group: 'server',
  since: '6.0.0',
  summary: 'Lists the categories, or the commands of one.',
  complexity: 'O(1), as their number is fixed',
  arity: -2,
  flags: 'noscript loading stale sentinel',
  arguments: '[categoryname:string]',
  handler: (context) => {
    const { args, reply, server } = context;
    if (args.count > 3) {
      replyUsage(context);
      return;
    }
    if (args.count === 2) {
      reply.array(CATEGORY_NAMES.length);
      for (const name of CATEGORY_NAMES) reply.bulkText(name);
      return;
    }
    const category = categoryByName(args.text(2).toLowerCase());
    if (category === 0) {
      reply.error(`ERR Unknown category '${args.text(2)}'`);
      return;
    }
    const found = server.table.all().filter(({ categories }) => (categories & category) !== 0);
    reply.array(found.length);
    for (const { fullName } of found) reply.bulkText(fullName);
  },
});

export const aclDryrun = command({
  container: 'ACL',
  name: 'DRYRUN',
  group: 'server',
  since: '7.0.0',
  summary: 'Checks whether a user might run a command, without running it.',
  complexity: 'O(1)',
  arity: -4,
  flags: 'admin noscript loading stale sentinel',
  arguments: 'username:string command:string [arg:string...]',
  handler: (context) => {
    const { args, reply, server } = context;
    const user = server.users.find(args.text(2));
    if (user === undefined) {
      reply.error(`ERR User '${args.text(2)}' not found`);
      return;
    }
    const asked = askedCommand(context);
    if (asked === undefined) return;
    const { bytes, offsets, first, count } = args;
    const verdict = user.check(asked, {
      bytes,
      offsets,
      first: first + 2 * ASKED,
      count: count - ASKED,
    });
    const denied = args.text(ASKED + user.deniedArgument);
    if (verdict === ALLOWED) reply.ok();
    else if (verdict === DENIED_COMMAND)
      reply.bulkText(`This user has no permissions to run the '${asked.fullName}' command`);
    else {
      const kind = verdict === DENIED_KEY ? 'key' : 'channel';
      reply.bulkText(`This user has no permissions to access the '${denied}' ${kind}`);
    }
  },
});

/** Where the request begins that ACL DRYRUN is to judge. */
const ASKED = 3;

/** The command of that request, once its number of arguments is right; otherwise the error is replied. */
function askedCommand({ args, reply, server }: CommandContext): Command | undefined {
  const { bytes, count } = args;
  const { table } = server;
  const container = table.lookup(bytes, args.start(ASKED), args.end(ASKED));
  const isPart = container !== undefined && container.subcommands.length > 0 && count > ASKED + 1;
  const found = isPart
    ? table.lookupSubcommand(container, bytes, args.start(ASKED + 1), args.end(ASKED + 1))
    : container;
  if (found === undefined) {
    reply.error(`ERR Command '${args.text(ASKED)}' not found`);
    return undefined;
  }
  const words = count - ASKED;
  if (found.arity >= 0 ? words === found.arity : words >= -found.arity) return found;
  reply.error(wrongArgumentCount(found.fullName));
  return undefined;
}

export const aclGenpass = command({
  container: 'ACL',
  name: 'GENPASS',
  group: 'server',
  since: '6.0.0',
  summary: 'Makes up a password that cannot be guessed.',
  complexity: 'O(1)',
  arity: -2,
  flags: 'noscript loading stale sentinel',
  arguments: '[bits:integer]',
  handler: (context) => {
    const { args, reply, server } = context;
    if (args.count > 3) {
      replyUsage(context);
      return;
    }
    const bits = args.count === 3 ? args.integer(2) : USUAL_BITS;
    if (args.failure === undefined && (bits <= 0 || bits > MOST_BITS)) args.fail(BAD_BITS);
    if (context.refused()) return;
    const length = Math.ceil(bits / DIGIT_BITS);
    let password = '';
    while (password.length < length)
      password += server.random.next32().toString(16).padStart(DIGITS, '0');
    reply.bulkText(password.slice(0, length));
  },
});
