/**
 * Configuration text is binary-safe: a password may hold any byte. It is kept in *byte strings*:
 * JavaScript strings whose every unit is one byte (0-255), which `latin1` and `fromLatin1` of
 * bytes/text.ts convert. ASCII is the same in both worlds; these two serve where a value is a
 * path, a title or a host name.
 */
import { fromLatin1, fromUtf8, latin1 } from '../bytes/text.ts';

/** Decodes a byte string as UTF-8. */
export function textOf(value: string): string {
  return new TextDecoder().decode(fromLatin1(value));
}

/** The byte string of the UTF-8 form of ordinary text. */
export function byteStringOf(text: string): string {
  const bytes = fromUtf8(text);
  return latin1(bytes, 0, bytes.length);
}
