/** The table `redis` that scripts see. */
import { ALLOWED } from '../command/access.ts';
import type { CommandContext } from '../command/context.ts';
import { fromLatin1 } from '../bytes/text.ts';
import { sha1Hex } from '../bytes/sha1.ts';
import { VERSION } from '../version.ts';
import type { CommandCaller } from './command-caller.ts';
import { LuaError } from './lua/errors.ts';
import { parseNumber } from './lua/number.ts';
import type { LuaRuntime } from './lua/runtime.ts';
import { LuaTable } from './lua/table.ts';
import { rawToString } from './lua/types.ts';
import { LuaFunction, NOTHING, type LuaResult, type LuaValue } from './lua/value.ts';
import { customErrorTable, errorTable, single } from './reply-to-lua.ts';
import type { ScriptRunner } from './script-runner.ts';

const LOG_LEVELS = ['debug', 'verbose', 'notice', 'warning'] as const;
const REPL_NONE = 0;
const REPL_AOF = 1;
const REPL_REPLICA = 2;
const REPL_ALL = 3;

/** Hashing a byte takes so many times as long as copying one. */
const HASH_CYCLES = 64;

type Host = {
  readonly runtime: LuaRuntime;
  readonly runner: ScriptRunner;
  readonly context: CommandContext;
  /** Whether what it logs is not to be logged. */
  readonly isQuiet?: () => boolean;
};

/** The whole table, for scripts and functions that run. */
export function redisTable(host: Host, isEval: boolean): LuaTable {
  const { runtime, runner } = host;
  const table = new LuaTable();
  addCalls(table, runtime, runner.caller);
  addLog(table, host);
  addVersion(table);
  add(table, runtime, 'setresp', (_, ...list) => setProtocol(runner, list));
  addPure(table, 'sha1hex', (_, ...list) => sha1OfArgument(runtime, list));
  addPure(table, 'error_reply', (_, ...list) => errorReply(list));
  addPure(table, 'status_reply', (_, ...list) => statusReply(list));
  add(table, runtime, 'set_repl', (_, ...list) => setTargets(runner.caller, list));
  table.set('REPL_NONE', REPL_NONE);
  table.set('REPL_SLAVE', REPL_REPLICA);
  table.set('REPL_REPLICA', REPL_REPLICA);
  table.set('REPL_AOF', REPL_AOF);
  table.set('REPL_ALL', REPL_ALL);
  add(table, runtime, 'acl_check_cmd', (_, ...list) => checkAccess(host, list));
  if (!isEval) return table;
  addPure(table, 'breakpoint', () => false);
  addPure(table, 'debug', () => NOTHING);
  addPure(table, 'replicate_commands', () => true);
  return table;
}

/** What there is of it while a library is loaded; register_function comes from there. */
export function loadingTable(host: Host, register: LuaFunction): LuaTable {
  const table = new LuaTable();
  table.set('register_function', register);
  addLog(table, host);
  addVersion(table);
  return table;
}

/** Raises an error as the table scripts know errors by. */
export function raise(text: string): never {
  throw new LuaError(single('err', `ERR ${text}`));
}

function add(
  table: LuaTable,
  runtime: LuaRuntime,
  name: string,
  code: (depth: number, ...list: LuaValue[]) => LuaResult,
): void {
  table.set(name, runtime.hostFunction(name, code));
}

function addPure(
  table: LuaTable,
  name: string,
  code: (depth: number, ...list: LuaValue[]) => LuaResult,
): void {
  table.set(name, new LuaFunction(code, null, name));
}

/** Calls keep a record of their own (call-log.ts), so the runtime need not record them. */
function addCalls(table: LuaTable, runtime: LuaRuntime, caller: CommandCaller): void {
  addPure(table, 'call', (_, ...list) => {
    const value = caller.call(runtime, list);
    if (caller.isError) throw new LuaError(value);
    return value;
  });
  addPure(table, 'pcall', (_, ...list) => {
    try {
      return caller.call(runtime, list);
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      return error.value;
    }
  });
}

function addLog(table: LuaTable, host: Host): void {
  add(table, host.runtime, 'log', (_, ...list) => log(host, list));
  table.set('LOG_DEBUG', 0);
  table.set('LOG_VERBOSE', 1);
  table.set('LOG_NOTICE', 2);
  table.set('LOG_WARNING', 3);
}

function addVersion(table: LuaTable): void {
  const [major = 0, minor = 0, patch = 0] = VERSION.split('.').map(Number);
  table.set('REDIS_VERSION_NUM', (major << 16) | (minor << 8) | patch);
  table.set('REDIS_VERSION', VERSION);
}

function log({ context, isQuiet }: Host, list: readonly LuaValue[]): LuaResult {
  if (list.length < 2) raise('redis.log() requires two arguments or more.');
  const level = toNumber(list[0]);
  if (level === undefined) raise('First argument must be a number (log level).');
  const name = LOG_LEVELS[Math.trunc(level)];
  if (name === undefined) raise('Invalid debug level.');
  const parts = list
    .slice(1)
    .filter((part) => typeof part === 'string' || typeof part === 'number');
  if (isQuiet?.() !== true) context.server.log[name](parts.map(rawToString).join(' '));
  return NOTHING;
}

function setProtocol(runner: ScriptRunner, list: readonly LuaValue[]): LuaResult {
  if (list.length !== 1) raise('redis.setresp() requires one argument.');
  const version = Math.trunc(toNumber(list[0]) ?? 0);
  if (version !== 2 && version !== 3) raise('RESP version must be 2 or 3.');
  runner.setProtocol(version);
  return NOTHING;
}

function setTargets({ script }: CommandCaller, list: readonly LuaValue[]): LuaResult {
  if (list.length !== 1) raise('redis.set_repl() requires two arguments.');
  const targets = Math.trunc(toNumber(list[0]) ?? 0);
  if ((targets & ~REPL_ALL) !== 0)
    raise('Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.');
  script.effectTargets = targets;
  return NOTHING;
}

function sha1OfArgument(runtime: LuaRuntime, list: readonly LuaValue[]): LuaResult {
  if (list.length !== 1) raise('wrong number of arguments');
  const [value] = list;
  const isText = typeof value === 'string' || typeof value === 'number';
  if (typeof value === 'string') runtime.work(value.length * HASH_CYCLES);
  const bytes = fromLatin1(isText ? rawToString(value) : '');
  return sha1Hex(bytes, 0, bytes.length);
}

function errorReply(list: readonly LuaValue[]): LuaResult {
  const [text] = list;
  if (list.length !== 1 || typeof text !== 'string')
    return single('err', 'ERR wrong number or type of arguments');
  return customErrorTable(text);
}

function statusReply(list: readonly LuaValue[]): LuaResult {
  const [text] = list;
  if (list.length !== 1 || typeof text !== 'string')
    return single('err', 'ERR wrong number or type of arguments');
  return single('ok', text);
}

function checkAccess(host: Host, list: readonly LuaValue[]): LuaResult {
  const { caller } = host.runner;
  caller.encode(list);
  const command = caller.resolve();
  if (command === undefined) raise('Invalid command passed to redis.acl_check_cmd()');
  const { user } = caller.script.session;
  return user === undefined || user.check(command, host.context.args) === ALLOWED;
}

function toNumber(value: LuaValue): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? parseNumber(value) : undefined;
}

/** Redis's own error handler, which scripts can see and call. */
export function errorHandler(): LuaFunction {
  return new LuaFunction(
    (_, error) => (error instanceof LuaTable ? error : errorTable(`ERR ${rawToString(error)}`)),
    null,
    '__redis__err__handler',
  );
}
