/** What tests of client-side caching share. */
import { expect } from 'vitest';

import type { Both, Command } from './both.ts';
import { textOf } from './resp-value.ts';

/** Makes a key that is read and then expires. Time stands still in a transaction. */
export function expiring(key: string): Command[] {
  const pause = ['DEBUG', 'SLEEP', '0.003'];
  return [['MULTI'], ['SET', key, '1', 'PX', '1'], ['GET', key], ['EXEC'], pause];
}

/** What INFO tells of tracking, on both servers. */
export async function compareTrackingInfo(both: Both): Promise<readonly string[]> {
  const [real, ours] = await Promise.all(
    [both.real, both.ours].map(async (client) => {
      const text = textOf(await client.call('INFO')) ?? '';
      return text.split('\r\n').filter((line) => line.startsWith('tracking_'));
    }),
  );
  expect(ours).toEqual(real);
  return real!;
}
