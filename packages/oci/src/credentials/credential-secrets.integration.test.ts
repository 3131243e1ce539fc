import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { DOCKER_HUB } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { pathTo, writeHelper } from '../../test/helper-programs.ts';
import { useTemporaryFolder } from '../../test/temporary-folder.ts';
import { createCredentialFinder } from './credential-finder.ts';
import { createCredentialStore } from './credential-store.ts';

const SECRET = 'Zx9secretPLANTEDvalue7';
const ENCODED = Buffer.from(`ann:${SECRET}`).toString('base64');
const QUERY = { host: DOCKER_HUB, repository: 'library/x' };
const config = (value: object): string => JSON.stringify(value);
const helperConfig = (name: string): string => config({ credsStore: name, auths: { x: { auth: ENCODED } } });

/** Whatever goes wrong, everything that is said about it is searched for the secret, down to causes and stacks. */
describe('a secret', () => {
  const folder = useTemporaryFolder();
  const surroundings = (env: Record<string, string>) => ({
    homeFolder: folder(),
    env: { ...pathTo(folder()), XDG_RUNTIME_DIR: folder(), ...env },
  });
  const writeConfig = async (text: string): Promise<void> => {
    const path = join(folder(), '.docker/config.json');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };

  const expectUntold = (said: unknown): void => {
    const text = inspect(said, { depth: Infinity, showHidden: true, maxStringLength: Infinity });
    const parts = said instanceof Error ? [said.message, said.stack, JSON.stringify(said)] : [];
    for (const each of [text, ...parts]) {
      expect(each).not.toContain(SECRET);
      expect(each).not.toContain(ENCODED);
    }
  };

  it.each([
    { file: `{"auths":{"docker.io":{"auth":"${ENCODED}"}`, why: 'a file that is cut off' },
    { file: `"${SECRET}"`, why: 'a file that is a text' },
    { file: config({ auths: ENCODED }), why: 'auths that are a text' },
    { file: config({ auths: { 'docker.io': ENCODED } }), why: 'an entry that is a text' },
    { file: config({ auths: { 'docker.io': { auth: `ann:${SECRET}` } } }), why: 'auth that is not encoded' },
    { file: config({ auths: { 'docker.io': { auth: [SECRET] } } }), why: 'auth that is a list' },
    { file: config({ auths: { 'docker.io': { registrytoken: `${SECRET}\n` } } }), why: 'a token with a line break' },
    { file: config({ credsStore: { a: SECRET } }), why: 'a helper that is an object' },
    { file: config({ credsStore: `x ${SECRET}` }), why: 'a helper whose name is none' },
  ])('is not told with $why', async ({ file }) => {
    await writeConfig(file);
    const find = createCredentialFinder({ ...surroundings({}), host: DOCKER_HUB });
    expectUntold(await thrownBy(find(QUERY)));
    const store = createCredentialStore(surroundings({}));
    expectUntold(await store.remove(DOCKER_HUB).catch((thrown: unknown) => thrown));
  });

  it.each([
    { env: { SQUIZZLE_PASSWORD: SECRET }, why: 'a user is missing' },
    { env: { DOCKER_AUTH_CONFIG: `{"auths":{"docker.io":{"auth":"${ENCODED}"}` }, why: 'the variable is cut off' },
  ])('is not told when $why', async ({ env }) => {
    expectUntold(await thrownBy(createCredentialFinder({ ...surroundings(env), host: DOCKER_HUB })(QUERY)));
  });

  const answer = JSON.stringify({ ServerURL: 'x', Username: 'ann', Secret: SECRET });
  it.each([
    {
      name: 'fails',
      body: `console.log(${JSON.stringify(answer)}); console.error('${SECRET}'); process.exitCode = 1;`,
    },
    { name: 'babbles', body: `console.log('${SECRET}');` },
    { name: 'mumbles', body: `console.log(JSON.stringify({ Username: 7, Secret: '${SECRET}' }));` },
    { name: 'repeats', body: `console.error('cannot store ' + input); process.exitCode = 2;` },
    { name: 'floods', body: `process.stdout.write('${SECRET}'.repeat(10_000)); console.error('${SECRET}');` },
  ])('is not told with a helper that $name', async ({ name, body }) => {
    await writeHelper(folder(), name, body);
    await writeConfig(helperConfig(name));
    const warnings: string[] = [];
    const store = createCredentialStore({ ...surroundings({}), onWarning: (text) => warnings.push(text) });
    const find = createCredentialFinder({
      ...surroundings({}),
      host: DOCKER_HUB,
      onWarning: (text) => warnings.push(text),
    });
    expectUntold(await thrownBy(find(QUERY)));
    const credential = { kind: 'basic', username: 'ann', password: SECRET } as const;
    const saving =
      name === 'repeats' || name === 'fails' ? await thrownBy(store.save(DOCKER_HUB, credential)) : undefined;
    expectUntold(saving);
    expectUntold(warnings);
  });
});

async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  const outcome = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(outcome).toMatchObject({ code: 'CREDENTIALS_UNUSABLE' });
  return outcome;
}
