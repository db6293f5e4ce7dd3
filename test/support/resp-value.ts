/**
 * Replies exactly as they stood on the wire.
 *
 * A client library turns `$-1`, `*-1` and `_` into one `null`, and a double into a number. Parity
 * tests must tell them apart, so this decoder keeps every type and every spelling. It only reads
 * what a server sends, therefore it trusts nesting depth and lengths.
 */

export type RespValue =
  | { readonly type: 'simple'; readonly text: string }
  | { readonly type: 'error'; readonly text: string }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'bulk'; readonly bytes: Buffer }
  | { readonly type: 'bulkError'; readonly bytes: Buffer }
  | { readonly type: 'verbatim'; readonly format: string; readonly bytes: Buffer }
  | { readonly type: 'null'; readonly form: '$-1' | '*-1' | '_' }
  | { readonly type: 'double'; readonly text: string }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'bignum'; readonly text: string }
  | { readonly type: 'array' | 'set' | 'push'; readonly items: readonly RespValue[] }
  | { readonly type: 'map'; readonly entries: readonly RespEntry[] }
  | {
      readonly type: 'attribute';
      readonly entries: readonly RespEntry[];
      readonly value: RespValue;
    };

export type RespEntry = readonly [RespValue, RespValue];

const CR = 13;
const INITIAL_CAPACITY = 1 << 16;

/**
 * Cuts a byte stream into whole replies.
 *
 * A frame ends when no element is owed any more: an aggregate of n adds n to the debt, everything
 * read takes one off. So one counter is all the state, and a reply of any size that arrives in any
 * number of chunks is looked at once.
 */
export class ReplyFramer {
  #buffer = Buffer.allocUnsafe(INITIAL_CAPACITY);
  #start = 0;
  #position = 0;
  #end = 0;
  #owed = 1;

