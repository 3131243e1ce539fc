/**
 * What is copied: images of random bytes in image-layout folders, so that nobody gains by compressing; made once.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createBlobFiles } from '../registry/content.mjs';
import { TAG } from './contenders.mjs';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

/** @returns {{ layout: (layers: readonly number[]) => string }} the folder of an image with layers of these sizes */
export function createImages(folder) {
  const made = new Map();
  return {
    layout(sizes) {
      const name = `image-${sizes.length}-${sizes[0]}`;
      if (!made.has(name)) made.set(name, writeImage(path.join(folder, name), sizes));
      return made.get(name);
    },
  };
}

function writeImage(layout, sizes) {
  const blobs = path.join(layout, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const files = createBlobFiles(layout);
  const layers = sizes.map((sizeBytes, index) => {
    const { file, digest } = files.blob(sizeBytes, index);
    renameSync(file, path.join(blobs, digest.slice('sha256:'.length)));
    return { mediaType: LAYER, digest, size: sizeBytes };
  });
  const put = (mediaType, value) => {
    const bytes = Buffer.from(JSON.stringify(value));
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(path.join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const diffIds = layers.map(({ digest }) => digest); // layers are not compressed: both digests are one
  const author = randomBytes(8).toString('hex');
  const config = put(CONFIG, {
    author,
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: diffIds },
  });
  const manifest = put(MANIFEST, { schemaVersion: 2, mediaType: MANIFEST, config, layers });
  const annotations = { 'org.opencontainers.image.ref.name': TAG };
  writeFileSync(
    path.join(layout, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  writeFileSync(path.join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  return layout;
}
