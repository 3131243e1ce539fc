import { expect, it } from 'vitest';
import { ORDERS } from '../../test/cli-fixture.ts';
import { APPROVE, createSignedShop, SIGNED_CONFIG, SIGNED_POLICY } from '../../test/signed-shop.ts';

type Shop = Awaited<ReturnType<typeof createSignedShop>>;

const SIGN = 'build --sign --key ci.key';
const approveAs = (key: string, ...more: readonly string[]) => [
  ...APPROVE.map((word) => word.replace('dba.key', key)),
  ...more,
];

const SIGN_NEXT = "to go on: 'squizzle sign 1.0.0', by ci";
const APPROVE_NEXT = `to go on: 'squizzle approve 1.0.0 --env production --reason "…"', by dba, and not by who signed`;

/** What was done to a release, and what production says to it then. */
it.each<{
  why: string;
  code: string;
  does: (cli: Shop) => Promise<unknown>;
  says: string;
  explains: string;
  /** Who has to say what. */
  next: string;
}>([
  {
    why: 'nobody signed',
    code: 'SIGNATURE_MISSING',
    does: (cli) => cli.json('build'),
    says: 'production',
    explains: 'not met: a signature of ci',
    next: SIGN_NEXT,
  },
  {
    why: 'somebody signed whom the policy does not know',
    code: 'SIGNATURE_REFUSED',
    does: (cli) => cli.json('build --sign --key nobody.key'),
    says: 'production',
    explains: 'SIGNER_UNKNOWN',
    next: SIGN_NEXT,
  },
  {
    why: 'somebody signed who may approve, not sign',
    code: 'SIGNATURE_REFUSED',
    does: (cli) => cli.json('build --sign --key dba.key'),
    says: 'production',
    explains: 'unused',
    next: SIGN_NEXT,
  },
  {
    why: 'nobody approved',
    code: 'ATTESTATION_MISSING',
    does: (cli) => cli.json(SIGN),
    says: 'approval',
    explains: 'not met: an attestation https://squizzle.dev/attestations/approval/v1',
    next: APPROVE_NEXT,
  },
  {
    why: 'who signed approved',
    code: 'ATTESTATION_REFUSED',
    does: async (cli) => {
      await cli.json(SIGN);
      await cli.squizzle(approveAs('ci.key'));
    },
    says: 'approval',
    explains: 'not met: an attestation',
    next: APPROVE_NEXT,
  },
  {
    why: 'it was approved for another environment',
    code: 'ATTESTATION_REFUSED',
    does: async (cli) => {
      await cli.json(SIGN);
      await cli.squizzle(approveAs('dba.key').map((word) => word.replace('production', 'staging')));
    },
    says: 'approval',
    explains: 'not met: an attestation',
    next: APPROVE_NEXT,
  },
  {
    why: 'it was rejected',
    code: 'ATTESTATION_REFUSED',
    does: async (cli) => {
      await cli.json(SIGN);
      await cli.squizzle(approveAs('dba.key', '--reject'));
    },
    says: 'approval',
    explains: 'not met: an attestation',
    next: APPROVE_NEXT,
  },
])('is refused with $code where $why', async ({ code, does, says, explains, next }) => {
  const cli = await createSignedShop();
  await does(cli);
  const failure = await cli.failure('verify -e production');
  expect(failure).toMatchObject({ code, exitCode: 4, details: { environment: 'production' } });
  expect(failure.message).toContain(says);
  expect(failure.message.split('\n').slice(1)).toEqual([next]);
  const { explanation } = failure.details as { explanation: readonly string[] };
  expect(explanation.join('\n')).toContain(explains);
  const explained = await cli.squizzle('verify -e production --explain');
  expect(explained).toMatchObject({ exitCode: 4, stdout: '' });
  for (const line of explanation.slice(0, -1)) expect(explained.stderr).toContain(line);
  // the first line says it, and nobody needs it twice
  expect(explained.stderr.trimEnd().split('\n').at(-1)).toBe(`denied, ${code}`);
  const plain = await cli.squizzle('verify -e production');
  expect(plain.stderr).toContain("'squizzle verify --explain' shows what each signature and requirement came to");
  for (const command of ['plan', 'apply', 'apply --dry-run', 'rehearse', 'diff latest latest', 'baseline 1.0.0'])
    expect(await cli.failure(`${command} -e production`), command).toMatchObject({ code, exitCode: 4 });
});

