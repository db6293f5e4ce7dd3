/**
 * What both servers say of a configuration file, line by line. Nothing is started: behind each line
 * stands one that both refuse, so the report tells how far they came.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ConfigFileError, loadConfigText } from '../../src/config/conf-file.ts';
import { Config } from '../../src/config/config.ts';
import { EXTENSION } from '../../src/config/directive.ts';
import { DIRECTIVES, findDirective } from '../../src/config/directives.ts';
import { requireInterop, runTool, withTools } from '../support/interop.ts';
import { startRealRedis } from '../support/real-redis.ts';
import { itemsOf, textOf } from '../support/resp-value.ts';
import { startRespd } from '../support/respd.ts';

const AT_ONCE = 8;
const DEBIAN_CONF = '/etc/redis/redis.conf';
const REFUSED = '\nnosuch directive\n';

/** Directives that Redis looks at or acts on while it reads them, and the user's own. */
const NOT_COMPARED = /^(dir|include|loadmodule|rename-command|user|sentinel|logfile|aclfile) /;

async function realReport(text: string): Promise<string> {
  const { stderr } = await runTool('redis-server', ['-'], { input: text });
  return stderr;
}

function ourReport(text: string): string {
  try {
    const nothing = (): never => {
      throw new Error('No such file or directory');
    };
    loadConfigText(new Config(), text, { readFile: nothing, listFiles: () => [] });
    return 'accepted';
  } catch (error) {
    if (error instanceof ConfigFileError) return error.message;
    throw error;
  }
}

/** Puts each line before both servers; those about which they differ. */
async function differences(lines: readonly string[]): Promise<unknown[]> {
  const found: unknown[] = [];
  const queue = lines.filter((line) => !NOT_COMPARED.test(`${line} `));
  const work = async (): Promise<void> => {
    for (let line = queue.pop(); line !== undefined; line = queue.pop()) {
      const text = line + REFUSED;
      const [real, ours] = [await realReport(text), ourReport(text)];
      if (real !== ours) found.push({ line, real, ours });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

it("takes every line of Debian's redis.conf, and every example in it, as Redis does", async (context) => {
  requireInterop(context, 'redis-server');
  let text: string;
  try {
    text = readFileSync(DEBIAN_CONF, 'latin1');
  } catch (error) {
    context.skip(`cannot read ${DEBIAN_CONF}: ${(error as Error).message}`);
    return;
  }
  const lines = text.split('\n').map((line) => line.replace(/^# ?/, ''));
  const directives = lines.filter((line) => findDirective(line.split(' ')[0]!) !== undefined);
  expect(directives.length).toBeGreaterThan(100);
  expect(await differences([...new Set(directives)])).toEqual([]);
});

it(
  'refuses a mistake with every directive in the same words',
  withTools(['redis-server'], async () => {
    const names = DIRECTIVES.filter(({ flags }) => (flags & EXTENSION) === 0).map(
      ({ name }) => name,
    );
    // One mistake each: src/config's tests have many more, recorded from the real server.
    const lines = names.map((name, i) => (i % 2 === 0 ? name : `${name} -7z`));
    expect(await differences(lines)).toEqual([]);
  }),
);

it(
  'refuses lines that no version knows, with their number',
  withTools(['redis-server'], async () => {
    const text = '# comment\n\n  hz 20\nTIMEOUT 3\nvm-enabled no\nport 1\n';
    const report = await realReport(text);
    expect(report).toContain("at line 5\n>>> 'vm-enabled no'");
    expect(ourReport(text)).toBe(report);
  }),
);

it(
  'has the directives of Redis with their defaults, and says which are its own',
  withTools(['redis-server'], async () => {
    const servers = await Promise.all([startRealRedis(), startRespd()]);
    try {
      const [real, ours] = await Promise.all(
        servers.map(async (server) => {
          const client = await server.connect();
          const items = itemsOf(await client.call('CONFIG', 'GET', '*')).map(textOf);
          client.close();
          const pairs = new Map<string, string>();
          for (let i = 0; i < items.length; i += 2) pairs.set(items[i]!, items[i + 1]!);
          for (const name of ['port', 'dir', 'save', 'maxclients']) pairs.delete(name);
          return pairs;
        }),
      );
      const own = [...ours!.keys()].filter((name) => !real!.has(name));
      for (const name of own) {
        expect(findDirective(name)!.flags & EXTENSION, name).not.toBe(0);
        ours!.delete(name);
      }
      expect(Object.fromEntries(ours!)).toEqual(Object.fromEntries(real!));
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  }),
);
