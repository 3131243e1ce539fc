/**
 * The TypeScript of the README, run as it is written: against Docker Hub, GHCR, ECR and Artifact Registry as
 * `test/simulated-registries.ts` has them, and a registry on this machine.
 */
import { createMemoryContentStore } from '@squizzle/core/testing';
import * as core from '@squizzle/core';
import { startRegistry } from '@squizzle/registry';
import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  SIMULATIONS,
  startSimulatedWorld,
  type SimulatedWorld,
  type Simulation,
} from '../test/simulated-registries.ts';
import { createOCIStorage, type OCIStorageOptions } from './registry/create-oci-storage.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The blocks of the README that open a storage, by the registry they name. */
const EXAMPLES = [...README.matchAll(/```typescript\n([\s\S]+?)```/g)].map(([, code = '']) => code);

const exampleFor = (registry: string, also: RegExp): string => {
  const found = EXAMPLES.find((code) => code.includes(`registry: '${registry}'`) && also.test(code));
  if (found === undefined) throw new RangeError(`the README has no example for ${registry}`);
  return found;
};

interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly simulated: Partial<OCIStorageOptions>;
}

/** Runs an example with what it imports, and what it leaves to its reader. @returns the storage it made. */
async function run(
  code: string,
  { env, simulated }: Surroundings,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const given = {
    ...core,
    createOCIStorage: (options: OCIStorageOptions) => createOCIStorage({ ...options, ...simulated }),
    process: { env },
    createHash,
    assert,
    ...more,
  };
  const names = [...code.matchAll(/^const (?:\{ ([\w, ]+) \}|(\w+)) =/gm)].flatMap(
    ([, many, one = '']) => many?.split(', ') ?? [one],
  );
  const body = code.replaceAll(/^import .*$/gm, '');
  // oxlint-disable-next-line typescript/no-implied-eval -- our own README
  const example = new Function(
    ...Object.keys(given),
    `return (async () => {${body}\nreturn {${names.join(',')}}})()`,
  ) as (...values: readonly unknown[]) => Promise<Readonly<Record<string, unknown>>>;
  return example(...Object.values(given));
}

/** What the reader's `buildArtifact(version)` gives: a release as a storage keeps it. */
async function buildRelease(version: string) {
  const source = core.createArtifactStorage(createMemoryContentStore(), { urlOf: (each) => `memory:${each}` });
  const { createSourceTree, createStatementAnalyzer } = await import('@squizzle/core/testing');
  const parsed = core.parseVersion(version);
  if (parsed === undefined) throw new RangeError(`${version} is a version`);
  const tree = createSourceTree({
    [`migrations/${version}.sql`]: `CREATE TABLE t${version.replaceAll('.', '_')} (i int);`,
  });
  const built = await core.buildArtifact(tree, null, {
    name: 'shop',
    version: parsed,
    created: new Date(0),
    analyzer: createStatementAnalyzer(),
  });
  await core.publishArtifact(built, source.content);
  return source.pull(version);
}

async function expectEverything(
  storage: unknown,
  surroundings: Surroundings,
  expectedUrl: string,
  deletes: 'deletes' | 'refuses',
): Promise<void> {
  const { artifact, manifest } = await buildRelease('1.0.0');
  const [pushing, pulling, listing] = ['await storage.push', 'await storage.pull', 'await storage.list'].map(
    (call) => EXAMPLES.find((code) => code.includes(call)) ?? '',
  );
  const pushed = await run(pushing ?? '', surroundings, {
    storage,
    version: '1.0.0',
    manifest,
    buildArtifact: async () => artifact,
  });
  expect(pushed['url']).toBe(expectedUrl);
  const pulled = await run(pulling ?? '', surroundings, { storage });
  expect(Buffer.from(pulled['artifact'] as Uint8Array).equals(artifact)).toBe(true);
  const listed = run(listing ?? '', surroundings, { storage });
  if (deletes === 'refuses') {
    await expect(listed).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      details: { hint: expect.stringContaining('delete:packages') as string },
    });
    return;
  }
  expect(await listed).toMatchObject({ versions: ['1.0.0'], exists: true });
  expect(await (storage as core.ArtifactStorage).list()).toEqual([]);
}

async function homeWithDockerLogin({ registry, username, password }: Simulation): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'squizzle-home-'));
  onTestFinished(() => rm(home, { recursive: true }));
  await mkdir(join(home, '.docker'));
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  await writeFile(join(home, '.docker/config.json'), JSON.stringify({ auths: { [registry]: { auth } } }));
  return home;
}

const optionsIn = ({ env, ca }: SimulatedWorld, homeFolder = '/nonexistent'): Partial<OCIStorageOptions> => ({
  env,
  ca,
  homeFolder,
});

describe('the examples of the README', () => {
  it.each(SIMULATIONS)('work with $name: its login, its names, its refusals', async (simulation) => {
    await using world = await startSimulatedWorld([simulation]);
    const { registry, repository, username, password, name } = simulation;
    const surroundings = { env: { DOCKER_USERNAME: username, DOCKER_PASSWORD: password }, simulated: optionsIn(world) };
    const options = { registry, repository, username, password };
    const ecr = { getECRAuthToken: async () => password };
    const { storage } =
      name === 'Docker Hub' || name === 'Amazon ECR'
        ? await run(exampleFor(registry, /password/), surroundings, ecr)
        : { storage: createOCIStorage({ ...options, ...surroundings.simulated }) };
    await expectEverything(
      storage,
      surroundings,
      `${registry}/${repository}:v1.0.0`,
      name.startsWith('GitHub') ? 'refuses' : 'deletes',
    );
  });

  it('use what `docker login` left', async () => {
    const simulation = SIMULATIONS.find(({ registry }) => registry === 'ghcr.io') as Simulation;
    await using world = await startSimulatedWorld([simulation]);
    const surroundings = { env: {}, simulated: optionsIn(world, await homeWithDockerLogin(simulation)) };
    const { storage } = await run(exampleFor('ghcr.io', /docker\/config\.json/), surroundings);
    expect(await (storage as core.ArtifactStorage).list()).toEqual([]);
  });

  it('work with a registry on this machine', async () => {
    await using registry = await startRegistry();
    const here = { registry: new URL(registry.url).host, homeFolder: '/nonexistent' };
    const surroundings = { env: {}, simulated: here };
    const { storage } = await run(exampleFor('localhost:5000', /insecure/), surroundings);
    await expectEverything(storage, surroundings, `${here.registry}/migrations:v1.0.0`, 'deletes');
  });

  it('make an engine', async () => {
    const { engine } = await run(exampleFor('ghcr.io', /MigrationEngine/), {
      env: {},
      simulated: { homeFolder: '/nonexistent' },
    });
    expect(engine).toBeInstanceOf(core.MigrationEngine);
  });

  it('name a default repository', async () => {
    await using registry = await startRegistry();
    const storage = createOCIStorage({ registry: new URL(registry.url).host, insecure: true });
    const { artifact, manifest } = await buildRelease('1.0.0');
    expect(await storage.push('1.0.0', artifact, manifest)).toMatch(/\/squizzle-artifacts:v1\.0\.0$/);
  });
});
