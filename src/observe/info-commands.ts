/** INFO commandstats, errorstats and latencystats. */
import type { CommandTable } from '../command/registry.ts';
import type { ServerStatistics } from '../command/statistics.ts';
import type { Config } from '../config/config.ts';
import type { InfoField, InfoSections } from './info.ts';
import type { LatencyHistograms } from './latency-histogram.ts';

export function addCommandSections(
  info: InfoSections,
  table: CommandTable,
  statistics: ServerStatistics,
  histograms: LatencyHistograms,
  config: Config,
): void {
  info.add('commandstats', () => commandStatistics(table));
  info.add('errorstats', () =>
    [...statistics.errorsByCode]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([code, count]) => [`errorstat_${code}`, `count=${count}`]),
  );
  info.add('latencystats', () => {
    const fields: InfoField[] = [];
    const wanted = config.latencyTrackingInfoPercentiles;
    for (const command of table.all()) {
      const values = histograms.percentiles(command.id, wanted);
      if (values === undefined) continue;
      const parts = values.map((value, i) => `p${wanted[i]}=${value.toFixed(3)}`);
      fields.push([`latency_percentiles_usec_${command.fullName}`, parts.join(',')]);
    }
    return fields;
  });
}

function commandStatistics(table: CommandTable): readonly InfoField[] {
  const fields: InfoField[] = [];
  for (const command of table.all()) {
    const { calls, usec, rejected, failed } = table.stats[command.id];
    if (calls === 0 && rejected === 0 && failed === 0) continue;
    const perCall = (calls === 0 ? 0 : usec / calls).toFixed(2);
    const text =
      `calls=${calls},usec=${Math.floor(usec)},usec_per_call=${perCall},` +
      `rejected_calls=${rejected},failed_calls=${failed}`;
    fields.push([`cmdstat_${command.fullName}`, text]);
  }
  return fields;
}
