/**
 * Certificates for tests, made on the spot: an authority and what it signs, in X.509 version 3 with
 * ECDSA over P-256 (RFC 5280). Node makes keys and signatures, the rest is plain DER.
 */
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate and its key, as PEM. */
export type Issued = { readonly certificate: string; readonly key: string };

export type IssueOptions = {
  /** Encrypts the key. */
  readonly passphrase?: string;
  /** Days from now on at which it ends; negative: it has ended. */
  readonly days?: number;
};

const ECDSA_WITH_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex');
const ALTERNATIVE_NAMES = Buffer.from('0603551d11', 'hex');
const DAY_MS = 86_400_000;

function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  const size =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...contents: readonly Uint8Array[]): Buffer => der(0x30, ...contents);

function nameOf(text: string): Buffer {
  return sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(text)))));
}

function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replaceAll(/\D/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function extension(oid: Uint8Array, isCritical: boolean, value: Uint8Array): Buffer {
  const critical = isCritical ? [Buffer.from('0101ff', 'hex')] : [];
  return sequence(oid, ...critical, der(0x04, value));
}

function pem(label: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** Signs certificates. Those of servers are good for localhost and 127.0.0.1. */
export class CertificateAuthority {
  readonly name: string;
  /** Its own certificate, as PEM. */
  readonly certificate: string;
  readonly #key: KeyObject;

  constructor(name: string) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.name = name;
    this.#key = privateKey;
    const isAuthority = extension(BASIC_CONSTRAINTS, true, sequence(Buffer.from('0101ff', 'hex')));
    this.certificate = this.#sign(name, privateKey, 1000, isAuthority);
  }

  issue(name: string, { days = 100, passphrase }: IssueOptions = {}): Issued {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const names = sequence(
      der(0x82, Buffer.from('localhost')),
      der(0x87, Buffer.from([127, 0, 0, 1])),
    );
    const certificate = this.#sign(
      name,
      privateKey,
      days,
      extension(ALTERNATIVE_NAMES, false, names),
    );
    const format = { type: 'pkcs8', format: 'pem' } as const;
    const key =
      passphrase === undefined
        ? privateKey.export(format)
        : privateKey.export({ ...format, cipher: 'aes-128-cbc', passphrase });
    return { certificate, key: key.toString() };
  }

  /** The name under which OpenSSL looks for its certificate in a directory of authorities. */
  get directoryName(): string {
    const canonical = der(
      0x31,
      sequence(COMMON_NAME, der(0x0c, Buffer.from(this.name.toLowerCase()))),
    );
    const hash = createHash('sha1').update(canonical).digest().readUInt32LE(0);
    return `${hash.toString(16).padStart(8, '0')}.0`;
  }

  #sign(subject: string, key: KeyObject, days: number, more: Uint8Array): string {
    const now = Date.now();
    const serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]);
    const body = sequence(
      der(0xa0, Buffer.from('020102', 'hex')),
      der(0x02, serial),
      ECDSA_WITH_SHA256,
      nameOf(this.name),
      sequence(time(now - 1000 * DAY_MS), time(now + days * DAY_MS)),
      nameOf(subject),
      createPublicKey(key).export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(more)),
    );
    const signature = sign('sha256', body, this.#key);
    const whole = sequence(body, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
    return pem('CERTIFICATE', whole);
  }
}

/** Files of one authority in a directory: what a server and its clients are configured with. */
export type CertificateFiles = {
  readonly authority: CertificateAuthority;
  readonly directory: string;
  readonly ca: string;
  /** A directory of authorities, as `tls-ca-cert-dir` wants it. */
  readonly caDirectory: string;
  readonly certificate: string;
  readonly key: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
};

export function writeCertificates(directory: string): CertificateFiles {
  const authority = new CertificateAuthority('respd test authority');
  const server = authority.issue('server');
  const client = authority.issue('client');
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const caDirectory = join(directory, 'authorities');
  mkdirSync(caDirectory);
  write(join('authorities', authority.directoryName), authority.certificate);
  return {
    authority,
    directory,
    caDirectory,
    ca: write('ca.pem', authority.certificate),
    certificate: write('server.pem', server.certificate),
    key: write('server.key', server.key),
    clientCertificate: write('client.pem', client.certificate),
    clientKey: write('client.key', client.key),
  };
}
