/**
 * Subjects and the lists of what refers to them.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 * @module
 */
/* oxlint-disable vitest/no-standalone-expect -- the rows are tests, which conformance.test.ts runs */
import { expect } from 'vitest';
import { headerOf, jsonOf } from './client.ts';
import {
  blobOf,
  describeManifest,
  digestOf,
  imageOf,
  indexOf,
  manifestOf,
  MEDIA_TYPES,
  newBlob,
  unknownDigest,
  type Descriptor,
  type ImageFields,
  type Manifest,
} from './content.ts';
import { nextOf } from './listing.rows.ts';
import { expectStatus, newRepository, putManifest, type Repository } from './repository.ts';
import { eachAlgorithm, expectRefusal, rowsOf, type Row, type Subject } from './rows.ts';

const SBOM = 'application/vnd.example.sbom.v1+json';
const SIGNATURE = 'application/vnd.example.signature.v1';

async function pushSubject(repository: Repository): Promise<Descriptor> {
  return repository.pushManifest(await repository.newImage(), 'subject');
}

async function newArtifact(
  repository: Repository,
  subject: Descriptor,
  fields: Partial<ImageFields> = {},
): Promise<Manifest> {
  const config = await repository.pushBlob(blobOf('{}'), MEDIA_TYPES.empty);
  return imageOf({ artifactType: SBOM, layers: [config], ...fields, config: fields.config ?? config, subject });
}

