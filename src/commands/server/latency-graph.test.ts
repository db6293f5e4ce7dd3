import { expect, it } from 'vitest';
import { latencyGraph } from './latency-graph.ts';

function series(...samples: [time: number, milliseconds: number][]) {
  const worst = Math.max(...samples.map(([, milliseconds]) => milliseconds));
  return {
    event: 'command',
    samples: samples.map(([time, milliseconds]) => ({ time, milliseconds })),
    worst,
  };
}

const RULE = '-'.repeat(80);

it('draws what the real server draws of these samples', () => {
  // Recorded from redis-server 7.0.15.
  expect(latencyGraph(series([780, 30], [880, 100], [998, 250]), 1000)).toBe(
    [
      'command - high 250 ms, low 30 ms (all time high 250 ms)',
      RULE,
      '  #',
      '  |',
      ' _|',
      '_||',
      '   ',
      '322',
      'mms',
      '',
    ].join('\n'),
  );
});

it('draws one sample as the lowest step, and more than a line holds below', () => {
  expect(
    latencyGraph(series([0, 7]), 200_000)
      .split('\n')
      .slice(2),
  ).toEqual([' ', ' ', ' ', '_', ' ', '2', 'd', '']);
  const many = Array.from({ length: 100 }, (_, i): [number, number] => [1000 + i, i]);
  const lines = latencyGraph(series(...many), 5100).split('\n');
  expect(lines[5]).toHaveLength(80);
  expect(lines[6 + 3]).toHaveLength(20);
  // The second block is drawn on the scale of all samples.
  expect(lines.slice(9, 13)).toEqual([
    '___oooooooo#########',
    '|'.repeat(20),
    '|'.repeat(20),
    '|'.repeat(20),
  ]);
});
