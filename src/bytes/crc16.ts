/**
 * CRC-16/XMODEM (polynomial 0x1021, initial value 0, not reflected) and the cluster hash slot,
 * which is the CRC of the key, or of its hash tag, modulo 16384.
 */

export const SLOT_COUNT = 16384;

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/** The CRC of a byte range, 0 to 65535. */
export function crc16(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let at = start; at < end; at++) {
    crc = ((crc << 8) & 0xffff) ^ TABLE[(crc >>> 8) ^ bytes[at]!]!;
  }
  return crc;
}

/**
 * The hash slot of a key, 0 to 16383. When the key has a `{`, a `}` after it, and something in
 * between (first brace of each kind), only what is in between counts: that is how clients put
 * several keys into one slot.
 */
export function keySlot(bytes: Uint8Array, start: number, end: number): number {
  for (let open = start; open < end; open++) {
    if (bytes[open] !== OPEN_BRACE) continue;
    let close = open + 1;
    while (close < end && bytes[close] !== CLOSE_BRACE) close++;
    const tagged = close < end && close > open + 1;
    return (tagged ? crc16(bytes, open + 1, close) : crc16(bytes, start, end)) & (SLOT_COUNT - 1);
  }
  return crc16(bytes, start, end) & (SLOT_COUNT - 1);
}
