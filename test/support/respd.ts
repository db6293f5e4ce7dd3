/** Our server for tests: inside the test's process, or as the built program in its own. */
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { RawClient } from './raw-client.ts';
import { TEST_DIRECTIVES } from './real-redis.ts';
import {
  directiveArguments,
  ServerProcess,
  type Directives,
  type TestServer,
} from './server-process.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const SERVER = fileURLToPath(new URL('../../src/server.ts', import.meta.url));

type Embedded = { readonly port: number; close(): Promise<void> };
type Embeddable = { start(directives: Record<string, unknown>): Promise<Embedded> };

/** Starts respd in this process on a free port: quickest, and stack traces reach into it. */
export async function startRespd(directives: Directives = {}): Promise<TestServer> {
  const module = (await import(/* @vite-ignore */ pathToFileURL(SERVER).href)) as {
    Respd: Embeddable;
  };
  const server = await module.Respd.start({ ...TEST_DIRECTIVES, port: 0, ...directives });
  const host = '127.0.0.1';
  return {
    name: 'respd',
    host,
    port: server.port,
    connect: (options) => RawClient.connect({ host, port: server.port }, options),
    stop: () => server.close(),
  };
}

export type SpawnRespdOptions = {
  readonly directives?: Directives;
  readonly port?: number;
  readonly directory?: string;
  /** Replaces the whole command line, for tests of the command line itself. */
  readonly args?: (port: number, directory: string) => readonly string[];
  readonly nodeArguments?: readonly string[];
  readonly waitForReply?: boolean;
  readonly readyTimeoutMs?: number | undefined;
};

/** Starts the built program (dist/main.js) as redis-server would be started, and awaits a reply. */
export function spawnRespd(options: SpawnRespdOptions = {}): Promise<ServerProcess> {
  if (!existsSync(MAIN)) {
    return Promise.reject(new Error('dist/main.js is missing: run `npm run build` first'));
  }
  const defaults = (port: number, directory: string) =>
    directiveArguments({ ...TEST_DIRECTIVES, port, dir: directory, ...options.directives });
  return ServerProcess.start({
    name: 'respd',
    command: process.execPath,
    port: options.port,
    directory: options.directory,
    waitForReply: options.waitForReply,
    readyTimeoutMs: options.readyTimeoutMs,
    argumentsFor: (port, directory) => [
      ...(options.nodeArguments ?? []),
      MAIN,
      ...(options.args ?? defaults)(port, directory),
    ],
  });
}