  push(chunk: Uint8Array): void {
    this.#reserve(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Bytes that belong to no complete reply yet. */
  rest(): Buffer {
    return Buffer.from(this.#buffer.subarray(this.#start, this.#end));
  }

  /** The next whole reply, or undefined until more bytes came. Throws on bytes that are no RESP. */
  next(): Buffer | undefined {
    while (this.#owed > 0) {
      if (!this.#step()) return undefined;
    }
    const frame = Buffer.from(this.#buffer.subarray(this.#start, this.#position));
    this.#start = this.#position;
    this.#owed = 1;
    return frame;
  }

  #step(): boolean {
    const lineEnd = this.#lineEnd();
    if (lineEnd < 0) return false;
    const kind = String.fromCharCode(this.#buffer[this.#position]!);
    let next = lineEnd + 2;
    let owed = 0;
    if ('$=!'.includes(kind)) {
      const length = this.#count(lineEnd);
      if (length >= 0) next += length + 2;
      if (next > this.#end) return false;
    } else if ('*~>'.includes(kind)) {
      owed = Math.max(0, this.#count(lineEnd));
    } else if (kind === '%') {
      owed = 2 * this.#count(lineEnd);
    } else if (kind === '|') {
      owed = 2 * this.#count(lineEnd) + 1;
    } else if (!'+-:_,#('.includes(kind)) {
      const shown = JSON.stringify(this.rest().subarray(0, 80).toString('latin1'));
      throw new Error(`not a RESP reply: ${shown}`);
    }
    this.#owed += owed - 1;
    this.#position = next;
    return true;
  }

  #lineEnd(): number {
    for (let at = this.#position; at + 1 < this.#end; at++) {
      if (this.#buffer[at] === CR) return at;
    }
    return -1;
  }

  #count(lineEnd: number): number {
    return Number(this.#buffer.toString('latin1', this.#position + 1, lineEnd));
  }

  #reserve(extra: number): void {
    if (this.#end + extra <= this.#buffer.length) return;
    const live = this.#end - this.#start;
    let capacity = this.#buffer.length;
    while (capacity < live + extra) capacity *= 2;
    const target = capacity === this.#buffer.length ? this.#buffer : Buffer.allocUnsafe(capacity);
    this.#buffer.copy(target, 0, this.#start, this.#end);
    this.#buffer = target;
    this.#position -= this.#start;
    this.#end = live;
    this.#start = 0;
  }
}

type Cursor = { readonly frame: Buffer; at: number };

/** Decodes one whole reply, as {@link ReplyFramer} returns them. */
export function decodeReply(frame: Buffer): RespValue {
  return decodeAt({ frame, at: 0 });
}

function decodeAt(cursor: Cursor): RespValue {
  const kind = String.fromCharCode(cursor.frame[cursor.at]!);
  const lineEnd = cursor.frame.indexOf('\r\n', cursor.at);
  const line = cursor.frame.toString('latin1', cursor.at + 1, lineEnd);
  cursor.at = lineEnd + 2;
  switch (kind) {
    case '+':
      return { type: 'simple', text: line };
    case '-':
      return { type: 'error', text: line };
    case ':':
      return { type: 'integer', value: BigInt(line) };
    case '_':
      return { type: 'null', form: '_' };
    case ',':
      return { type: 'double', text: line };
    case '#':
      return { type: 'boolean', value: line === 't' };
    case '(':
      return { type: 'bignum', text: line };
    case '$':
    case '!':
    case '=':
      return decodeBytes(cursor, kind, Number(line));
    default:
      return decodeAggregate(cursor, kind, Number(line));
  }
}

function decodeBytes(cursor: Cursor, kind: string, length: number): RespValue {
  if (length < 0) return { type: 'null', form: '$-1' };
  const bytes = cursor.frame.subarray(cursor.at, cursor.at + length);
  cursor.at += length + 2;
  if (kind === '$') return { type: 'bulk', bytes };
  if (kind === '!') return { type: 'bulkError', bytes };
  return { type: 'verbatim', format: bytes.toString('latin1', 0, 3), bytes: bytes.subarray(4) };
}

function decodeAggregate(cursor: Cursor, kind: string, count: number): RespValue {
  if (count < 0) return { type: 'null', form: '*-1' };
  if (kind === '%') return { type: 'map', entries: decodeEntries(cursor, count) };
  if (kind === '|') {
    const entries = decodeEntries(cursor, count);
    return { type: 'attribute', entries, value: decodeAt(cursor) };
  }
  const items: RespValue[] = [];
  for (let index = 0; index < count; index++) items.push(decodeAt(cursor));
  return { type: kind === '*' ? 'array' : kind === '~' ? 'set' : 'push', items };
}

function decodeEntries(cursor: Cursor, count: number): RespEntry[] {
  const entries: RespEntry[] = [];
  for (let index = 0; index < count; index++) entries.push([decodeAt(cursor), decodeAt(cursor)]);
  return entries;
}

/** One line that shows type and content, unambiguous enough to compare two replies by it. */
export function showReply(value: RespValue): string {
  switch (value.type) {
    case 'simple':
      return `+${value.text}`;
    case 'error':
      return `-${value.text}`;
    case 'integer':
      return `:${value.value}`;
    case 'bulk':
      return showBytes(value.bytes);
    case 'bulkError':
      return `!${showBytes(value.bytes)}`;
    case 'verbatim':
      return `=${value.format}:${showBytes(value.bytes)}`;
    case 'null':
      return `null(${value.form})`;
    case 'double':
      return `,${value.text}`;
    case 'boolean':
      return value.value ? '#t' : '#f';
    case 'bignum':
      return `(${value.text}`;
    case 'map':
      return `%{${showEntries(value.entries)}}`;
    case 'attribute':
      return `|{${showEntries(value.entries)}} ${showReply(value.value)}`;
    default: {
      const mark = value.type === 'array' ? '*' : value.type === 'set' ? '~' : '>';
      return `${mark}[${value.items.map(showReply).join(', ')}]`;
    }
  }
}

function showEntries(entries: readonly RespEntry[]): string {
  return entries.map(([key, item]) => `${showReply(key)}: ${showReply(item)}`).join(', ');
}

/** Bytes as a double-quoted text with `\xNN` for everything that does not print. */
export function showBytes(bytes: Uint8Array): string {
  let shown = '"';
  for (const byte of bytes) {
    if (byte === 0x22 || byte === 0x5c) shown += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) shown += String.fromCharCode(byte);
    else shown += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `${shown}"`;
}

/** The text of a textual reply or an integer, as latin1; undefined for every other type. */
export function textOf(value: RespValue): string | undefined {
  switch (value.type) {
    case 'simple':
    case 'error':
    case 'double':
    case 'bignum':
      return value.text;
    case 'bulk':
    case 'bulkError':
    case 'verbatim':
      return value.bytes.toString('latin1');
    case 'integer':
      return value.value.toString();
    default:
      return undefined;
  }
}

/** The elements of an array, set or push; those of a map one after the other, as RESP2 has them. */
export function itemsOf(value: RespValue): readonly RespValue[] {
  if (value.type === 'map') return value.entries.flat();
  if (value.type === 'array' || value.type === 'set' || value.type === 'push') return value.items;
  throw new TypeError(`no aggregate reply: ${showReply(value)}`);
}
