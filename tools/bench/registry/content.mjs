/**
 * What is pushed: random bytes, so that nobody gains by compressing or skipping zeros, made once and reused.
 */
import { createHash, randomBytes, randomFillSync } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { pushBlob, requireStatus } from './http.mjs';

const PIECE_BYTES = 1 << 20;
const MANIFEST_BYTES = 1024;
const MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json';
/** In a manifest's text, stands where each manifest has a number of its own. */
const NUMBER = '0'.repeat(16);

export const REPOSITORY = 'bench/app';
export const TAG = 'latest';
export const ACCEPT = { accept: MEDIA_TYPE };

/** @typedef {{ file: string, sizeBytes: number, digest: string }} BlobFile */

/** Blobs in files, each made when first asked for. */
export function createBlobFiles(folder) {
  const made = new Map();
  return {
    /** @returns {BlobFile} */
    blob(sizeBytes, index = 0) {
      const name = `blob-${sizeBytes}-${index}`;
      if (!made.has(name)) made.set(name, writeRandomFile(path.join(folder, name), sizeBytes));
      return made.get(name);
    },
  };
}

function writeRandomFile(file, sizeBytes) {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  const target = openSync(file, 'wx');
  try {
    for (let left = sizeBytes; left > 0; left -= PIECE_BYTES) {
      const bytes = randomFillSync(piece.subarray(0, Math.min(left, PIECE_BYTES)));
      hash.update(bytes);
      writeSync(target, bytes);
    }
  } finally {
    closeSync(target);
  }
  return { file, sizeBytes, digest: `sha256:${hash.digest('hex')}` };
}

const describe = (bytes) => ({ bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` });

const config = describe(Buffer.from('{"architecture":"amd64","os":"linux"}'));
const layer = describe(randomBytes(256));

/** The text of a manifest of 1 KB, split where its number goes. @returns {[string, string]} */
function splitManifest() {
  const text = (padding) =>
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPE,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...size(config) },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...size(layer) }],
      annotations: { 'bench.number': NUMBER, 'bench.padding': padding },
    });
  const full = text('x'.repeat(MANIFEST_BYTES - text('').length));
  return full.split(NUMBER);
}

const size = ({ bytes, digest }) => ({ digest, size: bytes.length });

/** For the generator of distinct manifests: number goes between the two. */
export const manifestParts = { mediaType: MEDIA_TYPE, numberDigits: NUMBER.length, parts: splitManifest() };

/** Pushes a manifest under a tag, with the blobs that all manifests here refer to. @returns {Promise<string>} its digest */
export async function seed({ url }, { signal }) {
  for (const blob of [config, layer]) await pushBlob(url, REPOSITORY, blob, { signal });
  const { bytes, digest } = describe(Buffer.from(manifestParts.parts.join(NUMBER)));
  const headers = { 'content-type': MEDIA_TYPE, 'content-length': bytes.length };
  const target = `${url}/v2/${REPOSITORY}/manifests/${TAG}`;
  await requireStatus(201, target, { method: 'PUT', headers, body: bytes, signal });
  return digest;
}
