/**
 * SYNC and REPLCONF, as far as this version replicates: a client that says `REPLCONF rdb-only 1`, as
 * `redis-cli --rdb` does, is sent a snapshot and then disconnected. Replicas, which want to follow
 * the stream of writes behind it, are refused.
 */
import type { Arguments } from '../../command/arguments.ts';
import type { CommandContext } from '../../command/context.ts';
import type { TransferContents } from '../../command/file-control.ts';
import type { Session } from '../../command/session.ts';
import { command } from '../../command/spec.ts';
import { splitWords } from '../../config/quoting.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';

const NOT_A_REPLICA =
  'ERR this version does not replicate: SYNC sends a snapshot only, after REPLCONF rdb-only 1 and ' +
  'REPLCONF capa eof';

const NOT_A_SWITCH = 'ERR value is out of range, value must between 0 and 1';

/** What a client said of the transfer it wants. */
interface Wish {
  takesMark: boolean;
  isSnapshotOnly: boolean;
  contents: TransferContents;
}

const wishes = new WeakMap<Session, Wish>();

function wishOf(session: Session): Wish {
  let wish = wishes.get(session);
  if (wish === undefined) {
    wish = { takesMark: false, isSnapshotOnly: false, contents: 'everything' };
    wishes.set(session, wish);
  }
  return wish;
}

/** Takes one option over; the error is noted in the arguments. */
function readOption({ args, session }: CommandContext, at: number): void {
  const name = args.text(at).toLowerCase();
  const wish = wishOf(session);
  if (name === 'capa') wish.takesMark ||= args.is(at + 1, 'eof');
  else if (name === 'listening-port') args.integer(at + 1);
  else if (name === 'rdb-only') {
    const value = args.integer(at + 1);
    if (value !== 0 && value !== 1) args.fail(NOT_A_SWITCH);
    wish.isSnapshotOnly = value === 1;
  } else if (name === 'rdb-filter-only') readFilter(args, at, wish);
  else if (name !== 'ip-address') args.fail(`ERR Unrecognized REPLCONF option: ${args.text(at)}`);
}

/** The names of the parts that are wanted; there is `functions` only. */
function readFilter(args: Arguments, at: number, wish: Wish): void {
  const words = splitWords(args.text(at + 1));
  if (words === undefined) {
    args.fail('ERR Missing rdb-filter-only values');
    return;
  }
  const unknown = words.find((word) => word.toLowerCase() !== 'functions');
  if (unknown !== undefined) args.fail(`ERR Unsupported rdb-filter-only option: ${unknown}`);
  else wish.contents = words.length > 0 ? 'functions' : 'nothing';
}

export const replconf = command({
  name: 'REPLCONF',
  group: 'server',
  since: '3.0.0',
  summary: 'Settles details between a replica and its primary.',
  complexity: 'O(1)',
  arity: -1,
  flags: 'admin noscript loading stale allow_busy',
  systemCommand: true,
  handler: (context) => {
    const { args, reply } = context;
    if (args.count % 2 === 0) {
      reply.error(SYNTAX_ERROR);
      return;
    }
    for (let at = 1; at < args.count && args.failure === undefined; at += 2)
      readOption(context, at);
    if (!context.refused()) reply.ok();
  },
});

export const sync = command({
  name: 'SYNC',
  group: 'server',
  since: '1.0.0',
  summary: 'Begins a full replication the old way; sent by replicas.',
  arity: 1,
  flags: 'admin noscript no_async_loading no_multi',
  handler: ({ reply, server, session }) => {
    const wish = wishes.get(session);
    if (wish?.isSnapshotOnly !== true || !wish.takesMark) {
      reply.error(NOT_A_REPLICA);
      return;
    }
    const problem = server.files.sendSnapshot(session, wish.contents);
    if (problem !== undefined) reply.error(problem);
  },
});
