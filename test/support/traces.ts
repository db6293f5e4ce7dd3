/** Tests that compare what commands do besides replying: see effect-parity.ts. */
import { afterAll, beforeAll, expect, type TestContext } from 'vitest';

import type { Command } from './both.ts';
import { TracedEngine, TracedRedis } from './effect-parity.ts';
import { requireInterop, toolPath } from './interop.ts';
import { commandsOf } from './lines.ts';

/**
 * Gives a test that runs commands, or lines of them, on both servers, from empty ones, and compares
 * reply, effects and events of each. `blur` takes out of a line what may differ. One real server
 * serves the whole file.
 */
export function useTraces(
  blur: (line: string) => string = (line) => line,
): (commands: string | readonly Command[]) => (context: TestContext) => Promise<void> {
  let real: TracedRedis | undefined;
  beforeAll(async () => {
    if (toolPath('redis-server') !== undefined) real = await TracedRedis.start();
  });
  afterAll(() => real?.stop());
  return (commands) => async (context) => {
    requireInterop(context, 'redis-server');
    const ours = new TracedEngine();
    await real!.run(['FLUSHALL']);
    for (const command of typeof commands === 'string' ? commandsOf(commands) : commands) {
      const name = command.join(' ');
      const expected = [name, ...(await real!.run(command)).map(blur)];
      expect([name, ...ours.run(command).map(blur)]).toEqual(expected);
    }
  };
}
