/**
 * Secrets to plant, and how to find them again: whole or in part, as they are or as they are written in a header, a
 * URL or a JSON text.
 *
 * A secret has three parts that occur nowhere else, between characters that have to be escaped somewhere: whoever hides
 * the beginning alone is found out by the rest.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

export interface Secret {
  readonly name: string;
  readonly value: string;
}

const PART_BYTES = 6;

/** @param between what is between the parts; a token has none that need to be escaped. */
export function createSecret(name: string, between: readonly [string, string] = ['"/+', '\\@ %']): Secret {
  const parts = [0, 1, 2].map(() => randomBytes(PART_BYTES).toString('hex'));
  return { name, value: `${parts[0]}${between[0]}${parts[1]}${between[1]}${parts[2]}` };
}

/** What must not be seen of it. The parts are the same in a URL and in JSON. */
function tracesOf({ value }: Secret): readonly { readonly form: string; readonly text: string }[] {
  const parts = value.match(/[0-9a-f]{12}/g) ?? [];
  return parts.flatMap((text, at) => [
    { form: `part ${at + 1}`, text },
    ...[0, 1, 2].map((offset) => ({ form: `part ${at + 1} in base64`, text: innerBase64(text, offset) })),
  ]);
}

/** The characters that a text has in base64 wherever `offset` bytes (modulo 3) stand before it, as in `user:password`. */
function innerBase64(text: string, offset: number): string {
  const encoded = Buffer.from(`${'-'.repeat(offset)}${text}`)
    .toString('base64')
    .replace(/=+$/, '');
  return encoded.slice(Math.ceil((offset * 8) / 6), -1);
}

/** @returns a line for each secret that is in the text, with how it is written there and what is around it. */
export function leaksIn(where: string, content: string | Uint8Array, secrets: readonly Secret[]): readonly string[] {
  const text = typeof content === 'string' ? content : readable(content);
  return secrets.flatMap((secret) => {
    const found = tracesOf(secret).find((trace) => text.includes(trace.text));
    if (found === undefined) return [];
    const at = text.indexOf(found.text);
    const around = text.slice(Math.max(0, at - 120), at + 60).replaceAll('\n', ' ');
    return [`${where}: ${secret.name} (${found.form}): …${around}…`];
  });
}

function readable(content: Uint8Array): string {
  const bytes = Buffer.from(content);
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return isGzip ? bytes.toString('latin1') + gunzipSync(bytes).toString('latin1') : bytes.toString('latin1');
}
