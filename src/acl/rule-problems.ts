/** What can be wrong with an access rule, in the words of the real server. */

export type RuleProblem = string;

/** The one problem that names the rule in ACL files: it holds no secret, and versions differ in it. */
export const UNKNOWN_COMMAND: RuleProblem = 'Unknown command or category name in ACL';
export const SYNTAX: RuleProblem = 'Syntax error';
export const PATTERN_AFTER_ALL_KEYS: RuleProblem =
  "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have " +
  "any effect. Try 'resetkeys' to start with an empty list of patterns";
export const PATTERN_AFTER_ALL_CHANNELS: RuleProblem =
  "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not " +
  "have any effect. Try 'resetchannels' to start with an empty list of channels";
export const NO_SUCH_PASSWORD: RuleProblem =
  'The password you are trying to remove from the user does not exist';
export const BAD_HASH: RuleProblem =
  'The password hash must be exactly 64 characters and contain only lowercase hexadecimal ' +
  'characters';
export const UNMATCHED: RuleProblem = 'Unmatched parenthesis in acl selector';
export const FIRST_ARGUMENT_OF_SUBCOMMAND: RuleProblem =
  'Allowing first-arg of a subcommand is not supported';