it('is applied where the policy is met, and the ledger says by whose word', async () => {
  const cli = await createSignedShop();
  await cli.json(SIGN);
  await cli.squizzle(APPROVE);
  const { digest } = await cli.json('trust show');
  const trusted = {
    signer: { ci: expect.stringMatching(/^key sha256:[0-9a-f]{64}$/) as unknown },
    unsignedReason: null,
    policyDigest: digest,
    attestations: ['https://squizzle.dev/attestations/approval/v1 by dba'],
  };
  expect(await cli.json('verify -e production')).toMatchObject({ policy: { ...trusted, explanation: null } });
  expect(await cli.json('verify -e production --explain')).toMatchObject({
    policy: { explanation: expect.arrayContaining(['allowed']) as unknown },
  });
  expect(await cli.json('plan -e production')).toMatchObject(trusted);
  expect((await cli.squizzle('plan -e production')).stdout).toMatch(
    /signed by ci: key sha256:[0-9a-f]{64} \(policy sha256:[0-9a-f]{12}\)\n {2}https:\S+approval\/v1 by dba\n/,
  );
  expect(await cli.json('apply -e production')).toMatchObject({ warnings: [] });
  expect(await cli.json('history -e production')).toMatchObject({
    events: [{ signer: trusted.signer, details: { policyDigest: digest, attestations: trusted.attestations } }],
  });
  expect((await cli.squizzle('history -e production')).stdout).toContain('signed by ci: key sha256:');
  expect(await cli.json('rollback -e production')).toMatchObject({ to: null });
});

it('notices an old release in the place of a new one, by what the database has', async () => {
  const cli = await createSignedShop();
  await cli.json(SIGN);
  await cli.squizzle(APPROVE);
  await cli.write(ORDERS);
  await cli.json(SIGN);
  await cli.squizzle(APPROVE.map((word) => word.replace('1.0.0', '1.0.1')));
  await cli.json('apply -e production');
  expect(await cli.json('verify 1.0.0 -e production')).toMatchObject({ version: '1.0.0' });
  for (const command of ['verify 1.0.0 --ledger', 'plan 1.0.0', 'apply 1.0.0', 'rehearse 1.0.0'])
    expect(await cli.failure(`${command} -e production`), command).toMatchObject({
      code: 'RELEASE_REPLAYED',
      exitCode: 4,
    });
});

it('warns, once, when the policy is another than at the last apply', async () => {
  const cli = await createSignedShop();
  await cli.json(SIGN);
  await cli.json('apply');
  const { digest: recorded } = await cli.json('trust show');
  await cli.write({ ...ORDERS, 'squizzle.trust.yaml': SIGNED_POLICY.replace('[ci, dba]', '[ci]') });
  const { digest: found } = await cli.json('trust show');
  await cli.json(SIGN);
  for (const command of ['plan', 'apply --dry-run', 'apply']) {
    const { stderr } = await cli.squizzle(command);
    expect(stderr.split('the trust policy changed since the last apply'), command).toHaveLength(2);
  }
  expect((await cli.squizzle('plan')).stderr).toBe('');
  await cli.write({ 'squizzle.trust.yaml': SIGNED_POLICY });
  expect(await cli.json('rollback')).toMatchObject({
    warnings: [{ type: 'policy-changed', recorded: found, found: recorded }],
  });
});

