import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { listConfigKeys } from './config-keys.ts';
import { OVERRIDES } from './overrides.ts';

const page = (): Promise<string> => readFile(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8');

it('lists every key of the schema', () => {
  expect(listConfigKeys()).toEqual([
    'name',
    'layout',
    'sources',
    'sources.migrations',
    'sources.repeatable',
    'sources.seeds',
    'store',
    'remote',
    'registries',
    'registries.<name>.insecure',
    'registries.<name>.ca',
    'registries.<name>.clientCertificate',
    'registries.<name>.clientKey',
    'source',
    'requires',
    'requires.postgres',
    'requires.extensions',
    'ledgerSchema',
    'trust',
    'trust.policy',
    'trust.digest',
    'trust.signedBy',
    'trust.signedBy.key',
    'trust.signedBy.issuer',
    'trust.signedBy.san',
    'trust.signedBy.trustedRoot',
    'trust.signedBy.trustedRoot.builtin',
    'trust.signedBy.trustedRoot.file',
    'trust.signedBy.trustedRoot.sha256',
    'signing',
    'signing.key',
    'signing.identity',
    'signing.signingConfig',
    'signing.fulcio',
    'signing.rekor',
    'signing.rekor.url',
    'signing.rekor.version',
    'signing.tsa',
    'signing.oidcIssuer',
    'signing.oidcClientId',
    'signing.trustedRoot',
    'signing.trustedRoot.builtin',
    'signing.trustedRoot.file',
    'signing.trustedRoot.sha256',
    'signing.compat',
    'defaultEnvironment',
    'environments',
    'environments.<name>.database',
    'environments.<name>.trust',
    'environments.<name>.trust.unsigned',
    'environments.<name>.trust.unsigned.allowed',
    'environments.<name>.trust.unsigned.reason',
    'environments.<name>.transaction',
    'environments.<name>.lockTimeout',
    'environments.<name>.statementTimeout',
    'environments.<name>.wait',
  ]);
});

it('docs/configuration.md explains every key, and no other', async () => {
  const [, keys = ''] = (await page()).split(/^## /m);
  expect(Array.from(keys.matchAll(/^\| `([^`]+)` +\|/gm), ([, key]) => key)).toEqual(listConfigKeys());
});

it('docs/configuration.md explains every variable', async () => {
  const documented = Array.from((await page()).matchAll(/^\| `(SQUIZZLE_\w+)` +\|/gm), ([, name]) => name);
  expect(documented).toEqual(Object.keys(OVERRIDES));
});
