import { createHash } from 'node:crypto';
import { SquizzleError } from '@squizzle/core';
import { expect, it } from 'vitest';
import { createCli, SHOP } from '../../test/cli-fixture.ts';
import { createSignedShop, SIGNED_CONFIG, SIGNED_POLICY } from '../../test/signed-shop.ts';

it('shows what the policy says', async () => {
  const cli = await createSignedShop();
  const shown = await cli.json('trust show');
  expect(shown).toMatchObject({
    file: 'squizzle.trust.yaml',
    digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as unknown,
    expires: '2027-06-30T00:00:00.000Z',
    principals: [
      { name: 'ci', kind: 'key', root: 'none', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown },
      { name: 'dba', kind: 'key' },
    ],
    rules: [
      {
        environments: ['production'],
        unsigned: null,
        signature: { anyOf: ['ci'], min: 1 },
        antiRollback: { chain: true },
      },
      { environments: ['development'], attestations: [] },
    ],
  });
  const { stdout } = await cli.squizzle('trust show');
  expect(stdout).toContain(String(shown['digest']));
  expect(stdout).toContain('signature of ci\n');
  expect(stdout).toContain('of dba: not who signed; environment = $env; decision = approve; not expired\n');
  expect(stdout).toContain('signature of 1 of ci, dba\n');
});

it('shows identities with all that is asked of them', async () => {
  const policy = `apiVersion: squizzle.dev/trust/v1
roots: { public: { trustedRoot: { builtin: sigstore-public-good } } }
principals:
  ci: { keyless: { root: public, issuer: https://issuer.test, san: { glob: "https://github.com/acme/db/*" }, claims: { sourceRepositoryId: "42" } } }
rules:
  - { environments: ["*"], require: { signature: { anyOf: [ci] } } }
`;
  const cli = await createCli({ ...SHOP, 'squizzle.trust.yaml': policy });
  expect(await cli.json('trust show')).toMatchObject({
    expires: null,
    principals: [
      { kind: 'keyless', san: 'https://github.com/acme/db/*', sanIsGlob: true, claims: { sourceRepositoryId: '42' } },
    ],
  });
  expect((await cli.squizzle('trust show')).stdout).toContain(
    'ci: https://github.com/acme/db/* of https://issuer.test, sourceRepositoryId 42, (root public)',
  );
  expect((await cli.squizzle('trust lint')).exitCode).toBe(0);
});

it('says whether the policy is the one that is pinned and signed, as other commands will', async () => {
  const cli = await createSignedShop();
  const unguarded = await cli.json('trust show');
  expect(unguarded).toMatchObject({ pins: [], signature: null });
  const digest = String(unguarded['digest']);
  const other = `sha256:${'0'.repeat(64)}`;
  const guards = `trust: { digest: "${digest}", signedBy: { key: dba.pub } }\n`;
  await cli.write({ 'squizzle.yaml': `${SIGNED_CONFIG}${guards}` });
  const env = { SQUIZZLE_TRUST_DIGEST: other };
  expect(await cli.json('trust show', { env })).toMatchObject({
    pins: [
      { by: 'SQUIZZLE_TRUST_DIGEST', digest: other, met: false },
      { by: 'trust.digest of squizzle.yaml', digest, met: true },
    ],
    signature: { valid: false, by: null, reason: expect.stringContaining('there is no such file') as unknown },
  });
  const { stdout } = await cli.squizzle('trust show', { env });
  expect(stdout).toContain(`pin: NOT met (SQUIZZLE_TRUST_DIGEST pins ${other})\n`);
  expect(stdout).toContain('pin: met (trust.digest of squizzle.yaml)\nsignature: not valid: it must be signed');
  await cli.json('trust sign --key ci.key');
  const wrong = await cli.squizzle('trust lint');
  expect(wrong.exitCode).toBe(4);
  expect(wrong.stdout).toContain('signature: not valid: SIGNER_UNKNOWN');
  expect(wrong.stdout).toContain('squizzle.trust.yaml has no error and');
  await cli.json('trust sign --key dba.key');
  expect(await cli.json('trust lint')).toMatchObject({
    valid: true,
    pins: [{ met: true }],
    signature: { valid: true, by: expect.stringMatching(/^key sha256:[0-9a-f]{64}$/) as unknown, reason: null },
  });
  const pinned = await cli.squizzle('trust lint --json', { env });
  expect(pinned.exitCode).toBe(4);
  expect(JSON.parse(pinned.stdout)).toMatchObject({ valid: false, faults: [], pins: [{ met: false }, { met: true }] });
});

