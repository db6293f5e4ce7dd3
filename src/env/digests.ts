/** Cryptographic digests come in through this interface: the runtime has them built in. */
export interface Digests {
  /** SHA-256 of `bytes[start, end)` as 64 lower-case hexadecimal characters. */
  sha256Hex(bytes: Uint8Array, start: number, end: number): string;
}
