import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LuaTable } from './table.ts';
import type { LuaValue } from './value.ts';

const key = fc.oneof(
  fc.integer({ min: -3, max: 40 }),
  fc.constantFrom<LuaValue>('a', 'b', 'key', 'longer key', '', 0.5, 2 ** 40, true, false),
  fc.string({ maxLength: 3 }),
);
const operation = fc.tuple(key, fc.oneof(fc.integer(), fc.constant(undefined)));

function entries(table: LuaTable): Map<LuaValue, LuaValue> {
  const found = new Map<LuaValue, LuaValue>();
  for (let at = 0; (at = table.advance(at)) > 0;) {
    expect(found.has(table.keyAt(at - 1))).toBe(false);
    found.set(table.keyAt(at - 1), table.valueAt(at - 1));
  }
  return found;
}

describe('LuaTable', () => {
  it('holds what a Map would', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const table = new LuaTable();
        const model = new Map<LuaValue, LuaValue>();
        for (const [name, value] of operations) {
          table.set(name, value);
          if (value === undefined) model.delete(name);
          else model.set(name, value);
          expect(table.get(name)).toBe(value);
        }
        expect(entries(table)).toEqual(model);
        for (const name of model.keys()) expect(table.positionAfter(name)).toBeGreaterThan(0);
        const length = table.length();
        expect(length === 0 || model.has(length)).toBe(true);
        expect(model.has(length + 1)).toBe(false);
      }),
    );
  });

  it('allows removal during a traversal', () => {
    const table = new LuaTable();
    for (let i = 0; i < 100; i++) table.set(`k${i}`, i);
    let seen = 0;
    for (let at = 0; (at = table.advance(at)) > 0; seen++)
      table.set(table.keyAt(at - 1), undefined);
    expect(seen).toBe(100);
    expect(table.advance(0)).toBe(-1);
  });
});
