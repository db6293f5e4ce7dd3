/**
 * The error replies that more than one place gives, as clients of Redis 7.0 know them: constants,
 * and functions where a name is part of the text. They are byte strings for `ReplyWriter.error`,
 * the code first. A text only one command gives stands in that command.
 *
 * Client libraries take decisions on codes and sometimes on whole texts, so each is checked against
 * the real server's reply.
 */
import { latin1 } from '../bytes/text.ts';

// Arguments and options.
export const SYNTAX_ERROR = 'ERR syntax error';
export const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';
export const NOT_A_FLOAT = 'ERR value is not a valid float';
export const MUST_BE_POSITIVE = 'ERR value is out of range, must be positive';
export const INDEX_OUT_OF_RANGE = 'ERR index out of range';
export const OFFSET_OUT_OF_RANGE = 'ERR offset is out of range';
export const INVALID_CURSOR = 'ERR invalid cursor';
export const DB_INDEX_OUT_OF_RANGE = 'ERR DB index is out of range';
export const NUMKEYS_NOT_POSITIVE = 'ERR numkeys should be greater than 0';
export const COUNT_NOT_POSITIVE = 'ERR count should be greater than 0';
export const LIMIT_NEGATIVE = "ERR LIMIT can't be negative";
export const TIMEOUT_NOT_A_FLOAT = 'ERR timeout is not a float or out of range';
export const TIMEOUT_NOT_AN_INTEGER = 'ERR timeout is not an integer or out of range';
export const TIMEOUT_NEGATIVE = 'ERR timeout is negative';
export const SCORE_RANGE_NOT_A_FLOAT = 'ERR min or max is not a float';
export const LEX_RANGE_INVALID = 'ERR min or max not valid string range item';
export const INVALID_STREAM_ID = 'ERR Invalid stream ID specified as stream command argument';
export const BIT_NOT_AN_INTEGER = 'ERR bit is not an integer or out of range';
export const BIT_OFFSET_NOT_AN_INTEGER = 'ERR bit offset is not an integer or out of range';
export const INVALID_BITFIELD_TYPE =
  'ERR Invalid bitfield type. Use something like i16 u8. ' +
  'Note that u64 is not supported but i64 is.';
export const UNSUPPORTED_UNIT = 'ERR unsupported unit provided. please use M, KM, FT, MI';
export const INVALID_TTL = 'ERR Invalid TTL value, must be >= 0';
export const ZADD_NX_XX = 'ERR XX and NX options at the same time are not compatible';
export const ZADD_GT_LT_NX = 'ERR GT, LT, and/or NX options at the same time are not compatible';
export const EXPIRE_NX_WITH_OTHERS =
  'ERR NX and XX, GT or LT options at the same time are not compatible';
export const EXPIRE_GT_LT = 'ERR GT and LT options at the same time are not compatible';

// Values and keys.
export const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
export const NOT_A_HYPERLOGLOG = 'WRONGTYPE Key is not a valid HyperLogLog string value.';
export const NO_SUCH_KEY = 'ERR no such key';
export const SAME_OBJECT = 'ERR source and destination objects are the same';
export const STRING_TOO_LONG = 'ERR string exceeds maximum allowed size (proto-max-bulk-len)';
export const INCREMENT_OVERFLOW = 'ERR increment or decrement would overflow';
export const DECREMENT_OVERFLOW = 'ERR decrement would overflow';
export const INCREMENT_NOT_FINITE = 'ERR increment would produce NaN or Infinity';
export const HASH_VALUE_NOT_AN_INTEGER = 'ERR hash value is not an integer';
export const HASH_VALUE_NOT_A_FLOAT = 'ERR hash value is not a float';
export const SCORE_NOT_A_NUMBER = 'ERR resulting score is not a number (NaN)';
export const BAD_DUMP_PAYLOAD = 'ERR DUMP payload version or checksum are wrong';
export const BUSY_KEY = 'BUSYKEY Target key name already exists.';
export const BUSY_GROUP = 'BUSYGROUP Consumer Group name already exists';
export const GROUP_GONE = 'NOGROUP the consumer group this client was blocked on no longer exists';
export const STREAM_GONE = 'UNBLOCKED the stream key no longer exists';

