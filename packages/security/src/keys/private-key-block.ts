/**
 * The one private key of a PEM file, found before anything is decoded.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7468
 * @module
 */
import { keyUnusable } from './key-unusable.ts';

export interface PrivateKeyBlock {
  /** `cosign`: sealed as cosign does. The others are what OpenSSL reads. */
  readonly form: 'cosign' | 'pkcs8' | 'encrypted-pkcs8' | 'sec1' | 'pkcs1';
  /** Nothing can be read of it without a password. */
  readonly encrypted: boolean;
  /** The block alone, with its first and last line. */
  readonly pem: string;
  /** What stands between them, without white space. */
  readonly base64: string;
}

const FORMS: Readonly<Record<string, PrivateKeyBlock['form']>> = {
  'ENCRYPTED SIGSTORE PRIVATE KEY': 'cosign',
  'ENCRYPTED COSIGN PRIVATE KEY': 'cosign', // before cosign 2.0
  'PRIVATE KEY': 'pkcs8',
  'ENCRYPTED PRIVATE KEY': 'encrypted-pkcs8',
  'EC PRIVATE KEY': 'sec1',
  'RSA PRIVATE KEY': 'pkcs1',
};
/** The body ends at the next five dashes, so that no text makes the search slow. */
const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,64})-----((?:(?!-----)[^])*)-----END \1-----/g;
/** OpenSSL's older way to encrypt: a header inside of the block. */
const OLD_ENCRYPTION = 'Proc-Type: 4,ENCRYPTED';
const MAX_FILE_CHARACTERS = 64 * 1024;

/** @throws {SquizzleError} `KEY_UNUSABLE` for a file without a private key, with several, or over 64 KiB. */
export function findPrivateKey(text: string, origin: string): PrivateKeyBlock {
  if (text.length > MAX_FILE_CHARACTERS) throw keyUnusable(origin, 'is over 64 KiB: give a file with one private key');
  if (text.trim() === '') throw keyUnusable(origin, 'is empty: give a file with a private key in PEM');
  const keys = [...text.matchAll(BLOCK)]
    .map(([pem, label = '', body = '']) => ({ pem, label, body }))
    .filter(({ label }) => label.endsWith('PRIVATE KEY'));
  const [key] = keys;
  if (key === undefined) throw keyUnusable(origin, noKeyIn(text));
  if (keys.length > 1) throw keyUnusable(origin, 'has several private keys: give a file with one');
  const form = FORMS[key.label];
  if (form === undefined) throw keyUnusable(origin, `is a kind of key that cannot be read: give ${READABLE}`);
  const encrypted = form === 'cosign' || form === 'encrypted-pkcs8' || key.body.includes(OLD_ENCRYPTION);
  return { form, encrypted, pem: key.pem, base64: key.body.replace(/\s/g, '') };
}

const READABLE = "cosign's encrypted key or PKCS#8 in PEM, as 'squizzle key generate' makes them";

function noKeyIn(text: string): string {
  return text.includes('PUBLIC KEY-----')
    ? `has a public key, and signing takes the private one: give ${READABLE}`
    : `has no whole private key in PEM: give ${READABLE}`;
}
