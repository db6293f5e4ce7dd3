/**
 * Who may log in, and what happens to sessions when users change: those of a user that is removed
 * are closed, and so are subscribers of channels that their user lost.
 *
 * Most servers have the default user only, and it may do everything. Such sessions carry no bit, so
 * that nothing is asked; the sessions of others carry SESSION_RESTRICTED, which is kept up to date here.
 */
import { fromLatin1 } from '../bytes/text.ts';
import type { SessionUser, UserDescription, UserDirectory } from '../command/access.ts';
import type { Authentication, Log, ServerPorts } from '../command/ports.ts';
import { SESSION_LOCKED, SESSION_RESTRICTED, SESSION_SUBSCRIBED } from '../command/session.ts';
import type { Session } from '../command/session.ts';
import type { Config } from '../config/config.ts';
import type { Digests } from '../env/digests.ts';
import type { Disk } from '../env/disk.ts';
import { parseAclFile, readAclFile, writeAclFile } from './acl-file.ts';
import { describeUser, userLine } from './describe.ts';
import { UNMATCHED } from './rule-problems.ts';
import { hasBlanks } from './selector-rules.ts';
import type { User } from './user.ts';
import { DEFAULT_USER, Users, type WrongRule } from './users.ts';

/** The users of the configuration make no sense. */
export class UsersError extends Error {}

const NO_FILE =
  'ERR This Redis instance is not configured to use an ACL file. You may want to specify users ' +
  'via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis ' +
  'configuration file set) in order to store users in the Redis configuration.';

/** What access control needs of the server. */
export type AccessPorts = Pick<ServerPorts, 'clients' | 'pubsub' | 'table'> & {
  readonly log: Log;
  readonly digests: Digests;
  /** Where the ACL file is; absent: there can be none. */
  readonly disk?: Disk | undefined;
  /** The session whose command runs, which has to get its reply before it is closed. */
  readonly present: () => Session;
};

export class AccessControl implements Authentication, UserDirectory {
  readonly #users: Users;
  readonly #config: Config;
  readonly #ports: AccessPorts;

