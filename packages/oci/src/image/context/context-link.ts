/**
 * Whether a symbolic link stays in the context: followed step by step, as the system would follow it.
 *
 * Looking at the text alone is not enough: with `up -> ..` in a folder, `up/../secret` leads out though it reads as if
 * it did not.
 *
 * @module
 */
import { isAbsolute, join, posix } from 'node:path';
import { readingContext, systemCodeOf } from './context-fault.ts';
import type { ContextFs } from './context-fs.ts';

/** As many as Linux follows. */
const MOST_LINKS = 40;

/**
 * @param root the context's real path.
 * @param path of the link, below the context; its folders are real ones.
 * @returns what is wrong with it, or `undefined` for a link that stays inside; it need not lead to anything.
 */
export async function linkFault(
  fs: ContextFs,
  root: string,
  path: string,
  target: string,
): Promise<string | undefined> {
  const reached = posix.dirname(path).split('/').filter(isStep);
  const ahead = stepsOf(target);
  if (isAbsolute(target)) return leadsOut(target);
  for (let links = 1; ahead.length > 0;) {
    const step = ahead.shift() ?? '';
    if (step === '..') {
      if (reached.pop() === undefined) return leadsOut(target);
      continue;
    }
    const next = await linkAt(fs, root, [...reached, step]);
    if (next === undefined) {
      reached.push(step);
      continue;
    }
    links += 1;
    if (isAbsolute(next)) return leadsOut(target);
    if (links > MOST_LINKS) return `leads to ${target} through more than ${MOST_LINKS} links; remove the circle`;
    ahead.unshift(...stepsOf(next));
  }
  return undefined;
}

/** The target of the link at these steps; `undefined` where there is none, or nothing at all. */
async function linkAt(fs: ContextFs, root: string, steps: readonly string[]): Promise<string | undefined> {
  const path = steps.join('/');
  const absolute = join(root, ...steps);
  try {
    const stats = await fs.lstat(absolute, { bigint: true });
    if (!stats.isSymbolicLink()) return undefined;
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(thrown) ?? '')) return undefined;
    return readingContext(path, Promise.reject(thrown as Error));
  }
  return (await readingContext(path, fs.readlink(absolute, { encoding: 'buffer' }))).toString();
}

function stepsOf(target: string): string[] {
  return target.split('/').filter(isStep);
}

function isStep(part: string): boolean {
  return part !== '' && part !== '.';
}

function leadsOut(target: string): string {
  return `is a link to ${target}, which leads out of the context; copy what it links to, or name it in .dockerignore`;
}
