/**
 * What a client may send. One object is shared by all readers and changed in place by CONFIG SET,
 * so a new `proto-max-bulk-len` counts from the next header on.
 */
export type RequestLimits = {
  /** Bytes in one argument (`proto-max-bulk-len`). */
  maxBulkLength: number;
  /** Bytes an unfinished line (an inline request, a `*N` or a `$N` header) may take. */
  maxLineBytes: number;
  /** Arguments in one request. */
  maxArguments: number;
  /** Bytes in one argument while the client has not authenticated. */
  maxUnauthenticatedBulkLength: number;
  /** Arguments in one request while the client has not authenticated. */
  maxUnauthenticatedArguments: number;
};

/** The limits of Redis 7.0. */
export function defaultRequestLimits(): RequestLimits {
  return {
    maxBulkLength: 512 * 1024 * 1024,
    maxLineBytes: 64 * 1024,
    maxArguments: 0x7fffffff,
    maxUnauthenticatedBulkLength: 16384,
    maxUnauthenticatedArguments: 10,
  };
}
