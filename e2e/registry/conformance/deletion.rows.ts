/**
 * Deleting tags, manifests and blobs, and what stays.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#content-management
 * @module
 */
/* oxlint-disable vitest/no-standalone-expect -- the rows are tests, which conformance.test.ts runs */
import { expect } from 'vitest';
import { describeManifest, digestOf, indexOf, newBlob, unknownDigest } from './content.ts';
import { expectAbsent, expectPullable, expectStatus, newRepository } from './repository.ts';
import { eachAlgorithm, expectRefusal, rowsOf, type Row } from './rows.ts';

const tags = rowsOf('Deleting tags', '017', [
  {
    covers: ['delete-tag.accepted', 'pull-manifest.missing', 'exists.missing', 'requirements.whole-category'],
    says: 'end-9: 202, then 404 for the tag; its manifest and the other tags of it stay',
    test: async ({ http, repository }) => {
      const image = await repository.newImage();
      for (const tag of ['v1', 'v2']) await repository.pushManifest(image, tag);
      expectStatus(await http.delete(repository.manifestPath('v1')), 202);
      expectRefusal(await repository.getManifest('v1'), 404, 'MANIFEST_UNKNOWN');
      expectRefusal(await repository.headManifest('v1'), 404);
      for (const reference of ['v2', image.digest]) {
        expectStatus(await repository.getManifest(reference), 200);
      }
      expect(await repository.tags()).toEqual(['v2']);
    },
  },
  {
    says: 'a manifest whose last tag is deleted can still be pulled by its digest',
    test: async ({ http, repository }) => {
      const image = await repository.newImage();
      await repository.pushManifest(image, 'only');
      expectStatus(await http.delete(repository.manifestPath('only')), 202);
      expectStatus(await repository.getManifest(image.digest), 200);
      expect(await repository.tags()).toEqual([]);
    },
  },
  {
    covers: ['api.rfc9110'],
    says: 'with If-Match only while it names that manifest: 412, and the tag stays (RFC 9110, 13.1.1)',
    test: async ({ http, repository }) => {
      const [first, second] = [await repository.newImage(), await repository.newImage()];
      for (const image of [first, second]) await repository.pushManifest(image, 'moved');
      const target = repository.manifestPath('moved');
      const remove = (digest: string) =>
        http.send({ method: 'DELETE', target, headers: { 'If-Match': `"${digest}"` } });
      expectRefusal(await remove(first.digest), 412);
      expect((await repository.getManifest('moved')).body.equals(second.bytes)).toBe(true);
      expectStatus(await remove(second.digest), 202);
    },
  },
  {
    says: '404 MANIFEST_UNKNOWN for a tag that is not there',
    test: async ({ http, repository }) => {
      await repository.pushManifest(await repository.newImage(), 'other');
      expectRefusal(await http.delete(repository.manifestPath('missing')), 404, 'MANIFEST_UNKNOWN');
    },
  },
]);

