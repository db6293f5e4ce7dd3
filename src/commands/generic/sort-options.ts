/** The options of SORT. */
import type { CommandContext } from '../../command/context.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';

const STAR = 0x2a;
const BY_IN_CLUSTER = 'ERR BY option of SORT denied in cluster mode.';
const GET_IN_CLUSTER = 'ERR GET option of SORT denied in cluster mode.';
const BY_NOT_PERMITTED = 'ERR BY option of SORT denied due to insufficient ACL permissions.';
const GET_NOT_PERMITTED = 'ERR GET option of SORT denied due to insufficient ACL permissions.';

/** Whether the user may read the keys that a pattern makes up. */
function mayReadAnyKey({ args, command, session }: CommandContext): boolean {
  const { user } = session;
  return user === undefined || user.isUnlimited || user.mayReadAnyKey(command, args);
}

export class SortOptions {
  descending = false;
  /** By text rather than by number. */
  alpha = false;
  /** BY a pattern without a star: elements stay in the order they have. */
  unsorted = false;
  offset = 0;
  /** Negative: all. */
  count = -1;
  /** Arguments that hold the pattern of BY and the key of STORE; 0: none. */
  byIndex = 0;
  storeIndex = 0;
  /** Arguments that hold the patterns of GET. */
  readonly getIndexes: number[] = [];

  /** Reads the options from argument 2 on; notes an error for what is not right. */
  read(context: CommandContext, allowsStore: boolean): void {
    const { args } = context;
    this.descending = false;
    this.alpha = false;
    this.unsorted = false;
    this.offset = 0;
    this.count = -1;
    this.byIndex = 0;
    this.storeIndex = 0;
    this.getIndexes.length = 0;
    let i = 2;
    while (i < args.count && args.failure === undefined) {
      const left = args.count - i - 1;
      if (args.is(i, 'asc')) this.descending = false;
      else if (args.is(i, 'desc')) this.descending = true;
      else if (args.is(i, 'alpha')) this.alpha = true;
      else if (left >= 2 && args.is(i, 'limit')) {
        this.offset = args.integer(i + 1);
        this.count = args.integer(i + 2);
        i += 2;
      } else if (left >= 1 && this.#readValue(context, i, allowsStore)) i++;
      else args.fail(SYNTAX_ERROR);
      i++;
    }
  }

  /** Reads an option with one value; false when argument `i` is none. */
  #readValue(context: CommandContext, i: number, allowsStore: boolean): boolean {
    const { args, config } = context;
    if (allowsStore && args.is(i, 'store')) this.storeIndex = i + 1;
    else if (args.is(i, 'by')) {
      this.byIndex = i + 1;
      if (!args.bytes.subarray(args.start(i + 1), args.end(i + 1)).includes(STAR))
        this.unsorted = true;
      else if (config.clusterEnabled) args.fail(BY_IN_CLUSTER);
      else if (!mayReadAnyKey(context)) args.fail(BY_NOT_PERMITTED);
    } else if (args.is(i, 'get')) {
      if (config.clusterEnabled) args.fail(GET_IN_CLUSTER);
      else if (!mayReadAnyKey(context)) args.fail(GET_NOT_PERMITTED);
      this.getIndexes.push(i + 1);
    } else return false;
    return true;
  }
}
