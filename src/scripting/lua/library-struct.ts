/** struct: C structures packed into strings and back. */
import {
  checkNumber,
  checkString,
  fail,
  failArgument,
  optionalInteger,
  toUnsigned,
} from './arguments.ts';
import { addLibrary } from './library.ts';
import type { LuaRuntime } from './runtime.ts';
import type { LuaValue, PlainCode } from './value.ts';

const MAX_INTEGER_SIZE = 32;
const MAX_ALIGNMENT = 8;
/** Formats are read in one go; the original takes any, for as long as that takes. */
const MAX_FORMAT = 1_000_000;
/** Most values that fit on the original's stack. */
const MAX_VALUES = 7_997;
const NATIVE_SIZES: Record<string, number> = {
  B: 1,
  b: 1,
  H: 2,
  h: 2,
  L: 8,
  l: 8,
  T: 8,
  f: 4,
  d: 8,
  x: 1,
  c: 1,
  i: 4,
  I: 4,
};

const view = new DataView(new ArrayBuffer(8));

type Item = { option: string; size: number; padding: number };

/** Walks a format, keeping byte order and alignment. */
class Format {
  readonly #text: string;
  #at = 0;
  isLittle = true;
  #alignment = 1;

  constructor(text: string) {
    if (text.length > MAX_FORMAT) fail('format too long');
    this.#text = text;
  }

