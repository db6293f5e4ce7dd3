/** The bit operations library: 32-bit integers, results signed. */
import { checkNumber } from './arguments.ts';
import { addLibrary } from './library.ts';
import type { LuaRuntime } from './runtime.ts';
import type { LuaValue, PlainCode } from './value.ts';

/** 2^52 + 2^51: adding it leaves a number's low 32 bits, rounded, in the mantissa's low bits. */
const MAGIC = 6755399441055744;
const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

/** A number rounded to an integer, ties to even, modulo 2^32, as a signed one. */
function toBits(value: LuaValue, index: number, count: number): number {
  if (typeof value === 'number' && value === (value | 0)) return value | 0;
  float[0] = checkNumber(value, index, count) + MAGIC;
  return words[0]!;
}

function fold(f: (a: number, b: number) => number): PlainCode {
  return function (_, ...list) {
    const count = list.length;
    let result = toBits(list[0], 1, count);
    for (let i = 1; i < count; i++) result = f(result, toBits(list[i], i + 1, count));
    return result;
  };
}

function shift(f: (a: number, n: number) => number): PlainCode {
  return function (_, value, by) {
    const count = arguments.length - 1;
    const bits = toBits(value, 1, count);
    return f(bits, toBits(by, 2, count) & 31) | 0;
  };
}

export function installBit(runtime: LuaRuntime): void {
  addLibrary(runtime, 'bit', {
    tobit(_, value) {
      return toBits(value, 1, arguments.length - 1);
    },
    bnot(_, value) {
      return ~toBits(value, 1, arguments.length - 1);
    },
    band: fold((a, b) => a & b),
    bor: fold((a, b) => a | b),
    bxor: fold((a, b) => a ^ b),
    lshift: shift((a, n) => a << n),
    rshift: shift((a, n) => a >>> n),
    arshift: shift((a, n) => a >> n),
    rol: shift((a, n) => (a << n) | (n === 0 ? 0 : a >>> (32 - n))),
    ror: shift((a, n) => (n === 0 ? a : (a >>> n) | (a << (32 - n)))),
    bswap(_, value) {
      const a = toBits(value, 1, arguments.length - 1);
      return (a << 24) | ((a & 0xff00) << 8) | ((a >>> 8) & 0xff00) | (a >>> 24);
    },
    tohex(_, value, digits) {
      const count = arguments.length - 1;
      const text = (toBits(value, 1, count) >>> 0).toString(16).padStart(8, '0');
      const wanted = digits === undefined && count < 2 ? 8 : toBits(digits, 2, count);
      const size = Math.min(8, Math.abs(wanted));
      const part = text.slice(8 - size);
      return wanted < 0 ? part.toUpperCase() : part;
    },
  });
}
