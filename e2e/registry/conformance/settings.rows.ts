/**
 * Rows that need a server with settings of their own: what is switched off, and what takes time.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#content-management
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises';
import { headerOf } from './client.ts';
import { newBlob, unknownDigest } from './content.ts';
import { expectPullable, expectStatus, OCTETS } from './repository.ts';
import { expectRefusal, rowsOf, type Row } from './rows.ts';

interface Settings {
  /** Flags of `serve`. */
  readonly args: readonly string[];
  readonly rows: readonly Row[];
}

const WITHIN_MS = 10_000;

const withoutDeletion = rowsOf('Content management, switched off', '017', [
  {
    covers: ['delete-tag.disabled', 'delete-manifest.disabled'],
    says: '400 or 405 for deleting a tag or a manifest, which both stay',
    test: async ({ http, repository }) => {
      const image = await repository.newImage();
      await repository.pushManifest(image, 'latest');
      for (const reference of ['latest', image.digest]) {
        expectRefusal(await http.delete(repository.manifestPath(reference)), [400, 405], 'UNSUPPORTED');
        expectStatus(await repository.getManifest(reference), 200);
      }
    },
  },
  {
    story: '018',
    covers: ['delete-blob.disabled'],
    says: '400 or 405 for deleting a blob, which stays, and for one that is not there',
    test: async ({ http, repository }) => {
      const blob = newBlob();
      await repository.pushBlob(blob);
      expectRefusal(await http.delete(repository.blobPath(blob.digest)), [400, 405], 'UNSUPPORTED');
      await expectPullable(repository, blob);
      expectRefusal(await http.delete(repository.blobPath(unknownDigest())), [400, 405], 'UNSUPPORTED');
    },
  },
  {
    story: '019',
    covers: ['cancel.no-content'],
    says: 'an upload can be cancelled all the same',
    test: async ({ http, repository }) => expectStatus(await http.delete(await repository.startUpload()), 204),
  },
]);

const shortLived = rowsOf('Uploads that nobody finishes', '019', [
  {
    covers: ['cancel.timeout'],
    says: 'an upload that rests longer than its time is gone; one that goes on stays',
    test: async ({ http, repository }) => {
      const [resting, active] = [await repository.startUpload(), await repository.startUpload()];
      const until = performance.now() + WITHIN_MS;
      let location = active;
      // Asking for the status of the resting one would keep neither of them: only writing counts.
      while ((await http.get(resting)).status !== 404) {
        if (performance.now() > until) throw new RangeError(`the upload was still there after ${WITHIN_MS} ms`);
        const answer = await http.patch(location, { headers: OCTETS, body: newBlob(1).bytes });
        expectStatus(answer, 202);
        location = headerOf(answer, 'location') ?? location;
        await wait(50);
      }
      expectStatus(await http.get(location), 204);
      expectRefusal(await http.get(resting), 404, 'BLOB_UPLOAD_UNKNOWN');
    },
  },
]);

export const SETTINGS: readonly Settings[] = [
  { args: ['--no-delete'], rows: withoutDeletion },
  { args: ['--upload-expiry', '1s', '--upload-sweep-interval', '100ms'], rows: shortLived },
];
