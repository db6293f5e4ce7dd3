/**
 * What the server tells monitoring systems, under the names that redis_exporter gives it. Pure: made
 * from INFO's fields and the statistics when somebody asks; connection/metrics-endpoint.ts shows it.
 */
import type { LatencyDistribution, ServerPorts } from '../command/ports.ts';
import type { Config } from '../config/config.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { InfoSections } from './info.ts';
import { COUNTER_FIELDS, GAUGE_FIELDS, INSTANCE_LABELS, type NamedField } from './metric-names.ts';

export type MetricKind = 'gauge' | 'counter' | 'histogram' | 'summary';
export type MetricLabels = Readonly<Record<string, string | number>>;

/** One figure. `suffix`: for the parts of a histogram or summary, e.g. `_bucket`. */
export interface MetricSample {
  readonly labels: MetricLabels;
  readonly value: number;
  readonly suffix?: string;
}

/** All figures of one name. */
export interface MetricFamily {
  readonly name: string;
  readonly kind: MetricKind;
  readonly help: string;
  readonly samples: MetricSample[];
}

export interface MetricSubject {
  readonly keyspace: Keyspace;
  readonly ports: ServerPorts;
  readonly info: InfoSections;
}

const NO_LABELS: MetricLabels = {};

export class Metrics {
  readonly #subject: MetricSubject;
  readonly #config: Config;
  /** Parts of the server that are there only sometimes add what they have. */
  readonly #sources: ((families: Families) => void)[] = [];

  constructor(subject: MetricSubject, config: Config) {
    this.#subject = subject;
    this.#config = config;
  }

  /** Lets a part of the server add to what is told. */
  addSource(source: (families: Families) => void): void {
    this.#sources.push(source);
  }

  /** Everything, as it is now. O(commands + databases + clients). */
  collect(): readonly MetricFamily[] {
    const families = new Families();
    const fields = this.#subject.info.fields();
    families.add('up', 'gauge', 'Whether the server answers.', 1);
    addFields(families, fields, GAUGE_FIELDS, 'gauge');
    addFields(families, fields, COUNTER_FIELDS, 'counter');
    addInstance(families, fields);
    addReplication(families, fields);
    this.#addSettings(families);
    this.#addDatabases(families);
    this.#addCommands(families);
    this.#addLatency(families);
    for (const source of this.#sources) source(families);
    return families.all();
  }

  #addSettings(families: Families): void {
    const { clientOutputBufferLimit, ioThreads, maxclients, maxmemory } = this.#config;
    families.add('config_maxclients', 'gauge', 'maxclients', maxclients);
    families.add('config_maxmemory', 'gauge', 'maxmemory', maxmemory);
    families.add('config_io_threads', 'gauge', 'io-threads', ioThreads);
    const { normal, pubsub, replica } = clientOutputBufferLimit;
    for (const [name, limits] of Object.entries({ normal, pubsub, slave: replica })) {
      const bytes = 'config_client_output_buffer_limit_bytes';
      const help = 'client-output-buffer-limit';
      families.add(bytes, 'gauge', help, limits.hard, { class: name, limit: 'hard' });
      families.add(bytes, 'gauge', help, limits.soft, { class: name, limit: 'soft' });
      const seconds = 'config_client_output_buffer_limit_overcome_seconds';
      families.add(seconds, 'gauge', help, limits.softSeconds, { class: name, limit: 'soft' });
    }
  }

  #addDatabases(families: Families): void {
    for (const { averageTtl, expires, index, size } of this.#subject.keyspace.databases) {
      const db = { db: `db${index}` };
      families.add('db_keys', 'gauge', 'Keys of a database.', size, db);
      families.add('db_keys_expiring', 'gauge', 'Keys that expire.', expires.size, db);
      if (expires.size > 0)
        families.add('db_avg_ttl_seconds', 'gauge', 'Mean time to live.', averageTtl / 1000, db);
    }
  }

  #addCommands(families: Families): void {
    const { latencyDistributions, statistics, table } = this.#subject.ports;
    const add = (name: string, help: string, value: number, labels: MetricLabels): void =>
      families.add(name, 'counter', help, value, labels);
    for (const { id, fullName } of table.all()) {
      const { calls, failed, rejected, usec } = table.stats[id]!;
      if (calls === 0 && failed === 0 && rejected === 0) continue;
      const cmd = { cmd: fullName };
      add('commands_total', 'Calls of a command.', calls, cmd);
      add('commands_duration_seconds_total', 'Time spent in it.', usec / 1e6, cmd);
      add('commands_failed_calls_total', 'Calls that ended in an error.', failed, cmd);
      add('commands_rejected_calls_total', 'Calls refused before they ran.', rejected, cmd);
      const distribution = latencyDistributions.of(id);
      if (distribution !== undefined) addHistogram(families, fullName, distribution, usec);
      const wanted = this.#config.latencyTrackingInfoPercentiles;
      const values = latencyDistributions.percentiles(id, wanted) ?? [];
      for (const [i, value] of values.entries()) {
        const labels = { cmd: fullName, quantile: Number((wanted[i]! / 100).toPrecision(12)) };
        const help = 'Percentiles of a command.';
        families.add('latency_percentiles_usec', 'summary', help, value, labels);
      }
    }
    for (const [err, count] of statistics.errorsByCode)
      add('errors_total', 'Errors replied, by code.', count, { err });
  }

  #addLatency(families: Families): void {
    const { latencyEvents, slowRequests } = this.#subject.ports;
    const [newest] = slowRequests.latest(1);
    families.add('slowlog_length', 'gauge', 'Entries of the slow log.', slowRequests.length);
    families.add('slowlog_last_id', 'gauge', 'Number of the newest one.', newest?.id ?? 0);
    const slowest = (newest?.microseconds ?? 0) / 1e6;
    families.add('last_slow_execution_duration_seconds', 'gauge', 'How long it took.', slowest);
    for (const { event, samples } of latencyEvents.all()) {
      const { milliseconds, time } = samples.at(-1)!;
      const labels = { event_name: event };
      families.add('latency_spike_last', 'gauge', 'Time of an event.', time, labels);
      const duration = 'latency_spike_duration_seconds';
      families.add(duration, 'gauge', 'How long it took.', milliseconds / 1000, labels);
    }
  }
}

