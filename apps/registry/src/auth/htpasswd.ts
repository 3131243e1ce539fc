/**
 * The file of users, as Apache's `htpasswd -B` writes it: a line `name:hash` for each, comments and empty lines.
 *
 * Only bcrypt is accepted: the older schemes are guessed too fast. A message never repeats what stands where a hash
 * should be, since that may be a password in plain text.
 *
 * @see https://httpd.apache.org/docs/2.4/misc/password_encryptions.html
 * @module
 */
import { isUtf8 } from 'node:buffer';

export interface Htpasswd {
  /** User name → bcrypt hash, 60 characters. At least one. */
  readonly hashes: ReadonlyMap<string, string>;
  /** The cost of every user's hash, as it is written: two digits. */
  readonly costs: readonly string[];
}

/** The file of users cannot be used. For the operator: names the line, never a hash. */
export class HtpasswdError extends Error {
  override readonly name = 'HtpasswdError';
}

/** More than ten thousand users. */
const MAX_BYTES = 1024 * 1024;
const MAX_NAME_BYTES = 255;
/** What `htpasswd` itself writes. A check at cost 17 takes seconds, and one at 31 would take a day. */
const COST = { least: 4, most: 17 } as const;

/**
 * Salt and hash in bcrypt's own base64. The last character of each has bits that stand for nothing; where they are
 * set, no password fits.
 */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;

const OTHER_SCHEMES: readonly (readonly [start: RegExp, name: string])[] = [
  [/^\$apr1\$/, 'MD5 (apr1)'],
  [/^\$1\$/, 'MD5 crypt'],
  [/^\{SHA\}/, 'SHA-1'],
  [/^\{SSHA\}/, 'salted SHA-1'],
  [/^\$5\$/, 'SHA-256 crypt'],
  [/^\$6\$/, 'SHA-512 crypt'],
  [/^\$g?y\$/, 'yescrypt'],
  [/^\$7\$/, 'scrypt'],
  [/^\$argon2/, 'Argon2'],
  [/^\$2x?\$/, 'a faulty variant of bcrypt'],
];

/** Before a file is read. @throws {HtpasswdError} */
export function assertHtpasswdSize(sizeBytes: number): void {
  if (sizeBytes > MAX_BYTES) throw new HtpasswdError(`the file has ${sizeBytes} bytes, more than ${MAX_BYTES}`);
}

/** @throws {HtpasswdError} with the first line that is wrong. */
export function parseHtpasswd(bytes: Uint8Array): Htpasswd {
  assertHtpasswdSize(bytes.byteLength);
  if (!isUtf8(bytes)) throw new HtpasswdError('the file is not UTF-8; save it as UTF-8');
  const hashes = new Map<string, string>();
  const costs: string[] = [];
  const lineOf = new Map<string, number>();
  for (const [index, text] of toText(bytes).split('\n').entries()) {
    const line = text.trimEnd();
    if (line === '' || line.startsWith('#')) continue;
    const number = index + 1;
    const { name, hash, cost } = parseLine(line, number);
    const earlier = lineOf.get(name);
    if (earlier !== undefined) throw lineError(number, `its user is already on line ${earlier}; remove one of them`);
    lineOf.set(name, number);
    hashes.set(name, hash);
    costs.push(cost);
  }
  if (hashes.size === 0) throw new HtpasswdError('the file names no user; add one with "htpasswd -B"');
  return { hashes, costs };
}

/** Without the byte order mark that some editors write. */
function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

interface User {
  readonly name: string;
  readonly hash: string;
  readonly cost: string;
}

function parseLine(line: string, number: number): User {
  const colon = line.indexOf(':');
  if (colon === -1) throw lineError(number, 'expected "name:hash", found no colon');
  const name = line.slice(0, colon);
  const fault = faultOfName(name);
  if (fault !== undefined) throw lineError(number, `its user name ${fault}`);
  const hash = line.slice(colon + 1);
  return { name, hash, cost: parseCost(hash, number) };
}

function faultOfName(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.trim() !== name) return 'begins or ends with white space';
  if (/\p{Cc}/u.test(name)) return 'holds a control character';
  return Buffer.byteLength(name) > MAX_NAME_BYTES ? `is longer than ${MAX_NAME_BYTES} bytes` : undefined;
}

function parseCost(hash: string, number: number): string {
  if (!/^\$2[aby]\$/.test(hash)) {
    const [, scheme = 'plain text or unknown'] = OTHER_SCHEMES.find(([start]) => start.test(hash)) ?? [];
    throw lineError(
      number,
      `the scheme is ${scheme}, but only bcrypt is accepted; set the password with "htpasswd -B"`,
    );
  }
  const cost = BCRYPT.exec(hash)?.[1];
  if (cost === undefined) {
    throw lineError(number, 'the bcrypt hash is damaged; set the password again with "htpasswd -B"');
  }
  if (Number(cost) < COST.least || Number(cost) > COST.most) {
    throw lineError(
      number,
      `the bcrypt cost ${cost} is not from ${COST.least} to ${COST.most}; set the password with "htpasswd -B -C 10"`,
    );
  }
  return cost;
}

function lineError(number: number, fault: string): HtpasswdError {
  return new HtpasswdError(`line ${number}: ${fault}`);
}
