/** What stream commands pass on to replicas and files, and which events they name. */
import { describe, it } from 'vitest';

import { useTraces } from '../support/traces.ts';

/** A value that fills a node. */
const NODE = 'x'.repeat(4100);

/** Points in time are each server's own, and so are sequence numbers behind them. */
const withoutTimes = (text: string): string =>
  text.replaceAll(/(\b1\d{12}|now\+0s)(-\d+)?\b/g, 'TIME');

const traces = useTraces(withoutTimes);

describe('effects and events', () => {
  it(
    'of XADD, XTRIM, XDEL and XSETID',
    traces(`
      XADD a * f v
      XADD b 5-* f v
      XADD b 5-* f v
      XADD b 6-1 f v
      XADD b 6-1 f v
      XADD none NOMKSTREAM * f v
      XADD b MAXLEN 2 * f v
      XADD b MAXLEN ~ 2 * f v
      XADD b MAXLEN ~ 2 LIMIT 10 9999999999999-1 f v
      XADD b MINID ~ 6 9999999999999-2 f v
      XADD b MINID = 6 9999999999999-3 f v
      XTRIM b MAXLEN 3
      XTRIM b MAXLEN 3
      XTRIM b MAXLEN ~ 0
      XADD c 1-1 f ${NODE}
      XADD c 2-1 f ${NODE}
      XADD c 3-1 f ${NODE}
      XADD c 4-1 f ${NODE}
      XADD c MAXLEN ~ 2 5-1 f ${NODE}
      XADD c MINID ~ 4 6-* f ${NODE}
      XTRIM c MAXLEN ~ 1
      XTRIM c MINID ~ 6
      XADD c 7-1 f ${NODE}
      XTRIM c MINID 7
      XADD d MINID ~ 9 1-1 f v
      XADD d MAXLEN ~ 0 2-1 f v
      XTRIM d MINID ~ 9
      XDEL c 9-1
      XDEL c 7-1 7-1
      XSETID c 10-1
      XSETID c 10-1 ENTRIESADDED 100 MAXDELETEDID 9-1
    `),
  );

  it(
    'of XGROUP and XREADGROUP',
    traces(`
      XGROUP CREATE a g $ MKSTREAM
      XGROUP CREATE a g $ MKSTREAM
      XGROUP CREATE a h 0
      XGROUP CREATECONSUMER a g c
      XGROUP CREATECONSUMER a g c
      XGROUP SETID a g 0 ENTRIESREAD 0
      XADD a 1-1 f v
      XADD a 2-1 f v
      XADD a 3-1 f v
      XADD a 4-1 f v
      XADD a 5-1 f v
      XREADGROUP GROUP g c COUNT 1 STREAMS a >
      XREADGROUP GROUP g d COUNT 2 STREAMS a >
      XREADGROUP GROUP g d STREAMS a 0
      XREADGROUP GROUP g e STREAMS a 0
      XREADGROUP GROUP g f NOACK COUNT 1 STREAMS a >
      XREADGROUP GROUP g f NOACK STREAMS a 0
      XREADGROUP GROUP h x NOACK STREAMS a >
      XREADGROUP GROUP g y STREAMS a >
      XREADGROUP GROUP g y STREAMS a >
      XREADGROUP GROUP g z STREAMS a >
      XREADGROUP GROUP none z STREAMS a >
      XACK a g 1-1 2-1 9-9
      XACK a g 1-1
      XGROUP DELCONSUMER a g d
      XGROUP DELCONSUMER a g d
      XGROUP DESTROY a h
      XGROUP DESTROY a h
      XGROUP SETID a g $
      XREAD STREAMS a 0
      DEL a
    `),
  );

  it(
    'of XCLAIM and XAUTOCLAIM',
    traces(`
      XADD a 1-1 f v
      XADD a 2-1 f v
      XADD a 3-1 f v
      XADD a 4-1 f v
      XGROUP CREATE a g 0
      XREADGROUP GROUP g one COUNT 3 STREAMS a >
      XCLAIM a g two 0 1-1
      XCLAIM a g two 0 1-1 2-1 JUSTID RETRYCOUNT 5 TIME 1000
      XCLAIM a g two 1000000 3-1
      XCLAIM a g two 0 4-1
      XCLAIM a g two 0 9-1 LASTID 7-1
      XCLAIM a g two 0 4-1 FORCE LASTID 8-1
      XDEL a 2-1
      XCLAIM a g two 0 2-1
      XAUTOCLAIM a g three 0 0 COUNT 2
      XAUTOCLAIM a g three 1000000 0
      XDEL a 3-1
      XAUTOCLAIM a g four 0 0 JUSTID
      COPY a b
      RENAME b c
      DEL c
    `),
  );
});
