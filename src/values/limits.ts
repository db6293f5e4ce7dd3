/** When values leave their compact encodings; the directives of the same names set these. */
export interface ValueLimits {
  hashMaxListpackEntries: number;
  hashMaxListpackValue: number;
  setMaxIntsetEntries: number;
  zsetMaxListpackEntries: number;
  zsetMaxListpackValue: number;
  /** Entries of a list node when positive; -1 to -5: 4, 8, 16, 32, 64 KiB. */
  listMaxListpackSize: number;
  /** Nodes at either end of a list that are never compressed; 0: none is. */
  listCompressDepth: number;
  streamNodeMaxBytes: number;
  streamNodeMaxEntries: number;
  hllSparseMaxBytes: number;
}