const manifests = rowsOf('Deleting manifests', '017', [
  ...eachAlgorithm((algorithm) => ({
    covers: ['delete-manifest.accepted', 'pull-manifest.missing', 'exists.missing'],
    says: 'end-9: 202, then 404 for the digest and for every tag of it; other manifests stay',
    test: async ({ http, repository }) => {
      const { bytes, mediaType } = await repository.newImage();
      const digest = digestOf(bytes, algorithm);
      const target = `${repository.manifestPath(digest)}?tag=a&tag=b`;
      expectStatus(await http.put(target, { headers: { 'Content-Type': mediaType }, body: bytes }), 201);
      await repository.pushManifest(await repository.newImage(), 'c');
      expectStatus(await http.delete(repository.manifestPath(digest)), 202);
      for (const reference of [digest, 'a', 'b']) {
        expectRefusal(await repository.getManifest(reference), 404, 'MANIFEST_UNKNOWN');
        expectRefusal(await repository.headManifest(reference), 404);
      }
      expectStatus(await repository.getManifest('c'), 200);
      expect(await repository.tags()).toEqual(['c']);
    },
  })),
  {
    says: '404 MANIFEST_UNKNOWN for a digest that is not there, also the second time',
    test: async ({ http, repository }) => {
      const image = await repository.newImage();
      await repository.pushManifest(image);
      expectRefusal(await http.delete(repository.manifestPath(unknownDigest())), 404, 'MANIFEST_UNKNOWN');
      expectStatus(await http.delete(repository.manifestPath(image.digest)), 202);
      expectRefusal(await http.delete(repository.manifestPath(image.digest)), 404, 'MANIFEST_UNKNOWN');
    },
  },
  {
    covers: ['delete-manifest.missing-repository'],
    says: '404 in a repository that does not exist',
    test: async ({ http, repository }) => {
      expectRefusal(await http.delete(repository.manifestPath(unknownDigest())), 404);
      expectRefusal(await http.delete(repository.manifestPath('latest')), 404);
    },
  },
  {
    says: 'what an index lists stays when the index is deleted',
    test: async ({ http, repository }) => {
      const image = await repository.newImage();
      await repository.pushManifest(image);
      const index = indexOf({ manifests: [describeManifest(image)] });
      await repository.pushManifest(index, 'index');
      expectStatus(await http.delete(repository.manifestPath(index.digest)), 202);
      expectStatus(await repository.getManifest(image.digest), 200);
    },
  },
  {
    says: 'other repositories keep the same manifest',
    test: async ({ http, repository }) => {
      const other = newRepository(http);
      const index = indexOf({ manifests: [] });
      for (const one of [repository, other]) await one.pushManifest(index, 'latest');
      expectStatus(await http.delete(repository.manifestPath(index.digest)), 202);
      expect((await other.getManifest('latest')).body.equals(index.bytes)).toBe(true);
    },
  },
  {
    says: 'pushed again, it is there again',
    test: async ({ http, repository }) => {
      const image = await repository.newImage();
      await repository.pushManifest(image, 'latest');
      expectStatus(await http.delete(repository.manifestPath(image.digest)), 202);
      await repository.pushManifest(image, 'latest');
      expect((await repository.getManifest('latest')).body.equals(image.bytes)).toBe(true);
    },
  },
]);

const blobs = rowsOf('Deleting blobs', '018', [
  ...eachAlgorithm((algorithm) => ({
    covers: ['delete-blob.accepted', 'delete-blob.missing', 'pull-blob.missing', 'exists.missing'],
    says: 'end-10: 202, then 404, also for deleting it again',
    test: async ({ http, repository }) => {
      const [blob, stays] = [newBlob(512, algorithm), newBlob(512, algorithm)];
      for (const one of [blob, stays]) await repository.pushBlob(one);
      expectStatus(await http.delete(repository.blobPath(blob.digest)), 202);
      expectRefusal(await http.get(repository.blobPath(blob.digest)), 404, 'BLOB_UNKNOWN');
      await expectAbsent(repository, blob.digest);
      expectRefusal(await http.delete(repository.blobPath(blob.digest)), 404, 'BLOB_UNKNOWN');
      await expectPullable(repository, stays);
    },
  })),
  {
    covers: ['delete-blob.missing'],
    says: '404 in a repository that does not exist, and for a blob of another one',
    test: async ({ http, repository }) => {
      const other = newRepository(http);
      const blob = newBlob();
      await other.pushBlob(blob);
      expectRefusal(await http.delete(repository.blobPath(blob.digest)), 404);
      await expectPullable(other, blob);
    },
  },
  {
    says: 'other repositories keep the same blob',
    test: async ({ http, repository }) => {
      const other = newRepository(http);
      const blob = newBlob();
      for (const one of [repository, other]) await one.pushBlob(blob);
      expectStatus(await http.delete(repository.blobPath(blob.digest)), 202);
      await expectPullable(other, blob);
    },
  },
  {
    says: 'pushed again, it is there again',
    test: async ({ http, repository }) => {
      const blob = newBlob();
      await repository.pushBlob(blob);
      expectStatus(await http.delete(repository.blobPath(blob.digest)), 202);
      await repository.pushBlob(blob);
      await expectPullable(repository, blob);
    },
  },
]);

export const deletionRows: readonly Row[] = [...tags, ...manifests, ...blobs];
