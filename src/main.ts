#!/usr/bin/env node
/**
 * The command line: `respd [FILE] [--directive value …] [-]`, as redis-server's. The only place
 * that reads the program's arguments and handles signals.
 */
import { Command } from 'commander';
import { globSync } from './env/glob-files.ts';
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { joinConfigTexts, parseCommandLine } from './config/command-line.ts';
import { ConfigFileError, loadConfigText, readConfigFile } from './config/conf-file.ts';
import { Config } from './config/config.ts';
import { Respd } from './server.ts';
import { VERSION } from './version.ts';

const HELP = `
Directives are those of redis.conf (see redis.conf.example):
  respd                                    with the defaults
  respd /etc/respd.conf                    with a configuration file
  respd --port 7777 --save 3600 1 60 1000  with directives
  respd /etc/respd.conf --maxmemory 1gb    with both; directives win
  cat respd.conf | respd -                 with a configuration from standard input
`;

/** Refuses to start: the reason on standard error, exit code 1. */
function fail(text: string): never {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
  process.exit(1);
}

function loadConfig(argv: readonly string[]): { config: Config; file: string } {
  const line = parseCommandLine(argv, process.argv[1]);
  if (line.refusal !== undefined) fail(line.refusal);
  if (line.sentinel) fail('respd: sentinel mode is not available in this version.');
  const file = line.file === undefined ? '' : resolve(line.file);
  const ports = {
    readFile: (path: string): string => readFileSync(path, 'latin1'),
    listFiles: globSync,
    changeDirectory: (path: string): string | undefined => {
      try {
        process.chdir(path);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
  };
  const config = new Config();
  try {
    const fromFile = file === '' ? '' : readConfigFile(file, ports);
    const fromStdin = line.readStdin ? readFileSync(0, 'latin1') : '';
    loadConfigText(config, joinConfigTexts(fromFile, fromStdin, line.overrides), ports);
  } catch (error) {
    if (error instanceof ConfigFileError) fail(error.message);
    throw error;
  }
  return { config, file };
}

async function serve(argv: readonly string[]): Promise<void> {
  const { config, file } = loadConfig(argv);
  if (config.daemonize)
    fail('respd: daemonize is not supported; run it under a service manager, or with nohup and &.');
  let server: Respd;
  try {
    server = await Respd.run(config, file);
  } catch (error) {
    process.stdout.write(`Warning: Could not create server TCP listening socket: ${String(error)}\n`);
    fail(`Failed listening on port ${config.port} (tcp), aborting.`);
  }
  const stop = (signal: string): void => {
    server.log.warning(`Received ${signal} scheduling shutdown...`);
    void server.close().then(() => {
      server.log.warning('Redis is now ready to exit, bye bye...');
      leave(config);
    });
  };
  server.onShutdown = () => leave(config);
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('SIGHUP', () => {});
  if (config.pidfile !== '') writePidFile(config.pidfile, server);
  if (config.port !== 0) server.log.notice(`Running mode=standalone, port=${config.port}.`);
  server.log.notice(`Server initialized, PID: ${process.pid}`);
  server.log.notice('Ready to accept connections');
}

function writePidFile(path: string, server: Respd): void {
  try {
    writeFileSync(path, `${process.pid}\n`);
  } catch (error) {
    server.log.warning(`Can't write the pid file: ${(error as Error).message}`);
  }
}

function leave(config: Config): void {
  if (config.pidfile !== '') {
    try {
      unlinkSync(config.pidfile);
    } catch {
      // Somebody removed it already.
    }
  }
  process.exit(0);
}

const program = new Command('respd')
  .description('A Redis-compatible in-memory server.')
  .usage('[/path/to/redis.conf] [--directive value ...] [-]')
  .version(`Redis server v=${VERSION} respd`, '-v, --version')
  .addHelpText('after', HELP)
  .argument('[arguments...]')
  .allowUnknownOption()
  .passThroughOptions()
  .enablePositionalOptions();

const argv = process.argv.slice(2);
// Only as the first argument do these mean what they say; elsewhere they are directives' values.
if (argv.length === 1 && /^(-v|--version|-h|--help)$/.test(argv[0])) program.parse();
else await serve(argv);