it.each([
  { why: 'an environment without rule', command: 'verify -e staging', code: 'POLICY_DENIED', says: 'staging' },
  {
    why: 'a policy that has expired',
    policy: SIGNED_POLICY.replace('2027', '2025'),
    code: 'POLICY_EXPIRED',
    says: '2025',
  },
  {
    why: 'one with a mistake',
    policy: `${SIGNED_POLICY}rule: []\n`,
    code: 'POLICY_INVALID',
    says: "did you mean 'rules'",
  },
  {
    why: 'a file that is not there',
    command: 'verify --policy no.yaml',
    code: 'POLICY_INVALID',
    says: 'there is no such file',
  },
  { why: 'a folder', command: 'verify --policy db', code: 'POLICY_INVALID', says: 'db: it is a folder' },
  {
    why: 'another digest',
    command: `verify --policy-digest sha256:${'0'.repeat(64)}`,
    code: 'POLICY_CHANGED',
    says: '--policy-digest pins',
  },
])('refuses $why', async ({ command = 'verify', policy = SIGNED_POLICY, code, says }) => {
  const cli = await createSignedShop({ 'squizzle.trust.yaml': policy });
  await cli.json(SIGN);
  const failure = await cli.failure(command);
  expect(failure).toMatchObject({ code, exitCode: 4 });
  expect(failure.message).toContain(says);
});

it('makes a pin count wherever it stands, and no other place looser', async () => {
  const cli = await createSignedShop();
  await cli.json(SIGN);
  const digest = String((await cli.json('trust show'))['digest']);
  const other = `sha256:${'0'.repeat(64)}`;
  const pinned = (pin: string) => cli.write({ 'squizzle.yaml': `${SIGNED_CONFIG}trust: { digest: "${pin}" }\n` });
  await pinned(digest);
  const env = { SQUIZZLE_TRUST_DIGEST: digest };
  expect(await cli.json(`verify -e development --policy-digest ${digest}`, { env })).toMatchObject({
    version: '1.0.0',
  });
  expect(await cli.failure('verify', { env: { SQUIZZLE_TRUST_DIGEST: other } })).toMatchObject({
    code: 'POLICY_CHANGED',
  });
  for (const none of ['none', '']) {
    const refused = await cli.failure('verify', { env: { SQUIZZLE_TRUST_DIGEST: none } });
    expect(refused).toMatchObject({ code: 'CONFIG_INVALID', details: { file: 'SQUIZZLE_TRUST_DIGEST' } });
  }
  await pinned(other);
  expect(await cli.failure(`verify --policy-digest ${digest}`, { env })).toMatchObject({ code: 'POLICY_CHANGED' });
  await cli.write({ 'loose.yaml': SIGNED_POLICY.replace(/require:[^]*increasing.*\n/, '') });
  expect(await cli.failure('verify --policy loose.yaml')).toMatchObject({ exitCode: 4 });
});

it('lets nobody choose the rule of a pinned policy by defaultEnvironment', async () => {
  const cli = await createSignedShop();
  await cli.json('build --sign --key dba.key'); // enough for development, and not for production
  const digest = String((await cli.json('trust show'))['digest']);
  const pin = { SQUIZZLE_TRUST_DIGEST: digest };
  const refused = { code: 'USAGE_INVALID', exitCode: 2, details: { argument: '--env' } };
  for (const command of ['verify', 'plan', 'apply', 'rehearse', 'baseline 1.0.0'])
    expect(await cli.failure(command, { env: pin }), command).toMatchObject(refused);
  expect(await cli.failure(`apply --policy-digest ${digest}`)).toMatchObject(refused);
  expect((await cli.failure('apply', { env: pin })).message).toContain('name it with --env or SQUIZZLE_ENV');
  expect(await cli.failure('apply -e production', { env: pin })).toMatchObject({ code: 'SIGNATURE_REFUSED' });
  expect(await cli.json('status', { env: pin })).toMatchObject({ environment: 'development' });
  const said = { ...pin, SQUIZZLE_ENV: 'development' };
  expect(await cli.json('apply', { env: said })).toMatchObject({ to: '1.0.0' });
});

