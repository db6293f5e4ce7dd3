/**
 * The quoting rules that redis.conf, inline commands and redis-cli share.
 *
 * Words are separated by white space. A word may contain a "double-quoted" part, with the escapes
 * \n \r \t \b \a \xHH and backslash-anything, or a 'single-quoted' part, where only \' is an
 * escape. A closing quote must be followed by white space or the end.
 */

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  a: '\x07',
};

/** What may stand before a word and behind a closing quote. */
const SPACE = /[ \t\n\r\v\f]/;
/** What ends a word: vertical tabs and form feeds do not. */
const END = /[ \t\n\r\0]/;

/**
 * Splits a byte string into words; `undefined` when a quote is not closed, or is closed in the
 * middle of a word. O(length).
 */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && SPACE.test(line[at]!)) at++;
    if (at >= line.length || line[at] === '\0') return words;
    let word = '';
    while (at < line.length && !END.test(line[at]!)) {
      const character = line[at]!;
      if (character !== '"' && character !== "'") {
        word += character;
        at++;
        continue;
      }
      const quoted = character === '"' ? readDouble(line, at + 1) : readSingle(line, at + 1);
      if (quoted === undefined) return undefined;
      word += quoted.text;
      at = quoted.end;
      if (at < line.length && !SPACE.test(line[at]!)) return undefined;
    }
    words.push(word);
  }
}

interface Quoted {
  readonly text: string;
  /** Just behind the closing quote. */
  readonly end: number;
}

function readDouble(line: string, start: number): Quoted | undefined {
  let text = '';
  for (let at = start; at < line.length; at++) {
    const character = line[at]!;
    if (character === '"') return { text, end: at + 1 };
    if (character !== '\\' || at + 1 >= line.length) {
      text += character;
      continue;
    }
    const hex = /^x([0-9a-f]{2})/i.exec(line.slice(at + 1, at + 4));
    if (hex) {
      text += String.fromCharCode(Number.parseInt(hex[1]!, 16));
      at += 3;
    } else {
      at++;
      text += ESCAPES[line[at]!] ?? line[at]!;
    }
  }
  return undefined;
}

function readSingle(line: string, start: number): Quoted | undefined {
  let text = '';
  for (let at = start; at < line.length; at++) {
    const character = line[at]!;
    if (character === "'") return { text, end: at + 1 };
    if (character === '\\' && line[at + 1] === "'") at++;
    text += line[at]!;
  }
  return undefined;
}

/** A double-quoted form that `splitWords` takes back as the same byte string. */
export function quote(word: string): string {
  let text = '"';
  for (const character of word) {
    const code = character.charCodeAt(0);
    if (character === '\\' || character === '"') text += `\\${character}`;
    else if (character === '\n') text += '\\n';
    else if (character === '\r') text += '\\r';
    else if (character === '\t') text += '\\t';
    else if (character === '\x07') text += '\\a';
    else if (character === '\b') text += '\\b';
    else if (code >= 0x20 && code < 0x7f) text += character;
    else text += `\\x${code.toString(16).padStart(2, '0')}`;
  }
  return `${text}"`;
}
