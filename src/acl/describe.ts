/** Users and selectors in the words of ACL GETUSER, ACL LIST and ACL files. */
import type { SelectorDescription, UserDescription } from '../command/access.ts';
import { describeCommands } from './describe-commands.ts';
import type { Selector } from './selector.ts';
import type { User } from './user.ts';

export function describeUser(user: User): UserDescription {
  return {
    ...describeSelector(user.own),
    flags: flagsOf(user),
    passwords: user.passwords,
    selectors: user.selectors.slice(1).map(describeSelector),
  };
}

/** The user as a line of an ACL file, `user` not included: its name and its rules. */
export function userLine(user: User): string {
  const words = [
    user.name,
    ...flagsOf(user),
    ...user.passwords.map((hash) => `#${hash}`),
    selectorRules(user.own),
    ...user.selectors.slice(1).map((selector) => `(${selectorRules(selector)})`),
  ];
  return words.join(' ');
}

function flagsOf(user: User): string[] {
  const flags = [user.isOn ? 'on' : 'off'];
  if (user.needsNoPassword) flags.push('nopass');
  if (user.sanitizesPayloads === true) flags.push('sanitize-payload');
  if (user.sanitizesPayloads === false) flags.push('skip-sanitize-payload');
  return flags;
}

function describeSelector(selector: Selector): SelectorDescription {
  const { allKeys, keys, allChannels, channels } = selector;
  return {
    commands: selector.commands.describedBy(describeCommands),
    keys: allKeys ? '~*' : keys.map((pattern) => pattern.rule).join(' '),
    channels: allChannels ? '&*' : channels.map((pattern) => `&${pattern.text}`).join(' '),
  };
}

function selectorRules(selector: Selector): string {
  const { keys, channels, commands } = describeSelector(selector);
  const parts = [keys, selector.allChannels ? '' : 'resetchannels', channels, commands];
  return parts.filter((part) => part !== '').join(' ');
}
