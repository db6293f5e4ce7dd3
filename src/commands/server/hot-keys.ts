/**
 * RESPD.HOTKEYS, which Redis 7.0 does not have. Its name has a prefix, as commands of modules do,
 * because later versions of Redis have a HOTKEYS of their own with another syntax.
 */
import type { CommandContext } from '../../command/context.ts';
import { command } from '../../command/spec.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import type { HeavyHitter } from '../../keyspace/heavy-hitters.ts';
import type { HotKeyAccess } from '../../keyspace/hot-keys.ts';

const OFF = 'ERR hot keys are not counted: set hotkeys-counters, to 100 for example';
const WRONG_COUNT = 'ERR COUNT must be positive';
const DEFAULT_COUNT = 10;
const ACCESSES: readonly HotKeyAccess[] = ['read', 'write'];

/** The present request's options. */
const asked = {
  accesses: ACCESSES,
  count: DEFAULT_COUNT,
  by: 'count' as 'count' | 'perSecond',
};

function readOptions({ args }: CommandContext): void {
  asked.accesses = ACCESSES;
  asked.count = DEFAULT_COUNT;
  asked.by = 'count';
  for (let i = 1; i < args.count; i++) {
    if (args.is(i, 'read') || args.is(i, 'write'))
      asked.accesses = [args.is(i, 'read') ? 'read' : 'write'];
    else if (args.is(i, 'persecond')) asked.by = 'perSecond';
    else if (args.is(i, 'count') && i + 1 < args.count)
      asked.count = args.integerBetween(++i, 1, Number.MAX_SAFE_INTEGER, WRONG_COUNT);
    else args.fail(SYNTAX_ERROR);
  }
}

export const hotKeys = command({
  name: 'RESPD.HOTKEYS',
  group: 'server',
  since: '7.0.15',
  summary: 'Tells which keys are read and written most (respd only).',
  complexity: 'O(N log N), N: hotkeys-counters',
  arity: -1,
  flags: 'admin noscript loading stale',
  arguments: '[access: READ | WRITE] [PERSECOND] [COUNT count:integer]',
  tips: 'nondeterministic_output',
  handler: (context) => {
    const { reply, server } = context;
    readOptions(context);
    if (context.refused()) return;
    if (!server.hotKeys.isOn) {
      reply.error(OFF);
      return;
    }
    const { accesses, by, count } = asked;
    reply.map(accesses.length);
    for (const access of accesses) {
      const keys = server.hotKeys.top(access, count, by);
      reply.bulkText(access);
      reply.array(keys.length);
      for (const key of keys) replyKey(context, key);
    }
  },
});

/** `per-second` is what it was in the last second; `total` is too high by `excess` at most. */
function replyKey({ reply }: CommandContext, hitter: HeavyHitter): void {
  reply.map(5);
  reply.bulkText('key');
  reply.bulk(hitter.key, 0, hitter.key.length);
  reply.bulkText('db');
  reply.integer(hitter.database);
  reply.bulkText('per-second');
  reply.integer(Math.round(hitter.perSecond));
  reply.bulkText('total');
  reply.integer(hitter.count);
  reply.bulkText('excess');
  reply.integer(hitter.excess);
}
