/** Pieces that the replies of COMMAND are made of; all texts are ASCII. */
import type { ReplyWriter } from '../resp/reply-writer.ts';

/** A set of status replies, which is how the server tells flags. */
export function writeFlagSet(writer: ReplyWriter, names: readonly string[]): void {
  writer.set(names.length);
  for (const name of names) writer.simple(name);
}

/** A set of strings. */
export function writeTextSet(writer: ReplyWriter, texts: readonly string[]): void {
  writer.set(texts.length);
  for (const text of texts) writer.bulkText(text);
}

/** One entry of a map whose value is a string. */
export function writeTextEntry(writer: ReplyWriter, name: string, text: string): void {
  writer.bulkText(name);
  writer.bulkText(text);
}

/** One entry of a map whose value is an integer. */
export function writeIntegerEntry(writer: ReplyWriter, name: string, value: number): void {
  writer.bulkText(name);
  writer.integer(value);
}