  constructor(config: Config, ports: AccessPorts) {
    this.#users = new Users(ports.table, config, ports.digests);
    this.#config = config;
    this.#ports = ports;
    if (config.requirepass !== '') this.#followRequirepass();
    config.onApply(['requirepass'], () => this.#followRequirepass());
  }

  // Logging in.

  get isOpen(): boolean {
    return this.#users.default.needsNoPassword;
  }

  logIn(session: Session, name: string, bytes: Uint8Array, start: number, end: number): boolean {
    const user = this.#users.get(name);
    // An unknown user costs as much time as a wrong password.
    const hash = this.#users.digests.sha256Hex(bytes, start, end);
    if (user === undefined || !user.accepts(hash)) return false;
    session.user = user;
    session.authenticated = true;
    this.#follow(session);
    return true;
  }

  isUser(name: string): boolean {
    return this.#users.get(name) !== undefined;
  }

  reset(session: Session): void {
    const user = this.#users.default;
    session.user = user;
    session.authenticated = user.needsNoPassword && user.isOn;
    this.#follow(session);
  }

  // The users.

  names(): readonly string[] {
    return this.#users.all().map((user) => user.name);
  }

  find(name: string): SessionUser | undefined {
    return this.#users.get(name);
  }

  describe(name: string): UserDescription | undefined {
    const user = this.#users.get(name);
    return user === undefined ? undefined : describeUser(user);
  }

  lines(): readonly string[] {
    return this.#users.all().map(userLine);
  }

  change(name: string, rules: readonly string[]): string | undefined {
    if (hasBlanks(name)) return "ERR Usernames can't contain spaces or null characters";
    const known = this.#users.get(name);
    const changed = this.#users.create(name);
    if (known !== undefined) changed.copyFrom(known);
    const wrong = this.#users.apply(changed, rules);
    if (wrong !== undefined) return refusalOfRule(wrong);
    if (known === undefined) this.#users.add(changed);
    else this.#replace(known, changed);
    return undefined;
  }

  remove(names: readonly string[]): number {
    const removed = new Set<SessionUser>();
    for (const name of names) {
      const user = this.#users.get(name);
      if (user === undefined || name === DEFAULT_USER) continue;
      this.#users.remove(name);
      removed.add(user);
    }
    if (removed.size > 0) this.#disconnect(removed);
    return removed.size;
  }

  load(): string | undefined {
    const { aclfile } = this.#config;
    const { disk } = this.#ports;
    if (aclfile === '' || disk === undefined) return NO_FILE;
    let text: string;
    try {
      text = readAclFile(disk, this.#path);
    } catch (error) {
      return `ERR Error loading ACLs, opening file '${aclfile}': ${(error as Error).message}`;
    }
    const found = parseAclFile(text, aclfile, this.#users);
    if (typeof found === 'string') return `ERR ${found}`;
    this.remove(this.names());
    this.#users.default.copyFrom(found.get(DEFAULT_USER) ?? this.#users.unlimited());
    for (const user of found.values()) if (user.name !== DEFAULT_USER) this.#users.add(user);
    this.#followAll();
    return undefined;
  }

  save(): string | undefined {
    const { disk, log } = this.#ports;
    if (this.#config.aclfile === '' || disk === undefined) return NO_FILE;
    try {
      writeAclFile(disk, this.#path, this.#users.all());
      return undefined;
    } catch (error) {
      log.warning(`Saving ACLs to '${this.#config.aclfile}': ${(error as Error).message}`);
      return 'ERR There was an error trying to save the ACLs. Please check the server logs for more information';
    }
  }

  /**
   * Takes over the users that the configuration names, in lines or in a file, at the start.
   * @throws UsersError when the server must not start with them; the log tells it, too
   */
  configure(lines: readonly (readonly string[])[]): void {
    const problem = this.#problemOfConfiguring(lines);
    if (problem === undefined) return;
    this.#ports.log.warning(problem);
    throw new UsersError(problem);
  }

  #problemOfConfiguring(lines: readonly (readonly string[])[]): string | undefined {
    const { aclfile } = this.#config;
    if (aclfile !== '' && lines.length > 0)
      return (
        'Configuring Redis with users defined in redis.conf and at the same setting an ACL file ' +
        'path is invalid. This setup is very likely to lead to configuration errors and security ' +
        'holes, please define either an ACL file or declare users directly in your redis.conf, ' +
        'but not both.'
      );
    if (aclfile !== '') {
      const problem = this.load();
      return problem && `Aborting Redis startup because of ACL errors: ${problem.slice(4)}`;
    }
    for (const [name = '', ...rules] of lines) {
      const problem = this.#addConfigured(name, rules);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #addConfigured(name: string, rules: readonly string[]): string | undefined {
    if (hasBlanks(name)) return 'Spaces not allowed in ACL usernames';
    const user = this.#users.create(name);
    const isDefault = name === DEFAULT_USER;
    const wrong = this.#users.apply(user, isDefault ? ['reset', ...rules] : rules);
    if (wrong !== undefined)
      return (
        `Error loading ACL rule '${wrong.rule}' for the user named '${name}': ` +
        (wrong.problem ?? UNMATCHED)
      );
    if (!user.isOn)
      this.#ports.log.notice(
        `The user '${name}' is disabled (there is no 'on' modifier in the user description). ` +
          'Make sure this is not a configuration error.',
      );
    if (isDefault) this.#users.default.copyFrom(user);
    else this.#users.add(user);
    return undefined;
  }

  get #path(): string {
    const { aclfile, dir } = this.#config;
    return aclfile.startsWith('/') ? aclfile : `${dir}/${aclfile}`;
  }

  #followRequirepass(): void {
    const { requirepass } = this.#config;
    const rule = requirepass === '' ? 'nopass' : `>${requirepass}`;
    this.#users.apply(this.#users.default, ['resetpass', rule]);
    this.#followAll();
  }

  // Sessions.

  /** Gives a user other rules. */
  #replace(user: User, changed: User): void {
    const isLess = losesChannels(user, changed);
    user.copyFrom(changed);
    this.#followAll();
    if (!isLess) return;
    for (const session of [...this.#ports.clients.all()])
      if (session.user === user && !this.#mayStaySubscribed(session, user)) this.#close(session);
  }

  /** Whether some selector allows each of the channels and patterns. */
  #mayStaySubscribed(session: Session, { selectors }: User): boolean {
    if (!session.has(SESSION_SUBSCRIBED)) return true;
    const { channels, patterns, shardChannels } = this.#ports.pubsub;
    return [channels, patterns, shardChannels].every((kind) =>
      kind.namesOf(session).every((name) => {
        const bytes = fromLatin1(name);
        return selectors.some((selector) =>
          selector.allowsChannel(bytes, 0, bytes.length, kind === patterns),
        );
      }),
    );
  }

  #disconnect(users: ReadonlySet<SessionUser>): void {
    for (const session of [...this.#ports.clients.all()]) {
      if (session.user === undefined || !users.has(session.user)) continue;
      session.user = this.#users.default;
      session.authenticated = false;
      this.#follow(session);
      this.#close(session);
    }
  }

  #close(session: Session): void {
    if (session === this.#ports.present()) session.transport?.closeAfterReplies();
    else session.transport?.closeNow();
  }

  /** Brings a session's bits in line with its user. */
  #follow(session: Session): void {
    const { default: first } = this.#users;
    const isOpen = first.needsNoPassword && first.isOn;
    if (isOpen || session.authenticated) session.clear(SESSION_LOCKED);
    else session.set(SESSION_LOCKED);
    if (session.user?.isUnlimited ?? true) session.clear(SESSION_RESTRICTED);
    else session.set(SESSION_RESTRICTED);
  }

  #followAll(): void {
    for (const session of this.#ports.clients.all()) this.#follow(session);
  }
}

/** Whether there may be channels that the user could use before and cannot any more. */
function losesChannels(before: User, after: User): boolean {
  if (after.selectors.some(({ allChannels }) => allChannels)) return false;
  const kept = new Set(after.selectors.flatMap(({ channels }) => channels.map(({ text }) => text)));
  return before.selectors.some(
    ({ allChannels, channels }) => allChannels || !channels.every(({ text }) => kept.has(text)),
  );
}

/** What ACL SETUSER replies. A zero byte ends the rule, as in the real server's texts. */
function refusalOfRule({ rule, problem }: WrongRule): string {
  const [shown] = rule.split('\0');
  return problem === undefined
    ? `ERR Unmatched parenthesis in acl selector starting at '${shown}'.`
    : `ERR Error in ACL SETUSER modifier '${shown}': ${problem}`;
}
