/**
 * Mounting a blob from another repository, so that it need not be sent again.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#mounting-a-blob-from-another-repository
 * @module
 */
/* oxlint-disable vitest/no-standalone-expect -- the rows are tests, which conformance.test.ts runs */
import { expect } from 'vitest';
import { headerOf } from './client.ts';
import { newBlob, unknownDigest } from './content.ts';
import { expectPullable, expectStatus, locationOf, newName, newRepository, OCTETS, withDigest } from './repository.ts';
import { eachAlgorithm, rowsOf, type Row, type Subject } from './rows.ts';

export const blobMountRows: readonly Row[] = rowsOf('Mounting a blob from another repository', '014', [
  ...eachAlgorithm((algorithm) => ({
    covers: ['mount.created'],
    says: 'end-11: gives 201 and where to pull it, without a byte being sent',
    test: async ({ http, repository }) => {
      const source = newRepository(http);
      const blob = newBlob(512, algorithm);
      await source.pushBlob(blob);
      const answer = await http.post(`${repository.path}/blobs/uploads/?mount=${blob.digest}&from=${source.name}`);
      expectStatus(answer, 201);
      expect(headerOf(answer, 'docker-content-digest')).toBe(blob.digest);
      const pulled = await http.get(locationOf(answer));
      expect(pulled.body.equals(blob.bytes)).toBe(true);
      expect(pulled.to).toContain(repository.path);
      await expectPullable(repository, blob);
    },
  })),
  {
    covers: ['mount.created'],
    says: 'digest and name may come percent-encoded, as most clients send them',
    test: async ({ http, repository }) => {
      const source = newRepository(http);
      const blob = newBlob();
      await source.pushBlob(blob);
      const query = `from=${encodeURIComponent(source.name)}&mount=${encodeURIComponent(blob.digest)}`;
      expectStatus(await http.post(`${repository.path}/blobs/uploads/?${query}`), 201);
      await expectPullable(repository, blob);
    },
  },
  {
    says: 'without from, any repository that the client may read will do',
    test: async ({ http, repository }) => {
      const source = newRepository(http);
      const blob = newBlob();
      await source.pushBlob(blob);
      expectStatus(await http.post(`${repository.path}/blobs/uploads/?mount=${blob.digest}`), 201);
      await expectPullable(repository, blob);
    },
  },
  {
    says: 'of a blob that the repository has already',
    test: async ({ http, repository }) => {
      const blob = newBlob();
      await repository.pushBlob(blob);
      const query = `mount=${blob.digest}&from=${repository.name}`;
      expectStatus(await http.post(`${repository.path}/blobs/uploads/?${query}`), 201);
    },
  },
  ...[
    { from: true, why: 'from a repository that does not have it' },
    { from: false, why: 'that no repository has' },
  ].map(({ from, why }) => ({
    covers: ['mount.fallback' as const],
    says: `202 for a blob ${why}, with a session that takes it`,
    test: async ({ http, repository }: Subject) => {
      const source = newRepository(http);
      await source.pushBlob(newBlob());
      const blob = newBlob();
      const query = `mount=${blob.digest}${from ? `&from=${source.name}` : ''}`;
      const answer = await http.post(`${repository.path}/blobs/uploads/?${query}`);
      expectStatus(answer, 202);
      const location = withDigest(locationOf(answer), blob.digest);
      expectStatus(await http.put(location, { headers: OCTETS, body: blob.bytes }), 201);
      await expectPullable(repository, blob);
    },
  })),
  {
    covers: ['mount.fallback'],
    says: '202 for a repository that does not exist',
    test: async ({ http, repository }) => {
      const query = `mount=${unknownDigest()}&from=${newName()}`;
      expectStatus(await http.post(`${repository.path}/blobs/uploads/?${query}`), 202);
    },
  },
  {
    says: 'looks in the repository that was named, not in all: a mount tells no more than a pull would',
    test: async ({ http, repository }) => {
      const [holder, named] = [newRepository(http), newRepository(http)];
      const blob = newBlob();
      await holder.pushBlob(blob);
      await named.pushBlob(newBlob());
      const query = `mount=${blob.digest}&from=${named.name}`;
      expectStatus(await http.post(`${repository.path}/blobs/uploads/?${query}`), 202);
    },
  },
  {
    story: '036',
    says: 'what was mounted stays when the source is deleted',
    test: async ({ http, repository }) => {
      const source = newRepository(http);
      const blob = newBlob();
      await source.pushBlob(blob);
      const query = `mount=${blob.digest}&from=${source.name}`;
      expectStatus(await http.post(`${repository.path}/blobs/uploads/?${query}`), 201);
      expectStatus(await http.delete(source.blobPath(blob.digest)), 202);
      await expectPullable(repository, blob);
    },
  },
  ...['sha256:abc', 'none', ''].map((digest) => ({
    covers: ['push-blob.bad-digest' as const],
    says: `mounts nothing for the digest ${JSON.stringify(digest)}`,
    test: async ({ http, repository }: Subject) => {
      const target = `${repository.path}/blobs/uploads/?mount=${digest}&from=${newName()}`;
      expectStatus(await http.post(target), 400, 202);
    },
  })),
]);
