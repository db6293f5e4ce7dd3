/** string.format: C's printf conversions, of Lua values. */
import { formatExponential, formatFixed, formatG } from '../../bytes/format-double.ts';
import {
  checkNumber,
  checkString,
  fail,
  failArgument,
  toInteger,
  toUnsigned,
} from './arguments.ts';
import { formatSpecial } from './number.ts';
import type { LuaValue } from './value.ts';

const FLAGS = '-+ #0';

type Spec = { flags: string; width: number; precision: number; conversion: string };

/** Formats; `list` are the arguments after the format, `count` how many of all were given. */
export function format(template: string, list: LuaValue[], count: number): string {
  let result = '';
  let argument = 0;
  let at = 0;
  for (;;) {
    const percent = template.indexOf('%', at);
    if (percent < 0) return result + template.slice(at);
    result += template.slice(at, percent);
    if (template[percent + 1] === '%') {
      result += '%';
      at = percent + 2;
      continue;
    }
    argument++;
    if (argument >= count) failArgument(argument + 1, 'no value');
    const { spec, end } = parseSpec(template, percent + 1);
    at = end;
    result += convert(spec, list[argument - 1], argument + 1, count);
  }
}

function parseSpec(template: string, from: number): { spec: Spec; end: number } {
  let at = from;
  while (at < template.length && FLAGS.includes(template[at]!)) at++;
  const flags = template.slice(from, at);
  if (flags.length >= FLAGS.length + 1) fail('invalid format (repeated flags)');
  const digits = (): string => {
    const start = at;
    while (at - start < 2 && /\d/.test(template[at] ?? '')) at++;
    return template.slice(start, at);
  };
  const width = digits();
  let precision = -1;
  if (template[at] === '.') {
    at++;
    precision = Number(digits());
  }
  if (/\d/.test(template[at] ?? '')) fail('invalid format (width or precision too long)');
  const conversion = template[at] ?? '';
  return { spec: { flags, width: Number(width), precision, conversion }, end: at + 1 };
}

function convert(spec: Spec, value: LuaValue, index: number, count: number): string {
  const { conversion } = spec;
  switch (conversion) {
    case 'c': {
      const code = toInteger(checkNumber(value, index, count)) & 255;
      return pad(String.fromCharCode(code), spec);
    }
    case 'd':
    case 'i':
      return formatSigned(spec, toBig(checkNumber(value, index, count)));
    case 'o':
    case 'u':
    case 'x':
    case 'X':
      return formatUnsigned(spec, toUnsigned(checkNumber(value, index, count)));
    case 'e':
    case 'E':
    case 'f':
    case 'g':
    case 'G':
      return formatFloat(spec, checkNumber(value, index, count));
    case 'q':
      return quote(checkString(value, index, count));
    case 's': {
      const text = checkString(value, index, count);
      if (spec.precision < 0 && text.length >= 100) return text;
      // C's %s ends at a zero byte.
      const zero = text.indexOf('\0');
      const whole = zero < 0 ? text : text.slice(0, zero);
      return pad(spec.precision < 0 ? whole : whole.slice(0, spec.precision), spec);
    }
    default:
      return fail(`invalid option '%${conversion}' to 'format'`);
  }
}

function toBig(value: number): bigint {
  return BigInt(toInteger(value));
}

function pad(text: string, { flags, width }: Spec): string {
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width);
}

/** Pads a number: with zeros after the sign when asked, else with spaces. */
function padNumber(sign: string, digits: string, spec: Spec, zeros: boolean): string {
  const { flags, width } = spec;
  if (zeros && flags.includes('0') && !flags.includes('-')) {
    return sign + digits.padStart(width - sign.length, '0');
  }
  return pad(sign + digits, spec);
}

function signOf(isNegative: boolean, flags: string): string {
  if (isNegative) return '-';
  if (flags.includes('+')) return '+';
  return flags.includes(' ') ? ' ' : '';
}

function atLeast(digits: string, precision: number): string {
  if (precision === 0 && digits === '0') return '';
  return digits.padStart(precision, '0');
}

function formatSigned(spec: Spec, value: bigint): string {
  const digits = atLeast((value < 0n ? -value : value).toString(), spec.precision);
  return padNumber(signOf(value < 0n, spec.flags), digits, spec, spec.precision < 0);
}

function formatUnsigned(spec: Spec, unsigned: bigint): string {
  const { conversion, flags, precision } = spec;
  const radix = conversion === 'o' ? 8 : conversion === 'u' ? 10 : 16;
  let digits = atLeast(unsigned.toString(radix), precision);
  let prefix = '';
  if (flags.includes('#')) {
    if (radix === 8 && !digits.startsWith('0')) digits = `0${digits}`;
    if (radix === 16 && unsigned !== 0n) prefix = '0x';
  }
  const text = padNumber(prefix, digits, spec, precision < 0);
  return conversion === 'X' ? text.toUpperCase() : text;
}

function formatFloat(spec: Spec, value: number): string {
  const { conversion, flags } = spec;
  const isNegative = value < 0 || Object.is(value, -0);
  const sign = signOf(isNegative, flags);
  const isUpper = conversion === 'E' || conversion === 'G';
  let text: string;
  if (!Number.isFinite(value)) {
    const special = formatSpecial(value);
    const mark = special.startsWith('-') ? '-' : sign;
    text = pad(mark + special.replace('-', ''), spec);
  } else {
    const digits = floatDigits(spec, Math.abs(value));
    text = padNumber(sign, digits, spec, true);
  }
  return isUpper ? text.toUpperCase() : text;
}

function floatDigits({ conversion, flags, precision }: Spec, magnitude: number): string {
  const digits = precision < 0 ? 6 : precision;
  const keepsPoint = flags.includes('#');
  if (conversion === 'f') {
    const text = formatFixed(magnitude, digits);
    return keepsPoint && digits === 0 ? `${text}.` : text;
  }
  if (conversion === 'e' || conversion === 'E') {
    const text = formatExponential(magnitude, digits);
    return keepsPoint && digits === 0 ? text.replace('e', '.e') : text;
  }
  if (!keepsPoint) return formatG(magnitude, digits);
  const significant = Math.max(digits, 1);
  const scientific = formatExponential(magnitude, significant - 1);
  const exponent = Number(scientific.slice(scientific.indexOf('e') + 1));
  if (exponent < -4 || exponent >= significant) {
    return scientific.includes('.') ? scientific : scientific.replace('e', '.e');
  }
  const fixed = formatFixed(magnitude, significant - 1 - exponent);
  return fixed.includes('.') ? fixed : `${fixed}.`;
}

/** `%q`: a text as Lua source. */
function quote(text: string): string {
  let result = '"';
  for (const c of text) {
    if (c === '"' || c === '\\' || c === '\n') result += `\\${c}`;
    else if (c === '\r') result += '\\r';
    else if (c === '\0') result += '\\000';
    else result += c;
  }
  return `${result}"`;
}
