/**
 * What tests do about programs that may be missing on a developer's machine.
 *
 * A test that needs one of Debian's redis tools is skipped with a message where the tool is
 * missing. With RESPD_REQUIRE_INTEROP=1 it fails instead, so that CI cannot skip it unnoticed.
 */
import { execFileSync, spawn } from 'node:child_process';

import type { TestContext } from 'vitest';

import { findExecutable } from './server-process.ts';

export type Tool =
  | 'redis-server'
  | 'redis-cli'
  | 'redis-benchmark'
  | 'redis-check-rdb'
  | 'redis-check-aof'
  | 'redis-sentinel'
  | 'python3-redis';

const INSTALL = 'apt-get install redis-server redis-tools redis-sentinel python3-redis';

/** Skips the running test, or fails it when CI demands the tools, unless all of them are there. */
export function requireInterop(context: TestContext, ...tools: readonly Tool[]): void {
  const missing = tools.filter((tool) => toolPath(tool) === undefined);
  if (missing.length === 0) return;
  const message = `${missing.join(', ')} not installed (${INSTALL})`;
  if (process.env['RESPD_REQUIRE_INTEROP'] === '1') throw new Error(message);
  context.skip(message);
}

/** `it('…', withTools(['redis-cli'], async () => { … }))`. */
export function withTools(
  tools: readonly Tool[],
  body: (context: TestContext) => Promise<void>,
): (context: TestContext) => Promise<void> {
  return async (context) => {
    requireInterop(context, ...tools);
    await body(context);
  };
}

/** The executable of a tool (for python3-redis: a Python that can import redis), if there is one. */
export function toolPath(tool: Tool): string | undefined {
  if (tool !== 'python3-redis') return findExecutable(tool);
  python ??= ['/usr/bin/python3', 'python3'].find(canImportRedis) ?? '';
  return python === '' ? undefined : python;
}

let python: string | undefined;

function canImportRedis(executable: string): boolean {
  try {
    execFileSync(executable, ['-c', 'import redis'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export type ToolResult = {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
};

/** Runs a tool to its end with the given standard input; rejects when it takes too long. */
export function runTool(
  tool: Tool,
  args: readonly string[],
  options: { input?: string | Uint8Array; timeoutMs?: number; cwd?: string } = {},
): Promise<ToolResult> {
  const executable = toolPath(tool);
  if (executable === undefined) return Promise.reject(new Error(`${tool} is not installed`));
  const { input = '', timeoutMs = 20_000, cwd } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(executable, args, { cwd, stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${tool} ${args.join(' ')} took over ${timeoutMs} ms\n${stdout}${stderr}`));
    }, timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('latin1')));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('latin1')));
    child.once('error', reject);
    child.once('close', (status) => {
      clearTimeout(timer);
      resolve({ stdout, stderr, status });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
