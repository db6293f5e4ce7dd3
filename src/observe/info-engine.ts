/**
 * The sections of INFO that the engine can tell. A zero that stands here as a number is said of
 * something that this server has none of; a part that brings it adds the field again, with its
 * value, in its place.
 */
import type { ServerPorts } from '../command/ports.ts';
import { SESSION_BLOCKED } from '../command/session.ts';
import type { Config } from '../config/config.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import { VERSION } from '../version.ts';
import { addCommandSections } from './info-commands.ts';
import { addDurabilitySections } from './info-durability.ts';
import { addMemorySection } from './info-memory.ts';
import type { InfoField, InfoSections } from './info.ts';
import type { LatencyHistograms } from './latency-histogram.ts';

const DAY_SECONDS = 86_400;

/** What the sections tell about. */
export interface InfoSubject {
  readonly keyspace: Keyspace;
  readonly ports: ServerPorts;
}

export function addEngineSections(
  info: InfoSections,
  { keyspace, ports }: InfoSubject,
  config: Config,
  histograms: LatencyHistograms,
): void {
  info.add('server', () => serverFields(keyspace, ports, config));
  info.add('clients', () => clientFields(ports, config));
  addMemorySection(info, ports.memory, config, keyspace, ports.facts);
  info.add('memory', () => [['active_defrag_running', ports.defragmentation.percent]]);
  addDurabilitySections(info, ports.persistence, keyspace, config, ports.facts);
  info.add('stats', () => trafficFields(ports));
  info.add('stats', () => keyspaceStatistics(keyspace, ports));
  info.add('cpu', () => cpuFields(ports));
  info.add('modules', () => []);
  addCommandSections(info, ports.table, ports.statistics, histograms, config);
  info.add('cluster', () => [['cluster_enabled', config.clusterEnabled ? 1 : 0]]);
  info.add('keyspace', () => databaseFields(keyspace));
}

function serverFields(
  keyspace: Keyspace,
  { clock, facts }: ServerPorts,
  config: Config,
): readonly InfoField[] {
  const uptime = Math.floor((keyspace.now - facts.startedAt) / 1000);
  return [
    ['redis_version', VERSION],
    ['redis_git_sha1', '00000000'],
    ['redis_git_dirty', 0],
    ['redis_build_id', '0'],
    ['redis_mode', config.clusterEnabled ? 'cluster' : 'standalone'],
    ['os', facts.operatingSystem],
    ['arch_bits', 64],
    ['monotonic_clock', 'POSIX clock_gettime'],
    ['multiplexing_api', 'libuv'],
    ['atomicvar_api', 'none'],
    // What the real server tells when another compiler built it.
    ['gcc_version', '0.0.0'],
    ['process_id', facts.processId],
    ['process_supervised', 'no'],
    ['run_id', facts.runId],
    ['tcp_port', config.port || config.tlsPort],
    ['server_time_usec', clock.wallMicroseconds()],
    ['uptime_in_seconds', uptime],
    ['uptime_in_days', Math.floor(uptime / DAY_SECONDS)],
    ['hz', config.hz],
    ['configured_hz', config.hz],
    ['lru_clock', Math.floor(keyspace.now / 1000) & 0xffffff],
    ['executable', facts.executable],
    ['config_file', facts.configFile],
    ['io_threads_active', 0],
  ];
}

function clientFields({ clients }: ServerPorts, config: Config): readonly InfoField[] {
  let blocked = 0;
  let largestInput = 0;
  let largestOutput = 0;
  for (const { state, transport } of clients.all()) {
    if ((state & SESSION_BLOCKED) !== 0) blocked++;
    largestInput = Math.max(largestInput, transport?.queryBytes ?? 0);
    largestOutput = Math.max(largestOutput, transport?.outputBytes ?? 0);
  }
  return [
    ['connected_clients', clients.count],
    ['cluster_connections', 0],
    ['maxclients', config.maxclients],
    ['client_recent_max_input_buffer', largestInput],
    ['client_recent_max_output_buffer', largestOutput],
    ['blocked_clients', blocked],
    ['tracking_clients', 0],
    ['clients_in_timeout_table', 0],
  ];
}

