/** The container ACL. */
import { replyHelp } from '../../command/help.ts';
import { command } from '../../command/spec.ts';
import { aclLoad, aclSave } from './files.ts';
import { aclCat, aclDryrun, aclGenpass } from './inspect.ts';
import { aclLog } from './log.ts';
import { aclDeluser, aclGetuser, aclList, aclSetuser, aclUsers, aclWhoami } from './users.ts';

export const aclHelp = command({
  container: 'ACL',
  name: 'HELP',
  group: 'server',
  since: '6.0.0',
  summary: 'Lists the subcommands of ACL and how they are called.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale sentinel',
  handler: ({ reply }) =>
    replyHelp(reply, 'ACL', [
      ['CAT [<category>]', 'List the categories, or the commands of one.'],
      ['DELUSER <username> [<username> ...]', 'Remove users and close their connections.'],
      ['DRYRUN <username> <command> [<arg> ...]', 'Tell whether a user might run a command.'],
      ['GENPASS [<bits>]', 'Make up a password, of 256 bits by default.'],
      ['GETUSER <username>', 'Describe a user.'],
      ['LIST', 'Show all users as lines of an ACL file.'],
      ['LOAD', 'Read the ACL file again.'],
      ['LOG [<count> | RESET]', 'Show the latest refusals, or forget them.'],
      ['SAVE', 'Write all users to the ACL file.'],
      ['SETUSER <username> <rule> [<rule> ...]', 'Create a user or change its rules.'],
      ['USERS', 'List the user names.'],
      ['WHOAMI', 'Tell the name of the present user.'],
    ]),
});

export const acl = command({
  name: 'ACL',
  group: 'server',
  since: '6.0.0',
  summary: 'Groups the commands about users and what they may do.',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  flags: 'sentinel',
  subcommands: [
    aclCat,
    aclDeluser,
    aclDryrun,
    aclGenpass,
    aclGetuser,
    aclHelp,
    aclList,
    aclLoad,
    aclLog,
    aclSave,
    aclSetuser,
    aclUsers,
    aclWhoami,
  ],
});
