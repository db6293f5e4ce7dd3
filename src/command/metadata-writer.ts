/** What the writers of COMMAND's replies need of a ReplyWriter; all texts are ASCII. */
export interface MetadataWriter {
  array(count: number): void;
  map(pairs: number): void;
  set(count: number): void;
  integer(value: number): void;
  simple(text: string): void;
  bulkText(text: string): void;
  nullArray(): void;
}

/** A set of status replies, which is how the server tells flags. */
export function writeFlagSet(writer: MetadataWriter, names: readonly string[]): void {
  writer.set(names.length);
  for (const name of names) writer.simple(name);
}

/** A set of strings. */
export function writeTextSet(writer: MetadataWriter, texts: readonly string[]): void {
  writer.set(texts.length);
  for (const text of texts) writer.bulkText(text);
}

/** One entry of a map whose value is a string. */
export function writeTextEntry(writer: MetadataWriter, name: string, text: string): void {
  writer.bulkText(name);
  writer.bulkText(text);
}

/** One entry of a map whose value is an integer. */
export function writeIntegerEntry(writer: MetadataWriter, name: string, value: number): void {
  writer.bulkText(name);
  writer.integer(value);
}
