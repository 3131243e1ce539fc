/**
 * Certificates and keys as PEM: a text, or the path of a file that holds one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7468
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const CERTIFICATE = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g;

/**
 * Every certificate of the text or file, each a PEM text.
 *
 * @param source names the text in errors where it is no file: `the option ca`.
 * @throws {SquizzleError} `CREDENTIALS_UNUSABLE`, naming the file or `source`.
 */
export async function readCertificates(textOrPath: string, source: string): Promise<readonly string[]> {
  const { text, name } = await readText(textOrPath, source);
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw unusable(name, 'holds no certificate in PEM (-----BEGIN CERTIFICATE-----)');
  for (const [at, pem] of found.entries()) {
    if (!isCertificate(pem)) throw unusable(name, `holds something at place ${at + 1} that is no certificate`);
  }
  return found;
}

/** @throws {SquizzleError} `CREDENTIALS_UNUSABLE`, never with anything of the key. */
export async function readPrivateKey(textOrPath: string, source: string): Promise<string> {
  const { text, name } = await readText(textOrPath, source);
  try {
    createPrivateKey(text);
  } catch {
    // What OpenSSL says may quote the key, so it is no cause.
    const encrypted = text.includes('ENCRYPTED');
    throw unusable(
      name,
      encrypted ? 'holds a key with a password; take the password off' : 'holds no private key in PEM',
    );
  }
  return text;
}

export function unusable(source: string, reason: string, cause?: unknown): SquizzleError<'CREDENTIALS_UNUSABLE'> {
  return new SquizzleError('CREDENTIALS_UNUSABLE', `${source} ${reason}`, { source, reason }, { cause });
}

async function readText(textOrPath: string, source: string): Promise<{ readonly text: string; readonly name: string }> {
  if (textOrPath.includes('-----BEGIN')) return { text: textOrPath, name: source };
  try {
    return { text: await readFile(textOrPath, 'utf8'), name: textOrPath };
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw unusable(textOrPath, `cannot be read (${code}); ${source} names it`, cause);
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.byteLength > 0;
  } catch {
    return false;
  }
}
