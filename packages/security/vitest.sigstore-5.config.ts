/**
 * The unit tests on sigstore's line 5.
 *
 * @module
 */
import { defineProject } from 'vitest/config';
import { unitProject } from '../../tools/vitest.ts';
import { alias, isInstalled } from './test/sigstore-5.ts';

/** Folders of what calls the libraries. */
const TOUCHED = ['src/{attachments,bundle,policy,providers,signing,trusted-root,verification,witnesses}/**/*.test.ts'];

export default isInstalled
  ? unitProject('security', { name: 'sigstore-5:unit', alias, include: TOUCHED })
  : defineProject({
      test: { name: 'sigstore-5:unit', include: ['test/sigstore-5-is-missing.test.ts'] },
    });
