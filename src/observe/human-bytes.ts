const UNITS = ['K', 'M', 'G', 'T', 'P'];

/** A number of bytes for people, as INFO prints it: `12B`, `1.50K`. */
export function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${Math.max(0, Math.floor(bytes))}B`;
  let value = bytes;
  let unit = -1;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(2)}${UNITS[unit]}`;
}