/** Families by name, in the order in which they came. */
export class Families {
  readonly #families = new Map<string, MetricFamily>();

  /** Adds a figure; `name` without the prefix that all have. */
  add(
    name: string,
    kind: MetricKind,
    help: string,
    value: number,
    labels: MetricLabels = NO_LABELS,
    suffix = '',
  ): void {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { name: `redis_${name}`, kind, help, samples: [] };
      this.#families.set(name, family);
    }
    family.samples.push(suffix === '' ? { labels, value } : { labels, value, suffix });
  }

  all(): readonly MetricFamily[] {
    return [...this.#families.values()];
  }
}

type Fields = ReadonlyMap<string, string | number | bigint>;

/** Numbers as they are; of states, 1 for the good one. Undefined: nothing that is a figure. */
function figure(value: string | number | bigint | undefined): number | undefined {
  if (value === 'ok') return 1;
  if (value === 'err') return 0;
  const number = value === undefined || value === '' ? Number.NaN : Number(value);
  return Number.isNaN(number) ? undefined : number;
}

function addFields(
  families: Families,
  fields: Fields,
  names: readonly NamedField[],
  kind: MetricKind,
): void {
  for (const [field, metric, help] of names) {
    const value = figure(fields.get(field));
    if (value !== undefined) families.add(metric, kind, help, value);
  }
}

function addInstance(families: Families, fields: Fields): void {
  const labels: Record<string, string> = {};
  for (const name of INSTANCE_LABELS) labels[name] = String(fields.get(name) ?? '');
  families.add('instance_info', 'gauge', 'What the server is.', 1, labels);
  const now = Number(fields.get('server_time_usec') ?? 0) / 1e6;
  const uptime = figure(fields.get('uptime_in_seconds')) ?? 0;
  families.add('start_time_seconds', 'gauge', 'When it began.', Math.floor(now) - uptime);
}

/** `slave0:ip=10.0.0.1,port=6379,state=online,offset=12,lag=0` */
const REPLICA = /^ip=(.*),port=(\d+),state=(\w+),offset=(\d+),lag=(-?\d+)$/;

function addReplication(families: Families, fields: Fields): void {
  for (const [name, value] of fields) {
    const found = /^slave\d+$/.test(name) ? REPLICA.exec(String(value)) : null;
    if (found === null) continue;
    const [, slave_ip, slave_port, slave_state, offset, lag] = found as unknown as string[];
    const labels = { slave_ip: slave_ip!, slave_port: slave_port!, slave_state: slave_state! };
    const help = 'How far a replica is.';
    families.add('connected_slave_offset_bytes', 'gauge', help, Number(offset), labels);
    families.add('connected_slave_lag_seconds', 'gauge', help, Number(lag), labels);
  }
  const host = fields.get('master_host');
  if (host === undefined) return;
  const labels = { master_host: String(host), master_port: String(fields.get('master_port')) };
  const read_only = String(fields.get('slave_read_only') ?? '');
  families.add('slave_info', 'gauge', 'Whom it follows.', 1, { ...labels, read_only });
  const isUp = fields.get('master_link_status') === 'up' ? 1 : 0;
  families.add('master_link_up', 'gauge', 'Whether the link is up.', isUp, labels);
  for (const name of ['master_last_io_seconds_ago', 'slave_repl_offset', 'master_sync_in_progress'])
    families.add(name, 'gauge', 'State of the link.', figure(fields.get(name)) ?? 0, labels);
}

function addHistogram(
  families: Families,
  cmd: string,
  { calls, cumulative }: LatencyDistribution,
  sum: number,
): void {
  const name = 'commands_latencies_usec';
  const add = (value: number, labels: MetricLabels, suffix: string): void =>
    families.add(name, 'histogram', 'Run times of a command.', value, labels, suffix);
  for (const [le, count] of cumulative) add(count, { cmd, le }, '_bucket');
  add(calls, { cmd, le: '+Inf' }, '_bucket');
  add(sum, { cmd }, '_sum');
  add(calls, { cmd }, '_count');
}
