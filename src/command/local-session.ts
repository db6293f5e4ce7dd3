import type { Session } from './session.ts';

/**
 * Whether a client sits on the same machine, by loopback or Unix socket. Sessions without a
 * connection (scripts, files) count as local.
 */
export function isLocal({ transport }: Session): boolean {
  if (transport === undefined || transport.isUnixSocket) return true;
  return /^(127\.|\[::1\])/.test(transport.address);
}
