/** Helpers of the engine's tests: runs scripts in any form and shows results as text. */
import { LuaError } from './errors.ts';
import { protectGlobals } from './library.ts';
import { LuaRuntime } from './runtime.ts';
import type { Limits } from './memory.ts';
import { LuaTable } from './table.ts';
import { first, type LuaValue } from './value.ts';

/**
 * plain: as scripts usually run; suspendable: from the start, in steps of 1000; restarted: with
 * so little fuel that plain form gives up and the script starts anew.
 */
export const FORMS = ['plain', 'suspendable', 'restarted'] as const;
export type TestForm = (typeof FORMS)[number];

const FUEL: Record<TestForm, number> = { plain: 5e7, suspendable: 1000, restarted: 20 };

export function newRuntime(limits: Partial<Limits> = {}): LuaRuntime {
  const runtime = new LuaRuntime(limits);
  runtime.globals.set('redis', new LuaTable());
  protectGlobals(runtime);
  return runtime;
}

/** A value as Redis would reply it, as text. */
export function show(value: LuaValue): string {
  if (value === true) return '1';
  if (typeof value === 'number') return `${Math.trunc(value)}`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (!(value instanceof LuaTable)) return 'nil';
  const error = value.get('err');
  if (typeof error === 'string') return `ERR ${error}`;
  const ok = value.get('ok');
  if (typeof ok === 'string') return JSON.stringify(ok);
  const items: string[] = [];
  for (let i = 1; value.getNumber(i) !== undefined; i++) items.push(show(value.getNumber(i)));
  return `[${items.join(',')}]`;
}

/** Runs a script to its end; errors come back as "ERR message". */
export function run(runtime: LuaRuntime, source: string, form: TestForm = 'plain'): string {
  const prepare = (): LuaValue[] => {
    runtime.globals.set('KEYS', new LuaTable());
    runtime.globals.set('ARGV', new LuaTable());
    return [];
  };
  try {
    const script = runtime.compileScript(source);
    if (form === 'suspendable') script.needsSuspendable = true;
    const execution = runtime.call(script, prepare);
    let outcome = execution.step(FUEL[form]);
    for (let steps = 0; outcome === 'yielded'; steps++) {
      if (steps > 500_000) throw new Error(`no end: ${source}`);
      outcome = execution.step(FUEL[form]);
    }
    if (outcome === 'done') return show(first(execution.result));
    if (execution.error instanceof LuaError) throw execution.error;
    return `KILLED ${execution.error?.reason}`;
  } catch (thrown) {
    if (!(thrown instanceof LuaError)) throw thrown;
    const { value } = thrown;
    if (value instanceof LuaTable) return `ERR ${String(value.get('err'))}`;
    return `ERR ${value === undefined ? 'nil' : String(value)}`;
  }
}
