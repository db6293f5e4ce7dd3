/** Names of types and of values, as `type` and `tostring` give them. */
import { Coroutine } from './coroutine.ts';
import { numberToString } from './number.ts';
import { LuaTable } from './table.ts';
import { LightUserdata, LuaFunction, type LuaValue } from './value.ts';

export function typeName(value: LuaValue): string {
  switch (typeof value) {
    case 'undefined':
      return 'nil';
    case 'number':
    case 'string':
    case 'boolean':
      return typeof value;
    default:
  }
  if (value instanceof LuaTable) return 'table';
  if (value instanceof LuaFunction) return 'function';
  return value instanceof Coroutine ? 'thread' : 'userdata';
}

/** `tostring` without regard to metatables. */
export function rawToString(value: LuaValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberToString(value);
  if (value === undefined) return 'nil';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof LightUserdata) {
    return value.identity === 0 ? 'userdata: (nil)' : `userdata: 0x${value.identity.toString(16)}`;
  }
  return `${typeName(value)}: 0x${value.identity.toString(16).padStart(12, '0')}`;
}
