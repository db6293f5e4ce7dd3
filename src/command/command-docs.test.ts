import { describe, expect, it } from 'vitest';
import { latin1 } from '../bytes/text.ts';
import { ReplyWriter } from '../resp/reply-writer.ts';
import { argumentsOf, writeCommandDocs } from './command-docs.ts';
import { writeCommandInfo, writeCommandInfos, writeCommandList } from './command-info.ts';
import { type Command, command } from './spec.ts';

const handler = (): void => undefined;

/** The bytes written, lines joined by blanks and lengths of strings left out. */
function reply(protocol: 2 | 3, write: (writer: ReplyWriter) => void): string {
  const writer = new ReplyWriter();
  writer.protocol = protocol;
  write(writer);
  const lines = latin1(writer.bytes, 0, writer.length).split('\r\n');
  return lines
    .filter((line) => !/^\$\d/.test(line))
    .join(' ')
    .trim();
}

const get = command({
  container: 'BOX',
  name: 'GET',
  group: 'generic',
  since: '2.0.0',
  summary: 'Reads.',
  arity: -3,
  flags: 'readonly fast',
  keys: 'RO access 2 (as is)',
  arguments: "key@0 [LIMIT n:integer since 3.0.0] [kind: A | b='*']...",
  history: ['2.1.0: Faster: much.', '3.0.0: `LIMIT`.'],
  tips: 'nondeterministic_output',
  handler,
});

const box = command({
  name: 'BOX',
  group: 'generic',
  since: '2.0.0',
  summary: 'Groups.',
  complexity: 'O(1)',
  arity: -2,
  deprecated: '3.0.0',
  replacedBy: '`BAG`',
  systemCommand: true,
  subcommands: [get],
});

function searches(keys: string): string {
  const spec = { ...get.spec, keys };
  const text = reply(3, (writer) => writeCommandInfo(writer, command(spec)));
  return text.slice(text.indexOf('begin_search'));
}

describe('writeCommandInfo', () => {
  it('writes RESP3 sets and maps', () => {
    expect(reply(3, (writer) => writeCommandInfo(writer, get))).toBe(
      '*10 box|get :-3 ~2 +readonly +fast :2 :2 :1 ~2 +@read +@fast ~1 nondeterministic_output ' +
        '~1 %4 notes as is flags ~2 +RO +access ' +
        'begin_search %2 type index spec %1 index :2 ' +
        'find_keys %2 type range spec %3 lastkey :0 keystep :1 limit :0 ~0',
    );
  });

  it('writes the same as flat arrays in RESP2', () => {
    expect(reply(2, (writer) => writeCommandInfos(writer, [box]))).toBe(
      '*1 *10 box :-2 *0 :0 :0 :0 *1 +@slow *0 *0 *1 *10 box|get :-3 *2 +readonly +fast ' +
        ':2 :2 :1 *2 +@read +@fast *1 nondeterministic_output ' +
        '*1 *8 notes as is flags *2 +RO +access ' +
        'begin_search *4 type index spec *2 index :2 ' +
        'find_keys *4 type range spec *6 lastkey :0 keystep :1 limit :0 *0',
    );
  });

  it('writes every kind of search', () => {
    expect(searches('RO access STREAMS@1 to -1 limit 2')).toBe(
      'begin_search %2 type keyword spec %2 keyword STREAMS startfrom :1 ' +
        'find_keys %2 type range spec %3 lastkey :-1 keystep :1 limit :2 ~0',
    );
    expect(searches('RO access 2 keynum')).toBe(
      'begin_search %2 type index spec %1 index :2 ' +
        'find_keys %2 type keynum spec %3 keynumidx :0 firstkey :1 keystep :1 ~0',
    );
    expect(searches('RO access ?')).toBe(
      'begin_search %2 type unknown spec %0 find_keys %2 type unknown spec %0 ~0',
    );
  });

  it('writes a null for a command that does not exist', () => {
    expect(reply(2, (writer) => writeCommandInfo(writer, undefined))).toBe('$-1');
    expect(reply(3, (writer) => writeCommandInfo(writer, undefined))).toBe('_');
  });
});

function list(passes: (command: Command) => boolean): string {
  return reply(2, (writer) => writeCommandList(writer, [box], passes));
}

describe('writeCommandList', () => {
  it('lists commands and subcommands that pass', () => {
    expect(list(() => true)).toBe('*2 box box|get');
    expect(list((each) => each.fullName.includes('|'))).toBe('*1 box|get');
    expect(list(() => false)).toBe('*0');
  });
});

describe('writeCommandDocs', () => {
  const argumentsText =
    'arguments *3 %3 name key type key key_spec_index :0 ' +
    '%5 name n type integer token LIMIT since 3.0.0 flags ~1 +optional ' +
    '%4 name kind type oneof flags ~2 +optional +multiple arguments *2 ' +
    '%3 name a type pure-token token A %3 name b type pure-token token *';

  it('writes RESP3 maps in the order of the fields', () => {
    expect(reply(3, (writer) => writeCommandDocs(writer, [get]))).toBe(
      '%1 box|get %5 summary Reads. since 2.0.0 group generic ' +
        `history ~2 *2 2.1.0 Faster: much. *2 3.0.0 \`LIMIT\`. ${argumentsText}`,
    );
  });

  it('writes deprecation and subcommands', () => {
    expect(reply(2, (writer) => writeCommandDocs(writer, [box]))).toMatch(
      new RegExp(
        '^\\*2 box \\*16 summary Groups\\. since 2\\.0\\.0 group generic complexity O\\(1\\) ' +
          'doc_flags \\*2 \\+deprecated \\+syscmd deprecated_since 3\\.0\\.0 ' +
          'replaced_by `BAG` subcommands \\*2 box\\|get \\*10 summary Reads\\.',
      ),
    );
  });

  it('parses the arguments once, and only when asked', () => {
    const broken = command({ ...get.spec, arguments: 'count' });
    expect(() => argumentsOf(broken)).toThrow("'count' is neither");
    expect(argumentsOf(get)).toBe(argumentsOf(get));
  });
});