it('finds every fault at its line, and ends with 4', async () => {
  const policy = SIGNED_POLICY.replace('anyOf: [ci]}', 'anyOf: [cii]}').replace(
    'root: none}\n  dba',
    'rot: none}\n  dba',
  );
  const cli = await createSignedShop({ 'squizzle.trust.yaml': policy });
  const { exitCode, stdout, stderr } = await cli.squizzle('trust lint');
  expect(exitCode).toBe(4);
  expect(stderr).toBe('');
  expect(stdout).toContain('squizzle.trust.yaml:4:');
  expect(stdout).toContain('squizzle.trust.yaml:9:');
  expect(stdout).toContain('squizzle.trust.yaml has 2 errors and');
  const json = await cli.squizzle('trust lint --json');
  expect(json.exitCode).toBe(4);
  expect(JSON.parse(json.stdout)).toMatchObject({
    valid: false,
    faults: [{ severity: 'error', line: 4 }, { line: 9 }],
  });
});

it('takes another file, and says when there is none', async () => {
  const cli = await createCli({
    ...SHOP,
    'loose.yaml':
      'apiVersion: squizzle.dev/trust/v1\nrules: [{ environments: [x], unsigned: { allowed: true, reason: y } }]\n',
  });
  expect(await cli.json('trust lint --policy loose.yaml')).toMatchObject({ valid: true, file: 'loose.yaml' });
  for (const command of ['trust show', 'trust lint', 'trust show --policy no.yaml'])
    expect(await cli.failure(command), command).toMatchObject({ code: 'POLICY_INVALID', exitCode: 4 });
});

it('fetches a trusted root, and never writes over one unless told', async () => {
  const cli = await createCli({ 'root.json': '{}' });
  const bytes = new TextEncoder().encode('{"mediaType":"a root"}');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const asked: unknown[] = [];
  const { fetchTrustedRoot, ...tools } = await import('@squizzle/security');
  const loadSecurity = async () => ({
    ...tools,
    fetchTrustedRoot: async (options: Parameters<typeof fetchTrustedRoot>[0]) => {
      asked.push(options);
      if (options.mirrorUrl.includes('bad'))
        throw new SquizzleError('TRUST_ROOT_INVALID', 'it has expired', { root: 'x', reason: 'it has expired' });
      return { bytes, sha256 };
    },
  });
  const call = { adapters: { loadSecurity } };
  expect(await cli.json('trust fetch -o trust/root.json', call)).toEqual({
    file: 'trust/root.json',
    sha256,
    mirror: 'https://tuf-repo-cdn.sigstore.dev',
  });
  expect(await cli.read('trust/root.json')).toBe('{"mediaType":"a root"}');
  expect(await cli.failure('trust fetch -o trust/root.json', call)).toMatchObject({ code: 'FILE_EXISTS' });
  await cli.json('trust fetch -o trust/root.json --force --mirror https://tuf.acme.test --root root.json', call);
  expect(asked).toMatchObject([{ rootJson: null }, {}, { mirrorUrl: 'https://tuf.acme.test', rootJson: '{}' }]);
  expect(await cli.failure('trust fetch -o no.json --mirror https://bad.test --root root.json', call)).toMatchObject({
    code: 'TRUST_ROOT_INVALID',
    exitCode: 4,
  });
  await expect(cli.read('no.json')).rejects.toThrow('ENOENT');
});
