/**
 * The payload of cosign's older signatures: a JSON document that names the image. What is signed are its bytes.
 *
 * @see https://github.com/containers/image/blob/main/docs/containers-signature.5.md
 * @module
 */
import { canonicalJsonBytes, type Digest, type JsonObject } from '@squizzle/oci-spec';
import { bundleFault } from '../bundle/bundle-fault.ts';
import { readJsonObject } from './read-attached-json.ts';

const TYPE = 'cosign container image signature';

export interface SimpleSigning {
  /** As the image was called when it was signed. Nobody vouches for more than the signer. */
  readonly dockerReference: string | null;
}

/** cosign writes the same bytes but for the reference; members in this order. */
export function formatSimpleSigning(digest: Digest, dockerReference: string): Uint8Array {
  return canonicalJsonBytes({
    critical: {
      identity: { 'docker-reference': dockerReference },
      image: { 'docker-manifest-digest': digest },
      type: TYPE,
    },
    optional: null,
  });
}

/**
 * Reads a payload that must be about the manifest of this SHA-256.
 *
 * @throws {SquizzleError} `BUNDLE_INVALID` for what is no such payload, `ARTIFACT_MISMATCH` for one about another image.
 */
export function parseSimpleSigning(bytes: Uint8Array, sha256: string): SimpleSigning {
  const critical = objectIn(readJsonObject(bytes, 'payload'), 'critical');
  if (critical['type'] !== TYPE) throw bundleFault('BUNDLE_INVALID', `critical.type is not "${TYPE}"`);
  const named = objectIn(critical, 'image')['docker-manifest-digest'];
  if (named !== `sha256:${sha256}`) {
    const found = typeof named === 'string' && /^sha256:[0-9a-f]{64}$/.test(named) ? named : 'no digest of ours';
    const reason = `the payload names ${found}, not sha256:${sha256}`;
    throw bundleFault('ARTIFACT_MISMATCH', reason);
  }
  const reference = objectIn(critical, 'identity')['docker-reference'];
  return { dockerReference: typeof reference === 'string' && reference !== '' ? reference : null };
}

function objectIn(parent: JsonObject, name: string): JsonObject {
  const value = parent[name];
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw bundleFault('BUNDLE_INVALID', `the payload has no object "${name}"`);
}
