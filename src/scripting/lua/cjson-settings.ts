/** Settings of one cjson instance. Objects of this type are replaced, never changed. */
export type CjsonSettings = {
  readonly sparseConvert: boolean;
  readonly sparseRatio: number;
  readonly sparseSafe: number;
  readonly encodeMaxDepth: number;
  readonly decodeMaxDepth: number;
  readonly precision: number;
  readonly keepBuffer: boolean;
  /** Whether NaN and infinities may be encoded: no, as they print, or as null. */
  readonly encodeInvalid: boolean | 'null';
  readonly decodeInvalid: boolean;
};

export const DEFAULT_SETTINGS: CjsonSettings = {
  sparseConvert: false,
  sparseRatio: 2,
  sparseSafe: 10,
  encodeMaxDepth: 1000,
  decodeMaxDepth: 1000,
  precision: 14,
  keepBuffer: true,
  encodeInvalid: false,
  decodeInvalid: true,
};
