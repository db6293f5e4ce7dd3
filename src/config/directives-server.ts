/** Process, logging, debugging and listening. */
import { ALWAYS_WRITTEN, EXTENSION, HIDDEN, IMMUTABLE, SENSITIVE, VOLATILE } from './directive.ts';
import type { Directive } from './directive.ts';
import { bindAddresses, oomScores, percentiles, shutdownOptions } from './kinds-special.ts';
import { bool, choice, INT_MAX, integer, LONG_MAX, permissions, text, UINT_MAX } from './kinds.ts';

const NO_AFFINITY = 'no effect here: Node cannot pin threads to processors';

/** Checks the title template: known variables only, and something to show besides the name. */
function checkTitle(template: string): string | undefined {
  const known = /\{(title|listen-addr|server-mode|port|tls-port|unixsocket|config-file)\}/g;
  const plain = template.replaceAll('{{', '');
  const rest = plain.replaceAll(known, '');
  const shown = plain.replaceAll('{title}', '').trim() !== '' || template.includes('{{');
  if (!rest.includes('{') && shown) return undefined;
  return 'template format is invalid or contains unknown variables';
}

export const PROCESS_DIRECTIVES: readonly Directive[] = [
  bool('daemonize', false, {
    flags: IMMUTABLE,
    effect: 'no effect here: Node cannot fork, and yes stops the start with a message',
  }),
  choice('supervised', ['upstart', 'systemd', 'auto', 'no'], 'no', {
    flags: IMMUTABLE,
    effect: 'no effect here: Node has no datagram sockets to notify a supervisor with',
  }),
  text('pidfile', '', { flags: IMMUTABLE }),
  bool('set-proc-title', true, { flags: IMMUTABLE }),
  text('proc-title-template', '{title} {listen-addr} {server-mode}', {
    check: checkTitle,
    empty: true,
  }),
  bool('always-show-logo', false, { flags: IMMUTABLE }),
  integer('databases', 16, [1, INT_MAX], { flags: IMMUTABLE }),
  integer('hz', 10, [0, INT_MAX], {
    adjust: (value) => (value < 1n ? 1n : value > 500n ? 500n : value),
  }),
  bool('dynamic-hz', true),
  integer('io-threads', 1, [1, 128], {
    flags: IMMUTABLE,
    effect: 'no effect here: one thread serves every socket',
  }),
  bool('io-threads-do-reads', false, {
    flags: IMMUTABLE,
    effect: 'no effect here: one thread serves every socket',
  }),
  text('server_cpulist', '', { flags: IMMUTABLE, effect: NO_AFFINITY }),
  text('bio_cpulist', '', { flags: IMMUTABLE, effect: NO_AFFINITY }),
  text('aof_rewrite_cpulist', '', { flags: IMMUTABLE, effect: NO_AFFINITY }),
  text('bgsave_cpulist', '', { flags: IMMUTABLE, effect: NO_AFFINITY }),
  bool('disable-thp', true, {
    flags: IMMUTABLE,
    effect: 'no effect here: Node cannot change the huge-page setting of its process',
  }),
  choice('oom-score-adj', ['no', 'yes', 'relative', 'absolute'], 'no', {
    same: { relative: 'yes' },
  }),
  oomScores('oom-score-adj-values', [0, 200, 800]),
  integer('shutdown-timeout', 10, [0, INT_MAX]),
  shutdownOptions('shutdown-on-sigint'),
  shutdownOptions('shutdown-on-sigterm'),
  text('ignore-warnings', '', {
    empty: true,
    effect: 'no effect here: it silences a warning about forking, and nothing forks',
  }),
];

export const LOGGING_DIRECTIVES: readonly Directive[] = [
  choice('loglevel', ['debug', 'verbose', 'notice', 'warning'], 'notice'),
  text('logfile', '', { flags: IMMUTABLE, empty: true }),
  choice('log-format', ['text', 'json'], 'text', { flags: IMMUTABLE | EXTENSION }),
  bool('syslog-enabled', false, { flags: IMMUTABLE }),
  text('syslog-ident', 'redis', { flags: IMMUTABLE, empty: true }),
  choice(
    'syslog-facility',
    ['user', 'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
    'local0',
    { flags: IMMUTABLE },
  ),
  bool('crash-log-enabled', true),
  bool('crash-memcheck-enabled', true, {
    effect: 'no effect here: JavaScript has no raw memory to test after a crash',
  }),
  bool('use-exit-on-panic', false, {
    flags: HIDDEN,
    effect: 'no effect here: a panic always exits',
  }),
  integer('watchdog-period', 0, [0, INT_MAX], {
    flags: HIDDEN,
    adjust: (value) => (value > 0n && value < 200n ? 200n : value),
    effect: 'no effect here: no timer can interrupt running JavaScript',
  }),
  integer('slowlog-log-slower-than', 10000, [-1, LONG_MAX]),
  integer('slowlog-max-len', 128, [0, LONG_MAX]),
  integer('latency-monitor-threshold', 0, [0, LONG_MAX]),
  bool('latency-tracking', true),
  percentiles('latency-tracking-info-percentiles', [50, 99, 99.9], {
    flags: ALWAYS_WRITTEN,
  }),
  integer('hotkeys-counters', 0, [0, 65536], { flags: EXTENSION }),
  integer('metrics-port', 0, [0, 65535], { flags: IMMUTABLE | EXTENSION }),
  bindAddresses('metrics-bind', ['127.0.0.1', '-::1'], { flags: IMMUTABLE | EXTENSION }),
];

export const NETWORK_DIRECTIVES: readonly Directive[] = [
  bindAddresses('bind', ['*', '-::*']),
  text('bind-source-addr', ''),
  integer('port', 6379, [0, 65535]),
  integer('tcp-backlog', 511, [0, INT_MAX], { flags: IMMUTABLE }),
  integer('tcp-keepalive', 300, [0, INT_MAX]),
  integer('timeout', 0, [0, INT_MAX]),
  text('unixsocket', '', { flags: IMMUTABLE }),
  permissions('unixsocketperm', { flags: IMMUTABLE }),
  bool('protected-mode', true),
  integer('socket-mark-id', 0, [0, UINT_MAX], {
    flags: IMMUTABLE,
    effect: 'no effect here: Node cannot set socket options',
  }),
  integer('maxclients', 10000, [1, UINT_MAX]),
];

const FILE = { flags: VOLATILE };

export const TLS_DIRECTIVES: readonly Directive[] = [
  integer('tls-port', 0, [0, 65535]),
  text('tls-cert-file', '', FILE),
  text('tls-key-file', '', FILE),
  text('tls-key-file-pass', '', { flags: SENSITIVE }),
  text('tls-client-cert-file', '', FILE),
  text('tls-client-key-file', '', FILE),
  text('tls-client-key-file-pass', '', { flags: SENSITIVE }),
  text('tls-dh-params-file', '', FILE),
  text('tls-ca-cert-file', '', FILE),
  text('tls-ca-cert-dir', '', FILE),
  choice('tls-auth-clients', ['no', 'yes', 'optional'], 'yes'),
  bool('tls-replication', false),
  bool('tls-cluster', false),
  text('tls-protocols', ''),
  text('tls-ciphers', ''),
  text('tls-ciphersuites', ''),
  bool('tls-prefer-server-ciphers', false),
  bool('tls-session-caching', true),
  integer('tls-session-cache-size', 20480, [0, INT_MAX]),
  integer('tls-session-cache-timeout', 300, [0, INT_MAX]),
];
