/** Lua 5.1's hash functions: they decide the order in which `pairs` walks a table. */

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** Hash of a byte string. Unlike Lua's own, Redis's build lets every byte count: O(n). */
export function hashString(text: string): number {
  const length = text.length;
  let hash = length;
  for (let i = length; i > 0; i--) {
    hash ^= (hash << 5) + (hash >>> 2) + text.charCodeAt(i - 1);
  }
  return hash | 0;
}

/** Hash of a number: its two halves added. Both zeros share slot 0. */
export function hashNumber(value: number): number {
  if (value === 0) return 0;
  float[0] = value;
  return (words[0]! + words[1]!) | 0;
}
