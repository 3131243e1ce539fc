/**
 * Shows a page in the browser of whoever sits at the machine: by the program each system has for it, without a shell.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { platform } from 'node:os';

/** Rejects when there is no such program, and for what is no web page. */
export async function openBrowser(url: string): Promise<void> {
  const page = new URL(url);
  if (page.protocol !== 'http:' && page.protocol !== 'https:') throw new RangeError('only web pages are opened');
  const [program, ...args] = openerOf(platform());
  const child = spawn(program, [...args, page.href], { stdio: 'ignore', detached: true });
  await new Promise((opened, failed) => {
    child.once('spawn', opened);
    child.once('error', failed);
  });
  child.unref();
}

function openerOf(system: string): readonly [string, ...string[]] {
  if (system === 'darwin') return ['open'];
  return system === 'win32' ? ['rundll32', 'url.dll,FileProtocolHandler'] : ['xdg-open'];
}
