/** Every script of the parity corpus, against what redis-server 7.0.15 answered. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FORMS, newRuntime, run } from './testing.ts';

function load(name: string): [string, string][] {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as [string, string][];
}

// The second file holds generated scripts: codecs, formats, table order, patterns.
const recorded = [...load('./recorded-results.json'), ...load('./recorded-random.json')];

/** Makes two texts comparable: addresses differ, and so does how errors are announced. */
function normalize(text: string): string {
  return text
    .replaceAll(/0x[0-9a-f]{6,}/g, 'ADDRESS')
    .replaceAll(/[\r\n]/g, ' ')
    .replace(/^ERR /, '')
    .trimEnd();
}

describe('the recorded corpus', () => {
  it('is there', () => expect(recorded.length).toBeGreaterThan(1200));

  const runtime = newRuntime();
  for (const [source, expected] of recorded) {
    it(source.slice(0, 100), () => {
      const seed = runtime.state.randomSeed;
      const bytes = Buffer.from(source, 'utf8').toString('latin1');
      for (const form of FORMS) {
        runtime.state.randomSeed = [...seed];
        expect(normalize(run(runtime, bytes, form)), form).toBe(normalize(expected));
      }
    });
  }
});
