/**
 * The manifest of an append-only file: which files it is made of, and in what order. Pure text.
 *
 *   file appendonly.aof.2.base.rdb seq 2 type b        the data set at one instant
 *   file appendonly.aof.3.incr.aof seq 3 type i        what happened since, in order
 *   file appendonly.aof.1.base.rdb seq 1 type h        history: to be removed
 */
import { fromLatin1, latin1 } from '../bytes/text.ts';
import { quote, splitWords } from '../config/quoting.ts';

export interface AofFile {
  readonly name: string;
  readonly sequence: number;
}

/** Longer lines are none of ours. */
const LONGEST_LINE = 1024;

export class ManifestError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ManifestError';
  }
}

export class AofManifest {
  base: AofFile | undefined;
  increments: AofFile[] = [];
  history: AofFile[] = [];
  readonly #prefix: string;

  /** `prefix` is `appendfilename`, with which all names begin. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get isEmpty(): boolean {
    return this.base === undefined && this.increments.length === 0;
  }

  /** Reads a manifest's text. Throws ManifestError. */
  static parse(prefix: string, bytes: Uint8Array): AofManifest {
    const manifest = new AofManifest(prefix);
    const text = latin1(bytes, 0, bytes.length);
    if (text === '') throw new ManifestError('Found an empty AOF manifest');
    const lines = text.split('\n');
    if (lines.pop() !== '')
      throw new ManifestError('The AOF manifest file contains a line cut short');
    for (const line of lines) manifest.#readLine(line);
    if (lines.every((line) => line.startsWith('#')))
      throw new ManifestError('Found an empty AOF manifest');
    return manifest;
  }

  /** The text that `parse` reads. */
  toBytes(): Uint8Array {
    const line = ({ name, sequence }: AofFile, type: string): string =>
      `file ${/[\s"'\\]/.test(name) || name === '' ? quote(name) : name} seq ${sequence} type ${type}\n`;
    let text = this.base === undefined ? '' : line(this.base, 'b');
    for (const file of this.history) text += line(file, 'h');
    for (const file of this.increments) text += line(file, 'i');
    return fromLatin1(text);
  }

  copy(): AofManifest {
    const copy = new AofManifest(this.#prefix);
    copy.base = this.base;
    copy.increments = [...this.increments];
    copy.history = [...this.history];
    return copy;
  }

  /** Adds the increment that is written next. */
  addIncrement(): AofFile {
    const sequence = (this.increments.at(-1)?.sequence ?? 0) + 1;
    const file = { name: `${this.#prefix}.${sequence}.incr.aof`, sequence };
    this.increments.push(file);
    return file;
  }

  /**
   * Puts a new base in the place of the old one; of the increments only the last `kept` still count,
   * the others and the old base become history.
   */
  replaceBase(base: AofFile, kept: number): void {
    if (this.base !== undefined) this.history.unshift(this.base);
    this.base = base;
    const old = this.increments.splice(0, this.increments.length - kept);
    this.history.unshift(...old.toReversed());
  }

  /**
   * The name of the next base. `isTaken` tells whether a file of that name is there: a manifest that
   * could not be written for certain may name it, so it is never written over.
   */
  nextBase(format: 'rdb' | 'aof', isTaken: (name: string) => boolean): AofFile {
    for (let sequence = (this.base?.sequence ?? 0) + 1; ; sequence++) {
      const name = `${this.#prefix}.${sequence}.base.${format}`;
      if (!isTaken(name)) return { name, sequence };
    }
  }

  #readLine(line: string): void {
    if (line.startsWith('#')) return;
    if (line.length > LONGEST_LINE)
      throw new ManifestError('The AOF manifest file contains too long line');
    const words = splitWords(line.trim());
    if (words === undefined || words.length < 6 || words.length % 2 !== 0)
      throw new ManifestError('Invalid AOF manifest file format');
    const values = new Map<string, string>();
    for (let i = 0; i < words.length; i += 2) values.set(words[i].toLowerCase(), words[i + 1]);
    const name = values.get('file') ?? '';
    const sequence = Number(values.get('seq'));
    const type = values.get('type') ?? '';
    if (name === '' || !Number.isSafeInteger(sequence) || sequence < 1 || type === '')
      throw new ManifestError('Invalid AOF manifest file format');
    if (name.includes('/')) throw new ManifestError("File can't be a path, just a filename");
    this.#add({ name, sequence }, type);
  }

  #add(file: AofFile, type: string): void {
    if (type === 'b') {
      if (this.base !== undefined) throw new ManifestError('Found duplicate base file information');
      this.base = file;
    } else if (type === 'h') this.history.push(file);
    else if (type === 'i') {
      if (file.sequence <= (this.increments.at(-1)?.sequence ?? 0))
        throw new ManifestError('Found a non-monotonic sequence number');
      this.increments.push(file);
    } else throw new ManifestError('Unknown AOF file type');
  }
}
