/** EVAL, EVALSHA, FCALL and their read-only forms. */
import { command } from '../../command/spec.ts';

export const evalCommand = command({
  name: 'EVAL',
  group: 'scripting',
  since: '2.6.0',
  summary: 'Runs a Lua script on the server.',
  complexity: 'Depends on the script.',
  arity: -3,
  flags: 'noscript stale skip_monitor no_mandatory_keys may_replicate',
  categories: 'scripting',
  keys: 'RW access update 2 keynum (the script decides, so RW and UPDATE are assumed)',
  arguments: 'script:string numkeys:integer [key@0...] [arg:string...]',
  handler: (context) => context.server.scripting.eval(context, false),
});

export const evalRo = command({
  name: 'EVAL_RO',
  group: 'scripting',
  since: '7.0.0',
  summary: 'Runs a Lua script that may only read.',
  complexity: 'Depends on the script.',
  arity: -3,
  flags: 'readonly noscript stale skip_monitor no_mandatory_keys',
  categories: 'scripting',
  keys: 'RO access 2 keynum (the script decides, so RO and ACCESS are assumed)',
  arguments: 'script:string numkeys:integer [key@0...] [arg:string...]',
  handler: (context) => context.server.scripting.eval(context, true),
});

export const evalsha = command({
  name: 'EVALSHA',
  group: 'scripting',
  since: '2.6.0',
  summary: 'Runs a Lua script that the server has already, found by its SHA1.',
  complexity: 'Depends on the script.',
  arity: -3,
  flags: 'noscript stale skip_monitor no_mandatory_keys may_replicate',
  categories: 'scripting',
  keys: 'RW access update 2 keynum',
  arguments: 'sha1:string numkeys:integer [key@0...] [arg:string...]',
  handler: (context) => context.server.scripting.evalSha(context, false),
});

export const evalshaRo = command({
  name: 'EVALSHA_RO',
  group: 'scripting',
  since: '7.0.0',
  summary: 'Runs a Lua script that may only read, found by its SHA1.',
  complexity: 'Depends on the script.',
  arity: -3,
  flags: 'readonly noscript stale skip_monitor no_mandatory_keys',
  categories: 'scripting',
  keys: 'RO access 2 keynum',
  arguments: 'sha1:string numkeys:integer [key@0...] [arg:string...]',
  handler: (context) => context.server.scripting.evalSha(context, true),
});

export const fcall = command({
  name: 'FCALL',
  group: 'scripting',
  since: '7.0.0',
  summary: 'Calls a function of a loaded library.',
  complexity: 'Depends on the function.',
  arity: -3,
  flags: 'noscript stale skip_monitor no_mandatory_keys may_replicate',
  categories: 'scripting',
  keys: 'RW access update 2 keynum (the function decides, so RW and UPDATE are assumed)',
  arguments: 'function:string numkeys:integer [key@0...] [arg:string...]',
  handler: (context) => context.server.scripting.callFunction(context, false),
});

export const fcallRo = command({
  name: 'FCALL_RO',
  group: 'scripting',
  since: '7.0.0',
  summary: 'Calls a function that may only read.',
  complexity: 'Depends on the function.',
  arity: -3,
  flags: 'readonly noscript stale skip_monitor no_mandatory_keys',
  categories: 'scripting',
  keys: 'RO access 2 keynum (the function decides, so RO and ACCESS are assumed)',
  arguments: 'function:string numkeys:integer [key@0...] [arg:string...]',
  handler: (context) => context.server.scripting.callFunction(context, true),
});
