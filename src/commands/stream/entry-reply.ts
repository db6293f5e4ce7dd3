/**
 * Entries in replies: `[ID, [field, value, …]]`. Ranges of streams are made of nothing else, so what
 * neighbours have in common is written out once and copied from there on: the milliseconds of
 * their IDs, and the field names of a node.
 */
import { writeInteger } from '../../bytes/integer.ts';
import { STREAM_ID_TEXT, streamIdLength, type StreamId } from '../../bytes/stream-id.ts';
import { copyBytes } from '../../bytes/text.ts';
import type { ReplyWriter } from '../../resp/reply-writer.ts';
import { ENTRY_SAME_FIELDS, type NodeReader } from '../../values/stream-node.ts';

/** Field names up to so many bytes, headers included, are kept. */
const KEPT_BYTES = 4096;
const KEPT_FIELDS = 64;
/** Room for everything around the ID's text. */
const HEAD_ROOM = STREAM_ID_TEXT + 32;
const MILLION = 1_000_000;

const CR = 13;
const LF = 10;
const ARRAY = 0x2a;
const BULK = 0x24;
const ZERO = 0x30;

/**
 * `*2`, the ID's header, its milliseconds, a hyphen, as in the entry before. IDs whose milliseconds
 * agree but for the last six digits share the rest.
 */
const head = new Uint8Array(HEAD_ROOM);
let headLength = 0;
let headMillions = -1;
let headDigits = 0;

/**
 * What stands between the ID and the values of a node's entries: the header of the array and the
 * first field; then each further field. And where each of these pieces ends.
 */
const fields = new Uint8Array(KEPT_BYTES);
const fieldEnds = new Int32Array(KEPT_FIELDS);
let fieldsOf: NodeReader | undefined;
let fieldsOpened = -1;
let fieldCount = 0;

/** Replies the entry that the reader stands at. */
export function replyEntry(reply: ReplyWriter, reader: NodeReader): void {
  writeHead(reply, reader.id);
  reader.rewindFields();
  if ((reader.flags & ENTRY_SAME_FIELDS) !== 0 && knowsFields(reader)) {
    const { value } = reader;
    let start = 0;
    for (let i = 0; i < fieldCount; i++) {
      const end = fieldEnds[i];
      reply.raw(fields, start, end);
      reader.nextValue();
      reply.bulk(value.bytes, value.start, value.end);
      start = end;
    }
    return;
  }
  const { field, value } = reader;
  reply.array(reader.fieldCount * 2);
  for (let i = reader.fieldCount; i > 0; i--) {
    reader.nextField();
    reply.bulk(field.bytes, field.start, field.end);
    reply.bulk(value.bytes, value.start, value.end);
  }
}

/** Writes `*2` and the ID. */
function writeHead(reply: ReplyWriter, id: StreamId): void {
  const start = reply.reserve(HEAD_ROOM);
  const target = reply.bytes;
  const ms = id.milliseconds;
  const isUsual =
    ms >= MILLION && ms <= Number.MAX_SAFE_INTEGER && id.seqHigh === 0 && id.seqLow < MILLION;
  let at: number;
  if (isUsual) {
    const millions = Math.floor(ms / MILLION);
    const digits = sequenceDigits(id.seqLow);
    if (millions !== headMillions || digits !== headDigits) keepHead(id, millions, digits);
    at = copyBytes(target, start, head, 0, headLength);
    writeSixDigits(target, at - 7, ms - millions * MILLION);
    at = writeInteger(target, at, id.seqLow);
  } else {
    at = writeArrayAndLength(target, start, streamIdLength(id));
    at = id.write(target, at);
  }
  target[at] = CR;
  target[at + 1] = LF;
  reply.length = at + 2;
}

function writeSixDigits(target: Uint8Array, at: number, value: number): void {
  let rest = value | 0;
  for (let i = at + 5; i >= at; i--) {
    const tenth = (rest / 10) | 0;
    target[i] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
}

function sequenceDigits(value: number): number {
  if (value < 100) return value < 10 ? 1 : 2;
  if (value < 10_000) return value < 1000 ? 3 : 4;
  return value < 100_000 ? 5 : 6;
}

/** Keeps the head of IDs with so many million milliseconds and digits of sequence number. */
function keepHead(id: StreamId, millions: number, digits: number): void {
  const length = streamIdLength(id);
  const text = writeArrayAndLength(head, 0, length);
  id.write(head, text);
  headLength = text + length - digits;
  headMillions = millions;
  headDigits = digits;
}

function writeArrayAndLength(target: Uint8Array, start: number, length: number): number {
  target[start] = ARRAY;
  target[start + 1] = ZERO + 2;
  target[start + 2] = CR;
  target[start + 3] = LF;
  target[start + 4] = BULK;
  const at = writeInteger(target, start + 5, length);
  target[at] = CR;
  target[at + 1] = LF;
  return at + 2;
}

/** Whether the fields of the reader's node are kept; keeps them if they are not too many. */
function knowsFields(reader: NodeReader): boolean {
  if (fieldsOf === reader && fieldsOpened === reader.opened) return fieldCount > 0;
  fieldsOf = reader;
  fieldsOpened = reader.opened;
  fieldCount = 0;
  if (reader.fieldCount > KEPT_FIELDS) return false;
  fields[0] = ARRAY;
  let at = writeInteger(fields, 1, reader.fieldCount * 2);
  fields[at] = CR;
  fields[at + 1] = LF;
  at += 2;
  const { field } = reader;
  for (let i = 0; i < reader.fieldCount; i++) {
    reader.nextField();
    const size = field.end - field.start;
    if (at + size + 16 > KEPT_BYTES) {
      reader.rewindFields();
      return false;
    }
    fields[at] = BULK;
    at = writeInteger(fields, at + 1, size);
    fields[at] = CR;
    fields[at + 1] = LF;
    at = copyBytes(fields, at + 2, field.bytes, field.start, field.end);
    fields[at] = CR;
    fields[at + 1] = LF;
    at += 2;
    fieldEnds[i] = at;
  }
  reader.rewindFields();
  fieldCount = reader.fieldCount;
  return true;
}
