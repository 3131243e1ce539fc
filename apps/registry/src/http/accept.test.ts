import { MEDIA_TYPES } from '@squizzle/oci-spec';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isAcceptable } from './accept.ts';

const STORED = MEDIA_TYPES.ociManifest;

it.each([
  { accept: undefined, expected: true, why: 'no header takes everything' },
  { accept: '', expected: true, why: 'an empty one says nothing' },
  { accept: STORED, expected: true, why: 'just that' },
  { accept: `${MEDIA_TYPES.ociIndex}, ${STORED}`, expected: true, why: 'one of several headers' },
  { accept: `${STORED};charset=utf-8`, expected: true, why: 'parameters are no part of the type' },
  { accept: STORED.toUpperCase(), expected: true, why: 'types have no case' },
  { accept: '*/*', expected: true, why: 'anything' },
  { accept: 'text/html, */*;q=0.1', expected: true, why: 'anything, if need be' },
  { accept: 'application/*', expected: true, why: 'any application' },
  { accept: 'application/json', expected: true, why: 'manifests are JSON' },
  { accept: `${STORED};q=0.001`, expected: true, why: 'little is not nothing' },
  { accept: `${STORED};q=zero`, expected: true, why: 'a weight that cannot be read' },
  { accept: MEDIA_TYPES.dockerManifest, expected: false, why: 'another type' },
  { accept: 'text/html', expected: false, why: 'a browser' },
  { accept: 'text/*', expected: false, why: 'another range' },
  { accept: `${STORED};q=0`, expected: false, why: 'this one not' },
  { accept: `${STORED};q=0.000, */*`, expected: false, why: 'anything but this one' },
  { accept: `*/*, ${STORED} ; Q=0`, expected: false, why: 'the closest range decides, wherever it stands' },
  { accept: `*/*;q=0, ${STORED}`, expected: true, why: 'only this one' },
  { accept: `${STORED};q=0, ${STORED}`, expected: true, why: 'named twice, wanted once' },
  { accept: `${STORED}, ${STORED};q=0`, expected: true, why: 'in either order' },
  { accept: ',,', expected: false, why: 'a list of nothing' },
])('$accept: $why', ({ accept, expected }) => {
  expect(isAcceptable(accept, STORED)).toBe(expected);
});

it('takes the stored type wherever it stands among others', () => {
  const other = fc.constantFrom('text/html', 'application/vnd.oci.image.index.v1+json', '*/*;q=0', ';;', 'a/b;q=x', '');
  fc.assert(
    fc.property(fc.array(other), fc.array(other), (before, after) => {
      expect(isAcceptable([...before, STORED, ...after].join(', '), STORED)).toBe(true);
    }),
  );
});