  /** The next item, given how many bytes came before; null at the end. */
  next(total: number): Item | null {
    const option = this.#text[this.#at];
    if (option === undefined || option === '\0') return null;
    this.#at++;
    const size = this.#size(option);
    let padding = 0;
    if (size > 0 && option !== 'c') {
      const unit = Math.min(size, this.#alignment);
      // The original does this arithmetic for sizes that are no power of two as well.
      padding = (unit - (total & (unit - 1))) & (unit - 1);
    }
    return { option, size, padding };
  }

  #number(otherwise: number): number {
    const start = this.#at;
    while (/\d/.test(this.#text[this.#at] ?? '')) this.#at++;
    if (this.#at === start) return otherwise;
    const value = Number(this.#text.slice(start, this.#at));
    if (value > 0x7fffffff) fail('integral size overflow');
    return value;
  }

  #size(option: string): number {
    if (option === 'c') return this.#number(1);
    if (option !== 'i' && option !== 'I') return NATIVE_SIZES[option] ?? 0;
    const size = this.#number(4);
    if (size > MAX_INTEGER_SIZE) {
      fail(`integral size ${size} is larger than limit of ${MAX_INTEGER_SIZE}`);
    }
    return size;
  }

  /** Takes in an option that only changes how the following ones are read. */
  control(option: string): void {
    switch (option) {
      case ' ':
        return;
      case '<':
        this.isLittle = true;
        return;
      case '>':
        this.isLittle = false;
        return;
      case '!': {
        const alignment = this.#number(MAX_ALIGNMENT);
        if (alignment === 0 || (alignment & (alignment - 1)) !== 0) {
          fail(`alignment ${alignment} is not a power of 2`);
        }
        this.#alignment = alignment;
        return;
      }
      default:
        failArgument(1, `invalid format option '${option}'`);
    }
  }
}

const isInteger = (option: string): boolean => 'bBhHlLTiI'.includes(option);
const isSigned = (option: string): boolean => option >= 'a';

function packInteger(value: number, size: number, isLittle: boolean): string {
  let bits = toUnsigned(value);
  let text = '';
  for (let i = 0; i < size; i++) {
    const c = String.fromCharCode(Number(bits & 255n));
    text = isLittle ? text + c : c + text;
    bits >>= 8n;
  }
  return text;
}

function packFloat(value: number, size: number, isLittle: boolean): string {
  if (size === 4) view.setFloat32(0, value, isLittle);
  else view.setFloat64(0, value, isLittle);
  // The processor's own NaN is a negative one.
  if (Number.isNaN(value)) view.setUint8(isLittle ? size - 1 : 0, 0xff);
  let text = '';
  for (let i = 0; i < size; i++) text += String.fromCharCode(view.getUint8(i));
  return text;
}

function unpackInteger(data: string, at: number, item: Item, isLittle: boolean): number {
  let bits = 0n;
  const { size } = item;
  for (let i = 0; i < size; i++) {
    const c = data.charCodeAt(isLittle ? at + size - 1 - i : at + i);
    bits = (bits << 8n) | BigInt(c);
  }
  bits = BigInt.asUintN(64, bits);
  return Number(isSigned(item.option) ? BigInt.asIntN(Math.min(64, size * 8), bits) : bits);
}

function unpackFloat(data: string, at: number, size: number, isLittle: boolean): number {
  for (let i = 0; i < size; i++) view.setUint8(i, data.charCodeAt(at + i));
  return size === 4 ? view.getFloat32(0, isLittle) : view.getFloat64(0, isLittle);
}

function pack(template: string, list: LuaValue[], count: number): string {
  const format = new Format(template);
  let result = '';
  let index = 2;
  // The library leaves a nil behind the arguments, so the first missing one is "nil".
  const given = count + 1;
  for (let item = format.next(0); item !== null; item = format.next(result.length)) {
    const { option, size } = item;
    result += '\0'.repeat(item.padding);
    if (isInteger(option)) {
      result += packInteger(checkNumber(list[index - 2], index, given), size, format.isLittle);
      index++;
    } else if (option === 'f' || option === 'd') {
      result += packFloat(checkNumber(list[index - 2], index, given), size, format.isLittle);
      index++;
    } else if (option === 'x') result += '\0';
    else if (option === 'c' || option === 's') {
      const text = checkString(list[index - 2], index, given);
      index++;
      const length = option === 'c' && size > 0 ? size : text.length;
      if (text.length < length) failArgument(index, 'string too short');
      result += text.slice(0, length) + (option === 's' ? '\0' : '');
    } else format.control(option);
  }
  return result;
}

function unpack(template: string, data: string, start: number): LuaValue[] {
  const format = new Format(template);
  const values: LuaValue[] = [];
  let at = start;
  const need = (size: number): void => {
    if (size > data.length || at < 0 || at > data.length - size) {
      failArgument(2, 'data string too short');
    }
  };
  for (let item = format.next(at); item !== null; item = format.next(at)) {
    const { option } = item;
    let { size } = item;
    at += item.padding;
    need(size);
    if (values.length >= MAX_VALUES) fail('stack overflow (too many results)');
    if (isInteger(option)) values.push(unpackInteger(data, at, item, format.isLittle));
    else if (option === 'f' || option === 'd') {
      values.push(unpackFloat(data, at, size, format.isLittle));
    } else if (option === 'c') {
      if (size === 0) {
        const previous = values.pop();
        if (typeof previous !== 'number') fail("format 'c0' needs a previous size");
        size = previous;
        if (size < 0) size = data.length + 1;
        need(size);
      }
      values.push(data.slice(at, at + size));
    } else if (option === 's') {
      const end = data.indexOf('\0', at);
      if (end < 0) fail('unfinished string in data');
      values.push(data.slice(at, end));
      size = end - at + 1;
    } else if (option !== 'x') format.control(option);
    at += size;
  }
  values.push(at + 1);
  return values;
}

function sizeOf(template: string): number {
  const format = new Format(template);
  let total = 0;
  for (let item = format.next(0); item !== null; item = format.next(total)) {
    const { option } = item;
    total += item.padding;
    if (option === 's') failArgument(1, "option 's' has no fixed size");
    if (option === 'c' && item.size === 0) failArgument(1, "option 'c0' has no fixed size");
    if (!isInteger(option) && !'fdxc'.includes(option)) format.control(option);
    total += item.size;
  }
  return total;
}

export function installStruct(runtime: LuaRuntime): void {
  const functions: Record<string, PlainCode> = {
    pack(_, template, ...list) {
      const count = arguments.length - 1;
      return pack(checkString(template, 1, count), list, count);
    },
    unpack(_, template, data, from) {
      const count = arguments.length - 1;
      const format = checkString(template, 1, count);
      const text = checkString(data, 2, count);
      const at = optionalInteger(from, 3, count, 1);
      if (at === 0) failArgument(3, 'offset must be 1 or greater');
      return unpack(format, text, at < 0 ? text.length + 1 : at - 1);
    },
    size(_, template) {
      return sizeOf(checkString(template, 1, arguments.length - 1));
    },
  };
  addLibrary(runtime, 'struct', functions);
}
