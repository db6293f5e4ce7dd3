/** What a transaction leaves with its client, and how that ends. */
import type { WatchRegistry } from './ports.ts';
import {
  SESSION_MULTI,
  SESSION_MULTI_FAILED,
  SESSION_WATCH_BROKEN,
  type Session,
} from './session.ts';

/** Ends a transaction: the queue, the watched keys and all flags of it are gone. */
export function endTransaction(session: Session, watches: WatchRegistry): void {
  session.queued = [];
  session.queuedBytes = 0;
  session.clear(SESSION_MULTI | SESSION_MULTI_FAILED | SESSION_WATCH_BROKEN);
  watches.unwatchAll(session);
}
