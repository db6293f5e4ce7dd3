/** The real redis-server, the tests' oracle, on a free loopback port with its own directory. */
import { toolPath } from './interop.ts';
import { directiveArguments, ServerProcess, type Directives } from './server-process.ts';

/** What every server of the tests starts with: nothing saved, everything allowed. */
export const TEST_DIRECTIVES: Directives = {
  bind: '127.0.0.1',
  save: '',
  appendonly: 'no',
  'enable-debug-command': 'yes',
  'enable-protected-configs': 'yes',
};

export type RealRedisOptions = {
  readonly directives?: Directives;
  readonly port?: number;
  readonly directory?: string;
  readonly readyTimeoutMs?: number | undefined;
};

/** Starts redis-server and waits until it answers. Throws when it is not installed. */
export function startRealRedis(options: RealRedisOptions = {}): Promise<ServerProcess> {
  const command = toolPath('redis-server');
  if (command === undefined) return Promise.reject(new Error('redis-server is not installed'));
  return ServerProcess.start({
    name: 'redis-server',
    command,
    port: options.port,
    directory: options.directory,
    readyTimeoutMs: options.readyTimeoutMs,
    argumentsFor: (port, directory) =>
      directiveArguments({ ...TEST_DIRECTIVES, port, dir: directory, ...options.directives }),
  });
}
