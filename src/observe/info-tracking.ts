/** What INFO tells of client-side caching. */
import type { TrackingPort } from '../command/tracking.ts';
import type { InfoSections } from './info.ts';

export function addTrackingFields(info: InfoSections, tracking: TrackingPort): void {
  info.add('clients', () => [['tracking_clients', tracking.clients]]);
  info.add('stats', () => [
    ['tracking_total_keys', tracking.keys],
    ['tracking_total_items', tracking.items],
    ['tracking_total_prefixes', tracking.prefixes],
  ]);
}
