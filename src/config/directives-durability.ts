/** Snapshots, the append-only file, replication and cluster. */
import {
  ALWAYS_WRITTEN,
  DENY_LOADING,
  HIDDEN,
  IMMUTABLE,
  PROTECTED,
  SENSITIVE,
} from './directive.ts';
import type { Directive } from './directive.ts';
import { primaryAddress, savePoints } from './kinds-special.ts';
import {
  bool,
  choice,
  INT_MAX,
  INT_MIN,
  integer,
  LONG_MAX,
  memory,
  text,
  ULONG_MAX,
} from './kinds.ts';

const MB = 1024 * 1024;

function fileName(name: string, what: string, empty: boolean) {
  return (value: string): string | undefined => {
    if (value.includes('/')) return `${name} can't be a path, just a ${what}`;
    return value === '' && !empty ? `${name} can't be empty` : undefined;
  };
}

export const SNAPSHOT_DIRECTIVES: readonly Directive[] = [
  savePoints(
    'save',
    [
      { seconds: 3600, changes: 1 },
      { seconds: 300, changes: 100 },
      { seconds: 60, changes: 10000 },
    ],
    { flags: ALWAYS_WRITTEN },
  ),
  text('dir', '.', { flags: PROTECTED | DENY_LOADING | ALWAYS_WRITTEN, empty: true }),
  text('dbfilename', 'dump.rdb', {
    flags: PROTECTED,
    empty: true,
    check: fileName('dbfilename', 'filename', true),
  }),
  bool('rdbcompression', true),
  bool('rdbchecksum', true, { flags: IMMUTABLE }),
  bool('stop-writes-on-bgsave-error', true),
  bool('rdb-save-incremental-fsync', true),
  integer('rdb-key-save-delay', 0, [INT_MIN, INT_MAX], { flags: HIDDEN }),
  integer('key-load-delay', 0, [INT_MIN, INT_MAX], { flags: HIDDEN }),
  integer('loading-process-events-interval-bytes', 2 * MB, [1024, INT_MAX], { flags: HIDDEN }),
];

export const APPEND_ONLY_DIRECTIVES: readonly Directive[] = [
  bool('appendonly', false, { flags: DENY_LOADING }),
  text('appendfilename', 'appendonly.aof', {
    flags: IMMUTABLE,
    empty: true,
    check: fileName('appendfilename', 'filename', false),
  }),
  text('appenddirname', 'appendonlydir', {
    flags: IMMUTABLE,
    empty: true,
    check: fileName('appenddirname', 'dirname', false),
  }),
  choice('appendfsync', ['everysec', 'always', 'no'], 'everysec'),
  bool('no-appendfsync-on-rewrite', false),
  integer('auto-aof-rewrite-percentage', 100, [0, INT_MAX]),
  memory('auto-aof-rewrite-min-size', 64 * MB, [0, LONG_MAX]),
  bool('aof-load-truncated', true),
  bool('aof-use-rdb-preamble', true),
  bool('aof-timestamp-enabled', false),
  bool('aof-rewrite-incremental-fsync', true),
  bool('aof-disable-auto-gc', false),
];

export const REPLICATION_DIRECTIVES: readonly Directive[] = [
  primaryAddress('replicaof', { alias: 'slaveof', flags: IMMUTABLE }),
  text('masterauth', '', { flags: SENSITIVE }),
  text('masteruser', '', { flags: SENSITIVE }),
  bool('replica-serve-stale-data', true, { alias: 'slave-serve-stale-data' }),
  bool('replica-read-only', true, { alias: 'slave-read-only' }),
  bool('replica-ignore-maxmemory', true, { alias: 'slave-ignore-maxmemory' }),
  bool('replica-lazy-flush', false, { alias: 'slave-lazy-flush' }),
  integer('replica-priority', 100, [0, INT_MAX], { alias: 'slave-priority' }),
  bool('replica-announced', true),
  text('replica-announce-ip', '', { alias: 'slave-announce-ip' }),
  integer('replica-announce-port', 0, [0, 65535], { alias: 'slave-announce-port' }),
  bool('replica-ignore-disk-write-errors', false),
  integer('repl-timeout', 60, [1, INT_MAX]),
  integer('repl-ping-replica-period', 10, [1, INT_MAX], { alias: 'repl-ping-slave-period' }),
  memory('repl-backlog-size', MB, [1, LONG_MAX], { least: 16384n }),
  integer('repl-backlog-ttl', 3600, [0, LONG_MAX]),
  bool('repl-disable-tcp-nodelay', false),
  bool('repl-diskless-sync', true),
  integer('repl-diskless-sync-delay', 5, [0, INT_MAX]),
  integer('repl-diskless-sync-max-replicas', 0, [0, INT_MAX]),
  choice('repl-diskless-load', ['disabled', 'on-empty-db', 'swapdb'], 'disabled', {
    flags: DENY_LOADING,
  }),
  bool('rdb-del-sync-files', false),
  integer('min-replicas-to-write', 0, [0, INT_MAX], { alias: 'min-slaves-to-write' }),
  integer('min-replicas-max-lag', 10, [0, INT_MAX], { alias: 'min-slaves-max-lag' }),
  choice('propagation-error-behavior', ['ignore', 'panic', 'panic-on-replicas'], 'ignore'),
];

function hostName(value: string): string | undefined {
  if (value.length >= 256) return 'Hostnames must be less than 256 characters';
  if (/^[a-z0-9.-]*$/i.test(value)) return undefined;
  return 'Hostnames may only contain alphanumeric characters, hyphens or dots';
}

export const CLUSTER_DIRECTIVES: readonly Directive[] = [
  bool('cluster-enabled', false, { flags: IMMUTABLE }),
  text('cluster-config-file', 'nodes.conf', { flags: IMMUTABLE, empty: true }),
  integer('cluster-node-timeout', 15000, [0, LONG_MAX]),
  integer('cluster-port', 0, [0, 65535], { flags: IMMUTABLE }),
  integer('cluster-migration-barrier', 1, [0, INT_MAX]),
  integer('cluster-replica-validity-factor', 10, [0, INT_MAX], {
    alias: 'cluster-slave-validity-factor',
  }),
  bool('cluster-replica-no-failover', false, { alias: 'cluster-slave-no-failover' }),
  bool('cluster-require-full-coverage', true),
  bool('cluster-allow-reads-when-down', false),
  bool('cluster-allow-pubsubshard-when-down', true),
  bool('cluster-allow-replica-migration', true),
  memory('cluster-link-sendbuf-limit', 0, [0, ULONG_MAX]),
  text('cluster-announce-ip', ''),
  integer('cluster-announce-port', 0, [0, 65535]),
  integer('cluster-announce-tls-port', 0, [0, 65535]),
  integer('cluster-announce-bus-port', 0, [0, 65535]),
  text('cluster-announce-hostname', '', { check: hostName }),
  choice('cluster-preferred-endpoint-type', ['ip', 'hostname', 'unknown-endpoint'], 'ip'),
];
