import { checksumOf, type ReleaseManifest, type Step } from '@squizzle/core';
import { emptyRelease } from '@squizzle/core/testing';
import { digestOf } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { versionOf } from '../../test/policy-world.ts';
import { cyclonedxBom } from './cyclonedx-bom.ts';

const digest = digestOf(Buffer.from('artifact'));
const generator = { name: 'squizzle', version: '1.0.0' };

const file = (path: string) => ({
  path,
  checksum: checksumOf(path),
  sizeBytes: 1,
  transaction: true,
  statements: [],
  settings: {},
  hazards: [],
});
const step = (path: string, rollback: string | null): Step => ({
  ...file(path),
  kind: 'migration',
  environment: null,
  rollback: rollback === null ? null : file(rollback),
  irreversible: false,
});

const release: ReleaseManifest = {
  ...emptyRelease({ version: versionOf('1.2.0') }),
  steps: [step('migrations/2.sql', 'rollback/2.sql'), step('migrations/1.sql', null)],
  requires: { postgres: '>=14', extensions: ['postgis', 'citext'] },
};

describe('cyclonedxBom', () => {
  const bom = cyclonedxBom({ release, digest, generator, purl: 'pkg:oci/db@x' });

  it('lists every file once with its hash, and the extensions that must be there', () => {
    expect(bom['components']).toMatchObject([
      { type: 'file', name: 'migrations/1.sql', hashes: [{ alg: 'SHA-256', content: checksumOf('migrations/1.sql') }] },
      { type: 'file', name: 'migrations/2.sql' },
      { type: 'file', name: 'rollback/2.sql' },
      { type: 'library', name: 'citext', scope: 'required' },
      { type: 'library', name: 'postgis', scope: 'required' },
    ]);
  });

  it('is about the artifact, by what the release says of itself', () => {
    expect(bom).toMatchObject({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: {
        timestamp: release.created,
        tools: { components: [{ type: 'application', ...generator }] },
        component: {
          'bom-ref': digest,
          version: '1.2.0',
          purl: 'pkg:oci/db@x',
          hashes: [{ alg: 'SHA-256', content: digest.slice(7) }],
          properties: [{ name: 'squizzle:requires:postgres', value: '>=14' }],
        },
      },
    });
  });

  it('refers only to what it has, and names nothing twice', () => {
    const components = bom['components'] as readonly { 'bom-ref': string }[];
    const refs = [digest, ...components.map((each) => each['bom-ref'])];
    expect(new Set(refs).size).toBe(refs.length);
    const dependencies = bom['dependencies'] as readonly { ref: string; dependsOn?: readonly string[] }[];
    for (const { ref, dependsOn = [] } of dependencies)
      expect(refs).toEqual(expect.arrayContaining([ref, ...dependsOn]));
  });

  it('is the same for the same release, with another serial number for another', () => {
    expect(cyclonedxBom({ release, digest, generator, purl: 'pkg:oci/db@x' })).toEqual(bom);
    // as the schema of CycloneDX asks, and a UUID of version 5
    expect(bom['serialNumber']).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    const other = cyclonedxBom({ release, digest: digestOf(Buffer.from('other')), generator });
    expect(other['serialNumber']).not.toBe(bom['serialNumber']);
  });
});
