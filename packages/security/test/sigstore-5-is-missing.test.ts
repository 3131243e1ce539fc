/** Runs where tools/sigstore-5 is not installed, so that what is left out is named. */
import { expect, it } from 'vitest';
import { isInstalled } from './sigstore-5.ts';

it.skipIf(!isInstalled)("tests on sigstore 5: run 'npm ci' in tools/sigstore-5 first", () => {
  expect(isInstalled).toBe(true);
});