// Transactions and blocking.
export const EXEC_ABORT = 'EXECABORT Transaction discarded because of previous errors.';
export const EXEC_WITHOUT_MULTI = 'ERR EXEC without MULTI';
export const DISCARD_WITHOUT_MULTI = 'ERR DISCARD without MULTI';
export const NESTED_MULTI = 'ERR MULTI calls can not be nested';
export const WATCH_INSIDE_MULTI = 'ERR WATCH inside MULTI is not allowed';
export const UNBLOCKED_BY_CLIENT = 'UNBLOCKED client unblocked via CLIENT UNBLOCK';
export const UNBLOCKED_BY_ROLE_CHANGE =
  'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)';

// Authentication and permission.
export const NO_AUTH = 'NOAUTH Authentication required.';
export const NO_AUTH_HELLO =
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH ' +
  '<user> <pass> option can be used to authenticate the client and select the RESP protocol ' +
  'version at the same time';
export const WRONG_PASS = 'WRONGPASS invalid username-password pair or user is disabled.';
export const NO_PASSWORD_SET =
  'ERR AUTH <password> called without any password configured for the default user. Are you ' +
  'sure your configuration is correct?';
export const NO_PROTO = 'NOPROTO unsupported protocol version';
export const PROTOCOL_NOT_AN_INTEGER = 'ERR Protocol version is not an integer or out of range';
export function noPermissionToRun(fullName: string): string {
  return `NOPERM this user has no permissions to run the '${fullName}' command`;
}
export function notAllowedAnyMore(reason: string): string {
  return (
    'NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC ' +
    `call. This command is no longer allowed for the following reason: ${reason}`
  );
}
export const NO_PERMISSION_KEY =
  'NOPERM this user has no permissions to access one of the keys used as arguments';
export const NO_PERMISSION_CHANNEL =
  'NOPERM this user has no permissions to access one of the channels used as arguments';
export const MAX_CLIENTS = 'ERR max number of clients reached';

// States of the server in which commands are refused.
export const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";
export const READ_ONLY = "READONLY You can't write against a read only replica.";
export const LOADING = 'LOADING Redis is loading the dataset in memory';
export const MASTER_DOWN =
  "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
export const NO_REPLICAS = 'NOREPLICAS Not enough good replicas to write.';
export const MISCONF_SNAPSHOT =
  "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to " +
  'disk. Commands that may modify the data set are disabled, because this instance is ' +
  'configured to report errors during writes if RDB snapshotting fails ' +
  '(stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB ' +
  'error.';
export const SAVE_IN_PROGRESS = 'ERR Background save already in progress';

// Scripts and functions.
export const BUSY_SCRIPT =
  'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.';
export const BUSY_FUNCTION =
  'BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.';
export const NOT_BUSY = 'NOTBUSY No scripts in execution right now.';
export const UNKILLABLE =
  'UNKILLABLE Sorry the script already executed write commands against the dataset. You can ' +
  'either wait the script termination or kill the server in a hard way using the SHUTDOWN ' +
  'NOSAVE command.';
export const NO_SCRIPT = 'NOSCRIPT No matching script. Please use EVAL.';
export const FUNCTION_NOT_FOUND = 'ERR Function not found';
export const LIBRARY_NOT_FOUND = 'ERR Library not found';
export const NOT_ALLOWED_IN_SCRIPT = 'ERR This Redis command is not allowed from script';
export const WRITE_IN_READ_ONLY_SCRIPT =
  'ERR Write commands are not allowed from read-only scripts.';

// Cluster.
export const CLUSTER_DISABLED = 'ERR This instance has cluster support disabled';
export const CROSS_SLOT = "CROSSSLOT Keys in request don't hash to the same slot";
export const TRY_AGAIN = 'TRYAGAIN Multiple keys request during rehashing of slot';
export const CLUSTER_DOWN = 'CLUSTERDOWN The cluster is down';
export const CLUSTER_DOWN_READ_ONLY =
  'CLUSTERDOWN The cluster is down and only accepts read commands';
export const SLOT_NOT_SERVED = 'CLUSTERDOWN Hash slot not served';

/** The arity error. `command` is the full name in lower case, `config|get` for a subcommand. */
export function wrongArgumentCount(command: string): string {
  return `ERR wrong number of arguments for '${command}' command`;
}

/** How much of a client's input an error repeats, in bytes. */
const QUOTED_BYTES = 128;

