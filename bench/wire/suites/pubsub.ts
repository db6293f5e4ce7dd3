/** Messages to few and to many subscribers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import type { ServerProcess } from '../../../test/support/server-process.ts';
import { SUBSCRIBERS } from '../../paths.ts';
import type { Suite } from '../suite.ts';
import { measureThroughput, type ThroughputTest } from '../throughput.ts';

const CHANNEL = 'channel';
const MOST_SUBSCRIBERS = 10_000;

/** About as many deliveries each. */
const AUDIENCES = [
  { subscribers: 1, pipeline: 1, requests: 300_000 },
  { subscribers: 1, pipeline: 16, requests: 1_000_000 },
  { subscribers: 100, pipeline: 1, requests: 40_000 },
  { subscribers: 100, pipeline: 16, requests: 100_000 },
  { subscribers: MOST_SUBSCRIBERS, pipeline: 1, requests: 200 },
];

const tests: readonly ThroughputTest[] = AUDIENCES.map(({ subscribers, ...load }) => ({
  ...load,
  title: `PUBLISH to ${subscribers}`,
  test: ['PUBLISH', CHANNEL, 'a message of thirty bytes, yes'],
  clients: 10,
  beside: (server) => startSubscribers(server, subscribers),
}));

async function startSubscribers(
  server: ServerProcess,
  count: number,
): Promise<() => Promise<void>> {
  const args = [SUBSCRIBERS, String(server.port), CHANNEL, String(count)];
  const receivers = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = once(receivers, 'close');
  await once(receivers.stdout, 'data');
  return async () => {
    receivers.kill();
    await gone;
  };
}

export const pubsub: Suite = {
  name: 'pubsub',
  about: 'PUBLISH to 1, 100 and 10,000 subscribers.',
  run: async (options) => [
    await measureThroughput(
      {
        title: 'Messages to subscribers',
        note: 'A request is one PUBLISH, to all subscribers, who read in a process of their own.',
      },
      tests,
      options,
      { maxclients: MOST_SUBSCRIBERS + 100 },
    ),
  ],
};
