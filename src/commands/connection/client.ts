/** CLIENT: its HELP, and the container of its subcommands. */
import { replyHelp } from '../../command/help.ts';
import { command } from '../../command/spec.ts';
import { clientKill } from './client-kill.ts';
import { clientId, clientInfo, clientList } from './client-list.ts';
import {
  clientNoEvict,
  clientNoTouch,
  clientPause,
  clientReply,
  clientUnblock,
  clientUnpause,
} from './client-modes.ts';
import { clientGetname, clientSetinfo, clientSetname } from './client-name.ts';
import {
  clientCaching,
  clientGetredir,
  clientTracking,
  clientTrackinginfo,
} from './client-tracking.ts';

export const clientHelp = command({
  container: 'CLIENT',
  name: 'HELP',
  group: 'connection',
  since: '5.0.0',
  summary: 'Lists the subcommands of CLIENT and how they are called.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale sentinel',
  categories: 'connection',
  handler: ({ reply }) =>
    replyHelp(reply, 'CLIENT', [
      ['CACHING (YES|NO)', 'Choose whether the keys of the next command are tracked.'],
      ['GETNAME', 'Tell the name of this connection.'],
      ['GETREDIR', 'Tell which client gets the invalidations of this one.'],
      ['ID', 'Tell the ID of this connection.'],
      ['INFO', 'Describe this connection.'],
      ['KILL <ip:port>', 'Close the connection from that address.'],
      [
        'KILL <option> <value> [<option> <value> [...]]',
        'Close the connections that match all of:',
        '* ADDR (<ip:port>|<unixsocket>:0)',
        '* ID <client-id>',
        '* LADDR (<ip:port>|<unixsocket>:0)',
        '* TYPE (NORMAL|MASTER|REPLICA|PUBSUB)',
        '* USER <username>',
        '* SKIPME (YES|NO): spare this connection (default: yes).',
      ],
      [
        'LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB) | ID <client-id> [...]]',
        'Describe the connections.',
      ],
      ['NO-EVICT (ON|OFF)', 'Protect this connection from being closed to save memory.'],
      ['NO-TOUCH (ON|OFF)', 'Leave the access times of keys alone.'],
      ['PAUSE <timeout> [WRITE|ALL]', 'Hold clients back for so many milliseconds.'],
      ['REPLY (ON|OFF|SKIP)', 'Choose whether this connection gets replies.'],
      ['SETINFO (LIB-NAME <name>|LIB-VER <version>)', 'Tell the library of this connection.'],
      ['SETNAME <name>', 'Name this connection.'],
      [
        'TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]',
        '         [OPTIN] [OPTOUT] [NOLOOP]',
        'Choose whether this connection is told when keys change that it may keep.',
      ],
      ['TRACKINGINFO', 'Tell how this connection is tracked.'],
      ['UNBLOCK <client-id> [TIMEOUT|ERROR]', 'Release a client that waits.'],
      ['UNPAUSE', 'End a pause.'],
    ]),
});

export const client = command({
  name: 'CLIENT',
  group: 'connection',
  since: '2.4.0',
  summary: 'Groups the commands about client connections.',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  flags: 'sentinel',
  subcommands: [
    clientCaching,
    clientGetname,
    clientGetredir,
    clientHelp,
    clientId,
    clientInfo,
    clientKill,
    clientList,
    clientNoEvict,
    clientNoTouch,
    clientPause,
    clientReply,
    clientSetinfo,
    clientSetname,
    clientTracking,
    clientTrackinginfo,
    clientUnblock,
    clientUnpause,
  ],
});
