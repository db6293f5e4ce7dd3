/** The system's own words for its errors. */
import { getSystemErrorMap } from 'node:util';

/** The text of a system error as C programs print it; of any other error, its message. */
export function systemText(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  const known = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  return known === undefined ? message : known[0].toUpperCase() + known.slice(1);
}
