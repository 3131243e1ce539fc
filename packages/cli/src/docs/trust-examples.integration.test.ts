import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createCli, SHOP, type CliCall } from '../../test/cli-fixture.ts';
import { SIGNED_CONFIG } from '../../test/signed-shop.ts';

const call: CliCall = { env: { PATH: '', SQUIZZLE_KEY_PASSWORD: 'hunter2' } };

/** Fenced blocks of a page, from a heading or the beginning on. */
async function readBlocks(page: string, after: string) {
  const text = await readFile(new URL(`../../../../${page}`, import.meta.url), 'utf8');
  const blocks = [...text.slice(text.indexOf(after)).matchAll(/^```(\w+)\n([^]*?)\n```$/gm)];
  return blocks.map(([, language = '', content = '']) => ({ language, content }));
}

const commandsIn = (block: string): readonly string[] =>
  block.split('\n').flatMap((line) => /^squizzle (.*?)(?:\s+#.*)?$/.exec(line)?.[1] ?? []);

it.each([
  { page: 'docs/trust-policy.md', after: '# Trust policies' },
  { page: 'README.md', after: '## Who may bring what where' },
])('the first policy of $page is valid, and its commands work, word for word', async ({ page, after }) => {
  const blocks = await readBlocks(page, after);
  const end = blocks.findIndex(({ content }) => content.includes('squizzle verify'));
  const start = blocks.slice(0, Math.max(end, 1) + 1);
  const policy = start.find(({ language }) => language === 'yaml')?.content ?? expect.fail('it shows a policy');
  const commands = start.flatMap(({ content }) => commandsIn(content));
  expect(commands[0]).toBe('key generate --output trust/ci');
  expect(commands).toContain('trust lint');
  expect(commands.at(-1)).toContain('verify 1.0.0 --env production');
  const cli = await createCli({ ...SHOP, 'squizzle.yaml': SIGNED_CONFIG, 'squizzle.trust.yaml': policy });
  await cli.json('build', call);
  for (const command of commands) {
    const { exitCode, stderr, stdout } = await cli.squizzle(command, call);
    expect({ exitCode, stderr }, command).toEqual({ exitCode: 0, stderr: '' });
    if (command === 'trust lint') expect(stdout).toContain('is valid, with 0 warnings');
  }
  expect(await cli.failure('verify --env staging', call)).toMatchObject({ code: 'POLICY_DENIED' });
});
