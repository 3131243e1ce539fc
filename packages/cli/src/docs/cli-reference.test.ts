import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { renderCliReference, UPDATE_COMMAND } from './cli-reference.ts';

const PAGE = fileURLToPath(new URL('../../../../docs/cli.md', import.meta.url));

it('docs/cli.md is what the commands say', async () => {
  const stale = `docs/cli.md is stale; run: ${UPDATE_COMMAND}`;
  await expect(renderCliReference(), stale).toMatchFileSnapshot(PAGE);
});

it('names every exit code and command once', async () => {
  const page = await readFile(PAGE, 'utf8');
  expect(page.match(/^## squizzle /gm)).toHaveLength(44);
  expect(page).toContain('the schemas differ | `HISTORY_REWRITTEN`');
});
