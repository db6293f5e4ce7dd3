import { describe, expect, it } from 'vitest';
import { fromLatin1 } from '../bytes/text.ts';
import * as errors from './errors.ts';

/** Lays arguments out as a batch has them. */
function unknown(...parts: string[]): string {
  const bytes = fromLatin1(parts.join('|'));
  const offsets = new Int32Array(2 + 2 * parts.length);
  let at = 0;
  for (const [i, part] of parts.entries()) {
    offsets[2 + 2 * i] = at;
    offsets[3 + 2 * i] = at + part.length;
    at += part.length + 1;
  }
  return errors.unknownCommand(bytes, offsets, 2, parts.length);
}

function unknownConfig(name: string): string {
  return errors.unknownSubcommand('CONFIG', fromLatin1(name), 0, name.length);
}

// The expectations are replies of redis-server 7.0.15.
describe('errors that repeat what the client sent', () => {
  const begins = "', with args beginning with: ";

  it('names an unknown command and its arguments, 128 bytes of each', () => {
    expect(unknown('FOO')).toBe(`ERR unknown command 'FOO${begins}`);
    expect(unknown('FOO', 'a', 'b', 'c')).toBe(`ERR unknown command 'FOO${begins}'a' 'b' 'c' `);
    expect(unknown('f', '', 'a')).toBe(`ERR unknown command 'f${begins}'' 'a' `);
    expect(unknown('f'.repeat(200), 'a'.repeat(100), 'b'.repeat(100), 'c')).toBe(
      `ERR unknown command '${'f'.repeat(128)}${begins}'${'a'.repeat(100)}' '${'b'.repeat(25)}' `,
    );
    expect(unknown('f', 'a'.repeat(128), 'b')).toBe(
      `ERR unknown command 'f${begins}'${'a'.repeat(128)}' `,
    );
    expect(unknown('f', 'a'.repeat(124), 'bcdef')).toBe(
      `ERR unknown command 'f${begins}'${'a'.repeat(124)}' 'b' `,
    );
    expect(unknown('f', ...Array.from({ length: 20 }, () => 'abcdefghi'))).toBe(
      `ERR unknown command 'f${begins}${"'abcdefghi' ".repeat(10)}'abcdefgh' `,
    );
  });

  it('stops at a zero byte, as C does', () => {
    expect(unknown('x\0y', 'a\0b')).toBe(`ERR unknown command 'x${begins}'a' `);
    expect(unknownConfig('a\0b')).toBe("ERR unknown subcommand 'a'. Try CONFIG HELP.");
  });

  it('names an unknown subcommand', () => {
    expect(unknownConfig('FOO')).toBe("ERR unknown subcommand 'FOO'. Try CONFIG HELP.");
    expect(unknownConfig('a'.repeat(300))).toBe(
      `ERR unknown subcommand '${'a'.repeat(128)}'. Try CONFIG HELP.`,
    );
    expect(errors.unknownSubcommandOrArity('DEBUG', fromLatin1('FOO'), 0, 3)).toBe(
      "ERR unknown subcommand or wrong number of arguments for 'FOO'. Try DEBUG HELP.",
    );
  });
});

describe('errors with a name in them', () => {
  it('reads as redis-server replies', () => {
    expect([
      errors.wrongArgumentCount('config|get'),
      errors.invalidExpireTime('getex'),
      errors.noInputKeys('zunion'),
      errors.notWhileSubscribed('get'),
      errors.execAbortBecause(errors.NO_AUTH),
      errors.noPermissionCommand('config|get'),
      errors.noGroup('x', 'g'),
      errors.noGroupToRead('x', 'g'),
      errors.noGroupInStream('x', 'g'),
      errors.notInClusterMode('SELECT'),
      errors.commandNotEnabled('DEBUG', 'enable-debug-command'),
      errors.moved(3999, '127.0.0.1:6381'),
      errors.ask(3999, '127.0.0.1:6381'),
      errors.misconfAppendOnly('No space left on device'),
    ]).toEqual([
      "ERR wrong number of arguments for 'config|get' command",
      "ERR invalid expire time in 'getex' command",
      "ERR at least 1 input key is needed for 'zunion' command",
      "ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
      'EXECABORT Transaction discarded because of: NOAUTH Authentication required.',
      "NOPERM this user has no permissions to run the 'config|get' command",
      "NOGROUP No such key 'x' or consumer group 'g'",
      "NOGROUP No such key 'x' or consumer group 'g' in XREADGROUP with GROUP option",
      "NOGROUP No such consumer group 'g' for key name 'x'",
      'ERR SELECT is not allowed in cluster mode',
      'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.',
      'MOVED 3999 127.0.0.1:6381',
      'ASK 3999 127.0.0.1:6381',
      'MISCONF Errors writing to the AOF file: No space left on device',
    ]);
  });
});

describe('constants', () => {
  it('begin with a code, are one line of printable ASCII, and are all different', () => {
    const texts = Object.values(errors).filter((value) => typeof value === 'string');
    for (const text of texts) expect(text).toMatch(/^[A-Z]+ [ -~]+$/);
    expect(texts.length).toBeGreaterThan(70);
    expect(new Set(texts).size).toBe(texts.length);
  });
});
