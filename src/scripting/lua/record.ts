/**
 * The results of a script's calls of its host while it runs in plain form, so that a second run
 * of the same script gets the same answers without anything happening twice.
 *
 * Tables are kept as copies: the script may change what it was given.
 */
import { LuaError, ScriptKilled, SwitchToSuspendable } from './errors.ts';
import { LuaTable } from './table.ts';
import type { LuaResult, LuaValue } from './value.ts';

const MAX_CALLS = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;
const TABLE_COST = 64;

type Entry = { readonly value: LuaResult; readonly isError: boolean };

export class CallRecord {
  #entries: Entry[] = [];
  #at = 0;
  #bytes = 0;

  clear(): void {
    if (this.#entries.length > 0) this.#entries = [];
    this.#at = 0;
    this.#bytes = 0;
  }

  rewind(): void {
    this.#at = 0;
  }

  get isReplaying(): boolean {
    return this.#at < this.#entries.length;
  }

  /** The next recorded outcome: returned or thrown as it was the first time. */
  replay(): LuaResult {
    const { value, isError } = this.#entries[this.#at++]!;
    const copy = copyResult(value);
    if (isError) throw new LuaError(copy as LuaValue);
    return copy;
  }

  /** Makes a call and records its outcome. Ends plain form when the record is full. */
  run(call: () => LuaResult): LuaResult {
    if (this.#entries.length >= MAX_CALLS || this.#bytes > MAX_BYTES) {
      throw new SwitchToSuspendable('record');
    }
    let result: LuaResult;
    try {
      result = call();
    } catch (thrown) {
      if (thrown instanceof LuaError) this.#add(thrown.value, true);
      else if (!(thrown instanceof ScriptKilled)) this.clear();
      throw thrown;
    }
    this.#add(result, false);
    return result;
  }

  #add(value: LuaResult, isError: boolean): void {
    this.#entries.push({ value: copyResult(value), isError });
    this.#at = this.#entries.length;
    this.#bytes += cost(value);
  }
}

function cost(value: LuaResult): number {
  if (typeof value === 'string') return value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + cost(item), 8);
  return value instanceof LuaTable ? TABLE_COST + value.array.length * 32 : 8;
}

function copyResult(value: LuaResult): LuaResult {
  if (value instanceof LuaTable) return copyTable(value);
  return Array.isArray(value) ? value.map((item) => copyResult(item) as LuaValue) : value;
}

/** A deep copy; host results hold plain data without cycles. */
function copyTable(table: LuaTable): LuaTable {
  const copy = LuaTable.fromArray(
    table.array.map((value) => (value instanceof LuaTable ? copyTable(value) : value)),
  );
  let at = table.array.length;
  while ((at = table.advance(at)) > 0) {
    const value = table.valueAt(at - 1);
    copy.set(table.keyAt(at - 1), value instanceof LuaTable ? copyTable(value) : value);
  }
  return copy;
}
