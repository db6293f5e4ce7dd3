/** Node's conversions between bytes and texts. */
import type { NativeText } from '../bytes/text.ts';

const { latin1Slice, latin1Write } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
  latin1Write(this: Uint8Array, text: string, at: number, length: number): number;
};

export const nativeText: NativeText = {
  decode: (bytes, start, end) => latin1Slice.call(bytes, start, end),
  encode: (text, target, at) => latin1Write.call(target, text, at, text.length),
};
