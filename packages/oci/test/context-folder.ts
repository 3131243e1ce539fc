/**
 * Folders to build images from, written as tests describe them.
 *
 * @module
 */
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The text of a file; an executable one; a link; or `folder/` for a folder, which may be empty. */
export type ContextItem = string | { readonly run: string } | { readonly link: string };

export type ContextItems = Readonly<Record<string, ContextItem>>;

/** Paths with `/`, those above made as needed. */
export async function writeContext(root: string, items: ContextItems): Promise<string> {
  await mkdir(root, { recursive: true });
  for (const [path, item] of Object.entries(items)) {
    const absolute = join(root, path);
    await mkdir(item === 'folder/' ? absolute : dirname(absolute), { recursive: true });
    if (item === 'folder/') continue;
    if (typeof item === 'string') await writeFile(absolute, item, { mode: 0o600 });
    else if ('link' in item) await symlink(item.link, absolute);
    else {
      await writeFile(absolute, item.run);
      await chmod(absolute, 0o700);
    }
  }
  return root;
}
