#!/usr/bin/env node
/**
 * The command line: `respd [FILE] [--directive value …] [-]`, as redis-server's. The only place
 * that reads the program's arguments and moves the process to a directory.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { UsersError } from './acl/access-control.ts';
import { Users } from './acl/users.ts';
import { CommandTable } from './command/registry.ts';
import { allCommands } from './commands/all.ts';
import { joinConfigTexts, parseCommandLine } from './config/command-line.ts';
import {
  ConfigFileError,
  type ConfigFilePorts,
  fatalConfigText,
  loadConfigText,
  readConfigFile,
} from './config/conf-file.ts';
import { Config } from './config/config.ts';
import { ListenError } from './connection/network.ts';
import { globSync } from './env/glob-files.ts';
import { NodeDigests } from './env/node.ts';
import { systemText } from './env/system-text.ts';
import { LoadError } from './persistence/load-rdb.ts';
import { ProcessLife } from './process-life.ts';
import { Respd, type RunOptions } from './server.ts';

// V8's own heap is a few megabytes, since the data is elsewhere. Collecting it takes about a
// millisecond on this thread; shared out to helper threads, it waits for the slowest to be scheduled.
setFlagsFromString('--no-parallel-scavenge');

/** Refuses to start: the reason on standard error, exit code 1. */
function fail(text: string): never {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
  process.exit(1);
}

function changeDirectory(path: string): string | undefined {
  try {
    process.chdir(path);
    return undefined;
  } catch (error) {
    return `Can't chdir to '${path}': ${(error as Error).message}`;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw new Error(systemText(error), { cause: error });
  }
}

interface LoadedConfig {
  readonly config: Config;
  readonly options: RunOptions;
}

function loadConfig(argv: readonly string[]): LoadedConfig {
  const line = parseCommandLine(argv, process.argv[1]);
  if (line.refusal !== undefined) fail(line.refusal);
  if (line.sentinel) fail('respd: sentinel mode is not available in this version.');
  const file = line.file === undefined ? '' : resolve(line.file);
  const config = new Config();
  // Only to tell whether names exist and rules make sense: the server makes its own.
  const table = new CommandTable(allCommands);
  const users = new Users(table, config, new NodeDigests());
  const ports: ConfigFilePorts = {
    readFile: readText,
    listFiles: globSync,
    changeDirectory,
    renameCommand: (from, to) => {
      const result = table.rename(from, to);
      if (result === 'no such command') return 'No such command in rename-command';
      return result === 'name is taken' ? 'Target command name already exists' : undefined;
    },
    checkUser: (_, rules) => users.problemIn(rules),
  };
  // The container image is built with another default: a container's network is its wall.
  const protectedMode = process.env.RESPD_PROTECTED_MODE_DEFAULT;
  if (protectedMode !== undefined) config.assign('protected-mode', [protectedMode]);
  try {
    const fromFile = file === '' ? '' : readConfigFile(file, ports);
    const fromStdin = line.readStdin ? readFileSync(0, 'latin1') : '';
    const text = joinConfigTexts(fromFile, fromStdin, line.overrides);
    const { renames, users: lines } = loadConfigText(config, text, ports);
    const pairs = renames.map(({ words }) => [words[0]!, words[1]!] as const);
    const options = {
      configFile: file,
      renames: pairs,
      users: lines.map(({ words }) => words),
      changeDirectory,
    };
    return { config, options };
  } catch (error) {
    if (error instanceof ConfigFileError) fail(error.message);
    throw error;
  }
}

/** A part that the configuration asks for and that is not there: better refused than left out. */
function partNotAvailable(config: Config): string | undefined {
  if (config.clusterEnabled) return 'cluster mode';
  if (config.replicaof !== undefined) return 'replication';
  return undefined;
}

/** Whether the log has told already why the server cannot start. */
function isRefusal(error: unknown): boolean {
  return [ListenError, LoadError, UsersError].some((kind) => error instanceof kind);
}

async function serve(argv: readonly string[]): Promise<void> {
  const { config, options } = loadConfig(argv);
  const absent = partNotAvailable(config);
  if (absent !== undefined) fail(`respd: ${absent} is not available in this version.`);
  if (config.daemonize)
    fail('respd: daemonize is not supported; run it under a service manager, or with nohup and &.');
  if (config.logfile !== '') checkLogFile(config.logfile);
  const life = new ProcessLife(config);
  life.begin();
  let server: Respd;
  try {
    server = await Respd.run(config, { ...options, opened: (opened) => life.attach(opened) });
  } catch (error) {
    if (isRefusal(error)) life.leave(1);
    throw error;
  }
  if (config.setProcTitle) process.title = processTitle(config);
  if (config.unixsocket !== '')
    server.log.notice(`The server is now ready to accept connections at ${config.unixsocket}`);
  server.log.notice('Ready to accept connections');
}

/** What process lists show: proc-title-template with its variables filled in. */
function processTitle(config: Config): string {
  const port = config.port || config.tlsPort;
  const address = port === 0 ? config.unixsocket : `${config.bind[0] ?? '*'}:${port}`;
  const values: Readonly<Record<string, string>> = {
    title: process.argv[1] ?? 'respd',
    'listen-addr': address,
    'server-mode': config.clusterEnabled ? '[cluster]' : '',
    port: String(config.port),
    'tls-port': String(config.tlsPort),
    unixsocket: config.unixsocket,
    'config-file': process.argv[2]?.startsWith('-') === false ? process.argv[2] : '',
  };
  const template = config.procTitleTemplate;
  return template.replaceAll(/\{([a-z-]+)\}/g, (_, name: string) => values[name] ?? '').trim();
}

function checkLogFile(path: string): void {
  try {
    appendFileSync(path, '');
  } catch (error) {
    fail(fatalConfigText(`Can't open the log file: ${systemText(error)}`));
  }
}

const argv = process.argv.slice(2);
// Only as the first argument do these mean what they say; elsewhere they are directives' values.
if (argv.length === 1 && /^(-v|--version|-h|--help)$/.test(argv[0]))
  (await import('./program-help.ts')).showHelp();
else await serve(argv);