it('warns when the database was last changed as another environment', async () => {
  const cli = await createSignedShop();
  await cli.write({ 'squizzle.yaml': SIGNED_CONFIG.replace('./production', './db-folder') });
  await cli.json(SIGN);
  await cli.squizzle(APPROVE);
  expect(await cli.json('apply -e production')).toMatchObject({ warnings: [] });
  const warning = { type: 'environment-changed', recorded: 'production', found: 'development' };
  for (const command of ['plan', 'apply --dry-run', 'apply'])
    expect(await cli.json(command), command).toMatchObject({ warnings: [warning] });
  expect((await cli.squizzle('plan')).stderr).toContain("last changed as environment 'production'");
  expect((await cli.squizzle('plan -e production')).stderr).toBe('');
});

it('refuses a pinned policy that is gone, whatever the environment says', async () => {
  const cli = await createSignedShop({
    'squizzle.yaml': SIGNED_CONFIG.replace(
      './db-folder',
      './db-folder\n    trust: { unsigned: { allowed: true, reason: quick } }',
    ),
  });
  await cli.json(SIGN);
  expect(await cli.failure('verify')).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 2 });
  expect((await cli.failure('verify')).message).toContain(
    "squizzle.yaml:7:14: environments.development.trust.unsigned: two policies: move it into 'rules' of squizzle.trust.yaml",
  );
  const validated = await cli.squizzle('config validate');
  expect(validated.exitCode).toBe(2);
  expect(validated.stdout).toContain('squizzle.yaml:7:14: environments.development.trust.unsigned: two policies');
  const { rm } = await import('node:fs/promises');
  await rm(`${cli.folder}/squizzle.trust.yaml`);
  expect(await cli.json('verify')).toMatchObject({ policy: { unsignedReason: 'quick' } });
  const env = { SQUIZZLE_TRUST_DIGEST: `sha256:${'0'.repeat(64)}` };
  expect(await cli.failure('verify', { env })).toMatchObject({ code: 'POLICY_CHANGED', details: { actual: 'none' } });
});

it('asks for the signature of the policy itself where the configuration says whose', async () => {
  const cli = await createSignedShop();
  await cli.json(SIGN);
  await cli.write({ 'squizzle.yaml': `${SIGNED_CONFIG}trust: { signedBy: { key: dba.pub } }\n` });
  const unsigned = await cli.failure('verify');
  expect(unsigned).toMatchObject({ code: 'POLICY_CHANGED', exitCode: 4 });
  expect(unsigned.message).toContain("'squizzle trust sign' signs it");
  expect(await cli.json('trust sign --key ci.key')).toMatchObject({ file: 'squizzle.trust.yaml.sigstore.json' });
  expect((await cli.failure('verify')).message).toContain('SIGNER_UNKNOWN');
  await cli.json('trust sign --key dba.key');
  expect(await cli.json('verify')).toMatchObject({ version: '1.0.0' });
  await cli.write({ 'squizzle.trust.yaml': `# a comment changes nothing\n${SIGNED_POLICY}` });
  expect(await cli.json('verify')).toMatchObject({ version: '1.0.0' });
  await cli.write({
    'squizzle.trust.yaml': SIGNED_POLICY.replace('[ci, dba]', '[ci, dba], min: 1').replace('2027', '2028'),
  });
  expect(await cli.failure('verify')).toMatchObject({ code: 'POLICY_CHANGED' });
});

it.each(['verify', 'apply', 'trust lint', 'trust show'])('refuses an empty name of a policy: %s', async (command) => {
  const cli = await createSignedShop();
  const failure = await cli.failure([...command.split(' '), '--policy', '']);
  expect(failure).toMatchObject({ code: 'USAGE_INVALID', exitCode: 2 });
  expect(failure.message).toContain('Expected the path of a file');
});

