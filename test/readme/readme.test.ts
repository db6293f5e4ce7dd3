/** Every example of the README, run as a user would run it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { toolPath, withTools } from '../support/interop.ts';
import { spawnRespd } from '../support/respd.ts';
import type { ServerProcess } from '../support/server-process.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const README = readFileSync(`${ROOT}README.md`, 'utf8');

/** The fenced block of a language under a heading. */
function block(heading: string, language: string): string {
  const section = README.split(`### ${heading}\n`)[1]?.split('\n### ')[0] ?? '';
  const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(section);
  if (found === null) throw new Error(`README has no ${language} block under "${heading}"`);
  return found[1];
}

describe('the examples of the README', () => {
  let server: ServerProcess;
  let folder: string;

  beforeAll(async () => {
    server = await spawnRespd();
    // Inside the package, so that its own name and its dependencies resolve.
    folder = mkdtempSync(`${ROOT}dist/readme-`);
  });
  beforeEach(async () => {
    const client = await server.connect();
    await client.call('FLUSHALL');
    client.close();
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const here = (text: string): string => text.replaceAll('6379', String(server.port));

  async function runModule(text: string): Promise<string> {
    const file = `${folder}/example-${String(text.length)}.mjs`;
    writeFileSync(file, here(text));
    return (await run(process.execPath, [file])).stdout;
  }

  it('ioredis', async () => {
    expect(await runModule(block('ioredis', 'js'))).toBe(block('ioredis', 'text'));
  });

  it('embedding', async () => {
    const heading = 'Inside a Node process';
    expect(await runModule(block(heading, 'js'))).toBe(block(heading, 'text'));
  });

  it(
    'redis-cli',
    withTools(['redis-cli'], async () => {
      const lines = block('redis-cli', 'console').trimEnd().split('\n');
      for (let i = 0; i < lines.length; i += 2) {
        const words = lines[i].replace('$ redis-cli ', '').split(' ');
        const port = ['-p', String(server.port)];
        const { stdout } = await run('redis-cli', ['--no-raw', ...port, ...words]);
        expect(stdout.trimEnd()).toBe(lines[i + 1]);
      }
    }),
  );

  it(
    'redis-py',
    withTools(['python3-redis'], async () => {
      const { stdout } = await run(toolPath('python3-redis')!, [
        '-c',
        here(block('redis-py', 'python')),
      ]);
      expect(stdout).toBe(block('redis-py', 'text'));
    }),
  );

  it(
    'redis-benchmark',
    withTools(['redis-benchmark'], async () => {
      const words = block('redis-benchmark', 'sh').trim().split(' ').slice(1);
      const { stdout } = await run('redis-benchmark', ['-p', String(server.port), ...words]);
      expect(stdout).toMatch(/SET: [\d.]+ requests per second/);
      expect(stdout).toMatch(/GET: [\d.]+ requests per second/);
    }),
  );
});
