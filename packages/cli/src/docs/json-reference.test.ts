import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createCli, ORDERS, SHOP, SHOP_CONFIG } from '../../test/cli-fixture.ts';
import { createSignedShop } from '../../test/signed-shop.ts';
import { commandNames } from './cli-reference.ts';

/** Builds that ask no git are ten times as fast. */
const NO_GIT = { env: { PATH: '' } };

const page = (): Promise<string> => readFile(new URL('../../../../docs/json.md', import.meta.url), 'utf8');

/** By heading; the first of each section. */
async function readExamples(): Promise<ReadonlyMap<string, unknown>> {
  const sections = (await page()).split(/^## squizzle /m).slice(1);
  return new Map(
    sections.map((section) => [
      section.slice(0, section.indexOf('\n')),
      JSON.parse(/```json\n([^]*?)\n```/.exec(section)?.[1] ?? 'null') as unknown,
    ]),
  );
}

/** Of the projects that commands below have; registries, archives and images take longer and are left to the tests of their commands. */
const CALLS = [
  ['init', 'init --db --cwd ../fresh'],
  ['build', 'build --push'],
  ['show', 'show'],
  ['push', 'push'],
  ['pull', 'pull'],
  ['tag', 'tag 1.0.1 stable'],
  ['list', 'list'],
  ['verify', 'verify --ledger'],
  ['plan', 'plan'],
  ['apply', 'apply'],
  ['status', 'status'],
  ['history', 'history'],
  ['drift', 'drift'],
  ['diff', 'diff 1.0.0 1.0.1'],
  ['rehearse', 'rehearse'],
  ['compare', 'compare development staging'],
  ['doctor', 'doctor --repair'],
  ['rollback', 'rollback --all'],
  ['baseline', 'baseline 1.0.1'],
  ['delete', 'delete 1.0.1 --local --yes'],
  ['new', 'new customers'],
  ['cache list', 'cache list'],
  ['cache prune', 'cache prune'],
  ['config show', 'config show'],
  ['config validate', 'config validate'],
] as const;

/** Of a project with a trust policy and keys. */
const SIGNED_CALLS = [
  ['build', 'build --sign --key ci.key'],
  ['sign', 'sign latest --key ci.key'],
  ['attest', 'attest latest --type release --key ci.key'],
  ['approve', 'approve latest -e production --reason why --key dba.key'],
  ['verify', 'verify -e production --ledger --explain'],
  ['plan', 'plan -e production'],
  ['apply', 'apply -e production'],
  ['key generate', 'key generate --no-password -o more'],
  ['trust show', 'trust show'],
  ['trust lint', 'trust lint --policy bad.yaml'],
  ['trust sign', 'trust sign --key ci.key'],
] as const;

it('docs/json.md has a section with an example for every command', async () => {
  const examples = await readExamples();
  expect([...examples.keys()].sort()).toEqual(commandNames().sort());
  for (const [name, example] of examples) expect(example, name).toEqual(expect.any(Object));
});

it('docs/json.md shows the keys that commands print', async () => {
  const examples = await readExamples();
  const cli = await createCli({
    ...SHOP,
    'squizzle.yaml': SHOP_CONFIG.replace('  staging:', '  staging:\n    trust: { unsigned: { allowed: false } }'),
    '../fresh/.gitkeep': '',
  });
  await cli.json('build', NO_GIT);
  await cli.write(ORDERS);
  for (const [name, call] of CALLS) {
    const { stdout, stderr } = await cli.squizzle(`${call} --json`, NO_GIT);
    expect(stderr, call).toBe('');
    expect(differingKeys(examples.get(name), JSON.parse(stdout)), call).toEqual([]);
    if (name === 'apply') spoilLedger(cli);
  }
});

it('docs/json.md shows the keys that commands print where releases are signed', async () => {
  const examples = await readExamples();
  const cli = await createSignedShop({ 'bad.yaml': 'apiVersion: x\n' });
  for (const [name, call] of SIGNED_CALLS) {
    const { stdout, stderr } = await cli.squizzle(`${call} --json`);
    expect(stderr, call).toBe('');
    expect(differingKeys(examples.get(name), JSON.parse(stdout)), call).toEqual([]);
  }
});

/** For `doctor` to have something to repair. */
function spoilLedger({ databases }: Awaited<ReturnType<typeof createCli>>): void {
  for (const { state } of databases.values()) state.faults.push({ part: 'view squizzle.current', state: 'missing' });
}

/** Objects whose keys are data, or depend on what happened. */
const FREE = new Set([
  '.details',
  '.right',
  '.left',
  '.config',
  '.moved',
  '.repair',
  '.signer',
  '.claims',
  '.predicate',
]);

/** Paths at which one of two documents has a key that the other lacks, wherever both have something. */
function differingKeys(documented: unknown, printed: unknown, at = ''): readonly string[] {
  if (Array.isArray(documented) && Array.isArray(printed))
    return documented.length === 0 || printed.length === 0 ? [] : differingKeys(documented[0], printed[0], `${at}[]`);
  if (!isObject(documented) || !isObject(printed) || FREE.has(`.${at.split('.').at(-1) ?? ''}`)) return [];
  const keys = new Set([...Object.keys(documented), ...Object.keys(printed)]);
  return [...keys].flatMap((key) =>
    key in documented && key in printed
      ? differingKeys(documented[key], printed[key], `${at}.${key}`)
      : [`${at}.${key} is ${key in documented ? 'documented' : 'printed'} alone`],
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
