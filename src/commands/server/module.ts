/** MODULE: there are no modules, as native code cannot be loaded. */
import type { CommandContext } from '../../command/context.ts';
import { replyHelp } from '../../command/help.ts';
import { command } from '../../command/spec.ts';

export const moduleList = command({
  container: 'MODULE',
  name: 'LIST',
  group: 'server',
  since: '4.0.0',
  summary: 'Lists the loaded modules.',
  complexity: 'O(N), N: modules',
  arity: 2,
  flags: 'admin noscript',
  tips: 'nondeterministic_output_order',
  handler: ({ reply }) => reply.array(0),
});

function refuseToLoad({ args, reply, server }: CommandContext): void {
  server.log.warning(`Module ${args.text(2)} failed to load: native modules cannot be loaded`);
  reply.error('ERR Error loading the extension. Please check the server logs.');
}

export const moduleLoad = command({
  container: 'MODULE',
  name: 'LOAD',
  group: 'server',
  since: '4.0.0',
  summary: 'Loads a module from a file.',
  complexity: 'O(1)',
  arity: -3,
  flags: 'admin noscript no_async_loading protected',
  arguments: 'path:string [arg:string...]',
  handler: refuseToLoad,
});

export const moduleLoadex = command({
  container: 'MODULE',
  name: 'LOADEX',
  group: 'server',
  since: '7.0.0',
  summary: 'Loads a module from a file and sets its configuration.',
  complexity: 'O(1)',
  arity: -3,
  flags: 'admin noscript no_async_loading protected',
  arguments:
    'path:string [CONFIG... (configs: name:string value:string)] [ARGS (args: ' + 'arg:string)...]',
  handler: refuseToLoad,
});

export const moduleUnload = command({
  container: 'MODULE',
  name: 'UNLOAD',
  group: 'server',
  since: '4.0.0',
  summary: 'Unloads a module.',
  complexity: 'O(1)',
  arity: 3,
  flags: 'admin noscript no_async_loading protected',
  arguments: 'name:string',
  handler: ({ reply }) => reply.error('ERR Error unloading module: no such module with that name'),
});

export const moduleHelp = command({
  container: 'MODULE',
  name: 'HELP',
  group: 'server',
  since: '5.0.0',
  summary: 'Lists the subcommands of MODULE and how they are called.',
  complexity: 'O(1)',
  arity: 2,
  flags: 'loading stale',
  handler: ({ reply }) =>
    replyHelp(reply, 'MODULE', [
      ['LIST', 'List the loaded modules: there are none.'],
      ['LOAD <path> [<arg> ...]', 'Not possible here.'],
      ['LOADEX <path> [CONFIG <name> <value> ...] [ARGS <arg> ...]', 'Not possible here.'],
      ['UNLOAD <name>', 'Unload a module.'],
    ]),
});

export const module = command({
  name: 'MODULE',
  group: 'server',
  since: '4.0.0',
  summary: 'Groups the commands about modules.',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  subcommands: [moduleHelp, moduleList, moduleLoad, moduleLoadex, moduleUnload],
});
