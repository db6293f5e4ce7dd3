/** SCAN: a walk through the keys in steps, whatever happens to them in between. */
import { parseCursor } from '../../bytes/integer.ts';
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { INVALID_CURSOR, SYNTAX_ERROR } from '../../resp/errors.ts';
import type { Entry } from '../../values/entry.ts';
import { isPastTime, isStar, keyMatches, replyKey } from './keys.ts';

/** Keys visited by a step when COUNT does not say. */
const DEFAULT_COUNT = 10;

/** What SCAN and its like for one collection are asked for. */
export class ScanOptions {
  cursor = 0;
  count = DEFAULT_COUNT;
  /** The argument that holds the pattern; 0: everything matches. */
  patternIndex = 0;
  /** The argument that holds the name of a type; 0: any. */
  typeIndex = 0;

  /**
   * Reads the cursor in argument `index` and the options behind it; notes an error for what is not
   * right. TYPE is only for the keys of a database.
   */
  read(context: CommandContext, index: number, allowsType: boolean): void {
    const { args } = context;
    this.count = DEFAULT_COUNT;
    this.patternIndex = 0;
    this.typeIndex = 0;
    const cursor = parseCursor(args.bytes, args.start(index), args.end(index));
    if (cursor === undefined) args.fail(INVALID_CURSOR);
    this.cursor = Number(BigInt.asUintN(32, cursor ?? 0n));
    for (let i = index + 1; i < args.count && args.failure === undefined; i += 2) {
      if (i + 1 === args.count) args.fail(SYNTAX_ERROR);
      else if (args.is(i, 'count')) {
        this.count = args.integer(i + 1);
        if (this.count < 1) args.fail(SYNTAX_ERROR);
      } else if (args.is(i, 'match')) this.patternIndex = isStar(context, i + 1) ? 0 : i + 1;
      else if (allowsType && args.is(i, 'type')) this.typeIndex = i + 1;
      else args.fail(SYNTAX_ERROR);
    }
  }
}

const options = new ScanOptions();

/** What a step found; the cursor, which is known only then, is written before it. */
const found: Entry[] = [];

/** Replies the next cursor and the live keys found from the cursor on. */
function scanKeys(context: CommandContext): void {
  const { args, reply, database, values, keyspace } = context;
  const { patternIndex } = options;
  const type = options.typeIndex === 0 ? '' : args.text(options.typeIndex).toLowerCase();
  const showsExpired = keyspace.expiryMode === 'ignore' || keyspace.loading;
  found.length = 0;
  const next = database.keys.scan(options.cursor, options.count, (entry, hash) => {
    if (patternIndex !== 0 && !keyMatches(context, entry, patternIndex)) return;
    if (type !== '' && values.typeName(entry) !== type) return;
    if (showsExpired || !isPastTime(context, entry)) found.push(entry);
    else if (keyspace.expiryMode === 'remove') database.expire(entry, hash);
  });
  reply.array(2);
  reply.bulkInteger(next);
  reply.array(found.length);
  for (const entry of found) replyKey(context, entry);
}

export const scan = command({
  name: 'SCAN',
  group: 'generic',
  since: '2.8.0',
  summary: 'Walks through the keys of the database a few at a time.',
  complexity: 'O(1) a call, O(N) for the whole walk, N: keys',
  arity: -2,
  flags: 'readonly touches_arbitrary_keys',
  categories: 'keyspace',
  arguments:
    'cursor:integer [MATCH pattern:pattern] [COUNT count:integer] [TYPE type:string since ' +
    '6.0.0]',
  history: ['6.0.0: `TYPE` narrows the walk.'],
  tips: 'nondeterministic_output request_policy:special',
  handler: (context) => {
    options.read(context, 1, true);
    if (!context.refused()) scanKeys(context);
  },
});
