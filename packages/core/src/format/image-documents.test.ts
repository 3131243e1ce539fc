import { digestOf, MEDIA_TYPES, parseImageConfig, parseImageManifest } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { assembleImageDocuments, type ImageParts } from './image-documents.ts';

const DIGEST = digestOf(Uint8Array.of(1));
const LAYER = {
  descriptor: { mediaType: MEDIA_TYPES.ociLayerTarGzip, digest: DIGEST, size: 1, annotations: { of: 'nobody' } },
  diffId: digestOf(Uint8Array.of(2)),
};
const PARTS: ImageParts = {
  created: '2026-01-02T03:04:05Z',
  author: null,
  runtime: { Labels: { b: '2', a: '1' }, Cmd: ['run'] },
  layers: [LAYER],
  history: [{ created_by: 'a test' }],
  annotations: {},
  advice: 'say less',
};

describe('assembleImageDocuments', () => {
  it('writes a config that readers take, and a manifest that names it', () => {
    const { root, config } = assembleImageDocuments(PARTS);
    const { digest, size } = LAYER.descriptor;
    expect(parseImageManifest(root.bytes)).toMatchObject({
      config: config.descriptor,
      layers: [{ mediaType: MEDIA_TYPES.ociLayerTarGzip, digest, size }],
    });
    expect(parseImageConfig(config.bytes)).toEqual({
      created: PARTS.created,
      architecture: 'amd64',
      os: 'linux',
      config: PARTS.runtime,
      rootfs: { type: 'layers', diff_ids: [LAYER.diffId] },
      history: PARTS.history,
    });
    expect(root.descriptor).toEqual({
      mediaType: MEDIA_TYPES.ociManifest,
      digest: digestOf(root.bytes),
      size: root.bytes.byteLength,
    });
  });

  it('says nothing of what there is not', () => {
    const { root, config } = assembleImageDocuments({ ...PARTS, runtime: {}, layers: [], history: [] });
    expect(Buffer.from(root.bytes).toString()).not.toContain('annotations');
    expect(Buffer.from(config.bytes).toString()).not.toContain('author');
  });

  it.each([
    { annotations: { a: 'x'.repeat(4 * 1024 * 1024) }, what: 'image manifest' },
    { runtime: { Labels: { a: 'x'.repeat(4 * 1024 * 1024) } }, what: 'image config' },
  ])('refuses an $what that no registry must take, and says what to do', ({ what, ...parts }) => {
    expect(() => assembleImageDocuments({ ...PARTS, ...parts })).toThrow(
      expect.objectContaining({
        code: 'ARTIFACT_TOO_LARGE',
        message: expect.stringContaining('say less') as string,
        details: { what, limit: 4_194_304, actual: expect.any(Number) as number },
      }),
    );
  });
});
