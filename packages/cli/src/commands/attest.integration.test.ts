import { expect, it } from 'vitest';
import { APPROVE, createSignedShop } from '../../test/signed-shop.ts';

const GITHUB = {
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: 'acme/db',
  GITHUB_REF: 'refs/heads/main',
  GITHUB_WORKFLOW_REF: 'acme/db/.github/workflows/release.yml@refs/heads/main',
  GITHUB_RUN_ID: '7',
  GITHUB_RUN_ATTEMPT: '1',
  GITHUB_EVENT_NAME: 'push',
  GITHUB_REPOSITORY_ID: '42',
  GITHUB_REPOSITORY_OWNER_ID: '1',
  GITHUB_SHA: '8d7c1af0a9b1c2d3e4f5061728394a5b6c7d8e9f',
  RUNNER_ENVIRONMENT: 'github-hosted',
};

it.each([
  { type: 'sbom', predicateType: 'https://cyclonedx.org/bom', predicate: { bomFormat: 'CycloneDX' } },
  {
    type: 'release',
    predicateType: 'https://in-toto.io/attestation/release/v0.1',
    predicate: {
      version: '1.0.0',
      purl: expect.stringMatching(/^pkg:oci\/shop@sha256%3A[0-9a-f]{64}\?tag=v1\.0\.0$/) as unknown,
    },
  },
  {
    type: 'test-result --predicate result.json',
    predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
    predicate: { result: 'PASSED' },
  },
  {
    type: 'https://acme.test/review/v1 --predicate result.json',
    predicateType: 'https://acme.test/review/v1',
    predicate: { result: 'PASSED' },
  },
])('attests $type', async ({ type, predicateType, predicate }) => {
  const cli = await createSignedShop({ 'result.json': '{"result":"PASSED","configuration":[]}' });
  await cli.json('build');
  expect(await cli.json(`attest 1.0.0 --type ${type} --key ci.key`)).toMatchObject({
    version: '1.0.0',
    predicateType,
    predicate,
  });
});

it('says what the ledger says, and nothing that it does not say', async () => {
  const cli = await createSignedShop();
  await cli.json('build --sign --key ci.key');
  const early = await cli.failure('attest 1.0.0 --type apply --key ci.key');
  expect(early).toMatchObject({ code: 'USAGE_INVALID', exitCode: 2 });
  expect(early.message).toContain('does not say that 1.0.0');
  await cli.json('apply');
  const { digest } = await cli.json('trust show');
  const { events } = (await cli.json('history')) as { events: readonly { hash: string }[] };
  expect(await cli.json('attest 1.0.0 --type apply --key ci.key')).toMatchObject({
    predicate: {
      environment: 'development',
      release: '1.0.0',
      policyDigest: digest,
      database: `sha256:${events[0]?.hash ?? ''}`,
      ledgerHead: events[0]?.hash,
    },
  });
});

it('traces a release to the run of a pipeline, or to a builder that is named', async () => {
  const cli = await createSignedShop();
  await cli.write({ 'squizzle.yaml': `${await cli.read('squizzle.yaml')}source: https://github.com/acme/db\n` });
  await cli.json('build');
  const run = await cli.json('attest 1.0.0 --type provenance --key ci.key', { env: GITHUB });
  expect(run).toMatchObject({
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: { externalParameters: { workflow: { repository: 'https://github.com/acme/db' } } },
      runDetails: { metadata: { invocationId: 'https://github.com/acme/db/actions/runs/7/attempts/1' } },
    },
  });
  const nowhere = await cli.failure('attest 1.0.0 --type provenance --key ci.key');
  expect(nowhere).toMatchObject({ code: 'USAGE_INVALID' });
  expect(nowhere.message).toContain('--builder');
  const untraced = await cli.failure('attest 1.0.0 --type provenance --builder https://acme.test/b --key ci.key');
  expect(untraced.message).toContain('the commit it was built of');
  const { GITHUB_SHA, ...lost } = GITHUB;
  expect(await cli.failure('attest 1.0.0 --type provenance --key ci.key', { env: lost })).toMatchObject({
    code: 'IDENTITY_UNAVAILABLE',
  });
  await cli.json(`build ${GITHUB_SHA} --allow-empty`, { env: { PATH: '' } });
  const own = await cli.json('attest 1.0.1 --type provenance --builder https://acme.test/b --key ci.key');
  expect(own).toMatchObject({
    predicate: {
      buildDefinition: { resolvedDependencies: [{ digest: { gitCommit: GITHUB_SHA } }] },
      runDetails: { builder: { id: 'https://acme.test/b' } },
    },
  });
});