/** An argument as C prints it: up to the first zero byte, and no more than `most` bytes. */
function quoted(bytes: Uint8Array, start: number, end: number, most: number): string {
  let stop = start;
  while (stop < end && stop - start < most && bytes[stop] !== 0) stop++;
  return latin1(bytes, start, stop);
}

/**
 * The reply to a command that does not exist. The arguments are pairs in `offsets` from `first` on,
 * as in a `RequestBatch`; argument 0 is the name. As many arguments are repeated as begin within
 * 128 bytes.
 */
export function unknownCommand(
  bytes: Uint8Array,
  offsets: Int32Array,
  first: number,
  argumentCount: number,
): string {
  const name = quoted(bytes, offsets[first], offsets[first + 1], QUOTED_BYTES);
  let list = '';
  for (let i = 1; i < argumentCount && list.length < QUOTED_BYTES; i++) {
    const at = first + 2 * i;
    const most = QUOTED_BYTES - list.length;
    list += `'${quoted(bytes, offsets[at], offsets[at + 1], most)}' `;
  }
  return `ERR unknown command '${name}', with args beginning with: ${list}`;
}

/**
 * The reply to `CONTAINER subcommand` when there is no such subcommand. `container` is in upper
 * case.
 */
export function unknownSubcommand(
  container: string,
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  const name = quoted(bytes, start, end, QUOTED_BYTES);
  return `ERR unknown subcommand '${name}'. Try ${container} HELP.`;
}

/** The same where the subcommand parses its own arguments (DEBUG). */
export function unknownSubcommandOrArity(
  container: string,
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  const name = quoted(bytes, start, end, QUOTED_BYTES);
  return `ERR unknown subcommand or wrong number of arguments for '${name}'. Try ${container} HELP.`;
}

/** An expiry that is not positive or does not fit. `command` is in lower case. */
export function invalidExpireTime(command: string): string {
  return `ERR invalid expire time in '${command}' command`;
}

/** A number of keys below one. `command` is in lower case. */
export function noInputKeys(command: string): string {
  return `ERR at least 1 input key is needed for '${command}' command`;
}

/** What a RESP2 client that has subscribed gets for other commands. `command` is in lower case. */
export function notWhileSubscribed(command: string): string {
  return (
    `ERR Can't execute '${command}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / ` +
    'RESET are allowed in this context'
  );
}

/** EXEC refused for a reason of its own; `error` is that error, its code included. */
export function execAbortBecause(error: string): string {
  return `EXECABORT Transaction discarded because of: ${error}`;
}

/** `command` is in lower case, `config|get` for a subcommand. */
export function noPermissionCommand(command: string): string {
  return `NOPERM this user has no permissions to run the '${command}' command`;
}

/** No stream or no consumer group, for commands that name both. */
export function noGroup(key: string, group: string): string {
  return `NOGROUP No such key '${key}' or consumer group '${group}'`;
}

/** The same for XREADGROUP. */
export function noGroupToRead(key: string, group: string): string {
  return `${noGroup(key, group)} in XREADGROUP with GROUP option`;
}

/** No consumer group in a stream that exists. */
export function noGroupInStream(key: string, group: string): string {
  return `NOGROUP No such consumer group '${group}' for key name '${key}'`;
}

/** Writes to the append-only file fail; `reason` is the system's text. */
export function misconfAppendOnly(reason: string): string {
  return `MISCONF Errors writing to the AOF file: ${reason}`;
}

/** DEBUG and MODULE, when the configuration forbids them; `option` is the directive's name. */
export function commandNotEnabled(command: string, option: string): string {
  return (
    `ERR ${command} command not allowed. If the ${option} option is set to "local", you can run ` +
    'it from a local connection, otherwise you need to set this option in the configuration ' +
    'file, and then restart the server.'
  );
}

/** The slot is served by another node. `address` is `host:port`. */
export function moved(slot: number, address: string): string {
  return `MOVED ${slot} ${address}`;
}

/** The key is being moved to another node. `address` is `host:port`. */
export function ask(slot: number, address: string): string {
  return `ASK ${slot} ${address}`;
}

/** Commands that a cluster node never runs. `command` is in upper case. */
export function notInClusterMode(command: string): string {
  return `ERR ${command} is not allowed in cluster mode`;
}
