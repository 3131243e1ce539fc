/** One byte of one part is changed: the code names the part. All bytes are gone through in the integration test. */
import { beforeAll, describe, expect, it } from 'vitest';
import { signedBundles, type BundleName, type SignedBundles } from '../../test/signed-bundles.ts';
import { describePath, leavesOf } from '../../test/json-leaves.ts';
import { flipByte, partOf, sizeOfLeaf } from '../../test/tampering.ts';
import { verdictOf } from '../../test/bundle-verdict.ts';

let made: SignedBundles;
beforeAll(async () => {
  made = await signedBundles();
});

/** The first byte, one in the middle, the last. */
function someOffsets(size: number): readonly number[] {
  return size === 0 ? [] : [...new Set([0, size >> 1, size - 1])];
}

describe.each(['keyless-rekor1', 'key-alone', 'message'] as const)('%s', (name) => {
  it('is refused with the code of the part, wherever a byte was changed', () => {
    const bundle: unknown = JSON.parse(made.json[name]);
    for (const path of leavesOf(bundle)) {
      const { codes } = partOf(path);
      for (const at of someOffsets(sizeOfLeaf(bundle, path))) {
        const verdict = verdictOf(made, name, flipByte(bundle, path, at, 1));
        expect(codes, `${describePath(path)} at ${at}: ${verdict}`).toContain(verdict);
      }
    }
  });
});

it('has looked at every part that errors are documented for', () => {
  const names: readonly BundleName[] = ['keyless-rekor1', 'key-witnessed', 'message'];
  const parts = new Set(
    names.flatMap((name) => leavesOf(JSON.parse(made.json[name])).map((path) => partOf(path).part)),
  );
  expect([...parts].toSorted()).toEqual([
    'certificate',
    'digest',
    'hint',
    'key id of the envelope',
    'log entry',
    'media type',
    'name of a digest',
    'number of a log entry',
    'payload',
    'signature',
    'time of a log entry',
    'timestamp',
    'type of the payload',
  ]);
});