it('takes a rehearsal of this release alone', async () => {
  const cli = await createSignedShop();
  await cli.json('build --sign --key ci.key');
  const rehearsal = await cli.json('rehearse --base empty');
  await cli.write({ 'rehearsal.json': JSON.stringify(rehearsal) });
  const command = 'attest 1.0.0 --type rehearsal --predicate rehearsal.json --key ci.key';
  expect(await cli.json(command)).toMatchObject({
    predicateType: 'https://squizzle.dev/attestations/rehearsal/v1',
    predicate: { from: null, to: '1.0.0', sound: true, rollback: { missing: null, differences: 0 } },
  });
  await cli.write({ 'rehearsal.json': JSON.stringify({ ...rehearsal, digest: `sha256:${'0'.repeat(64)}` }) });
  expect((await cli.failure(command)).message).toContain('is about another release than 1.0.0');
  await cli.write({ 'rehearsal.json': JSON.stringify({ sound: true, to: '1.0.0' }) });
  expect((await cli.failure(command)).message).toContain("is not what 'squizzle rehearse --json' writes");
});

it.each([
  { why: 'an unknown type', args: '--type sbmo', says: "'sbmo' is no type of attestation" },
  { why: 'a file that is not there', args: '--type test-result --predicate no.json', says: 'there is no such file' },
  { why: 'no file', args: '--type test-result', says: 'name it with --predicate' },
  { why: 'a file for what is made', args: '--type sbom --predicate list.json', says: 'takes no file' },
  { why: 'a list', args: '--type test-result --predicate list.json', says: 'expected one JSON object' },
  { why: 'no JSON', args: '--type test-result --predicate secret.txt', says: 'expected one JSON object' },
  {
    why: 'more than a bundle may have',
    args: '--type test-result --predicate large.json',
    says: 'more than the 716800 bytes',
  },
])('refuses $why', async ({ args, says }) => {
  const files = { 'list.json': '[]', 'secret.txt': 'hunter2', 'large.json': `{"a":"${'x'.repeat(716_800)}"}` };
  const cli = await createSignedShop(files);
  await cli.json('build');
  const failure = await cli.failure(`attest 1.0.0 ${args} --key ci.key`);
  expect(failure).toMatchObject({ code: 'USAGE_INVALID', exitCode: 2 });
  expect(failure.message).toContain(says);
  expect(failure.message).not.toContain('hunter2');
});

it('approves for the environment that is named, for a while', async () => {
  const cli = await createSignedShop();
  await cli.json('build');
  const approved = await cli.squizzle([...APPROVE, '--expires', '12h', '--json']);
  expect(JSON.parse(approved.stdout)).toMatchObject({
    environment: 'production',
    decision: 'approve',
    reason: 'reviewed, DB-12',
    expires: '2026-11-21T16:16:05.000Z',
    predicateType: 'https://squizzle.dev/attestations/approval/v1',
  });
  expect((await cli.squizzle([...APPROVE, '--reject'])).stdout).toContain('rejected shop 1.0.0');
});

it.each([
  {
    why: 'no environment',
    argv: APPROVE.filter((word) => word !== '-e' && word !== 'production'),
    says: 'name it with --env',
  },
  {
    why: 'one that is not there',
    argv: APPROVE.map((word) => word.replace('production', 'prodution')),
    says: "did you mean 'production'?",
  },
  {
    why: 'no reason',
    argv: APPROVE.map((word) => (word.startsWith('reviewed') ? ' ' : word)),
    says: 'the reason is empty',
  },
  { why: 'a time without unit', argv: [...APPROVE, '--expires', '7'], says: 'Expected a duration' },
])('approves nothing with $why', async ({ argv, says }) => {
  const cli = await createSignedShop();
  await cli.json('build');
  const failure = await cli.failure(argv);
  expect(failure).toMatchObject({ code: 'USAGE_INVALID', exitCode: 2 });
  expect(failure.message).toContain(says);
});
