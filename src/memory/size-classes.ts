/**
 * Size classes of the heap: 8 to 128 bytes in steps of 8, then eight steps to each doubling, up
 * to 32 KiB. A block wastes at most an eighth of its size (less than 8 bytes below 128).
 */

/** Bytes in a granule, the unit that a ref counts. */
export const GRANULE_BYTES = 8;

/** The largest block that comes from a size class; larger ones get units of their own. */
export const LARGEST_CLASS_GRANULES = 4096;

const LINEAR_LIMIT = 16;

function buildClassSizes(): Int32Array {
  const sizes: number[] = [];
  for (let granules = 1; granules <= LINEAR_LIMIT; granules++) sizes.push(granules);
  for (let base = LINEAR_LIMIT; base < LARGEST_CLASS_GRANULES; base *= 2) {
    for (let step = 1; step <= 8; step++) sizes.push(base + (base / 8) * step);
  }
  return Int32Array.from(sizes);
}

/** Granules in a block of each class. */
export const CLASS_GRANULES = buildClassSizes();

export const CLASS_COUNT = CLASS_GRANULES.length;

function buildClassOfGranules(): Uint8Array {
  const classes = new Uint8Array(LARGEST_CLASS_GRANULES + 1);
  let sizeClass = 0;
  for (let granules = 0; granules <= LARGEST_CLASS_GRANULES; granules++) {
    if (granules > CLASS_GRANULES[sizeClass]!) sizeClass++;
    classes[granules] = sizeClass;
  }
  return classes;
}

/** The smallest class that holds so many granules. */
export const CLASS_OF_GRANULES = buildClassOfGranules();
