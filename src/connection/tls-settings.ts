/**
 * Reads what the `tls-` directives name and checks it, step by step, so that the log can say what is
 * wrong in Redis's words before any connection meets it.
 */
import { constants, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls';
import type { Config } from '../config/config.ts';
import { systemText } from '../env/system-text.ts';

/** Why TLS cannot be set up: one line for the log. */
export class TlsProblem extends Error {}

/** Every directive that makes new settings necessary. */
export const TLS_SETTINGS: readonly string[] = (
  'tls-cert-file tls-key-file tls-key-file-pass tls-client-cert-file tls-client-key-file ' +
  'tls-client-key-file-pass tls-dh-params-file tls-ca-cert-file tls-ca-cert-dir ' +
  'tls-protocols tls-ciphers tls-ciphersuites tls-prefer-server-ciphers tls-session-caching ' +
  'tls-session-cache-size tls-session-cache-timeout tls-replication tls-cluster'
).split(' ');

/** Versions, oldest first, and the bit that switches each off. */
const VERSIONS: readonly (readonly [SecureVersion, number])[] = [
  ['TLSv1', constants.SSL_OP_NO_TLSv1],
  ['TLSv1.1', constants.SSL_OP_NO_TLSv1_1],
  ['TLSv1.2', constants.SSL_OP_NO_TLSv1_2],
  ['TLSv1.3', constants.SSL_OP_NO_TLSv1_3],
];
const DEFAULT_PROTOCOLS = 'TLSv1.2 TLSv1.3';

/** What is offered unless a directive says otherwise: Node's own choice, which is split here. */
const DEFAULT_SUITES = constants.defaultCoreCipherList.split(':');
const isNewSuite = (name: string): boolean => name.startsWith('TLS_');

const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END [A-Z0-9 ]+-----/g;

/** What clients' connections are made with; throws a TlsProblem at the first thing that is wrong. */
export function readTlsSettings(config: Config): SecureContextOptions {
  if (config.tlsCertFile === '') throw new TlsProblem('No tls-cert-file configured!');
  if (config.tlsKeyFile === '') throw new TlsProblem('No tls-key-file configured!');
  const wantsAuthority =
    config.tlsAuthClients !== 'no' || config.tlsReplication || config.tlsCluster;
  if (wantsAuthority && config.tlsCaCertFile === '' && config.tlsCaCertDir === '')
    throw new TlsProblem(
      'Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, ' +
        'tls-replication or tls-auth-clients are enabled!',
    );
  const range = versions(config);
  const pair = readPair(config.tlsCertFile, config.tlsKeyFile, config.tlsKeyFilePass);
  const ca = readAuthorities(config);
  const ciphers = checkedCiphers(config);
  const dhparam = config.tlsDhParamsFile === '' ? undefined : readGroup(config.tlsDhParamsFile);
  const { tlsClientCertFile, tlsClientKeyFile, tlsClientKeyFilePass } = config;
  // For connections that this server opens. Like Redis, look at it before it is needed.
  if (tlsClientCertFile !== '' && tlsClientKeyFile !== '')
    readPair(tlsClientCertFile, tlsClientKeyFile, tlsClientKeyFilePass);
  return {
    ...range,
    ...pair,
    ca,
    ciphers,
    dhparam,
    honorCipherOrder: config.tlsPreferServerCiphers,
  };
}

/** The range of versions, with those switched off that a list left out in between. */
function versions(config: Config): SecureContextOptions {
  const text = config.tlsProtocols === '' ? DEFAULT_PROTOCOLS : config.tlsProtocols;
  const words = text.split(' ').map((word) => word.toLowerCase());
  const known = VERSIONS.map(([name]) => name.toLowerCase());
  if (words.some((word) => !known.includes(word)))
    throw new TlsProblem(
      'Invalid tls-protocols specified. ' +
        "Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.",
    );
  const wanted = VERSIONS.filter(([name]) => words.includes(name.toLowerCase()));
  let secureOptions = 0;
  for (const version of VERSIONS) if (!wanted.includes(version)) secureOptions |= version[1];
  // Without a cache, nothing is to be resumed: no tickets either.
  if (!config.tlsSessionCaching) secureOptions |= constants.SSL_OP_NO_TICKET;
  return {
    minVersion: wanted[0][0],
    maxVersion: wanted.at(-1)![0],
    secureOptions,
    sessionTimeout: config.tlsSessionCacheTimeout,
    sessionIdContext: 'redis',
  };
}

function readPair(
  certificatePath: string,
  keyPath: string,
  passphrase: string,
): Pick<SecureContextOptions, 'cert' | 'key' | 'passphrase'> {
  const cert = readFile(certificatePath, `Failed to load certificate: ${certificatePath}: `);
  attempt({ cert }, `Failed to load certificate: ${certificatePath}: `);
  const said = `Failed to load private key: ${keyPath}: `;
  const secret = passphrase === '' ? undefined : passphrase;
  const pair = { cert, key: readFile(keyPath, said), passphrase: secret };
  attempt(pair, said);
  return pair;
}

/** The certificates of all authorities, one text each. */
function readAuthorities(config: Config): string[] {
  const said = 'Failed to configure CA certificate(s) file/directory: ';
  const found: string[] = [];
  if (config.tlsCaCertFile !== '') {
    const several = readFile(config.tlsCaCertFile, said).match(CERTIFICATE) ?? [];
    found.push(...several);
    if (several.length === 0)
      throw new TlsProblem(
        `${said}error:05800088:x509 certificate routines::no certificate or crl found`,
      );
  }
  if (config.tlsCaCertDir !== '') found.push(...authoritiesIn(config.tlsCaCertDir));
  for (const ca of found) checkAuthority(ca, said);
  return found;
}

function checkAuthority(ca: string, said: string): void {
  try {
    void new X509Certificate(ca);
  } catch (error) {
    throw new TlsProblem(said + openSslText(error), { cause: error });
  }
}

/** A directory's certificates by OpenSSL's rule: files named by a hash. It may be missing. */
function authoritiesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => /^[0-9a-f]{8}\.\d+$/.test(name))
      .flatMap((name) => readFileSync(join(directory, name), 'latin1').match(CERTIFICATE) ?? []);
  } catch {
    return [];
  }
}

