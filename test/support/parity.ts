/**
 * Parity tests: the same commands to the real redis-server and to ours, replies must be equal.
 *
 * ```ts
 * const parity = useParity();
 *
 * it('appends', parity(async (both) => {
 *   await both.run('APPEND', 'key', 'value');
 *   await both.digest();
 * }));
 * ```
 *
 * `useParity` starts both servers once per test file. Every case runs twice, over RESP2 and over
 * RESP3, on fresh connections and empty servers; CONFIG SET and the like are undone between cases.
 *
 * RESPD_PARITY_TARGET chooses what stands on our side: `embedded` (default), `process` (dist/main.js)
 * or `redis`, a second real server. A test that fails against `redis` is itself not deterministic.
 *
 * The clocks of the two servers are not ours to set. Give keys expiries that are far away or past
 * already, and await expiry with `both.untilGone(key)` rather than by sleeping.
 */
import { afterAll, type TestContext } from 'vitest';

import { Both, type Command } from './both.ts';
import { requireInterop } from './interop.ts';
import type { Protocol } from './raw-client.ts';
import { startRealRedis } from './real-redis.ts';
import { checkRandomly, type RandomParityOptions } from './random-parity.ts';
import { itemsOf, textOf } from './resp-value.ts';
import { spawnRespd, startRespd } from './respd.ts';
import type { Directives, TestServer } from './server-process.ts';

export type ParityOptions = {
  /** Given to both servers on their command line. */
  readonly directives?: Directives;
  /** RESP versions to run every case with; both by default. */
  readonly protocols?: readonly Protocol[];
  /** What stands on our side; RESPD_PARITY_TARGET or `embedded` by default. */
  readonly target?: Target;
};

/** Ours in this process, ours as the built program, or a second redis-server. */
type Target = 'embedded' | 'process' | 'redis';

type TestBody = (context: TestContext) => Promise<void>;

export type Parity = {
  /** Makes a test body of a case. */
  (body: (both: Both, context: TestContext) => Promise<void>): TestBody;
  /** Makes a test body of random command sequences; failures are shrunk and printed. */
  random(options: RandomParityOptions): TestBody;
};

/** Call once at the top of a test file (or of a describe block with its own directives). */
export function useParity(options: ParityOptions = {}): Parity {
  const servers = new ParityServers(
    options.directives ?? {},
    options.target ?? targetFromEnvironment(),
  );
  const protocols = options.protocols ?? [2, 3];
  afterAll(() => servers.stop());

  const eachProtocol =
    (run: (open: () => Promise<Both>, context: TestContext) => Promise<void>): TestBody =>
    async (context) => {
      requireInterop(context, 'redis-server');
      for (const protocol of protocols) await run(() => servers.fresh(protocol), context);
    };

  const parity = (body: (both: Both, context: TestContext) => Promise<void>): TestBody =>
    eachProtocol(async (open, context) => {
      const both = await open();
      try {
        await body(both, context);
      } finally {
        both.close();
      }
    });
  const random = (randomOptions: RandomParityOptions): TestBody =>
    eachProtocol((open) => checkRandomly(open, randomOptions));
  return Object.assign(parity, { random });
}

/** Commands after which more than FLUSHALL is needed to be back at the start. */
const UNDO: Readonly<Record<string, readonly Command[]>> = {
  FUNCTION: [['FUNCTION', 'FLUSH']],
  SCRIPT: [['SCRIPT', 'FLUSH']],
  EVAL: [['SCRIPT', 'FLUSH']],
  CLIENT: [['CLIENT', 'UNPAUSE']],
  DEBUG: [['DEBUG', 'SET-ACTIVE-EXPIRE', '1']],
  SLOWLOG: [['SLOWLOG', 'RESET']],
  LATENCY: [['LATENCY', 'RESET']],
  ACL: [['ACL', 'LOG', 'RESET']],
};