function byDigest(descriptors: readonly Descriptor[]): readonly Descriptor[] {
  return [...descriptors].sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

const pushing = rowsOf('Pushing manifests with subject', '034', [
  ...[true, false].map((tagged) => ({
    covers: ['subject.header' as const],
    says: `OCI-Subject has the digest of the subject: pushed by ${tagged ? 'tag' : 'digest'}`,
    test: async ({ repository }: Subject) => {
      const subject = await pushSubject(repository);
      const artifact = await newArtifact(repository, subject);
      const answer = await putManifest(repository, artifact, tagged ? 'sbom' : artifact.digest);
      expectStatus(answer, 201);
      expect(headerOf(answer, 'oci-subject')).toBe(subject.digest);
    },
  })),
  {
    covers: ['subject.header', 'upgrade.new'],
    says: 'also for an index',
    test: async ({ repository }) => {
      const subject = await pushSubject(repository);
      const index = indexOf({ manifests: [], subject });
      expect(headerOf(await putManifest(repository, index, 'i'), 'oci-subject')).toBe(subject.digest);
    },
  },
  {
    says: 'is not there without a subject',
    test: async ({ repository }) => {
      const answer = await putManifest(repository, await repository.newImage(), 'latest');
      expect(headerOf(answer, 'oci-subject')).toBeUndefined();
    },
  },
  ...eachAlgorithm((algorithm) => ({
    covers: ['push-manifest.subject-first', 'upgrade.new', 'subject.header'],
    says: 'a subject that is not there yet is accepted; the list is there before and after it comes',
    test: async ({ repository }) => {
      const { bytes, mediaType } = await repository.newImage();
      const image = { bytes, mediaType, digest: digestOf(bytes, algorithm) };
      const artifact = await newArtifact(repository, describeManifest(image));
      const answer = await putManifest(repository, artifact, artifact.digest);
      expectStatus(answer, 201);
      expect(headerOf(answer, 'oci-subject')).toBe(image.digest);
      expect(await repository.referrers(image.digest)).toMatchObject([{ digest: artifact.digest }]);
      await repository.pushManifest(image);
      expect(await repository.referrers(image.digest)).toMatchObject([{ digest: artifact.digest }]);
    },
  })),
]);

const listing = rowsOf('Listing referrers', '034', [
  {
    covers: ['referrers.found', 'referrers.body', 'referrers.content-type', 'upgrade.new'],
    says: 'end-12a: 200 with an image index of the descriptors of images and indexes',
    test: async ({ http, repository }) => {
      const subject = await pushSubject(repository);
      const referrers = [
        await newArtifact(repository, subject),
        await newArtifact(repository, subject, { artifactType: SIGNATURE }),
        indexOf({ manifests: [], subject, artifactType: SBOM }),
      ];
      for (const referrer of referrers) await repository.pushManifest(referrer);
      const answer = await http.get(`${repository.path}/referrers/${subject.digest}`);
      expectStatus(answer, 200);
      expect(headerOf(answer, 'content-type')).toBe(MEDIA_TYPES.index);
      const { manifests, ...index } = jsonOf(answer) as { readonly manifests: readonly Descriptor[] };
      expect(index).toEqual({ schemaVersion: 2, mediaType: MEDIA_TYPES.index });
      expect(byDigest(manifests)).toMatchObject(byDigest(referrers.map(describeManifest)));
    },
  },
  ...eachAlgorithm((algorithm) => ({
    covers: ['referrers.empty', 'referrers.never-404', 'referrers.content-type'],
    says: 'an empty list for a digest that is not there',
    test: async ({ http, repository }) => {
      await pushSubject(repository);
      const answer = await http.get(`${repository.path}/referrers/${unknownDigest(algorithm)}`);
      expectStatus(answer, 200);
      expect(headerOf(answer, 'content-type')).toBe(MEDIA_TYPES.index);
      expect(jsonOf(answer)).toEqual({ schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [] });
    },
  })),
  {
    covers: ['referrers.never-404', 'referrers.empty'],
    says: 'an empty list in a repository that does not exist',
    test: async ({ repository }) => expect(await repository.referrers(unknownDigest())).toEqual([]),
  },
  ...['sha256:abc', 'sha256', 'latest', `sha256:${'A'.repeat(64)}`, `md5:${'0'.repeat(32)}`].map((digest) => ({
    covers: ['referrers.invalid' as const],
    says: `400 for ${digest.slice(0, 20)}, which is no digest`,
    test: async ({ http, repository }: Subject) => {
      await pushSubject(repository);
      expectRefusal(await http.get(`${repository.path}/referrers/${digest}`), 400);
    },
  })),
  {
    says: 'what refers to it in another repository is not listed',
    test: async ({ http, repository }) => {
      const subject = await pushSubject(repository);
      const other = newRepository(http);
      await other.pushManifest(await newArtifact(other, subject));
      expect(await repository.referrers(subject.digest)).toEqual([]);
    },
  },
  {
    says: 'pushed twice, listed once',
    test: async ({ repository }) => {
      const subject = await pushSubject(repository);
      const artifact = await newArtifact(repository, subject);
      for (const reference of [artifact.digest, 'a', 'b', artifact.digest]) {
        await repository.pushManifest(artifact, reference);
      }
      expect(await repository.referrers(subject.digest)).toHaveLength(1);
    },
  },
  {
    story: '036',
    says: 'eight pushed at once are all listed',
    test: async ({ repository }) => {
      const subject = await pushSubject(repository);
      const artifacts = await Promise.all(Array.from({ length: 8 }, () => newArtifact(repository, subject)));
      await Promise.all(artifacts.map((artifact) => repository.pushManifest(artifact)));
      const listed = (await repository.referrers(subject.digest)).map(({ digest }) => digest);
      expect(listed.sort()).toEqual(artifacts.map(({ digest }) => digest).sort());
    },
  },
  {
    story: '017',
    says: 'a referrer that is deleted leaves the list; a subject that is deleted keeps it',
    test: async ({ http, repository }) => {
      const subject = await pushSubject(repository);
      const [first, second] = [await newArtifact(repository, subject), await newArtifact(repository, subject)];
      await repository.pushManifest(first, 'first');
      await repository.pushManifest(second);
      expectStatus(await http.delete(repository.manifestPath(first.digest)), 202);
      expect(await repository.referrers(subject.digest)).toMatchObject([{ digest: second.digest }]);
      expectStatus(await http.delete(repository.manifestPath(subject.digest)), 202);
      expect(await repository.referrers(subject.digest)).toMatchObject([{ digest: second.digest }]);
    },
  },
]);

const ANNOTATIONS = { 'org.example.note': 'ü "quoted"', 'org.opencontainers.image.created': '2022-01-01T14:42:55Z' };

const descriptors = rowsOf('Listing referrers', '034', [
  {
    covers: ['referrers.artifact-type'],
    says: 'artifactType is the one of the image',
    test: async ({ repository }) => {
      const subject = await pushSubject(repository);
      const artifact = await newArtifact(repository, subject);
      await repository.pushManifest(artifact);
      const expected = { ...describeManifest(artifact), artifactType: SBOM };
      expect(await repository.referrers(subject.digest)).toMatchObject([expected]);
    },
  },
  ...[undefined, ''].map((artifactType) => ({
    covers: ['referrers.config-type' as const],
    says: `for an image ${artifactType === '' ? 'with an empty one' : 'without one'} it is the media type of the config`,
    test: async ({ repository }: Subject) => {
      const subject = await pushSubject(repository);
      const config = await repository.pushBlob(newBlob(), SIGNATURE);
      const fields = { schemaVersion: 2, mediaType: MEDIA_TYPES.image, config, layers: [], subject };
      await repository.pushManifest(
        manifestOf({ ...fields, ...(artifactType !== undefined && { artifactType }) }, MEDIA_TYPES.image),
      );
      expect(await repository.referrers(subject.digest)).toMatchObject([{ artifactType: SIGNATURE }]);
    },
  })),
  {
    covers: ['referrers.artifact-type', 'referrers.index-without-type'],
    says: 'an index has its own, or none',
    test: async ({ repository }) => {
      const subject = await pushSubject(repository);
      const [typed, untyped] = [
        indexOf({ manifests: [], subject, artifactType: SBOM }),
        indexOf({ manifests: [], subject }),
      ];
      for (const index of [typed, untyped]) await repository.pushManifest(index);
      const listed = await repository.referrers(subject.digest);
      expect(listed.find(({ digest }) => digest === typed.digest)).toHaveProperty('artifactType', SBOM);
      expect(listed.find(({ digest }) => digest === untyped.digest)).not.toHaveProperty('artifactType');
    },
  },
  ...(['image', 'index'] as const).map((kind) => ({
    covers: ['referrers.annotations' as const],
    says: `annotations are those of the ${kind}`,
    test: async ({ repository }: Subject) => {
      const subject = await pushSubject(repository);
      await repository.pushManifest(
        kind === 'image'
          ? await newArtifact(repository, subject, { annotations: ANNOTATIONS })
          : indexOf({ manifests: [], subject, annotations: ANNOTATIONS }),
      );
      const [listed] = await repository.referrers(subject.digest);
      expect(listed?.annotations).toEqual(ANNOTATIONS);
    },
  })),
]);

const filters = rowsOf('Filtering referrers', '034', [
  {
    covers: ['referrers.filter', 'referrers.filters-applied'],
    says: 'end-12b: artifactType gives those of that type alone, and OCI-Filters-Applied says so',
    test: async ({ http, repository }) => {
      const subject = await pushSubject(repository);
      const [sbom, signature] = [
        await newArtifact(repository, subject),
        await newArtifact(repository, subject, { artifactType: SIGNATURE }),
      ];
      for (const artifact of [sbom, signature]) await repository.pushManifest(artifact);
      for (const [type, { digest }] of [
        [SBOM, sbom],
        [SIGNATURE, signature],
      ] as const) {
        const query = `artifactType=${encodeURIComponent(type)}`;
        const answer = await http.get(`${repository.path}/referrers/${subject.digest}?${query}`);
        expectStatus(answer, 200);
        expect(headerOf(answer, 'oci-filters-applied')).toBe('artifactType');
        expect((jsonOf(answer) as { readonly manifests: unknown }).manifests).toMatchObject([{ digest }]);
      }
    },
  },
  {
    covers: ['referrers.filters-applied', 'referrers.empty'],
    says: 'a type that nothing has gives an empty list, filtered',
    test: async ({ http, repository }) => {
      const subject = await pushSubject(repository);
      await repository.pushManifest(await newArtifact(repository, subject));
      const answer = await http.get(`${repository.path}/referrers/${subject.digest}?artifactType=none%2Fhere`);
      expect(headerOf(answer, 'oci-filters-applied')).toBe('artifactType');
      expect(jsonOf(answer)).toMatchObject({ manifests: [] });
    },
  },
  {
    says: 'the filter knows the type that comes from the config',
    test: async ({ repository }) => {
      const subject = await pushSubject(repository);
      const config = await repository.pushBlob(newBlob(), SIGNATURE);
      await repository.pushManifest(await newArtifact(repository, subject));
      const image = imageOf({ config, subject });
      await repository.pushManifest(image);
      expect(await repository.referrers(subject.digest, `?artifactType=${SIGNATURE}`)).toMatchObject([
        { digest: image.digest },
      ]);
    },
  },
  {
    says: 'without a filter OCI-Filters-Applied is not there',
    test: async ({ http, repository }) => {
      const answer = await http.get(`${repository.path}/referrers/${(await pushSubject(repository)).digest}`);
      expect(headerOf(answer, 'oci-filters-applied')).toBeUndefined();
    },
  },
]);

/** 50 descriptors of 100 KB: more than one manifest of 4 MiB can hold. */
const MANY = 50;
const NOTE = 'n'.repeat(100_000);
const PAGE_BYTES = 4 * 1024 * 1024;

async function pages(repository: Repository, target: string) {
  const found: (readonly Descriptor[])[] = [];
  for (let next: string | undefined = target; next !== undefined && found.length < MANY;) {
    const answer = await repository.http.get(next);
    expectStatus(answer, 200);
    expect(headerOf(answer, 'content-type')).toBe(MEDIA_TYPES.index);
    expect(answer.body.byteLength).toBeLessThanOrEqual(PAGE_BYTES);
    if (target.includes('artifactType')) expect(headerOf(answer, 'oci-filters-applied')).toBe('artifactType');
    found.push((jsonOf(answer) as { readonly manifests: readonly Descriptor[] }).manifests);
    next = nextOf(answer);
  }
  return found;
}

const paging = rowsOf('Paging referrers', '016', [
  {
    covers: ['referrers.link', 'referrers.link-form'],
    says: 'what does not fit in one manifest comes in several, each linked, each referrer once; with a filter as well',
    test: async ({ repository }) => {
      const subject = await pushSubject(repository);
      const digests: string[] = [];
      for (let count = 0; count < MANY; count++) {
        const artifactType = count === 0 ? SIGNATURE : SBOM;
        const annotations = { note: NOTE, count: String(count) };
        const artifact = await newArtifact(repository, subject, { artifactType, annotations });
        digests.push(artifact.digest);
        await repository.pushManifest(artifact);
      }
      const target = `${repository.path}/referrers/${subject.digest}`;
      const all = await pages(repository, target);
      expect(all.length).toBeGreaterThan(1);
      expect(digestsOf(all)).toEqual([...digests].sort());
      const filtered = await pages(repository, `${target}?artifactType=${encodeURIComponent(SBOM)}`);
      expect(filtered.length).toBeGreaterThan(1);
      expect(digestsOf(filtered)).toEqual(digests.slice(1).sort());
    },
  },
]);

function digestsOf(found: readonly (readonly Descriptor[])[]): readonly string[] {
  return found
    .flat()
    .map(({ digest }) => digest)
    .sort();
}

export const referrerRows: readonly Row[] = [...pushing, ...listing, ...descriptors, ...filters, ...paging];
