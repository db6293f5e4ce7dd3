/** Memory, encodings, client limits, security, scripts and notifications. */
import { IMMUTABLE, SENSITIVE } from './directive.ts';
import type { Directive } from './directive.ts';
import { notifyClasses, outputLimits } from './kinds-special.ts';
import {
  bool,
  choice,
  INT_MAX,
  INT_MIN,
  integer,
  LONG_MAX,
  memory,
  memoryOrPercent,
  text,
  ULONG_MAX,
} from './kinds.ts';

const KB = 1024;
const MB = 1024 * KB;
const GB = 1024 * MB;

export const MEMORY_DIRECTIVES: readonly Directive[] = [
  memory('maxmemory', 0, [0, ULONG_MAX]),
  choice(
    'maxmemory-policy',
    [
      'volatile-lru',
      'volatile-lfu',
      'volatile-random',
      'volatile-ttl',
      'allkeys-lru',
      'allkeys-lfu',
      'allkeys-random',
      'noeviction',
    ],
    'noeviction',
  ),
  integer('maxmemory-samples', 5, [1, INT_MAX]),
  integer('maxmemory-eviction-tenacity', 10, [0, 100]),
  memoryOrPercent('maxmemory-clients'),
  integer('lfu-log-factor', 10, [0, INT_MAX]),
  integer('lfu-decay-time', 1, [0, INT_MAX]),
  integer('active-expire-effort', 1, [1, 10]),
  bool('lazyfree-lazy-eviction', false),
  bool('lazyfree-lazy-expire', false),
  bool('lazyfree-lazy-server-del', false),
  bool('lazyfree-lazy-user-del', false),
  bool('lazyfree-lazy-user-flush', false),
  bool('activerehashing', true, {
    effect: 'no effect here: tables grow page by page and are never rehashed as a whole',
  }),
  bool('activedefrag', false),
  memory('active-defrag-ignore-bytes', 100 * MB, [1, LONG_MAX]),
  integer('active-defrag-threshold-lower', 10, [0, 1000]),
  integer('active-defrag-threshold-upper', 100, [0, 1000]),
  integer('active-defrag-cycle-min', 1, [1, 99]),
  integer('active-defrag-cycle-max', 25, [1, 99]),
  integer('active-defrag-max-scan-fields', 1000, [1, LONG_MAX]),
  bool('jemalloc-bg-thread', true, {
    effect: 'no effect here: the data heap is not managed by jemalloc',
  }),
];

export const ENCODING_DIRECTIVES: readonly Directive[] = [
  integer('hash-max-listpack-entries', 512, [0, LONG_MAX], { alias: 'hash-max-ziplist-entries' }),
  memory('hash-max-listpack-value', 64, [0, LONG_MAX], { alias: 'hash-max-ziplist-value' }),
  integer('list-max-listpack-size', -2, [INT_MIN, INT_MAX], { alias: 'list-max-ziplist-size' }),
  integer('list-compress-depth', 0, [0, INT_MAX]),
  integer('set-max-intset-entries', 512, [0, LONG_MAX]),
  integer('zset-max-listpack-entries', 128, [0, LONG_MAX], { alias: 'zset-max-ziplist-entries' }),
  memory('zset-max-listpack-value', 64, [0, LONG_MAX], { alias: 'zset-max-ziplist-value' }),
  memory('hll-sparse-max-bytes', 3000, [0, LONG_MAX]),
  memory('stream-node-max-bytes', 4 * KB, [0, LONG_MAX]),
  integer('stream-node-max-entries', 100, [0, LONG_MAX]),
];

export const CLIENT_DIRECTIVES: readonly Directive[] = [
  outputLimits('client-output-buffer-limit', {
    normal: { hard: 0, soft: 0, softSeconds: 0 },
    replica: { hard: 256 * MB, soft: 64 * MB, softSeconds: 60 },
    pubsub: { hard: 32 * MB, soft: 8 * MB, softSeconds: 60 },
  }),
  memory('client-query-buffer-limit', GB, [MB, LONG_MAX]),
  memory('proto-max-bulk-len', 512 * MB, [MB, LONG_MAX]),
  integer('tracking-table-max-keys', 1_000_000, [0, LONG_MAX]),
  notifyClasses('notify-keyspace-events'),
];

const LOCALITY = ['no', 'yes', 'local'];

export const SECURITY_DIRECTIVES: readonly Directive[] = [
  text('requirepass', '', { flags: SENSITIVE }),
  text('aclfile', '', { flags: IMMUTABLE, empty: true }),
  integer('acllog-max-len', 128, [0, LONG_MAX]),
  choice('acl-pubsub-default', ['allchannels', 'resetchannels'], 'resetchannels'),
  choice('enable-protected-configs', LOCALITY, 'no', { flags: IMMUTABLE }),
  choice('enable-debug-command', LOCALITY, 'no', { flags: IMMUTABLE }),
  choice('enable-module-command', LOCALITY, 'no', {
    flags: IMMUTABLE,
    effect: 'no effect here: native modules cannot be loaded',
  }),
  choice('sanitize-dump-payload', ['no', 'yes', 'clients'], 'no'),
];

export const SCRIPT_DIRECTIVES: readonly Directive[] = [
  integer('busy-reply-threshold', 5000, [0, LONG_MAX], { alias: 'lua-time-limit' }),
];