it("asks for other attestations by the name that 'attest' has for them", async () => {
  const attestations = (type: string) => `      attestations: [{type: ${type}, by: [ci, dba], min: 2}]\n`;
  const cli = await createSignedShop();
  await cli.json(SIGN);
  for (const [type, says] of [
    ['https://slsa.dev/provenance/v1', "'squizzle attest 1.0.0 --type provenance', by 2 of ci, dba"],
    ['https://in-toto.io/attestation/test-result/v0.1', "--type test-result --predicate …'"],
    ['https://acme.test/review/v1', "--type https://acme.test/review/v1 --predicate …'"],
  ] as const) {
    await cli.write({ 'squizzle.trust.yaml': `${SIGNED_POLICY}${attestations(type)}` });
    expect((await cli.failure('verify')).message).toContain(says);
  }
});

it('says to whom a rejection belongs', async () => {
  const cli = await createSignedShop();
  await cli.json(SIGN);
  await cli.squizzle([...APPROVE.map((word) => word.replace('production', 'development')), '--reject']);
  const { code, message } = await cli.failure('verify');
  expect(code).toBe('ATTESTATION_REFUSED');
  expect(message).toContain("to go on: whoever rejected it may think again: 'squizzle approve 1.0.0 --env development");
});

it.each(['plan', 'apply', 'show'])('tells of an archive, where a store is asked for: %s --from', async (command) => {
  const cli = await createSignedShop();
  await cli.json(SIGN);
  await cli.json('export 1.0.0 -o shop.tar');
  const failure = await cli.failure(`${command} --from ./shop.tar`);
  expect(failure).toMatchObject({ code: 'STORE_UNUSABLE', details: { systemCode: 'ENOTDIR' } });
  expect(failure.message).toContain("is read with 'squizzle import ./shop.tar'");
});

it('does not load what signs and verifies where nothing asks for it', async () => {
  const cli = await createSignedShop();
  const { rm } = await import('node:fs/promises');
  await rm(`${cli.folder}/squizzle.trust.yaml`);
  const trust = 'trust: { unsigned: { allowed: true, reason: quick } }';
  await cli.write({ 'squizzle.yaml': SIGNED_CONFIG.replace('./db-folder', `./db-folder\n    ${trust}`) });
  const adapters = { loadSecurity: () => Promise.reject(new TypeError('loaded')) };
  for (const command of [
    '--help',
    'build',
    'verify',
    'plan',
    'apply',
    'status',
    'history',
    'rollback',
    'push',
    'trust --help',
  ])
    expect(await cli.squizzle(command, { adapters }), command).toMatchObject({ exitCode: 0 });
});

it('verifies without any network: a folder or a file, never a registry', async () => {
  const cli = await createSignedShop();
  await cli.json(SIGN);
  await cli.json('export 1.0.0 -o shop.tar');
  const adapters = { openRegistry: () => Promise.reject(new TypeError('asked a registry')) };
  for (const from of ['', '--from shop.tar', '--from .squizzle/store']) {
    const args = `verify 1.0.0 --offline ${from}`.trim();
    expect(await cli.json(args, { adapters, env: { SQUIZZLE_REGISTRY: 'ghcr.io' } }), args).toMatchObject({
      version: '1.0.0',
    });
  }
  expect(await cli.json('verify latest --from shop.tar', { adapters })).toMatchObject({ version: '1.0.0' });
  expect(await cli.failure('verify 2.0.0 --from shop.tar')).toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  const refused = { code: 'USAGE_INVALID', exitCode: 2 };
  expect(await cli.failure('verify --offline --from ghcr.io/acme/db', { adapters })).toMatchObject(refused);
  const server = { SQUIZZLE_DATABASE_URL: 'postgres://db/shop' };
  expect(await cli.failure('verify --offline --ledger', { adapters, env: server })).toMatchObject(refused);
  expect(await cli.failure('verify --offline', { adapters, env: { SQUIZZLE_STORE: 'ghcr.io/acme/db' } })).toMatchObject(
    refused,
  );
});