/** The suites of all versions in Node's one list. */
function checkedCiphers(config: Config): string {
  const { tlsCiphers, tlsCiphersuites } = config;
  const older = tlsCiphers === '' ? DEFAULT_SUITES.filter((name) => !isNewSuite(name)) : [];
  const newer = tlsCiphersuites === '' ? DEFAULT_SUITES.filter(isNewSuite) : [];
  if (tlsCiphers !== '') {
    attempt({ ciphers: tlsCiphers }, 'Failed to configure ciphers: ', tlsCiphers);
    older.push(...tlsCiphers.split(':'));
  }
  if (tlsCiphersuites !== '') {
    const said = 'Failed to configure ciphersuites: ';
    if (!tlsCiphersuites.split(':').every(isNewSuite)) throw new TlsProblem(said + tlsCiphersuites);
    attempt({ ciphers: tlsCiphersuites }, said, tlsCiphersuites);
    newer.push(...tlsCiphersuites.split(':'));
  }
  return [...newer, ...older].join(':');
}

/** The group for finite-field Diffie-Hellman. */
function readGroup(path: string): string {
  let dhparam: string;
  try {
    dhparam = readFileSync(path, 'latin1');
  } catch (error) {
    throw new TlsProblem(`Failed to load ${path}: ${systemText(error)}`, { cause: error });
  }
  const said = `${path}: failed to read DH params.`;
  // Node takes a text without parameters for none.
  if (!/^-----BEGIN (X9.42 )?DH PARAMETERS-----/m.test(dhparam)) throw new TlsProblem(said);
  attempt({ dhparam }, said, '');
  return dhparam;
}

/** Makes a context to see whether OpenSSL takes the options; `reason` stands for its own text. */
function attempt(options: SecureContextOptions, said: string, reason?: string): void {
  try {
    createSecureContext(options);
  } catch (error) {
    throw new TlsProblem(said + (reason ?? openSslText(error)), { cause: error });
  }
}

function readFile(path: string, said: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    const { errno = 0 } = error as NodeJS.ErrnoException;
    const code = (0x80000000 + Math.abs(errno)).toString(16).toUpperCase();
    const reason = `error:${code}:system library::${systemText(error)}`;
    throw new TlsProblem(said + reason, { cause: error });
  }
}

/** An OpenSSL error without the places in its sources: `error:CODE:library::reason`. */
export function openSslText(error: unknown): string {
  const { message } = error as Error;
  const parts = /error:([0-9A-F]{8}):([^:]*):[^:]*:([^:\n]*)/.exec(message);
  return parts === null ? message : `error:${parts[1]}:${parts[2]}::${parts[3]}`;
}
