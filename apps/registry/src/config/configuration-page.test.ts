import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { renderConfigurationPage, UPDATE_COMMAND } from './configuration-page.ts';
import { parseFlags } from './flags.ts';
import { formatProblem } from './format-problem.ts';
import { SETTING_PATHS } from './settings.ts';

const PAGE = fileURLToPath(new URL('../../../../docs/registry/configuration.md', import.meta.url));

it('docs/registry/configuration.md is what the settings say', async () => {
  const stale = `docs/registry/configuration.md is stale; run: ${UPDATE_COMMAND}`;
  await expect(renderConfigurationPage(), stale).toMatchFileSnapshot(PAGE);
});

it('has a row for each setting', async () => {
  const rows = Array.from((await readFile(PAGE, 'utf8')).matchAll(/^\| `([a-z_.]+)`/gm), ([, path]) => path);
  expect(rows).toEqual(SETTING_PATHS);
});

it('shows mistakes as they are reported', () => {
  const { problems } = parseFlags(['--uplod-expiry', '60'], { takesJson: false });
  expect(renderConfigurationPage()).toContain(`\n  ${problems.map(formatProblem).join()}\n`);
});
