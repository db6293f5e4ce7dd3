/** What INFO tells of the memory limit. */
import type { InfoSections } from './info.ts';

/** For how long memory has been above the limit (microseconds), and what does not count for it. */
export interface EvictionStatus {
  readonly exceededInAll: number;
  readonly exceededNow: number;
  readonly notCounted: number;
}

export function addEvictionFields(info: InfoSections, status: EvictionStatus): void {
  info.add('stats', () => [
    ['total_eviction_exceeded_time', Math.floor(status.exceededInAll / 1000)],
    ['current_eviction_exceeded_time', Math.floor(status.exceededNow / 1000)],
  ]);
  info.add('memory', () => [['mem_not_counted_for_evict', status.notCounted]]);
}