function trafficFields({ statistics }: ServerPorts): readonly InfoField[] {
  const kilobytes = (perSecond: number): string => (perSecond / 1024).toFixed(2);
  return [
    ['total_connections_received', statistics.connectionsReceived],
    ['total_commands_processed', statistics.commandsProcessed],
    ['instantaneous_ops_per_sec', Math.round(statistics.commandRate.perSecond)],
    ['total_net_input_bytes', statistics.bytesRead],
    ['total_net_output_bytes', statistics.bytesWritten],
    ['total_net_repl_input_bytes', 0],
    ['total_net_repl_output_bytes', 0],
    ['instantaneous_input_kbps', kilobytes(statistics.inputRate.perSecond)],
    ['instantaneous_output_kbps', kilobytes(statistics.outputRate.perSecond)],
    ['instantaneous_input_repl_kbps', '0.00'],
    ['instantaneous_output_repl_kbps', '0.00'],
    ['rejected_connections', statistics.connectionsRejected],
    ['sync_full', 0],
    ['sync_partial_ok', 0],
    ['sync_partial_err', 0],
  ];
}

function keyspaceStatistics(
  keyspace: Keyspace,
  { defragmentation, expiry, pubsub, statistics }: ServerPorts,
): readonly InfoField[] {
  return [
    ['expired_keys', keyspace.expiredKeys],
    ['expired_stale_perc', expiry.stalePercent.toFixed(2)],
    ['expired_time_cap_reached_count', expiry.timeCapReached],
    ['expire_cycle_cpu_milliseconds', Math.floor(expiry.microseconds / 1000)],
    ['evicted_keys', keyspace.evictedKeys],
    ['evicted_clients', statistics.evictedClients],
    ['total_eviction_exceeded_time', 0],
    ['current_eviction_exceeded_time', 0],
    ['keyspace_hits', keyspace.hits],
    ['keyspace_misses', keyspace.misses],
    ['pubsub_channels', pubsub.channels.size],
    ['pubsub_patterns', pubsub.patterns.size],
    ['pubsubshard_channels', pubsub.shardChannels.size],
    ['latest_fork_usec', 0],
    ['total_forks', 0],
    ['migrate_cached_sockets', 0],
    ['slave_expires_tracked_keys', 0],
    ['active_defrag_hits', defragmentation.hits],
    ['active_defrag_misses', defragmentation.misses],
    ['active_defrag_key_hits', defragmentation.keyHits],
    ['active_defrag_key_misses', defragmentation.keyMisses],
    ['total_active_defrag_time', defragmentation.totalTime],
    ['current_active_defrag_time', defragmentation.currentTime],
    ['tracking_total_keys', 0],
    ['tracking_total_items', 0],
    ['tracking_total_prefixes', 0],
    ['unexpected_error_replies', statistics.unexpectedErrors],
    ['total_error_replies', statistics.errorReplies],
    ['dump_payload_sanitizations', 0],
    ['total_reads_processed', statistics.readsProcessed],
    ['total_writes_processed', statistics.writesProcessed],
    ['io_threaded_reads_processed', 0],
    ['io_threaded_writes_processed', 0],
    ['reply_buffer_shrinks', 0],
    ['reply_buffer_expands', 0],
    // Names of version 7.2, which newer dashboards read.
    ['acl_access_denied_auth', statistics.accessDenied.auth],
    ['acl_access_denied_cmd', statistics.accessDenied.command],
    ['acl_access_denied_key', statistics.accessDenied.key],
    ['acl_access_denied_channel', statistics.accessDenied.channel],
    ['client_query_buffer_limit_disconnections', statistics.queryBufferDisconnections],
    ['client_output_buffer_limit_disconnections', statistics.outputBufferDisconnections],
  ];
}

function cpuFields({ facts }: ServerPorts): readonly InfoField[] {
  const { system, user } = facts.cpuSeconds();
  const thread = facts.threadCpuSeconds();
  return [
    ['used_cpu_sys', system.toFixed(6)],
    ['used_cpu_user', user.toFixed(6)],
    ['used_cpu_sys_children', '0.000000'],
    ['used_cpu_user_children', '0.000000'],
    ['used_cpu_sys_main_thread', thread.system.toFixed(6)],
    ['used_cpu_user_main_thread', thread.user.toFixed(6)],
  ];
}

function databaseFields(keyspace: Keyspace): readonly InfoField[] {
  return keyspace.databases
    .filter(({ size }) => size > 0)
    .map(({ averageTtl, expires, index, size }) => [
      `db${index}`,
      `keys=${size},expires=${expires.size},avg_ttl=${Math.floor(averageTtl)}`,
    ]);
}
