/**
 * What the transit engine answers, as far as signing needs it.
 *
 * @module
 */
import * as v from 'valibot';

/** Symmetric keys have numbers in the place of objects: those have no public key. */
const VERSION = v.union([
  v.pipe(
    v.number(),
    v.transform((): { public_key?: string } => ({})),
  ),
  v.object({ public_key: v.optional(v.string()) }),
]);

export const KEY_ANSWER = v.object({
  data: v.object({
    latest_version: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
    keys: v.record(v.string(), VERSION),
  }),
});

export const SIGNATURE_ANSWER = v.object({ data: v.object({ signature: v.string() }) });

const SIGNATURE = /^vault:v(\d{1,9}):([A-Za-z0-9+/]+={0,2})$/;

/** `vault:v3:MEUC…` as bytes; `undefined` for another version of the key. */
export function parseVaultSignature(text: string, version: number): Buffer | undefined {
  const [, found, base64] = SIGNATURE.exec(text) ?? [];
  return found === `${version}` && base64 !== undefined ? Buffer.from(base64, 'base64') : undefined;
}
