/** cjson: JSON, with its settings, which outlive a script as they do in Redis. */
import { checkInteger, checkString, failArgument } from './arguments.ts';
import { decode } from './cjson-decode.ts';
import { encode } from './cjson-encode.ts';
import { DEFAULT_SETTINGS, type CjsonSettings } from './cjson-settings.ts';
import { addFunctions } from './library.ts';
import type { LuaRuntime } from './runtime.ts';
import { guardLasting, LuaTable } from './table.ts';
import { NULL_USERDATA, type LuaValue, type PlainCode } from './value.ts';

const MAX_INTEGER = 2147483647;
/** Reading a byte of JSON takes so many times as long as copying one. */
const CYCLES_A_BYTE = 16;

export function installCjson(runtime: LuaRuntime): void {
  const { library, holder } = makeInstance(runtime);
  runtime.globals.set('cjson', library);
  runtime.keep(() => {
    const { settings } = holder;
    return () => {
      holder.settings = settings;
    };
  });
}

type Holder = { settings: CjsonSettings };

function makeInstance(runtime: LuaRuntime): { library: LuaTable; holder: Holder } {
  const holder: Holder = { settings: DEFAULT_SETTINGS };
  const library = new LuaTable();
  addFunctions(library, {
    encode(_, value) {
      if (arguments.length !== 2) failArgument(1, 'expected 1 argument');
      return encode(value, holder.settings, runtime);
    },
    decode(_, text) {
      if (arguments.length !== 2) failArgument(1, 'expected 1 argument');
      const source = checkString(text, 1, 1);
      runtime.work(source.length * CYCLES_A_BYTE);
      return decode(source, holder.settings);
    },
    new: () => makeInstance(runtime).library,
    ...settingFunctions(holder),
  });
  library.set('null', NULL_USERDATA);
  library.set('_NAME', 'cjson');
  library.set('_VERSION', '2.1.0');
  return { library, holder };
}

/** Checks a call of a setting: fails when there are more arguments than it takes. */
function checkCount(count: number, most: number): void {
  if (count > most) failArgument(most + 1, 'found too many arguments');
  // An instance of cjson may belong to a library, and its settings with it.
  if (count > 0) guardLasting();
}

function integerSetting(
  holder: Holder,
  key: 'encodeMaxDepth' | 'decodeMaxDepth' | 'precision',
  most: number,
): PlainCode {
  return function (_, value) {
    checkCount(arguments.length - 1, 1);
    if (value !== undefined) {
      const number = checkRange(value, 1, 1, most);
      holder.settings = { ...holder.settings, [key]: number };
    }
    return holder.settings[key];
  };
}

function checkRange(value: LuaValue, index: number, least: number, most: number): number {
  const number = checkInteger(value, index, index);
  if (number < least || number > most) {
    failArgument(1, `expected integer between ${least} and ${most}`);
  }
  return number;
}

function checkOption(value: LuaValue, index: number): boolean {
  if (typeof value === 'boolean') return value;
  const text = checkString(value, index, index);
  if (text === 'on') return true;
  return text === 'off' ? false : failArgument(index, `invalid option '${text}'`);
}

function settingFunctions(holder: Holder): Record<string, PlainCode> {
  return {
    encode_max_depth: integerSetting(holder, 'encodeMaxDepth', MAX_INTEGER),
    decode_max_depth: integerSetting(holder, 'decodeMaxDepth', MAX_INTEGER),
    encode_number_precision: integerSetting(holder, 'precision', 14),
    encode_keep_buffer(_, value) {
      checkCount(arguments.length - 1, 1);
      if (value !== undefined) {
        holder.settings = { ...holder.settings, keepBuffer: checkOption(value, 1) };
      }
      return holder.settings.keepBuffer;
    },
    encode_invalid_numbers(_, value) {
      checkCount(arguments.length - 1, 1);
      if (value !== undefined) {
        const encodeInvalid = value === 'null' ? 'null' : checkOption(value, 1);
        holder.settings = { ...holder.settings, encodeInvalid };
      }
      return holder.settings.encodeInvalid;
    },
    decode_invalid_numbers(_, value) {
      checkCount(arguments.length - 1, 1);
      if (value !== undefined) {
        holder.settings = { ...holder.settings, decodeInvalid: checkOption(value, 1) };
      }
      return holder.settings.decodeInvalid;
    },
    encode_sparse_array(_, convert, ratio, safe) {
      checkCount(arguments.length - 1, 3);
      let { sparseConvert, sparseRatio, sparseSafe } = holder.settings;
      if (convert !== undefined) sparseConvert = checkOption(convert, 1);
      if (ratio !== undefined) sparseRatio = checkRange(ratio, 2, 0, MAX_INTEGER);
      if (safe !== undefined) sparseSafe = checkRange(safe, 3, 0, MAX_INTEGER);
      holder.settings = { ...holder.settings, sparseConvert, sparseRatio, sparseSafe };
      return [sparseConvert, sparseRatio, sparseSafe];
    },
  };
}
