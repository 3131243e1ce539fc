/**
 * Secrets that this run has come to know: passwords of keys, identity tokens. They are taken out of everything that is
 * written, wherever it comes from: a second line behind messages that never hold one.
 *
 * @module
 */
import type { TextWriter } from './environment.ts';
import { MASK } from './secrets.ts';

export interface KnownSecrets {
  /** From now on it is masked. Nothing is done for `undefined` and for what is too short to be told from other words. */
  add(secret: string | undefined): void;
  mask(text: string): string;
}

/** Shorter ones would tear holes into ordinary words, and would be told by the holes. */
const MIN_LENGTH = 6;

export function createKnownSecrets(): KnownSecrets {
  const known = new Set<string>();
  return {
    add: (secret) => {
      if (secret === undefined || secret.length < MIN_LENGTH) return;
      for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) known.add(form);
    },
    mask: (text) => [...known].reduce((masked, secret) => masked.replaceAll(secret, MASK), text),
  };
}

/** The writer without what is known. Bytes are contents of releases, and pass as they are. */
export function withoutSecrets(writer: TextWriter, secrets: KnownSecrets): TextWriter {
  return {
    get isTTY() {
      return writer.isTTY;
    },
    get columns() {
      return writer.columns;
    },
    write: (text) => writer.write(typeof text === 'string' ? secrets.mask(text) : text),
  };
}