/** The two servers of a test file, started when the first case needs them. */
class ParityServers {
  readonly #directives: Directives;
  readonly #target: Target;
  #starting: Promise<readonly [TestServer, TestServer]> | undefined;
  #changedDirectives = new Set<string>();
  #users = new Set<string>();
  #undo = new Set<readonly Command[]>();
  readonly #baselines = new Map<TestServer, ReadonlyMap<string, string>>();

  constructor(directives: Directives, target: Target) {
    this.#directives = directives;
    this.#target = target;
  }

  /** Empty servers with their first configuration, and new connections to them. */
  async fresh(protocol: Protocol): Promise<Both> {
    this.#starting ??= this.#start();
    const servers = await this.#starting;
    await Promise.all(servers.map((server) => this.#reset(server)));
    this.#changedDirectives.clear();
    this.#users.clear();
    this.#undo.clear();
    return Both.open(servers, { protocol, onCommand: (args) => this.#onCommand(args) });
  }

  async stop(): Promise<void> {
    const servers = await this.#starting?.catch(() => []);
    await Promise.all((servers ?? []).map((server) => server.stop()));
  }

  async #start(): Promise<readonly [TestServer, TestServer]> {
    const started = await Promise.allSettled([
      startRealRedis({ directives: this.#directives }),
      startTarget(this.#target, this.#directives),
    ]);
    const running = started.flatMap((result) =>
      result.status === 'fulfilled' ? [result.value as TestServer] : [],
    );
    for (const result of started) {
      if (result.status === 'fulfilled') continue;
      await Promise.all(running.map((server) => server.stop()));
      throw result.reason;
    }
    for (const server of running) this.#baselines.set(server, await readConfig(server));
    return [running[0]!, running[1]!];
  }

  async #reset(server: TestServer): Promise<void> {
    const baseline = this.#baselines.get(server)!;
    const commands: Command[] = [['FLUSHALL']];
    for (const name of this.#changedDirectives) {
      const value = baseline.get(name);
      if (value !== undefined) commands.push(['CONFIG', 'SET', name, value]);
    }
    for (const undo of this.#undo) commands.push(...undo);
    for (const user of this.#users) {
      commands.push(
        user === 'default'
          ? ['ACL', 'SETUSER', 'default', 'reset', 'on', 'nopass', '~*', '&*', '+@all']
          : ['ACL', 'DELUSER', user],
      );
    }
    const client = await server.connect();
    try {
      const [flushed] = await client.pipeline(commands);
      if (textOf(flushed!) !== 'OK') {
        throw new Error(`FLUSHALL on ${server.name}: ${textOf(flushed!)}`);
      }
    } finally {
      client.close();
    }
  }

  #onCommand(args: Command): void {
    const name = String(args[0]).toUpperCase();
    const undo = UNDO[name];
    if (undo !== undefined) this.#undo.add(undo);
    const action = String(args[1]).toUpperCase();
    if (name === 'CONFIG' && action === 'SET') {
      for (let index = 2; index < args.length; index += 2) {
        this.#changedDirectives.add(String(args[index]).toLowerCase());
      }
    } else if (name === 'ACL' && action === 'SETUSER') {
      this.#users.add(String(args[2]));
    }
  }
}

function targetFromEnvironment(): Target {
  const target = process.env['RESPD_PARITY_TARGET'] ?? 'embedded';
  if (target === 'embedded' || target === 'process' || target === 'redis') return target;
  throw new Error(`RESPD_PARITY_TARGET should be embedded, process or redis, not ${target}`);
}

function startTarget(target: Target, directives: Directives): Promise<TestServer> {
  if (target === 'redis') return startRealRedis({ directives });
  if (target === 'process') return spawnRespd({ directives });
  return startRespd(directives);
}

async function readConfig(server: TestServer): Promise<ReadonlyMap<string, string>> {
  const client = await server.connect();
  const reply = await client.call('CONFIG', 'GET', '*');
  client.close();
  if (reply.type === 'error') return new Map();
  const texts = itemsOf(reply).map((item) => textOf(item) ?? '');
  const pairs = new Map<string, string>();
  for (let index = 0; index < texts.length; index += 2) pairs.set(texts[index]!, texts[index + 1]!);
  return pairs;
}
