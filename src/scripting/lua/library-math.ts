/** Lua's math library, with Redis's own random number generator: the same sequence everywhere. */
import { checkInteger, checkNumber, fail, failArgument, toInt32 } from './arguments.ts';
import { addLibrary } from './library.ts';
import { scale } from './number.ts';
import { power } from './operations.ts';
import type { LuaRuntime } from './runtime.ts';
import type { LuaState } from './state.ts';
import { modulo, type PlainCode } from './value.ts';

const RANDOM_MAX = 0x7fffffff;

type Unary = (x: number) => number;

function unary(f: Unary): PlainCode {
  return function (_, x) {
    return f(typeof x === 'number' ? x : checkNumber(x, 1, arguments.length - 1));
  };
}

function binary(f: (x: number, y: number) => number): PlainCode {
  return function (_, x, y) {
    const count = arguments.length - 1;
    return f(checkNumber(x, 1, count), checkNumber(y, 2, count));
  };
}

export function installMath(runtime: LuaRuntime): void {
  const { state } = runtime;
  const functions: Record<string, PlainCode> = {};
  const named: (keyof Math & string)[] = [
    'abs',
    'acos',
    'asin',
    'atan',
    'ceil',
    'cos',
    'cosh',
    'exp',
    'floor',
    'log',
    'log10',
    'sin',
    'sinh',
    'sqrt',
    'tan',
    'tanh',
  ];
  for (const name of named) functions[name] = unary(Math[name] as Unary);
  const fmod = binary((x, y) => x % y);
  addLibrary(
    runtime,
    'math',
    {
      ...functions,
      atan2: binary(Math.atan2),
      deg: unary((x) => x / (Math.PI / 180)),
      rad: unary((x) => x * (Math.PI / 180)),
      fmod,
      mod: fmod,
      pow: binary(power),
      ...splitFunctions,
      max: extreme((a, b) => a > b),
      min: extreme((a, b) => a < b),
      ...randomFunctions(state),
    },
    { pi: Math.PI, huge: Infinity },
  );
  runtime.keep(() => {
    const seed: [number, number, number] = [...state.randomSeed];
    return () => {
      state.randomSeed = seed;
    };
  });
}

const splitFunctions: Record<string, PlainCode> = {
  modf(_, x) {
    const value = checkNumber(x, 1, arguments.length - 1);
    const whole = Math.trunc(value);
    return [whole, Number.isFinite(value) ? value - whole : Number.isNaN(value) ? value : 0];
  },
  frexp(_, x) {
    return fractionAndExponent(checkNumber(x, 1, arguments.length - 1));
  },
  ldexp(_, x, exponent) {
    const count = arguments.length - 1;
    return scale(checkNumber(x, 1, count), toInt32(checkInteger(exponent, 2, count)));
  },
};

function extreme(isBetter: (a: number, b: number) => boolean): PlainCode {
  return function (_, ...list) {
    let best = checkNumber(list[0], 1, list.length);
    for (let i = 1; i < list.length; i++) {
      const value = checkNumber(list[i], i + 1, list.length);
      if (isBetter(value, best)) best = value;
    }
    return best;
  };
}

function fractionAndExponent(value: number): [number, number] {
  if (value === 0 || !Number.isFinite(value)) return [value, 0];
  let exponent = Math.max(-1073, Math.floor(Math.log2(Math.abs(value))) + 1);
  let fraction = scale(value, -exponent);
  while (Math.abs(fraction) < 0.5) {
    fraction *= 2;
    exponent--;
  }
  while (Math.abs(fraction) >= 1) {
    fraction /= 2;
    exponent++;
  }
  return [fraction, exponent];
}

/** The next of the 48-bit linear congruential sequence of C's lrand48, 0 to 2^31 - 1. */
export function nextRandom(state: LuaState): number {
  const [low, middle, high] = state.randomSeed;
  const value = (BigInt(high) << 32n) | (BigInt(middle) << 16n) | BigInt(low);
  const next = BigInt.asUintN(48, value * 0x5deece66dn + 0xbn);
  state.randomSeed = [Number(next & 0xffffn), Number((next >> 16n) & 0xffffn), Number(next >> 32n)];
  return Number(next >> 17n);
}

function randomFunctions(state: LuaState): Record<string, PlainCode> {
  return {
    random(_, from, to) {
      const count = arguments.length - 1;
      const fraction = modulo(nextRandom(state), RANDOM_MAX) / RANDOM_MAX;
      if (count === 0) return fraction;
      let low = 1;
      let high: number;
      if (count === 1) {
        high = toInt32(checkInteger(from, 1, count));
        if (low > high) failArgument(1, 'interval is empty');
      } else if (count === 2) {
        low = toInt32(checkInteger(from, 1, count));
        high = toInt32(checkInteger(to, 2, count));
        if (low > high) failArgument(2, 'interval is empty');
      } else return failCount();
      return Math.floor(fraction * (high - low + 1)) + low;
    },
    randomseed(_, seed) {
      const value = toInt32(checkInteger(seed, 1, arguments.length - 1));
      state.randomSeed = [0x330e, value & 0xffff, (value >>> 16) & 0xffff];
      return undefined;
    },
  };
}

function failCount(): never {
  return fail('wrong number of arguments');
}
