/** LATENCY DOCTOR: what the latency monitor has seen, and what can be done about it. */
import type { LatencySeries } from '../../command/ports.ts';

/** What to do about the events whose names match. */
const ADVICE: readonly (readonly [events: RegExp, text: string])[] = [
  [
    /^(fast-)?command$/,
    'SLOWLOG GET names the slow commands. Prefer SCAN and its relatives to commands that read a ' +
      'whole collection at once, and UNLINK to DEL for big values.',
  ],
  [/^command$/, 'LATENCY HISTOGRAM shows how the run times of each command are distributed.'],
  [
    /^expir/,
    'Many keys expire at once: give them times that differ a little, or lower active-expire-effort.',
  ],
  [
    /^eviction/,
    'Memory is at its limit: raise maxmemory, or lower maxmemory-eviction-tenacity so that ' +
      'evictions are spread over more requests.',
  ],
  [
    /-(del|lazyfree)$/,
    'Large values are freed: lazyfree-lazy-expire and lazyfree-lazy-eviction do that in slices.',
  ],
  [
    /^aof-fsync-always$/,
    'appendfsync always waits for the disk before every reply: everysec does not, and risks a second.',
  ],
  [
    /^aof-/,
    'The disk is slow to take what is written: see whether other processes use it, and consider ' +
      'no-appendfsync-on-rewrite.',
  ],
  [
    /^snapshot-slice$/,
    'A part of a snapshot took long: a single very large string is written in one piece.',
  ],
  [
    /^event-loop$/,
    'The event loop was held up by something that is no command: the system may give the process too ' +
      'little processor time or swap its memory.',
  ],
];

export function diagnosis(all: readonly LatencySeries[], threshold: number): string {
  if (threshold === 0)
    return (
      'The latency monitor is off, so there is nothing to judge by. To switch it on, choose from ' +
      'which duration on an event counts: CONFIG SET latency-monitor-threshold <milliseconds>.\n'
    );
  if (all.length === 0) return `No event has taken ${threshold} milliseconds or longer so far.\n`;
  const advice = ADVICE.filter(([events]) => all.some(({ event }) => events.test(event)));
  return (
    `Events that took ${threshold} milliseconds or longer:\n\n${all.map(describe).join('\n')}\n\n` +
    `What may help:\n\n${advice.map(([, text]) => `- ${text}`).join('\n')}\n`
  );
}

function describe({ event, samples, worst }: LatencySeries): string {
  const count = samples.length;
  const mean = samples.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / count;
  const deviation =
    samples.reduce((sum, { milliseconds }) => sum + Math.abs(milliseconds - mean), 0) / count;
  const seconds = samples.at(-1)!.time - samples[0]!.time;
  const period = count === 1 ? '' : `, one in ${(seconds / (count - 1)).toFixed(1)} s`;
  return (
    `- ${event}: ${count} samples, mean ${mean.toFixed(1)} ms (mean deviation ` +
    `${deviation.toFixed(1)} ms), worst ever ${worst} ms${period}.`
  );
}
